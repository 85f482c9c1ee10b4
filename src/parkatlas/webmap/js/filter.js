// One pass over all rows decides who is shown; sums per block of 256 rows then answer for any run of rows.
(function (P) {
  "use strict";
  const BLOCK = 256, SIZE_CLASSES = 5;
  const SIZES = [20, 300, 1000]; // persons: the thresholds of the national size classes for industry (2017)

  function sizeClass(stored, unit) {
    const out = new Uint8Array(stored.length);
    for (let i = 0; i < stored.length; i++) {
      const v = (stored[i] - 1) / unit;
      out[i] = stored[i] === 0 ? 4 : v < SIZES[0] ? 0 : v < SIZES[1] ? 1 : v < SIZES[2] ? 2 : 3;
    }
    return out;
  }

  // Years as positions from the first year known; the last position means unknown.
  function years(column, rows) {
    const byWord = new Map();
    const yearOf = (text) => {
      if (!byWord.has(text)) byWord.set(text, /^\d{4}/.test(text) ? Number(text.slice(0, 4)) : 0);
      return byWord.get(text);
    };
    const words = column.kind === "dict" ? Array.from({ length: column.size }, (_, k) => yearOf(column.word(k))) : null;
    const raw = new Uint16Array(rows);
    let first = 9999, last = 0;
    for (let i = 0; i < rows; i++) {
      const year = words ? words[column.values[i]] : yearOf(column.at(i));
      raw[i] = year;
      if (year > 0 && year < first) first = year;
      if (year > last) last = year;
    }
    const span = last ? last - first + 1 : 0;
    for (let i = 0; i < rows; i++) raw[i] = raw[i] ? raw[i] - first : span;
    return { values: raw, first: last ? first : 0, last, span };
  }

  // Everything the filters look at, as small arrays. `sectors` counts the plan's own; one more is "unclassified".
  function prepare(block, sectors) {
    const { head, columns } = block;
    const rows = head.rows;
    const groups = Array.from({ length: columns.group.size }, (_, k) => {
      const [core, zone, park, outcome, entity] = columns.group.word(k).split("\n");
      return { core, zone, park, outcome, entity };
    });
    const kinds = sectors + 1, year = years(columns.founded, rows);
    const size = columns.employees.stored ? sizeClass(columns.employees.stored, columns.employees.unit) : new Uint8Array(rows).fill(4);
    const place = joined(columns.group.values, columns.sector.values, kinds, groups.length);
    return {
      rows, points: head.points, x: columns.x.values, y: columns.y.values,
      sector: columns.sector.values, kinds, groups, year, columns,
      place, groupOf: (row) => groups[Math.floor(place[row] / kinds)], time: joined(year.values, size, SIZE_CLASSES, year.span + 1),
    };
  }

  // Two small codes as one, so that a row is looked at twice and not four times.
  function joined(a, b, base, most) {
    const out = most * base <= 65536 ? new Uint16Array(a.length) : new Uint32Array(a.length);
    for (let i = 0; i < a.length; i++) out[i] = a[i] * base + b[i];
    return out;
  }

  const table = (n, base, keep) => Uint8Array.from({ length: n * base }, (_, i) => (keep(Math.floor(i / base), i % base) ? 1 : 0));

  // which: {sector: Uint8Array, size: Uint8Array, year: [from, to] or null, group: Uint8Array}; 1 means kept.
  function run(data, which) {
    const { rows, points, kinds, place, time, x, y, sector } = data, { first, span } = data.year;
    const inYears = (k) => !which.year || (k < span && k + first >= which.year[0] && k + first <= which.year[1]);
    const here = table(data.groups.length, kinds, (g, s) => which.group[g] && which.sector[s]);
    const then = table(span + 1, SIZE_CLASSES, (k, size) => inYears(k) && which.size[size]);
    const mask = new Uint8Array(rows), cross = new Uint32Array(here.length), when = new Uint32Array(then.length);
    const blocks = Math.ceil(points / BLOCK);
    const count = new Uint32Array(blocks + 1), hist = new Uint32Array((blocks + 1) * kinds);
    const sumX = new Float64Array(blocks + 1), sumY = new Float64Array(blocks + 1);
    for (let b = 0; b < blocks; b++) {
      const end = Math.min(points, (b + 1) * BLOCK), to = (b + 1) * kinds;
      for (let k = 0; k < kinds; k++) hist[to + k] = hist[to - kinds + k];
      let n = 0, sx = 0, sy = 0;
      for (let i = b * BLOCK; i < end; i++) {
        const p = place[i], t = time[i];
        if (here[p] & then[t]) {
          mask[i] = 1; n++; sx += x[i]; sy += y[i];
          hist[to + sector[i]]++; cross[p]++; when[t]++;
        }
      }
      count[b + 1] = count[b] + n; sumX[b + 1] = sumX[b] + sx; sumY[b + 1] = sumY[b] + sy;
    }
    for (let i = points; i < rows; i++) if (here[place[i]] & then[time[i]]) { mask[i] = 1; cross[place[i]]++; when[time[i]]++; }
    const byYear = new Uint32Array(span + 1), bySize = new Uint32Array(SIZE_CLASSES);
    when.forEach((n, i) => { byYear[Math.floor(i / SIZE_CLASSES)] += n; bySize[i % SIZE_CLASSES] += n; });
    return { mask, cross, byYear, bySize, count, hist, sumX, sumY, total: cross.reduce((a, v) => a + v, 0) };
  }

  // Count, position sums and sector histogram of rows [lo, hi), added into `out`.
  function sums(data, result, lo, hi, out) {
    const { mask, count, hist, sumX, sumY } = result;
    const { kinds, x, y, sector } = data;
    const first = Math.ceil(lo / BLOCK), last = Math.floor(hi / BLOCK);
    const one = (from, to) => {
      for (let i = from; i < to; i++) if (mask[i]) { out.n++; out.x += x[i]; out.y += y[i]; out.hist[sector[i]]++; }
    };
    if (first >= last) return one(lo, hi);
    one(lo, first * BLOCK);
    out.n += count[last] - count[first];
    out.x += sumX[last] - sumX[first];
    out.y += sumY[last] - sumY[first];
    for (let k = 0; k < kinds; k++) out.hist[k] += hist[last * kinds + k] - hist[first * kinds + k];
    one(last * BLOCK, hi);
  }

  P.filter = { BLOCK, sizeClass, years, prepare, run, sums };
})((window.parkatlas = window.parkatlas || {}));
