// Tables of equal square cells, such as a density: packed, opened when first shown, drawn as squares around their middles.
(function (P) {
  "use strict";
  const SHARES = [0.05, 0.1, 0.25, 0.5]; // of the highest value: where the colours change

  // Open a packed table once; whoever shows it is told when it is there.
  function open(app, table) {
    table.opening ??= P.pack.unpack(table.take("packed-cells")).then(({ head, columns }) => {
      table.x = columns.x.values;
      table.y = columns.y.values;
      const value = columns[table.columns[0]];
      table.rows = Array.from({ length: head.rows }, (_, i) => [value.at(i)]);
      app.scene.redraw();
      if (app.facts) P.legend.build(app);
      P.cards.show(app);
    }, (error) => app.trouble("bad_layer", error));
  }

  // Limits of the colours, to two figures.
  function breaks(table) {
    const most = Math.max(0, ...table.rows.map((row) => row[0]));
    return SHARES.map((share) => Number((most * share).toPrecision(2)));
  }

  // Side of a cell in pixels at zoom 20: metres at the latitude of its middle.
  const sideOf = (table, y) => (table.side * P.datum.WORLD) / (40075016.7 * Math.cos((P.datum.latOf(y) * Math.PI) / 180));

  // All cells of a colour are one path, so that where they touch nothing is drawn twice.
  function paint(ctx, view, table, chosen) {
    const half = (sideOf(table, table.y[0] ?? 0) * view.k) / 2 + 0.5;
    const at = (i) => { const [x, y] = P.datum.shift(table.x[i] + 0.5, table.y[i] + 0.5, view.datum); return [x * view.k - view.ox, y * view.k - view.oy]; };
    const paths = new Map();
    for (let i = 0; i < table.rows.length; i++) {
      const [x, y] = at(i), colour = table.painter(table.rows[i]);
      if (x < -half || y < -half || x > view.w + half || y > view.h + half) continue;
      if (!paths.has(colour)) paths.set(colour, new Path2D());
      paths.get(colour).rect(x - half, y - half, 2 * half, 2 * half);
    }
    ctx.globalAlpha = 0.55;
    for (const [colour, path] of paths) { ctx.fillStyle = colour; ctx.fill(path); }
    ctx.globalAlpha = 1;
    if (chosen === null || !table.rows[chosen]) return;
    const [x, y] = at(chosen);
    ctx.strokeStyle = view.theme.accent;
    ctx.lineWidth = 3;
    ctx.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }

  // The cell over a place, or -1.
  function indexAt(table, x, y, datum) {
    for (let i = 0; i < table.rows.length; i++) {
      const [cx, cy] = P.datum.shift(table.x[i] + 0.5, table.y[i] + 0.5, datum), half = sideOf(table, table.y[i]) / 2;
      if (Math.abs(x - cx) <= half && Math.abs(y - cy) <= half) return i;
    }
    return -1;
  }

  P.cells = { open, breaks, sideOf, paint, indexAt };
})((window.parkatlas = window.parkatlas || {}));
