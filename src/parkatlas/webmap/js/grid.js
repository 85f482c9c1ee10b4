// Points in Morton order: every square cell, at every zoom, is one contiguous run of rows.
// x and y are Web Mercator pixels at zoom 20 (28 bits each); y holds the higher bit of each pair.
(function (P) {
  "use strict";
  // Is the highest set bit of a below that of b? (Chan 2002: no code needs to be built to compare two.)
  const below = (a, b) => a < b && a < (a ^ b);

  function before(ax, ay, bx, by) {
    const dx = ax ^ bx, dy = ay ^ by;
    return below(dy, dx) ? ax < bx : ay < by;
  }

  // First row in [lo, hi) that does not come before (x, y).
  function lower(xs, ys, x, y, lo, hi) {
    while (lo < hi) {
      const middle = (lo + hi) >>> 1;
      if (before(xs[middle], ys[middle], x, y)) lo = middle + 1;
      else hi = middle;
    }
    return lo;
  }

  // Call emit(lo, hi) for every cell of side 2**shift pixels that holds points and touches the box.
  function visit(xs, ys, points, box, shift, emit) {
    (function cell(cx, cy, side, lo, hi) {
      if (lo >= hi) return;
      const size = 2 ** side;
      if (cx > box.x1 || cy > box.y1 || cx + size <= box.x0 || cy + size <= box.y0) return;
      if (side <= shift) return void emit(lo, hi);
      const half = size / 2;
      const b = lower(xs, ys, cx + half, cy, lo, hi);
      const c = lower(xs, ys, cx, cy + half, b, hi);
      const d = lower(xs, ys, cx + half, cy + half, c, hi);
      cell(cx, cy, side - 1, lo, b);
      cell(cx + half, cy, side - 1, b, c);
      cell(cx, cy + half, side - 1, c, d);
      cell(cx + half, cy + half, side - 1, d, hi);
    })(0, 0, 28, 0, points);
  }

  P.grid = { before, lower, visit, ZOOM: 20 };
})((window.parkatlas = window.parkatlas || {}));
