// The map as a picture, on paper, and as a link.
(function (P) {
  "use strict";
  const PAD = 16, LINE = 19, LONGEST = 4, BARS = 16;
  const PAPER = { ...P.marks.LIGHT, land: "#ffffff", halo: "rgba(255,255,255,0.92)", disc: "#ffffff", paper: "#ffffff" };

  // Everything is drawn anew on a canvas of its own, so tiles of other origins can never taint it.
  function draw(app, ratio, keyed) {
    const size = app.map.getSize(), top = app.map.containerPointToLayerPoint([0, 0]);
    const canvas = document.createElement("canvas"), ctx = canvas.getContext("2d");
    const lines = keyed ? flow(ctx, keys(app), size.x - 2 * PAD) : [], bar = scaleBar(app, size);
    const notes = notesUnder(app, ctx, size.x - 2 * PAD - bar.width - 24);
    const bounds = L.bounds(top, top.add(size)), head = 54, foot = 12 + LINE * (lines.length + Math.max(2, notes.length));
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
    words(app, ctx, size, head, lines, notes, bar);
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
    const put = (text, sign) => out.push({ text, sign });
    const dot = (hollow) => (ctx, x, y) => {
      P.marks.trace(ctx, 0, x + 8, y, 5.5);
      Object.assign(ctx, { fillStyle: theme.ink, strokeStyle: theme.ink, lineWidth: 2 });
      ctx[hollow ? "stroke" : "fill"]();
    };
    if (app.current?.data.points && P.layers.shown(app, "points")) {
      put(t("cluster"), (ctx, x, y) => app.sectors.slice(0, 3).forEach((sector, k) => {
        ctx.beginPath();
        ctx.arc(x + 8, y, 7, k * 2.0944, (k + 1) * 2.0944);
        Object.assign(ctx, { strokeStyle: sector.colour, lineWidth: 3 });
        ctx.stroke();
      }));
      put(t("exact"), dot(false));
      put(t("approximate"), dot(true));
    }
    if (app.current && P.layers.shown(app, "declared") && P.points.declared(app).size) put(t("declared_badge"), (ctx, x, y) => {
      Object.assign(ctx, { strokeStyle: theme.ink, lineWidth: 1.4 });
      ctx.setLineDash([3, 2]);
      ctx.strokeRect(x + 1, y - 6, 15, 12);
      ctx.setLineDash([]);
    });
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

  // A text as lines no wider than that, broken between words and between Chinese characters; after four of them, cut.
  function wrap(ctx, text, width) {
    const lines = [""];
    for (const part of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]{1,20}|\s+/g) ?? []) {
      if (lines.at(-1) && ctx.measureText(lines.at(-1) + part.trimEnd()).width > width) {
        if (lines.length === LONGEST) return [...lines.slice(0, -1), `${lines.at(-1).slice(0, -1)}…`];
        lines.push(part.trimStart());
      } else lines[lines.length - 1] += part;
    }
    return lines;
  }

  // Entries in lines no wider than the picture; a long one takes several.
  function flow(ctx, entries, width) {
    ctx.font = P.labels.font(12);
    const lines = [[]];
    let x = 0;
    const pieces = entries.flatMap((entry) => wrap(ctx, entry.text, width - 42).map((text, i) => ({ text, sign: i ? null : entry.sign })));
    for (const entry of pieces) {
      const { text } = entry, w = ctx.measureText(text).width + (entry.sign ? 42 : 18);
      if (x && x + w > width) {
        lines.push([]);
        x = 0;
      }
      lines.at(-1).push({ ...entry, x });
      x += w;
    }
    return lines;
  }

  function words(app, ctx, size, head, lines, notes, bar) {
    const plan = app.facts.plan, lang = app.state.lang;
    const [first, second] = P.dom.names(plan, lang).map((text) => (text?.length > 90 ? `${text.slice(0, 89)}…` : text)), soft = "#6a645a";
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    ctx.fillStyle = "#23201c";
    ctx.font = P.labels.font(20, 600);
    ctx.fillText(first, PAD, 32, size.x - 2 * PAD);
    const wide = ctx.measureText(first).width;
    ctx.font = P.labels.font(12);
    ctx.fillStyle = soft;
    const beside = second && wide + 12 + ctx.measureText(second).width <= size.x - 2 * PAD;
    if (second) ctx.fillText(second, beside ? PAD + wide + 12 : PAD, beside ? 32 : 48, size.x - 2 * PAD);
    let y = size.y + head + 20;
    for (const line of lines) {
      for (const { text, sign, x } of line) {
        sign?.(ctx, PAD + x, y - 4);
        ctx.fillStyle = "#23201c";
        ctx.fillText(text, PAD + x + (sign ? 24 : 0), y);
      }
      y += LINE;
    }
    ctx.fillStyle = "#23201c";
    ctx.fillRect(size.x - PAD - bar.width, y + 10, bar.width, 3);
    ctx.textAlign = "center";
    ctx.fillText(bar.text, size.x - PAD - bar.width / 2, y + 4);
    ctx.textAlign = "left";
    ctx.fillStyle = soft;
    notes.forEach((line, i) => ctx.fillText(line, PAD, y + LINE * i));
  }

  // What the filters leave out, in words; nothing where they leave everything.
  function filters(app) {
    const { t, state } = app, lang = state.lang, list = (names) => names.join(lang === "zh" ? "、" : ", ");
    const without = (what, names) => (names.length ? t("without", { what: t(what), names: list(names) }) : null);
    const off = app.sectors.filter((s) => state.off.includes(s.id)).map((s) => (lang === "zh" ? s.zh : s.en)), within = app.byId.get(state.within);
    const parts = [
      within ? P.dom.names(within, lang)[0] : null,
      without("sectors", off), without("kinds", state.kindsOff.map((kind) => t(`e_${kind}`))),
      state.years ? `${t("years")} ${t("years_range", { a: state.years[0], b: state.years[1] })}` : null,
      without("sizes", state.sizesOff.map((k) => t(`size_${k}`))),
    ].filter(Boolean);
    return parts.length ? `${t("filters")}: ${parts.join(" · ")}` : "";
  }

  // Whose enterprises these are, of when, how many and which; that boundaries are drawn; the approval number; what is
  // missing.
  function notesUnder(app, ctx, width) {
    const { t, state } = app, register = app.registers.get(state.register), n = P.format.number;
    const about = register ? `${state.lang === "zh" ? register.about.zh : register.about.en} · ${t(register.about.kind ?? "recorded")} · ${register.about.as_of ? `${t("as_of", { date: register.about.as_of })} · ` : ""}${t("shown")} ${n(app.current?.result.total ?? 0)} ${t("of", { n: n(app.current?.data.rows ?? 0) })}` : "";
    const number = app.facts.about?.map_approval, drawn = app.areas.some((a) => a.status === "schematic");
    const legal = `${drawn ? `${t("schematic_note")} · ` : ""}${t("map_approval")}: ${number ? P.format.plain(number) : t("map_approval_none")}`;
    ctx.font = P.labels.font(12);
    const missing = P.basemap.foreign(app).length ? t("foreign_missing") : "";
    return [about, filters(app), legal, missing].filter(Boolean).flatMap((text) => wrap(ctx, P.format.plain(text), width));
  }

  // A round length and how long it is in the picture.
  function scaleBar(app, size) {
    const y = size.y / 2, a = app.map.containerPointToLatLng([0, y]), b = app.map.containerPointToLatLng([100, y]);
    const metres = app.map.distance(a, b), power = 10 ** Math.floor(Math.log10(metres)), lead = metres / power;
    const nice = (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
    return { width: (100 * nice) / metres, text: nice >= 1000 ? `${nice / 1000} km` : `${nice} m` };
  }

  function save(app) {
    draw(app, 2, true).toBlob((blob) => P.csv.save(`${app.facts.plan.id || "atlas"}.png`, blob), "image/png");
  }

  // Printing shows the drawn picture with legend, bars and notes beside it instead of the screen.
  function prepare(app) {
    const image = P.dom.h("img", { alt: P.dom.names(app.facts.plan, app.state.lang)[0], src: draw(app, 2).toDataURL("image/png") });
    P.dom.replace(app.ui.sheet, image, P.dom.h("div", { class: "pa-sheetcols" },
      P.dom.h("section", {}, P.dom.h("h2", { class: "pa-over" }, app.t(app.isMixed() ? "sectors_mixed" : "sectors")), legendBars(app)),
      P.dom.h("section", {}, P.dom.h("h2", { class: "pa-over" }, app.t("legend")), P.legend.entries(app, PAPER), P.dom.h("p", { class: "pa-note" }, app.t("datum_text"))),
      P.targets.panel(app)));
    return image.decode().catch(() => undefined);
  }

  async function print(app) {
    await prepare(app);
    window.print();
  }

  function share(app, button) {
    app.copy(window.location.href, button);
  }

  // In the sectors' own colours, which a dark screen lightens and paper does not; the largest, where one page has no
  // room for all.
  function legendBars(app) {
    const now = app.current ? app.sectorCounts(app.current.result) : [], sizes = now.filter((n) => n).sort((a, b) => b - a), [top] = sizes;
    const kept = now.map((n, k) => k).sort((a, b) => now[b] - now[a] || a - b).slice(0, BARS), rest = sizes.length - BARS;
    const bars = app.sectors.map((s, k) => (now[k] && kept.includes(k) ? P.charts.bar({ glyph: P.marks.svg(k, s.colour, 12), name: P.format.plain(app.state.lang === "zh" ? s.zh : s.en), value: now[k], of: top, colour: s.colour }) : null));
    return [bars, rest > 0 ? P.dom.h("p", { class: "pa-note" }, app.t("more", { n: rest })) : null];
  }

  P.picture = { draw, save, prepare, print, share };
})((window.parkatlas = window.parkatlas || {}));
