// The map as a picture, on paper, and as a link.
(function (P) {
  "use strict";
  const PAD = 16, LINE = 19;
  const PAPER = { ...P.marks.LIGHT, land: "#ffffff", halo: "rgba(255,255,255,0.92)", disc: "#ffffff", paper: "#ffffff" };

  // Everything is drawn anew on a canvas of its own, so tiles of other origins can never taint it.
  function draw(app, ratio, keyed) {
    const size = app.map.getSize(), top = app.map.containerPointToLayerPoint([0, 0]);
    const canvas = document.createElement("canvas"), ctx = canvas.getContext("2d");
    const lines = keyed ? flow(ctx, keys(app), size.x - 2 * PAD) : [], bounds = L.bounds(top, top.add(size)), head = 54, foot = 48 + LINE * lines.length;
    canvas.width = size.x * ratio;
    canvas.height = (size.y + head + foot) * ratio;
    ctx.scale(ratio, ratio);
    ctx.fillStyle = "#ffffff";
    ctx.fillRect(0, 0, size.x, size.y + head + foot);
    ctx.save();
    ctx.translate(0, head);
    ctx.beginPath();
    ctx.rect(0, 0, size.x, size.y);
    ctx.clip();
    const { basemap } = app.state, colours = app.colours;
    app.state.basemap = "none";
    app.colours = app.sectors.map((sector) => sector.colour);
    P.layers.paint(app, ctx, { ...app.scene.viewOf(bounds, PAPER, 0), ground: true });
    app.state.basemap = basemap;
    app.colours = colours;
    ctx.restore();
    words(app, ctx, size, head, lines);
    return canvas;
  }

  // What the key under the picture says: areas, marks and sectors, each a sign and its name.
  function keys(app) {
    const { t, state } = app, theme = PAPER, out = [];
    const has = (level) => app.areas.filter((a) => a.level === level && !a.part && P.layers.shown(app, level));
    const area = (a, name) => out.push({ text: name, sign: (ctx, x, y) => P.layers.sample(app, ctx, a, theme, x, y) });
    for (const a of has("core").slice(0, 1)) area(a, t("core"));
    for (const a of has("zone").slice(0, 6)) area(a, P.dom.names(a, state.lang)[0]);
    for (const a of has("park").slice(0, 1)) area(a, t("park"));
    app.sectors.forEach((sector, k) => {
      if (!app.totals.sector[k]) return;
      out.push({ text: P.format.plain(state.lang === "zh" ? sector.zh : sector.en), sign: (ctx, x, y) => {
        P.marks.trace(ctx, k, x + 8, y, 5.5);
        ctx.fillStyle = sector.colour;
        ctx.fill();
      } });
    });
    const table = P.layers.shown(app, "shapes") ? P.shapes.current(app) : null;
    if (table) out.push(...steps(app, table), { text: [app.tableName(table.name), table.note?.[state.lang === "zh" ? 0 : 1]].filter(Boolean).join(": "), sign: null });
    return out;
  }

  // The colours of a table of statistics.
  function steps(app, table) {
    const paint = (table.painter ??= P.shapes.painter(table));
    return P.shapes.key(app, table, paint).map(([colour, text]) => ({ text, sign: (ctx, x, y) => {
      ctx.globalAlpha = 0.6;
      ctx.fillStyle = colour;
      ctx.fillRect(x, y - 5, 18, 10);
      ctx.globalAlpha = 1;
    } }));
  }

  // Entries in lines no wider than the picture; a name too long for a line of its own is cut, and says so.
  function flow(ctx, entries, width) {
    ctx.font = P.labels.font(12);
    const lines = [[]];
    let x = 0;
    for (const entry of entries) {
      let { text } = entry;
      while (ctx.measureText(text).width > width - 24 && text.length > 2) text = `${text.slice(0, -2)}…`;
      const w = ctx.measureText(text).width + (entry.sign ? 42 : 18);
      if (x && x + w > width) {
        lines.push([]);
        x = 0;
      }
      lines.at(-1).push({ ...entry, text, x });
      x += w;
    }
    return lines;
  }

  function words(app, ctx, size, head, lines) {
    const plan = app.facts.plan, lang = app.state.lang, register = app.registers.get(app.state.register);
    const [first, second] = P.dom.names(plan, lang), soft = "#6a645a";
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    ctx.fillStyle = "#23201c";
    ctx.font = P.labels.font(20, 600);
    ctx.fillText(first, PAD, 32);
    const wide = ctx.measureText(first).width;
    ctx.font = P.labels.font(12);
    ctx.fillStyle = soft;
    if (second) ctx.fillText(second, PAD + wide + 12, 32, Math.max(1, size.x - 2 * PAD - wide));
    let y = size.y + head + 20;
    for (const line of lines) {
      for (const { text, sign, x } of line) {
        sign?.(ctx, PAD + x, y - 4);
        ctx.fillStyle = "#23201c";
        ctx.fillText(text, PAD + x + (sign ? 24 : 0), y);
      }
      y += LINE;
    }
    const bar = scaleBar(app, ctx, size, y + 10), room = size.x - 2 * PAD - bar - 16;
    const about = register ? `${lang === "zh" ? register.about.zh : register.about.en} · ${app.t(register.about.kind ?? "recorded")} · ${app.t("shown")} ${P.format.number(app.current?.result.total ?? 0)} ${app.t("of", { n: P.format.number(app.current?.data.rows ?? 0) })}` : "";
    const number = app.facts.about?.map_approval, drawn = app.areas.some((a) => a.status === "schematic");
    ctx.fillStyle = soft;
    ctx.fillText(P.format.plain(about), PAD, y, room);
    ctx.fillText(`${drawn ? `${app.t("schematic_note")} · ` : ""}${app.t("map_approval")}: ${number ? P.format.plain(number) : app.t("map_approval_none")}`, PAD, y + 18, room);
  }

  // The scale at the right; its width.
  function scaleBar(app, ctx, size, at) {
    const y = size.y / 2, a = app.map.containerPointToLatLng([0, y]), b = app.map.containerPointToLatLng([100, y]);
    const metres = app.map.distance(a, b), power = 10 ** Math.floor(Math.log10(metres)), lead = metres / power;
    const nice = (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power, w = (100 * nice) / metres, x = size.x - PAD - w;
    ctx.fillStyle = "#23201c";
    ctx.fillRect(x, at, w, 3);
    ctx.textAlign = "center";
    ctx.fillText(nice >= 1000 ? `${nice / 1000} km` : `${nice} m`, x + w / 2, at - 6);
    ctx.textAlign = "left";
    return w;
  }

  function save(app) {
    draw(app, 2, true).toBlob((blob) => P.csv.save(`${app.facts.plan.id || "atlas"}.png`, blob), "image/png");
  }

  // Printing shows the drawn picture with legend, bars and notes beside it instead of the screen.
  function prepare(app) {
    const image = P.dom.h("img", { alt: P.dom.names(app.facts.plan, app.state.lang)[0], src: draw(app, 2).toDataURL("image/png") });
    P.dom.replace(app.ui.sheet, image, P.dom.h("div", { class: "pa-sheetcols" },
      P.dom.h("section", {}, P.dom.h("h3", {}, app.t("sectors")), P.legendBars(app)),
      P.dom.h("section", {}, P.dom.h("h3", {}, app.t("legend")), P.legend.entries(app)),
      P.targets.panel(app),
      P.dom.h("p", { class: "pa-note" }, app.t("sheet_note"), " ", app.t("datum_text"))));
    return image.decode().catch(() => undefined);
  }

  async function print(app) {
    await prepare(app);
    window.print();
  }

  function share(app, button) {
    app.copy(window.location.href, button);
  }

  P.legendBars = (app) => {
    const now = app.current ? app.sectorCounts(app.current.result) : [], top = Math.max(1, ...now);
    return app.sectors.map((s, k) => (now[k] ? P.charts.bar({ glyph: P.marks.svg(k, app.colours[k], 12), name: P.format.plain(app.state.lang === "zh" ? s.zh : s.en), value: now[k], of: top, colour: app.colours[k] }) : null));
  };
  P.picture = { draw, save, prepare, print, share };
})((window.parkatlas = window.parkatlas || {}));
