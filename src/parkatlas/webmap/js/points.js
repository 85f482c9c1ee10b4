// Enterprises: clusters with a sector ring, single marks, and boxes for what is known by area only.
(function (P) {
  "use strict";
  const X = (view, x) => x * view.k - view.ox;
  const Y = (view, y) => y * view.k - view.oy;
  const FEW = 8, APART = 13, MARGIN = 9000, SOFT = "rgba(40,30,10,0.09)";

  const AROUND = [-2, -1, 0, 1, 2].flatMap((right) => [-2, -1, 0, 1, 2].map((down) => [right, down])).sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

  const radius = (n) => Math.round(2 * (11 + 4.4 * Math.log10(n))) / 2; // few sizes, so that each is drawn once

  // Cells of the view as groups: {n, x, y, hist, ranges}, or single rows where few lie far enough apart.
  function gather(app, view) {
    const { data, result } = app.current;
    const shift = 26 - Math.floor(view.zoom + 0.5);
    const box = { x0: view.box.x0 - MARGIN, y0: view.box.y0 - MARGIN, x1: view.box.x1 + MARGIN, y1: view.box.y1 + MARGIN };
    const groups = [], singles = [];
    P.grid.visit(data.x, data.y, data.points, box, Math.max(0, shift), (lo, hi) => {
      const out = { n: 0, x: 0, y: 0, hist: new Uint32Array(data.kinds), ranges: [[lo, hi]] };
      P.filter.sums(data, result, lo, hi, out);
      if (!out.n) return;
      if (out.n <= FEW && hi - lo <= 4096) {
        const rows = [];
        for (let i = lo; i < hi; i++) if (result.mask[i]) rows.push(i);
        if (apart(data, rows, view.k)) return void singles.push(...rows);
      }
      groups.push(out);
    });
    return { groups, singles };
  }

  function apart(data, rows, k) {
    for (let a = 0; a < rows.length; a++) for (let b = a + 1; b < rows.length; b++) {
      if (Math.hypot(data.x[rows[a]] - data.x[rows[b]], data.y[rows[a]] - data.y[rows[b]]) * k < APART) return false;
    }
    return true;
  }

  // Discs that would cover one another become one; larger ones take smaller ones in. No count is lost.
  function merge(groups, singles, data, k) {
    groups.sort((a, b) => b.n - a.n || a.ranges[0][0] - b.ranges[0][0]);
    const kept = [];
    const placed = (g) => Object.assign(g, { px: (g.x / g.n) * k, py: (g.y / g.n) * k, r: radius(g.n) });
    const hostOf = (px, py, reach) => kept.find((g) => (g.px - px) ** 2 + (g.py - py) ** 2 < (g.r + reach) ** 2);
    const into = (g, other) => {
      g.n += other.n; g.x += other.x; g.y += other.y;
      for (let s = 0; s < g.hist.length; s++) g.hist[s] += other.hist[s];
      g.ranges.push(...other.ranges);
      placed(g);
    };
    for (const group of groups) {
      const { px, py, r } = placed(group), host = hostOf(px, py, r - 2);
      if (host) into(host, group);
      else kept.push(group);
    }
    const free = singles.filter((i) => {
      const host = hostOf(data.x[i] * k, data.y[i] * k, 3);
      if (!host) return true;
      const hist = new Uint32Array(data.kinds);
      hist[data.sector[i]] = 1;
      into(host, { n: 1, x: data.x[i], y: data.y[i], hist, ranges: [[i, i + 1]] });
      return false;
    });
    return { kept, free };
  }

  // Discs and single marks of a view, kept until it or a filter changes: moving the mouse counts nothing anew, and a
  // zoom can count while it is still moving.
  function grouped(app, view) {
    const { data, result } = app.current, { k, ox, oy, w, h } = view, key = [k, ox, oy, w, h].join();
    if (app.grouped?.result !== result || app.grouped.key !== key) {
      const { groups, singles } = gather(app, view);
      app.grouped = { result, key, ...merge(groups, singles, data, k) };
    }
    return app.grouped;
  }

  function paint(app, ctx, view, items) {
    if (!app.current) return;
    const { data } = app.current, { kept, free } = grouped(app, view), scale = ctx.getTransform().a;
    const whole = (v) => Math.round(v * scale) / scale; // stamps want whole pixels
    const at = (x, y) => {
      const [px, py] = P.datum.shift(x, y, view.datum);
      return [whole(X(view, px)), whole(Y(view, py))];
    };
    for (const row of free) {
      const [x, y] = at(data.x[row], data.y[row]);
      const item = { kind: "row", row, x, y, r: view.zoom >= 15 ? 7 : 5.5 };
      mark(app, ctx, view, item);
      items.push(item);
    }
    const discs = kept.map(({ n, r, hist, ranges, ...sum }) => {
      const [x, y] = at(sum.x / n, sum.y / n);
      return { kind: "cluster", x, y, r, n, hist, ranges };
    }).reverse();
    paintDiscs(app, ctx, view, discs);
    items.push(...discs);
  }

  // Marks and discs without their rings are drawn once for each look and then stamped: an image costs a tenth of its
  // paths (and a canvas's own shadows cost ten times those).
  const stamps = new Map();
  function stamp(ctx, x, y, reach, look, draw) {
    const { a: scale } = ctx.getTransform(), key = [scale, ...look].join(), half = Math.ceil(reach);
    let image = stamps.get(key);
    if (!image) {
      stamps.set(key, (image = document.createElement("canvas")));
      image.width = image.height = Math.ceil(2 * half * scale);
      const own = image.getContext("2d");
      own.scale(scale, scale);
      draw(own, half);
    }
    ctx.drawImage(image, x - half, y - half, image.width / scale, image.height / scale);
  }

  const APPROXIMATE = new Set(["street", "area", "none", "synthetic"]);

  function mark(app, ctx, { theme }, { row, x, y, r }) {
    const { data } = app.current, kind = data.sector[row], colour = app.colours[kind];
    const hollow = APPROXIMATE.has(data.columns.location_quality.at(row)), chosen = app.selectedRow === row;
    stamp(ctx, x, y, r + 6, ["mark", kind, colour, r, hollow, chosen, theme.disc, theme.accent], (own, half) => {
      P.marks.trace(own, kind, half, half, r + (chosen ? 2 : 0));
      own.lineJoin = "round";
      own.strokeStyle = theme.disc;
      own.lineWidth = hollow ? 4.5 : 3;
      own.stroke();
      own.fillStyle = hollow ? theme.disc : colour;
      own.fill();
      own.strokeStyle = chosen ? theme.accent : colour;
      own.lineWidth = chosen ? 2.6 : 2;
      if (hollow || chosen) own.stroke();
    });
  }

  function paintDiscs(app, ctx, view, discs) {
    for (const { x, y, r } of discs) {
      stamp(ctx, x, y, r + 4, ["disc", r, view.theme.disc], (own, half) => {
        for (const [grow, down, fill] of [[2.6, 0.6, SOFT], [1.4, 0.6, SOFT], [0, 0, view.theme.disc]]) {
          own.beginPath();
          own.arc(half, half + down, r + grow, 0, 2 * Math.PI);
          own.fillStyle = fill;
          own.fill();
        }
      });
    }
    ctx.lineWidth = 4;
    for (const { x, y, r, n, hist } of discs) {
      let from = -Math.PI / 2;
      hist.forEach((count, kind) => {
        if (!count) return;
        const to = from + (count / n) * 2 * Math.PI;
        ctx.beginPath();
        ctx.arc(x, y, r - 2, from, to);
        ctx.strokeStyle = app.colours[kind];
        ctx.stroke();
        from = to;
      });
    }
    const chosen = app.selectedRow, holder = chosen === null ? null : discs.find((disc) => disc.ranges.some(([lo, hi]) => chosen >= lo && chosen < hi));
    if (holder && app.current.result.mask[chosen]) {
      ctx.beginPath();
      ctx.arc(holder.x, holder.y, holder.r + 3, 0, 2 * Math.PI);
      ctx.strokeStyle = view.theme.accent;
      ctx.lineWidth = 2.6;
      ctx.stroke();
    }
    ctx.fillStyle = view.theme.ink;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const large of [false, true]) {
      ctx.font = P.labels.font(large ? 12.5 : 12, 600);
      for (const { x, y, n } of discs) if (n >= 1000 === large) ctx.fillText(P.format.short(n, view.lang), x, y + 0.5);
    }
  }

  // Enterprises whose list names an area and no point: one box for each area, the smallest that is named.
  function declared(app) {
    const { data, result } = app.current, counts = new Map();
    data.groups.forEach((group, g) => {
      if (group.outcome !== "declared") return;
      const id = group.park || group.core || group.zone;
      let n = 0;
      for (let s = 0; s < data.kinds; s++) n += result.cross[g * data.kinds + s];
      if (n && id) counts.set(id, (counts.get(id) ?? 0) + n);
    });
    return counts;
  }

  // The nearest place for a box where it hides no other, inside its area if there is one; its own where all are taken.
  function freeSpot({ x, y, w }, boxes, inside = () => true) {
    const spots = AROUND.map(([right, down]) => ({ x: x + right * (w + 3), y: y + down * 23 }));
    const free = spots.filter((at) => boxes.every((o) => Math.abs(o.x - at.x) >= (o.w + w) / 2 + 1 || Math.abs(o.y - at.y) >= 21));
    return free.find(inside) ?? free[0] ?? spots[0];
  }

  function paintDeclared(app, ctx, view, items) {
    if (!app.current) return;
    for (const [id, n] of declared(app)) {
      const area = app.byId.get(id);
      if (!area) continue;
      const [px, py] = P.datum.shift(P.datum.xOf(area.label[0]), P.datum.yOf(area.label[1]), view.datum);
      const text = P.format.short(n, view.lang);
      ctx.font = P.labels.font(12, 600);
      const item = { kind: "declared", area, n, x: X(view, px), y: Y(view, py) + (area.level === "park" ? 0 : 24), w: ctx.measureText(text).width + 14, h: 20, r: 0 };
      if (item.x < -50 || item.y < -50 || item.x > view.w + 50 || item.y > view.h + 50) continue;
      const shape = P.geometry.shapeOf(area, view.datum), inside = ({ x, y }) => P.geometry.contains(shape, (x + view.ox) / view.k, (y + view.oy) / view.k);
      Object.assign(item, freeSpot(item, items.filter((other) => other.kind === "declared"), inside));
      ctx.beginPath();
      ctx.rect(item.x - item.w / 2, item.y - 10, item.w, 20);
      ctx.fillStyle = view.theme.disc;
      ctx.fill();
      ctx.setLineDash([3, 2]);
      ctx.lineWidth = 1.4;
      ctx.strokeStyle = view.theme.ink;
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.fillStyle = view.theme.ink;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(text, item.x, item.y + 0.5);
      items.push(item);
    }
  }

  // Rows of a cluster that pass the filters, up to a limit.
  function rowsOf(app, item, limit) {
    const out = [], { mask } = app.current.result;
    for (const [lo, hi] of item.ranges) for (let i = lo; i < hi && out.length < limit; i++) if (mask[i]) out.push(i);
    return out;
  }

  P.points = { X, Y, radius, gather, merge, grouped, freeSpot, paint, paintDeclared, declared, rowsOf };
})((window.parkatlas = window.parkatlas || {}));
