// Search over long joined strings: one native indexOf or one regular expression for a million names.
(function (P) {
  "use strict";
  const FIELDS = ["name_zh", "name_en", "enterprise_id", "credit_code"];

  // Lower case of the same length, so that positions stay true.
  function fold(text) {
    const low = text.toLowerCase();
    if (low === text) return text; // not a second copy of a long string
    return low.length === text.length ? low : text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
  }

  // The row whose text covers a position of the joined string.
  function rowAt(starts, position) {
    let lo = 0, hi = starts.length - 1;
    while (lo < hi - 1) {
      const middle = (lo + hi) >>> 1;
      if (starts[middle] <= position) lo = middle;
      else hi = middle;
    }
    return lo;
  }

  // The folded text of a column, made once.
  const folded = (column) => (column.folded ??= fold(column.all()));

  // Rows whose text holds the query, in row order; matches across two values do not count.
  function inText(column, query, limit, found) {
    const all = folded(column), { starts } = column;
    for (let at = all.indexOf(query); at >= 0 && found.size < limit; ) {
      const row = rowAt(starts, at);
      if (at + query.length <= starts[row + 1]) {
        found.add(row);
        at = all.indexOf(query, starts[row + 1]);
      } else at = all.indexOf(query, at + 1);
    }
  }

  // One character class per letter: the letter itself or any character read with it; digits stand for themselves.
  function initialsPattern(query, initials) {
    const typed = query.replace(/\s+/g, "");
    if (!/^[a-z0-9]*[a-z][a-z0-9]+$/.test(typed) || !Object.keys(initials).length) return null;
    return new RegExp([...typed].map((char) => `[${char}${initials[char] ?? ""}]`).join(""), "g");
  }

  function inInitials(column, pattern, limit, found) {
    const all = folded(column), { starts } = column;
    pattern.lastIndex = 0;
    for (let hit = pattern.exec(all); hit && found.size < limit; hit = pattern.exec(all)) {
      const row = rowAt(starts, hit.index);
      if (hit.index + hit[0].length <= starts[row + 1]) {
        found.add(row);
        pattern.lastIndex = starts[row + 1];
      } else pattern.lastIndex = hit.index + 1;
    }
  }

  function inDict(column, query, pattern, rows, limit, found) {
    const good = new Uint8Array(column.size);
    let any = false;
    for (let k = 0; k < column.size; k++) {
      const word = fold(column.word(k));
      if (pattern) pattern.lastIndex = 0;
      if (word.includes(query) || pattern?.test(word)) any = good[k] = 1;
    }
    for (let i = 0; any && i < rows && found.size < limit; i++) if (good[column.values[i]]) found.add(i);
  }

  // Rows that fit a query, best first: the name begins with it, then the name holds it, then anything else does.
  function find(columns, rows, initials, text, limit) {
    const query = fold(text.trim());
    if (!query) return [];
    const found = new Set();
    const pattern = initialsPattern(query, initials);
    for (const name of FIELDS) {
      const column = columns[name], also = name === "name_zh" ? pattern : null;
      if (column?.kind === "dict") inDict(column, query, also, rows, limit, found);
      if (column?.kind !== "text") continue;
      inText(column, query, limit, found);
      if (also) inInitials(column, also, limit, found);
    }
    const rank = (i) => (columns.name_zh && fold(columns.name_zh.at(i)).startsWith(query) ? 0 : 1);
    return [...found].map((i) => [rank(i), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((pair) => pair[1]);
  }

  // Does a single text fit? For areas and other short lists.
  function fits(text, query, initials) {
    const low = fold(text), wanted = fold(query.trim());
    return low.includes(wanted) || (initialsPattern(wanted, initials)?.test(low) ?? false);
  }

  // Fold the columns that searches read, one at a time, so that the first search is as quick as the next.
  function warm(columns) {
    const next = FIELDS.map((name) => columns[name]).find((column) => column?.kind === "text" && !column.folded);
    if (!next) return;
    folded(next);
    (window.requestIdleCallback ?? setTimeout)(() => warm(columns));
  }

  P.search = { warm, fold, rowAt, initialsPattern, find, fits };
})((window.parkatlas = window.parkatlas || {}));
