// Shapes in Web Mercator pixels at zoom 20, once per datum; drawing scales them, pointing asks them.
(function (P) {
  "use strict";
  function project(polygons, datum) {
    const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
    const parts = polygons.map((rings) => rings.map((ring) => {
      const out = new Float64Array(ring.length * 2);
      ring.forEach(([lon, lat], i) => {
        const [x, y] = P.datum.shift(P.datum.xOf(lon), P.datum.yOf(lat), datum);
        out[2 * i] = x; out[2 * i + 1] = y;
        box.x0 = Math.min(box.x0, x); box.x1 = Math.max(box.x1, x);
        box.y0 = Math.min(box.y0, y); box.y1 = Math.max(box.y1, y);
      });
      return out;
    }));
    return { parts, box };
  }

  // The projected shape of a record with `rings`, made when first asked for.
  function shapeOf(record, datum) {
    record.shapes ??= {};
    return (record.shapes[datum] ??= project(record.rings, datum));
  }

  // Even-odd: a point in a hole is outside.
  function contains(shape, x, y) {
    const { box } = shape;
    if (x < box.x0 || x > box.x1 || y < box.y0 || y > box.y1) return false;
    let inside = false;
    for (const rings of shape.parts) for (const ring of rings) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const yi = ring[i + 1], yj = ring[j + 1];
        if (yi > y !== yj > y && x < ((ring[j] - ring[i]) * (y - yi)) / (yj - yi) + ring[i]) inside = !inside;
      }
    }
    return inside;
  }

  // Does a line of the shape pass within that distance?
  function near(shape, x, y, reach) {
    return shape.parts.some(([line]) => {
      for (let i = 2; i < line.length; i += 2) {
        const ax = line[i - 2], ay = line[i - 1], dx = line[i] - ax, dy = line[i + 1] - ay;
        const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
        if (Math.hypot(ax + t * dx - x, ay + t * dy - y) <= reach) return true;
      }
      return false;
    });
  }

  function trace(ctx, view, shape, closed) {
    ctx.beginPath();
    for (const rings of shape.parts) for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const x = ring[i] * view.k - view.ox, y = ring[i + 1] * view.k - view.oy;
        if (i) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
      }
      if (closed) ctx.closePath();
    }
  }

  const touches = (a, b) => a.x0 <= b.x1 && a.x1 >= b.x0 && a.y0 <= b.y1 && a.y1 >= b.y0;
  P.geometry = { project, shapeOf, contains, near, trace, touches };
})((window.parkatlas = window.parkatlas || {}));
