// Further statistics with geometry (detected clusters, hot spots, density): one table at a time, chosen by the reader.
(function (P) {
  "use strict";
  const { geometry } = P;
  const RAMP = ["#f1e3c4", "#e3bd85", "#cf8f55", "#ad5d3b", "#7b3030"];
  const GREY = "#9b968c";

  // Those of the register that is shown; on a map of the user's own, where nothing is chosen, the last one.
  const tables = (app) => (app.facts ? app.shapes.filter((table) => table.register === app.state.register) : app.shapes.slice(-1));

  // The table that is shown; one that is packed is opened first.
  function current(app) {
    const table = tables(app).find((one) => one.name === app.state.shapes) ?? null;
    if (!table || table.rows) return table;
    P.cells.open(app, table);
    return null;
  }

  const indexOf = (table, ...names) => names.map((name) => table.columns.indexOf(name)).find((i) => i >= 0) ?? -1;

  // The shape that a selection names: "table/number".
  function recordOf(app, id) {
    const cut = id.lastIndexOf("/"), table = tables(app).find((one) => one.name === id.slice(0, cut));
    return table?.shapes?.[Number(id.slice(cut + 1))] ?? null;
  }

  // Rows that a test calls not significant are grey, whatever their value.
  function significant(table, row) {
    const flag = indexOf(table, "significant"), p = indexOf(table, "p_fdr"), kind = indexOf(table, "kind");
    if (flag >= 0) return row[flag] === true;
    if (kind >= 0) return row[kind] !== "not significant";
    return p < 0 || (row[p] !== null && row[p] <= 0.05);
  }

  const KINDS = { hot: "#b5452c", cold: "#2f6690", HH: "#b5452c", LL: "#2f6690", HL: "#d99a3d", LH: "#79a9c9" };

  const GRAVE = { error: "#b5452c", warning: "#b8720a", info: "#2f6690" }; // findings, the gravest first

  // Colours of findings by severity, of a test's kinds, or hot and cold by the sign of z; otherwise five steps of the first value column; otherwise one colour.
  function painter(table) {
    const grave = indexOf(table, "severity");
    if (grave >= 0) return Object.assign((row) => GRAVE[row[grave]] ?? GREY, { graves: Object.keys(GRAVE).filter((name) => table.rows.some((row) => row[grave] === name)) });
    const kind = indexOf(table, "kind"), z = indexOf(table, "z");
    if (kind >= 0) return Object.assign((row) => KINDS[row[kind]] ?? GREY, { kinds: Object.keys(KINDS).filter((name) => table.rows.some((row) => row[kind] === name)) });
    if (z >= 0) return (row) => (row[z] >= 0 ? KINDS.hot : KINDS.cold);
    const v = indexOf(table, "density", "density_km2", "rate", "value");
    if (table.columns.includes("cluster")) return () => null; // hulls of detected clusters: outlines in one colour
    if (v < 0) return () => null;
    if (table.side) return steps(v, P.cells.breaks(table));
    const values = table.rows.map((row) => row[v]).filter((value) => typeof value === "number").sort((a, b) => a - b);
    return steps(v, [0.2, 0.4, 0.6, 0.8].map((share) => values[Math.floor(share * (values.length - 1))]));
  }

  // Colours and what they mean, for legends.
  function key(app, table, paint) {
    const t = app.t, { kinds, breaks, graves } = paint;
    const digits = Math.max(...(breaks ?? [0]).map((limit) => (String(limit).split(".")[1] ?? "").length)), n = (limit) => P.format.number(limit, Math.min(digits, 4));
    if (graves) return graves.map((name) => [GRAVE[name], t(`${name}s`)]);
    if (breaks) return RAMP.map((colour, i) => [colour, i === 0 ? `≤ ${n(breaks[0])}` : i === 4 ? `> ${n(breaks[3])}` : `${n(breaks[i - 1])} – ${n(breaks[i])}`]);
    const names = kinds ?? (table.columns.includes("z") ? ["hot", "cold"] : []);
    return names.length ? [...names.map((name) => [KINDS[name], t(`kind_${name}`)]), [GREY, t("kind_none")]] : [];
  }

  const steps = (v, breaks) => Object.assign((row) => RAMP[breaks.filter((limit) => row[v] > limit).length], { breaks, column: v });

  function paint(app, ctx, view, items) {
    const table = current(app);
    if (!table) return;
    table.painter ??= painter(table);
    const { selected } = app.state, chosenAt = selected?.kind === "shape" && selected.id.startsWith(`${table.name}/`) ? Number(selected.id.slice(table.name.length + 1)) : null;
    if (table.side) return P.cells.paint(ctx, view, table, chosenAt);
    table.shapes.forEach((shape, i) => {
      if (!shape.type) return;
      if (!geometry.touches(geometry.shapeOf(shape, view.datum).box, view.box)) return;
      const own = table.painter(table.rows[i]), colour = !significant(table, table.rows[i]) ? GREY : own ?? view.theme.ink;
      const look = { colour, own, line: chosenAt === i ? view.theme.accent : colour, chosen: chosenAt === i };
      for (const part of shape.parts ?? [shape]) {
        const projected = geometry.shapeOf(part, view.datum);
        if (part.type === "Point") points(ctx, view, projected, look, (at) => items.push({ kind: "shape", table, index: i, ...at }));
        else surface(ctx, view, projected, look, part.type === "Polygon");
      }
    });
  }

  function surface(ctx, view, projected, { colour, own, line, chosen }, closed) {
    geometry.trace(ctx, view, projected, closed);
    ctx.fillStyle = colour;
    ctx.globalAlpha = own ? (colour === GREY ? 0.12 : 0.5) : 0.05;
    if (closed) ctx.fill("evenodd");
    ctx.globalAlpha = 1;
    ctx.strokeStyle = line;
    ctx.lineWidth = !closed ? (chosen ? 4 : 2.5) : chosen ? 3 : own ? 0.5 : 1.6;
    ctx.stroke();
  }

  function points(ctx, view, projected, { line, chosen }, drawn) {
    for (const [[px, py]] of projected.parts) {
      const x = px * view.k - view.ox, y = py * view.k - view.oy;
      ctx.beginPath();
      ctx.arc(x, y, 8, 0, 2 * Math.PI);
      ctx.strokeStyle = line;
      ctx.lineWidth = chosen ? 4 : 2.5;
      ctx.stroke();
      drawn({ x, y, r: 8 });
    }
  }

  function at(app, x, y, view) {
    const table = P.layers.shown(app, "shapes") ? current(app) : null;
    if (!table) return null;
    const under = (part) => part.type === "Polygon" ? geometry.contains(geometry.shapeOf(part, view.datum), x, y)
      : part.type === "Line" && geometry.near(geometry.shapeOf(part, view.datum), x, y, 5 / view.k);
    const index = table.side ? P.cells.indexAt(table, x, y, view.datum) : table.shapes.findIndex((shape) => (shape.parts ?? [shape]).some(under));
    return index >= 0 ? { kind: "shape", table, index } : null;
  }

  P.shapes = { RAMP, GREY, KINDS, key, tables, current, recordOf, significant, painter, paint, at };
})((window.parkatlas = window.parkatlas || {}));
