// The table of what is visible: only the rows in sight exist as elements; sorting and saving work on row numbers.
(function (P) {
  "use strict";
  const { h, replace } = P.dom;
  const HEIGHT = 28, COLLATE = 20000, TALLEST = 15e6; // pixels: no browser makes an element much higher than that

  function columnsOf(app) {
    const names = ["name_zh", "name_en", "sector", "core_id", "zone_id", "park_id", "outcome"];
    return ["enterprise_id", ...names, ...app.fields().filter((name) => name !== "enterprise_id" && !names.includes(name))];
  }

  // Rows that pass the filters and, if wanted, lie in the view; in the order of the input until sorted.
  function rowsOf(app, inView) {
    const { data, result } = app.current, out = [];
    const box = inView ? app.boxOfView() : null;
    for (let i = 0; i < data.rows; i++) {
      if (!result.mask[i]) continue;
      if (box && (i >= data.points || data.x[i] < box.x0 || data.x[i] > box.x1 || data.y[i] < box.y0 || data.y[i] > box.y1)) continue;
      out.push(i);
    }
    return Uint32Array.from(out);
  }

  function sort(app, rows, name, down) {
    const order = app.columns().row?.values, sign = down ? -1 : 1;
    const byInput = (a, b) => (order ? order[a] - order[b] : a - b);
    if (!name) return rows.sort(byInput);
    const keys = new Map();
    for (const row of rows) keys.set(row, app.text(name, row, true));
    const collator = rows.length <= COLLATE ? new Intl.Collator(app.state.lang === "zh" ? "zh-Hans-CN-u-co-pinyin" : "en", { numeric: true }) : null;
    const empty = (v) => v === null || v === "" || v === undefined;
    return rows.sort((a, b) => {
      const u = keys.get(a), v = keys.get(b);
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
    const first = Math.max(0, Math.floor(reached / HEIGHT) - 4), last = Math.min(rows, Math.floor(reached / HEIGHT) + Math.ceil(sight / HEIGHT) + 4);
    return { first, last, top: Math.round(first * HEIGHT - reached + at) };
  }

  function build(app) {
    const t = app.t, names = columnsOf(app), k = app.state.lang === "zh" ? 0 : 1;
    const state = { by: null, down: false, inView: app.tableInView ?? false, rows: new Uint32Array(0) };
    const count = h("span", { class: "pa-num", role: "status" });
    const head = h("div", { class: "pa-tr pa-th", role: "row" }), body = h("div", { class: "pa-tbody", role: "rowgroup" });
    const space = h("div", { class: "pa-space" });
    const scroll = h("div", { class: "pa-tscroll", tabindex: "0", role: "table", "aria-label": t("table") }, h("div", { role: "rowgroup", class: "pa-thead" }, head), h("div", { class: "pa-tbodywrap" }, space, body));
    const title = (name) => app.facts.titles?.[name]?.[k] ?? name;

    function paintHead() {
      replace(head, names.map((name) => h("div", { role: "columnheader", "aria-sort": state.by === name ? (state.down ? "descending" : "ascending") : "none", class: `pa-td${app.isNumber(name) ? " pa-tdnum" : ""}` },
        h("button", { type: "button", title: `${P.format.plain(title(name))} · ${t("sort_hint")}`, onclick: () => { state.down = state.by === name && !state.down; state.by = name; refresh(); } }, P.format.plain(title(name)), state.by === name ? (state.down ? " ▾" : " ▴") : ""))));
    }

    function paintBody() {
      const { first, last, top } = slice(state.rows.length, scroll.scrollTop, scroll.clientHeight);
      body.style.transform = `translateY(${top}px)`;
      const rows = [];
      for (let r = first; r < last; r++) {
        const row = state.rows[r];
        rows.push(h("div", { class: `pa-tr${app.selectedRow === row ? " pa-chosen" : ""}`, role: "row", "aria-rowindex": String(r + 2), onclick: () => { app.selectRow(row); if (row < app.current.data.points) app.zoomToRow(row); } },
          names.map((name) => h("div", { class: `pa-td${app.isNumber(name) ? " pa-tdnum" : ""}`, role: "cell" },
            name === "name_zh" ? h("button", { type: "button", class: "pa-link" }, P.format.plain(app.text(name, row))) : P.format.plain(app.text(name, row))))));
      }
      replace(body, rows);
    }

    function refresh() {
      state.rows = sort(app, rowsOf(app, state.inView), state.by, state.down);
      space.style.height = `${Math.min(state.rows.length * HEIGHT, TALLEST)}px`;
      scroll.setAttribute("aria-rowcount", String(state.rows.length + 1));
      replace(count, t("rows", { n: P.format.number(state.rows.length) }));
      paintHead();
      paintBody();
    }

    scroll.addEventListener("scroll", () => requestAnimationFrame(paintBody), { passive: true });
    const header = () => names.map(title);
    const cells = function* () { for (const row of state.rows) yield names.map((name) => app.text(name, row, false, true)); };
    const bar = h("div", { class: "pa-row pa-tbar" }, h("h2", {}, t("table")), count,
      h("label", { class: "pa-tick" }, h("input", { type: "checkbox", checked: state.inView, onchange: (e) => { state.inView = app.tableInView = e.target.checked; scroll.scrollTop = 0; refresh(); } }), t("in_view")),
      h("button", { type: "button", class: "pa-button", "data-action": "csv", onclick: () => P.csv.save(`${app.state.register}.csv`, P.csv.csv(header(), [...cells()]), "text/csv;charset=utf-8") }, t("csv")),
      h("button", { type: "button", class: "pa-button", "data-action": "copy", onclick: (e) => app.copy(P.csv.tsv(header(), [...cells()]), e.currentTarget) }, t("copy")),
      h("button", { type: "button", class: "pa-button", "aria-label": t("close"), onclick: () => app.set({ table: false }) }, "✕"));
    replace(app.ui.drawer, bar, scroll);
    app.ui.table = { refresh, state, scroll };
    refresh();
  }

  // Follow the state: open, close, and show what the filters leave.
  async function update(app) {
    const open = app.state.table && app.current;
    app.ui.drawer.hidden = !open;
    if (!open) return void (app.ui.table = null);
    await app.needTexts();
    if (!app.state.table) return;
    if (!app.ui.table) build(app);
    else app.ui.table.refresh();
  }

  P.table = { HEIGHT, slice, columnsOf, rowsOf, sort, update };
})((window.parkatlas = window.parkatlas || {}));
