// Search over long joined strings: one native indexOf or one regular expression for a million names.
(function (P) {
  "use strict";
  const FIELDS = ["name_zh", "name_en", "enterprise_id", "credit_code", "gbt_code"];
  const SOME = 20000; // rows that hold a part of a query: so many are looked at before more

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
    if (!/^[a-z0-9]*[a-z][a-z0-9]+$/.test(query) || !Object.keys(initials).length) return null;
    return new RegExp([...query].map((char) => `[${char}${initials[char] ?? ""}]`).join(""), "g");
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

  // What was typed, folded, full-width letters and digits as plain ones, in the parts between its spaces.
  const partsOf = (text) => fold(text.normalize("NFKC")).split(/\s+/).filter(Boolean);

  // Rows that hold one part, up to a limit.
  function holding(columns, rows, initials, part, limit) {
    const found = new Set(), pattern = initialsPattern(part, initials);
    for (const name of FIELDS) {
      const column = columns[name], also = name === "name_zh" ? pattern : null;
      if (column?.kind === "dict") inDict(column, part, also, rows, limit, found);
      if (column?.kind !== "text") continue;
      inText(column, part, limit, found);
      if (also) inInitials(column, also, limit, found);
    }
    return found;
  }

  // Rows that hold every part: those that hold the rarest one, looked at for the others.
  function holdingAll(columns, rows, initials, parts, limit) {
    if (parts.length === 1) return [...holding(columns, rows, initials, parts[0], limit)];
    const there = FIELDS.filter((name) => columns[name]);
    const patterns = parts.map((part) => initialsPattern(part, initials));
    const holds = (row, k) => there.some((name) => {
      const text = fold(columns[name].at(row) ?? "");
      return text.includes(parts[k]) || (name === "name_zh" && patterns[k] && text.search(patterns[k]) >= 0);
    });
    for (let most = SOME; ; most *= 8) {
      const sets = parts.map((part) => holding(columns, rows, initials, part, most));
      const rarest = sets.reduce((best, set, k) => (set.size < sets[best].size ? k : best), 0);
      const found = [...sets[rarest]].filter((row) => parts.every((part, k) => k === rarest || holds(row, k)));
      if (found.length >= limit || sets[rarest].size < most) return found.slice(0, limit);
    }
  }

  // Rows that fit a query, best first: the name begins with it, then the name holds it, then anything else does.
  function find(columns, rows, initials, text, limit) {
    const parts = partsOf(text), whole = parts.join(" "), joined = parts.join("");
    if (!whole) return [];
    const rank = (i) => {
      const name = columns.name_zh ? fold(columns.name_zh.at(i)) : "";
      return name.startsWith(whole) || name.startsWith(joined) ? 0 : name.includes(whole) || name.includes(joined) ? 1 : 2;
    };
    const found = holdingAll(columns, rows, initials, parts, limit);
    return found.map((i) => [rank(i), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((pair) => pair[1]);
  }

  // Does a single text fit? For areas and other short lists.
  function fits(text, query, initials) {
    const low = fold(text);
    return partsOf(query).every((part) => low.includes(part) || (initialsPattern(part, initials)?.test(low) ?? false));
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
