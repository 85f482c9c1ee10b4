// The table of what is visible: only the rows in sight exist as elements; sorting and saving work on row numbers.
(function (P) {
  "use strict";
  const { h, replace } = P.dom;
  const HEIGHT = 28, COLLATE = 20000, TALLEST = 15e6; // pixels: no browser makes an element much higher than that

  // Ids and names are not promised where the texts could not be read.
  function columnsOf(app) {
    const texts = ["enterprise_id", "name_zh", "name_en"], places = ["sector", "core_id", "zone_id", "park_id", "outcome"];
    return [...(app.current.texts ? texts : []), ...places, ...app.fields().filter((name) => !texts.includes(name) && !places.includes(name))];
  }

  // Rows that pass the filters and, if wanted, lie in the view; in the order of the input until sorted.
  function rowsOf(app, inView) {
    const { data, result } = app.current, out = [];
    const box = inView ? app.boxOfView() : null;
    for (let i = 0; i < data.rows; i++) {
      if (!result.mask[i]) continue;
      const x = data.x[i], y = data.y[i];
      if (box && (i >= data.points || x < box.x0 || x > box.x1 || y < box.y0 || y > box.y1)) continue;
      out.push(i);
    }
    return Uint32Array.from(out);
  }

  function sort(app, rows, name, down) {
    const order = app.columns().row?.values, sign = down ? -1 : 1;
    const byInput = (a, b) => (order ? order[a] - order[b] : a - b);
    if (!name) return rows.sort(byInput);
    const keys = new Array(app.current.data.rows);
    for (const row of rows) keys[row] = app.text(name, row, true);
    const language = app.state.lang === "zh" ? "zh-Hans-CN-u-co-pinyin" : "en";
    const collator = rows.length <= COLLATE ? new Intl.Collator(language, { numeric: true }) : null;
    const empty = (v) => v === null || v === "" || v === undefined;
    return rows.sort((a, b) => {
      const u = keys[a], v = keys[b];
      if (empty(u) || empty(v)) return empty(u) - empty(v) || byInput(a, b);
      if (typeof u === "number" && typeof v === "number") return sign * (u - v) || byInput(a, b);
      return sign * (collator ? collator.compare(u, v) : u < v ? -1 : u > v ? 1 : 0) || byInput(a, b);
    });
  }

  // The rows to make where the table is scrolled to `at`, and where the first of them stands; with more rows than an
  // element can be high, a step of the scroll bar passes more than one row.
  function slice(rows, at, sight) {
    const all = rows * HEIGHT, tall = Math.min(all, TALLEST);
    const reached = all > tall ? at + (at / Math.max(1, tall - sight)) * (all - tall) : at;
    const at0 = Math.floor(reached / HEIGHT), first = Math.max(0, at0 - 4), last = Math.min(rows, at0 + Math.ceil(sight / HEIGHT) + 4);
    return { first, last, top: Math.round(first * HEIGHT - reached + at) };
  }

  // Rows in the order wanted. The order of all rows is kept, so that a filter or a year that plays only leaves some out.
  function ordered(app, rows, name, down) {
    if (rows.length <= COLLATE) return sort(app, rows, name, down);
    const { data } = app.current, key = [app.state.lang, name, down].join();
    if (data.order?.key !== key) data.order = { key, rows: sort(app, Uint32Array.from({ length: data.rows }, (_, i) => i), name, down) };
    const wanted = new Uint8Array(data.rows);
    for (const row of rows) wanted[row] = 1;
    return data.order.rows.filter((row) => wanted[row]);
  }

  function build(app) {
    const t = app.t, names = columnsOf(app), k = app.state.lang === "zh" ? 0 : 1, state = app.sorting;
    const before = app.ui.drawer.querySelector(".pa-tscroll");
    if (state.by && !names.includes(state.by)) state.by = null;
    let shown = new Uint32Array(0);
    const count = h("span", { class: "pa-num", role: "status" });
    const head = h("div", { class: "pa-tr pa-th", role: "row" }), body = h("div", { class: "pa-tbody", role: "rowgroup" });
    const space = h("div", { class: "pa-space" });
    const scroll = h("div", { class: "pa-tscroll", tabindex: "0", role: "table", "aria-label": t("table") },
      h("div", { role: "rowgroup", class: "pa-thead" }, head), h("div", { class: "pa-tbodywrap" }, space, body));
    const title = (name) => P.format.plain(app.facts.titles?.[name]?.[k] ?? (name === "sector_name" ? t(name) : name));
    const kind = (name) => `pa-td${app.isNumber(name) ? " pa-tdnum" : ""}`;

    function paintHead() {
      const cell = (name) => {
        const by = state.by === name, go = () => {
          Object.assign(state, { by: name, down: by && !state.down });
          scroll.scrollTop = 0;
          refresh();
        };
        return h("div", { role: "columnheader", "aria-sort": by ? (state.down ? "descending" : "ascending") : "none", class: kind(name) },
          h("button", { type: "button", title: `${title(name)} · ${t("sort_hint")}`, onclick: go }, title(name), by ? (state.down ? " ▾" : " ▴") : ""));
      };
      P.dom.keepFocus(head, () => replace(head, names.map(cell)));
    }

    function tableRow(row, r) {
      const go = () => {
        app.selectRow(row);
        if (row < app.current.data.points) app.zoomToRow(row);
      };
      const cell = (name) => {
        const text = P.format.plain(app.text(name, row));
        return h("div", { class: kind(name), role: "cell", title: text.length > 12 ? text : null },
          name === "name_zh" ? h("button", { type: "button", class: "pa-link", "data-row": String(row) }, text) : text);
      };
      const chosen = app.selectedRow === row;
      return h("div", {
        class: `pa-tr${chosen ? " pa-chosen" : ""}`, role: "row", "aria-rowindex": String(r + 2), "aria-current": chosen ? "true" : null, onclick: go,
      }, names.map(cell));
    }

    // Where the row that has the focus is gone, scrolled or filtered away, the table itself has it.
    function paintBody() {
      const { first, last, top } = slice(shown.length, scroll.scrollTop, scroll.clientHeight), rows = [];
      const focused = body.contains(document.activeElement) ? document.activeElement.dataset.row : null;
      body.style.transform = `translateY(${top}px)`;
      for (let r = first; r < last; r++) rows.push(tableRow(shown[r], r));
      replace(body, rows);
      if (focused) (body.querySelector(`[data-row="${focused}"]`) ?? scroll).focus({ preventScroll: true });
    }

    function refresh() {
      shown = ordered(app, rowsOf(app, state.inView), state.by, state.down);
      space.style.height = `${Math.min(shown.length * HEIGHT, TALLEST)}px`;
      scroll.setAttribute("aria-rowcount", String(shown.length + 1));
      replace(count, t("rows", { n: P.format.number(shown.length) }));
      paintHead();
      paintBody();
    }

    scroll.addEventListener("scroll", () => requestAnimationFrame(paintBody), { passive: true });
    // As the build's own table: ids of sectors and areas, positions in degrees (WGS 84); the sector's name beside its id.
    const saved = names.flatMap((name) => (name === "sector" ? [name, "sector_name"] : name)).concat("lon", "lat");
    const text = (write) => write(saved.map(title), Array.from(shown, (row) => saved.map((name) => app.text(name, row, false, true))));
    const button = (key, go) => h("button", { type: "button", class: "pa-button", "data-action": key, onclick: go }, t(key));
    const inView = (e) => {
      state.inView = e.target.checked;
      scroll.scrollTop = 0;
      refresh();
    };
    const bar = h("div", { class: "pa-row pa-tbar" }, h("h2", {}, t("table")), count,
      h("label", { class: "pa-tick" }, h("input", { type: "checkbox", checked: state.inView, onchange: inView }), t("in_view")),
      button("csv", () => P.csv.save(`${app.state.register}.csv`, text(P.csv.csv), "text/csv;charset=utf-8")),
      button("copy", (e) => app.copy(text(P.csv.tsv), e.currentTarget)),
      h("button", { type: "button", class: "pa-button", "aria-label": t("close"), onclick: () => app.set({ table: false }) }, "✕"));
    const same = before && state.of === app.state.register, had = app.ui.drawer.contains(document.activeElement);
    const [x, y] = same ? [before.scrollLeft, before.scrollTop] : [0, 0];
    state.of = app.state.register;
    replace(app.ui.drawer, bar, scroll);
    app.ui.table = { refresh, paint: paintBody, state, scroll };
    refresh();
    scroll.scrollTo(x, y);
    if (had) scroll.focus({ preventScroll: true });
  }

  // The focus goes back to what opened the table; on a small screen whose panel is closed, to its handle.
  function close(app) {
    const { drawer, side } = app.ui, had = drawer.contains(document.activeElement);
    if (drawer.hidden) return;
    drawer.hidden = true;
    app.ui.table = null;
    replace(drawer);
    const closed = app.isNarrow() && !app.ui.app.classList.contains("pa-open");
    if (had) side.querySelector(closed ? ".pa-grip" : "[data-action=table]")?.focus({ preventScroll: true });
  }

  // Follow the state: open, close, and show what the filters leave.
  async function update(app) {
    if (!app.state.table || !app.current) return close(app);
    app.ui.drawer.hidden = false;
    await app.needTexts();
    if (!app.state.table || !app.current) return;
    if (!app.ui.table) build(app);
    else app.ui.table.refresh();
  }

  P.table = { HEIGHT, slice, columnsOf, rowsOf, sort, update };
})((window.parkatlas = window.parkatlas || {}));
