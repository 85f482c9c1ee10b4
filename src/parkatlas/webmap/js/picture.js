// The map as a picture, on paper, and as a link.
(function (P) {
  "use strict";
  const PAD = 16;

  // Everything is drawn anew on a canvas of its own, so tiles of other origins can never taint it.
  function draw(app, ratio) {
    const size = app.map.getSize(), top = app.map.containerPointToLayerPoint([0, 0]);
    const bounds = L.bounds(top, top.add(size)), foot = 46, head = 54;
    const canvas = document.createElement("canvas");
    canvas.width = size.x * ratio;
    canvas.height = (size.y + head + foot) * ratio;
    const ctx = canvas.getContext("2d");
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
    P.layers.paint(app, ctx, { ...app.scene.viewOf(bounds, P.marks.LIGHT, 0), ground: true });
    app.state.basemap = basemap;
    app.colours = colours;
    ctx.restore();
    words(app, ctx, size, head);
    return canvas;
  }

  function words(app, ctx, size, head) {
    const plan = app.facts.plan, lang = app.state.lang, register = app.registers.get(app.state.register);
    const [first, second] = P.dom.names(plan, lang);
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    ctx.fillStyle = "#23201c";
    ctx.font = P.labels.font(20, 600);
    ctx.fillText(first, PAD, 32);
    const wide = ctx.measureText(first).width;
    ctx.font = P.labels.font(12);
    ctx.fillStyle = "#6a645a";
    if (second) ctx.fillText(second, PAD + wide + 12, 32);
    const about = register ? `${lang === "zh" ? register.about.zh : register.about.en} · ${app.t(register.about.kind ?? "recorded")} · ${app.t("shown")} ${P.format.number(app.current?.result.total ?? 0)} ${app.t("of", { n: P.format.number(app.current?.data.rows ?? 0) })}` : "";
    ctx.fillText(P.format.plain(about), PAD, size.y + head + 19);
    let x = PAD;
    const number = app.facts.about?.map_approval;
    ctx.fillText(`${app.t("schematic_note")} · ${app.t("map_approval")}: ${number ? P.format.plain(number) : app.t("map_approval_none")}`, PAD, size.y + head + 37);
    app.sectors.forEach((sector, k) => {
      if (!app.totals.sector[k]) return;
      const name = P.format.plain(lang === "zh" ? sector.zh : sector.en);
      if (x === PAD) x = PAD + ctx.measureText(P.format.plain(about)).width + 24;
      const w = ctx.measureText(name).width + 26;
      if (x + w > size.x - PAD) return;
      P.marks.trace(ctx, k, x + 6, size.y + head + 15, 5.5);
      ctx.fillStyle = sector.colour;
      ctx.fill();
      ctx.fillStyle = "#23201c";
      ctx.fillText(name, x + 16, size.y + head + 19);
      x += w;
    });
    scaleBar(app, ctx, size, head);
  }

  function scaleBar(app, ctx, size, head) {
    const y = size.y / 2, a = app.map.containerPointToLatLng([0, y]), b = app.map.containerPointToLatLng([100, y]);
    const metres = app.map.distance(a, b), power = 10 ** Math.floor(Math.log10(metres)), lead = metres / power;
    const nice = (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power, w = (100 * nice) / metres, x = size.x - PAD - w;
    ctx.fillStyle = "#23201c";
    ctx.fillRect(x, size.y + head + 30, w, 3);
    ctx.textAlign = "center";
    ctx.fillText(nice >= 1000 ? `${nice / 1000} km` : `${nice} m`, x + w / 2, size.y + head + 25);
    ctx.textAlign = "left";
  }

  function save(app) {
    draw(app, 2).toBlob((blob) => P.csv.save(`${app.facts.plan.id || "atlas"}.png`, blob), "image/png");
  }

  // Printing shows the drawn picture with legend, bars and notes instead of the screen.
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
