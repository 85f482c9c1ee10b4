// The panel at the side: register, language, search, filters, areas, targets, actions.
(function (P) {
  "use strict";
  const { h, replace, names } = P.dom;
  const F = P.format;
  const MOST = 500, SHOWN = 40; // rows that a search finds and lists

  function build(app) {
    const { t } = app, parts = {};
    replace(app.ui.head, header(app));
    parts.search = searchBox(app);
    parts.shown = h("p", { class: "pa-shown", role: "status", "aria-live": "polite", tabindex: "-1" });
    parts.sectors = h("div", { class: "pa-bars", role: "group", "aria-label": t("sectors") });
    parts.years = h("div", {});
    parts.sizes = h("div", { class: "pa-chips", role: "group", "aria-label": t("sizes") });
    parts.kinds = h("div", { class: "pa-chips", role: "group", "aria-label": t("kinds") });
    parts.areas = h("div", { class: "pa-bars" });
    parts.note = h("p", { class: "pa-note" });
    app.ui.parts = parts;
    const before = app.ui.side.querySelector(".pa-scroll"), top = before?.scrollTop;
    const heights = [...before?.children ?? []].map((node) => node.offsetHeight);
    const panel = h("div", { class: "pa-scroll", id: "pa-panel", onfocusin: () => app.openSide() },
      parts.shown, parts.search, registerBox(app), parts.note,
      section(t(app.isMixed() ? "sectors_mixed" : "sectors"), parts.sectors), P.targets.panel(app), section(t("kinds"), parts.kinds, "pa-kinds"),
      section(t("years"), parts.years, "pa-years"), section(t("sizes"), parts.sizes, "pa-sizes"),
      section(t("areas_count"), parts.areas), actions(app), foot(app));
    replace(app.ui.side, grip(app), panel);
    buildYears(app);
    update(app);
    // What is out of sight has no height yet: that of what stood there, so that the panel can be where it was.
    [...panel.children].forEach((node, i) => top && heights[i] && (node.style.containIntrinsicBlockSize = `auto ${heights[i]}px`));
    panel.scrollTop = top ?? 0;
  }

  // The handle of the drawer on small screens: a tap turns it, a pull up or down moves it.
  function grip(app) {
    let from = null;
    return h("button", {
      class: "pa-grip", type: "button", "aria-controls": "pa-panel", "aria-label": app.t("menu"),
      "aria-expanded": String(app.ui.app.classList.contains("pa-open")),
      onclick: () => app.toggleSide(),
      ontouchstart: (e) => { from = e.touches[0].clientY; },
      ontouchend: (e) => {
        const pull = from === null ? 0 : e.changedTouches[0].clientY - from, open = app.ui.app.classList.contains("pa-open");
        if (Math.abs(pull) > 24) e.preventDefault();
        if ((pull < -24 && !open) || (pull > 24 && open)) app.toggleSide();
      },
    });
  }

  const section = (title, body, kind) => h("section", { class: `pa-section ${kind ?? ""}` }, h("h2", { class: "pa-over" }, title), body);

  function header(app) {
    const plan = app.facts.plan, [first, second] = names(plan, app.state.lang);
    const button = (lang, code, text) => h("button", {
      type: "button", lang: code, "aria-pressed": String(app.state.lang === lang), onclick: () => app.set({ lang }),
    }, text);
    return [
      h("div", { class: "pa-title" }, h("h1", {}, first), second ? h("p", { class: "pa-sub" }, second) : null),
      h("div", { class: "pa-lang", role: "group", "aria-label": "中文 / English" }, button("zh", "zh-CN", "中"), button("en", "en", "EN")),
    ];
  }

  function registerBox(app) {
    const { lang, register } = app.state, record = app.registers.get(register);
    const name = (r) => F.plain(lang === "zh" ? r.zh : r.en);
    const choice = h("select", { id: "pa-register", title: record ? name(record.about) : null, onchange: (e) => app.set({ register: e.target.value, selected: null }) },
      [...app.registers.values()].map((r) => h("option", { value: r.about.id, selected: r.about.id === register }, name(r.about))));
    choice.value = register;
    const kind = record?.about.kind;
    return h("div", { class: "pa-register" },
      h("label", { for: "pa-register" }, app.t("register")),
      h("span", { class: "pa-note" }, record?.about.as_of ? app.t("as_of", { date: F.plain(record.about.as_of) }) : ""), choice,
      kind ? h("p", { class: "pa-note" }, h("span", { class: `pa-kind pa-${kind === "synthetic" ? "synthetic" : "recorded"}` }, app.t(kind))) : null);
  }

  // A plain list of buttons under the field: the arrows walk through it, Enter takes the first.
  function searchBox(app) {
    const { t } = app, results = h("ul", { id: "pa-results", "aria-label": t("results") }), note = h("p", { class: "pa-note", role: "status" });
    const input = h("input", {
      type: "search", class: "pa-search", placeholder: t("search"), "aria-label": t("search"), autocomplete: "off", spellcheck: "false",
      "aria-controls": "pa-results",
    });
    let wait = 0;
    const run = () => search(app, input, results, note);
    const clear = (e) => {
      input.value = "";
      input.focus();
      run();
      e.stopPropagation();
    };
    input.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(run, app.current?.data.rows > 50000 ? 160 : 40);
    });
    input.addEventListener("keydown", (e) => {
      if (e.key === "Enter") { clearTimeout(wait); run().then(() => results.querySelector("button")?.click()); }
    });
    const box = h("div", { class: "pa-searchbox", role: "search" }, input, h("div", { class: "pa-results" }, results, note));
    box.addEventListener("keydown", (e) => {
      const items = [input, ...results.querySelectorAll("button")], at = items.indexOf(document.activeElement);
      const to = e.key === "ArrowDown" ? at + 1 : e.key === "ArrowUp" ? at - 1 : -1;
      if (e.key === "Escape" && input.value) clear(e);
      else if (items[to]) { items[to].focus(); e.preventDefault(); }
    });
    return box;
  }

  async function search(app, input, results, note) {
    const query = input.value.trim(), { lang } = app.state, { t } = app;
    const close = () => [results, note].forEach((node) => replace(node));
    if (!query) return close();
    await app.needTexts();
    if (input.value.trim() !== query) return;
    const initials = app.current?.texts?.head.initials ?? {}, { data } = app.current ?? {};
    const areas = app.areas.filter((a) => [a.name_zh, a.name_en, a.area_id].some((text) => text && P.search.fits(text, query, app.initials)));
    const rows = data ? P.search.find(app.columns(), data.rows, initials, query, MOST) : [], shown = rows.slice(0, SHOWN);
    const option = (glyph, text, aside, go) => h("li", {}, h("button", { type: "button", onclick: () => { close(); go(); } },
      glyph, h("span", { class: "pa-barname" }, text), h("span", { class: "pa-aside" }, aside)));
    replace(results,
      areas.slice(0, 12).map((a) => option(null, names(a, lang)[0], t(a.level), () => { app.select("area", a.area_id); app.zoomToArea(a); })),
      shown.map((row) => {
        const kind = data.sector[row], [name] = names({ name_zh: app.value("name_zh", row), name_en: app.value("name_en", row) }, lang);
        const go = () => { app.selectRow(row); app.zoomToRow(row); };
        return option(P.marks.svg(kind, app.colours[kind], 11), name, F.plain(app.value("enterprise_id", row)), go);
      }));
    replace(note, !areas.length && !rows.length ? t("search_none", { q: query })
      : rows.length > shown.length ? t("search_more", { n: rows.length >= MOST ? `${MOST}+` : rows.length, m: SHOWN })
      : t("search_n", { n: areas.length + rows.length }));
  }

  function buildYears(app) {
    const { data } = app.current ?? {}, box = app.ui.parts.years, t = app.t;
    const { parts } = app.ui;
    parts.range = h("span", { class: "pa-num" });
    parts.yearNote = h("p", { class: "pa-note" });
    if (!data?.year.span) return void replace(box, parts.range, parts.yearNote);
    const { first, last } = data.year, range = app.state.years ?? [first, last];
    // A thumb stops at the other one; where both lie together, the one that can move is on top.
    const change = (e) => {
      if (e?.target === from) from.value = String(Math.min(Number(from.value), Number(to.value)));
      else to.value = String(Math.max(Number(from.value), Number(to.value)));
      const a = Number(from.value), b = Number(to.value);
      from.style.zIndex = a + b > first + last ? "1" : "";
      app.set({ years: a <= first && b >= last ? null : [a, b] }, { replace: true });
    };
    const slider = (value, label) => h("input", {
      type: "range", min: String(first), max: String(last), step: "1", value: String(Math.max(first, Math.min(last, value))),
      "aria-label": label, oninput: change,
    });
    const from = slider(range[0], t("year_from")), to = slider(range[1], t("year_to"));
    parts.play = h("button", { type: "button", class: "pa-button pa-play", onclick: () => app.play(from, to, parts.play, change) }, t("play"));
    parts.chart = h("div", { class: "pa-chart" });
    parts.sliders = [from, to];
    replace(box, parts.chart, h("div", { class: "pa-sliders" }, from, to), h("p", { class: "pa-row" }, parts.play, parts.range), parts.yearNote);
  }

  function update(app) {
    if (!app.ui.parts) return;
    for (const name of ["sectors", "kinds", "years", "sizes"]) app.ui.parts[name].parentElement.hidden = !app.current;
    if (app.current) P.dom.keepFocus(app.ui.side, () => show(app));
  }

  function show(app) {
    const { data, result } = app.current, { parts } = app.ui, t = app.t, lang = app.state.lang;
    const filtered = app.isFiltered();
    replace(parts.shown, t("shown"), " ", h("b", {}, F.number(result.total)), " ", t("of", { n: F.number(data.rows) }),
      filtered ? h("button", { type: "button", class: "pa-link", onclick: () => app.clear() }, t("clear")) : null,
      app.state.within ? h("span", { class: "pa-note" }, `${t("only_here")}: ${names(app.byId.get(app.state.within), lang)[0]}`) : null,
      result.total === 0 && filtered ? h("span", { class: "pa-note" }, t("nothing")) : null);
    const boxes = data.groups.some((group) => group.outcome === "declared");
    replace(parts.note, !data.rows ? t("no_rows") : data.points ? "" : t("no_points"), !data.points && boxes ? ` ${t("boxes")}` : "");
    updateSectors(app);
    const chip = (key, value, name, now, all, of) => {
      const off = app.state[key].includes(value);
      return P.charts.bar({ name, value: now, ghost: all, of, pressed: !off, dim: off, onclick: () => app.toggle(key, value) });
    };
    const { size } = app.totals, top = Math.max(1, ...size), sizes = [0, 1, 2, 3, 4].filter((k) => size[k] > 0 || app.state.sizesOff.includes(k));
    replace(parts.sizes, sizes.map((k) => chip("sizesOff", k, t(`size_${k}`), result.bySize[k], size[k], top)));
    // A kind that is left out is shown although the register has no such rows, or no others: else nobody finds it again.
    const counts = app.kindCounts(), largest = Math.max(1, ...[...counts.values()].map((entry) => entry.all));
    const kinds = P.state.KINDS.filter((kind) => counts.has(kind) || app.state.kindsOff.includes(kind));
    parts.kinds.parentElement.hidden = kinds.length < 2 && !app.state.kindsOff.length;
    replace(parts.kinds, kinds.map((kind) => {
      const { n, all } = counts.get(kind) ?? { n: 0, all: 0 };
      return chip("kindsOff", kind, t(`e_${kind}`), n, all, largest);
    }));
    updateYears(app);
    const rows = app.areas.map((a) => [a, app.countsOf(a.area_id)]);
    const most = Math.max(1, ...rows.map((pair) => pair[1].all));
    const order = ["core", "zone", "park"];
    rows.sort((a, b) => order.indexOf(a[0].level) - order.indexOf(b[0].level) || (a[0].part ? 1 : 0) - (b[0].part ? 1 : 0) || b[1].all - a[1].all);
    parts.areas.parentElement.hidden = !rows.length;
    const glyph = (a) => h("span", {
      class: `pa-key pa-key-${a.part ? "park" : a.level}${a.status === "schematic" ? " pa-dashed" : ""}`,
      style: { color: P.layers.colourOf(app, a, P.marks.theme()) },
    });
    replace(parts.areas, rows.map(([a, now]) => P.charts.bar({
      glyph: glyph(a),
      name: names(a, lang)[0], value: now.n, ghost: now.all, of: most, pressed: app.state.selected?.id === a.area_id,
      onclick: () => { app.select("area", a.area_id); app.zoomToArea(a); } })));
  }

  function updateSectors(app) {
    const { result } = app.current, { parts } = app.ui, lang = app.state.lang;
    const now = app.sectorCounts(result), all = app.totals.sector, top = Math.max(1, ...all);
    const rows = app.sectors.map((s, k) => [s, k]).filter(([s, k]) => all[k] > 0 || s.id !== "");
    replace(parts.sectors, rows.map(([s, k]) => {
      const off = app.state.off.includes(s.id);
      return P.charts.bar({
        glyph: P.marks.svg(k, app.colours[k], 14), name: F.plain(lang === "zh" ? s.zh : s.en), value: now[k], ghost: all[k], of: top,
        colour: app.colours[k], pressed: !off, dim: off, onclick: () => app.toggle("off", s.id),
      });
    }));
  }

  function updateYears(app) {
    const { data, result } = app.current, { parts } = app.ui, t = app.t;
    const { first, last, span } = data.year, range = app.state.years;
    replace(parts.yearNote, app.totals.year[span] ? t("unknown_year", { n: F.number(app.totals.year[span]) }) : "");
    if (!parts.chart) return void replace(parts.range, range ? t("years_range", { a: range[0], b: range[1] }) : "");
    replace(parts.chart, P.charts.columns(result.byYear.subarray(0, span), app.totals.year.subarray(0, span)));
    replace(parts.range, range ? t("years_range", { a: range[0], b: range[1] }) : t("years_range", { a: first, b: last }));
    if (document.activeElement !== parts.sliders[0]) parts.sliders[0].value = String(range ? range[0] : first);
    if (document.activeElement !== parts.sliders[1]) parts.sliders[1].value = String(range ? range[1] : last);
  }

  function actions(app) {
    const t = app.t, button = (key, go) => h("button", { type: "button", class: "pa-button", "data-action": key, onclick: go }, t(key));
    return h("div", { class: "pa-row pa-actions" },
      button("table", () => app.set({ table: !app.state.table })), button("list", () => P.keys.list(app)),
      button("png", () => P.picture.save(app)), button("print", () => P.picture.print(app)),
      button("share_link", (e) => P.picture.share(app, e.currentTarget)), button("about", () => P.legend.about(app)));
  }

  function foot(app) {
    const number = app.facts.about?.map_approval;
    return h("p", { class: "pa-foot" }, `${app.t("map_approval")}: `, number ? F.plain(number) : app.t("map_approval_none"));
  }

  P.panel = { build, header, update, search };
})((window.parkatlas = window.parkatlas || {}));
