// Geography in greys under everything, so that the page reads without tiles.
(function (P) {
  "use strict";
  const { geometry, labels } = P;
  const STYLES = { river: ["water", 3.5], water: ["water", 3.5], railway: ["rail", 1.6], rail: ["rail", 1.6], airport: ["place", 1], station: ["place", 1] };

  function styleOf(record, theme) {
    const key = Object.keys(STYLES).find((name) => record.kind.toLowerCase().includes(name));
    const [colour, width] = STYLES[key] ?? ["road", 2];
    return { colour: theme[colour], width, rail: colour === "rail" };
  }

  function paint(app, ctx, view) {
    for (const record of app.context) {
      const shape = geometry.shapeOf(record, view.datum);
      if (!geometry.touches(shape.box, view.box)) continue;
      const style = styleOf(record, view.theme);
      const grow = Math.max(0.6, Math.min(2.2, view.zoom / 12));
      if (record.type === "Point") {
        const x = shape.box.x0 * view.k - view.ox, y = shape.box.y0 * view.k - view.oy;
        ctx.strokeStyle = style.colour;
        ctx.lineWidth = 1.6;
        ctx.strokeRect(x - 4, y - 4, 8, 8);
        continue;
      }
      geometry.trace(ctx, view, shape, record.type === "Polygon");
      ctx.lineJoin = ctx.lineCap = "round";
      ctx.strokeStyle = style.colour;
      ctx.lineWidth = style.width * grow;
      if (record.type === "Polygon") {
        ctx.fillStyle = style.colour;
        ctx.globalAlpha = 0.4;
        ctx.fill("evenodd");
        ctx.globalAlpha = 1;
      } else ctx.stroke();
      if (style.rail) {
        ctx.setLineDash([6, 6]);
        ctx.strokeStyle = view.theme.paper;
        ctx.lineWidth = style.width * grow * 0.5;
        ctx.stroke();
        ctx.setLineDash([]);
      }
    }
    ctx.lineCap = "butt";
  }

  function paintNames(app, ctx, view, taken, discs) {
    if (!P.layers.shown(app, "context") || app.state.basemap !== "none") return;
    const seen = new Set();
    for (const record of app.context) {
      const name = view.lang === "zh" ? record.name_zh || record.name_en : record.name_en || record.name_zh;
      if (!name || seen.has(name)) continue;
      const shape = geometry.shapeOf(record, view.datum), ring = shape.parts[0][0];
      if (!geometry.touches(shape.box, view.box)) continue;
      const places = [];
      for (const share of record.type === "Point" ? [0] : [0.5, 0.3, 0.7, 0.15, 0.85]) {
        const i = Math.floor((ring.length / 2 - 1) * share) * 2;
        places.push([ring[i] * view.k - view.ox, ring[i + 1] * view.k - view.oy + (record.type === "Point" ? 15 : 0)]);
      }
      const label = { lines: labels.lines(name).map((text) => ({ text, px: 11, colour: view.theme.place })), places };
      const box = labels.place(ctx, view, label, taken, discs);
      if (box) { labels.write(ctx, view, label, box); seen.add(name); }
    }
  }

  P.context = { paint, paintNames };
})((window.parkatlas = window.parkatlas || {}));
