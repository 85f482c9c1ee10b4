// The panel at the side: register, language, search, filters, areas, targets, actions.
(function (P) {
  "use strict";
  const { h, replace, names } = P.dom;
  const F = P.format;

  function build(app) {
    const { t } = app, parts = {};
    replace(app.ui.head, header(app));
    parts.search = searchBox(app);
    parts.shown = h("p", { class: "pa-shown", role: "status", "aria-live": "polite" });
    parts.sectors = h("div", { class: "pa-bars", role: "group", "aria-label": t("sectors") });
    parts.years = h("div", {});
    parts.sizes = h("div", { class: "pa-chips", role: "group", "aria-label": t("sizes") });
    parts.kinds = h("div", { class: "pa-chips", role: "group", "aria-label": t("kinds") });
    parts.areas = h("div", { class: "pa-bars" });
    parts.note = h("p", { class: "pa-note" });
    app.ui.parts = parts;
    replace(app.ui.side,
      grip(app),
      h("div", { class: "pa-scroll", id: "pa-panel", onfocusin: () => app.openSide() },
        parts.shown, parts.search, registerBox(app), parts.note,
        section(t("sectors"), parts.sectors), P.targets.panel(app), section(t("kinds"), parts.kinds, "pa-kinds"), section(t("years"), parts.years, "pa-years"), section(t("sizes"), parts.sizes, "pa-sizes"),
        section(t("areas_count"), parts.areas), actions(app), foot(app)));
    buildYears(app);
    update(app);
  }

  // The handle of the drawer on small screens: a tap turns it, a pull up or down moves it.
  function grip(app) {
    let from = null;
    return h("button", {
      class: "pa-grip", type: "button", "aria-controls": "pa-panel", "aria-expanded": String(app.ui.app.classList.contains("pa-open")), "aria-label": app.t("menu"),
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
    const language = ["zh", "en"].map((lang) => h("button", { type: "button", lang: lang === "zh" ? "zh-CN" : "en", "aria-pressed": String(app.state.lang === lang), onclick: () => app.set({ lang }) }, lang === "zh" ? "中" : "EN"));
    return [h("div", { class: "pa-title" }, h("h1", {}, first), second ? h("p", { class: "pa-sub" }, second) : null), h("div", { class: "pa-lang", role: "group", "aria-label": "中文 / English" }, language)];
  }

  function registerBox(app) {
    const { lang, register } = app.state, record = app.registers.get(register);
    const name = (r) => F.plain(lang === "zh" ? r.zh : r.en);
    const choice = h("select", { id: "pa-register", onchange: (e) => app.set({ register: e.target.value, selected: null }) },
      [...app.registers.values()].map((r) => h("option", { value: r.about.id, selected: r.about.id === register }, name(r.about))));
    choice.value = register;
    const kind = record?.about.kind;
    return h("div", { class: "pa-register" },
      h("label", { for: "pa-register" }, app.t("register")), h("span", { class: "pa-note" }, record?.about.as_of ? app.t("as_of", { date: F.plain(record.about.as_of) }) : ""), choice,
      kind ? h("p", { class: "pa-note" }, h("span", { class: `pa-kind pa-${kind === "synthetic" ? "synthetic" : "recorded"}` }, app.t(kind))) : null);
  }

  function searchBox(app) {
    const results = h("ul", { class: "pa-results", role: "listbox", id: "pa-results", "aria-label": app.t("list") });
    const input = h("input", { type: "search", class: "pa-search", placeholder: app.t("search"), "aria-label": app.t("search"), autocomplete: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false", "aria-controls": "pa-results" });
    let wait = 0;
    const run = () => P.panel.search(app, input, results);
    input.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(run, app.current?.data.rows > 50000 ? 160 : 40); });
    input.addEventListener("keydown", (e) => {
      const items = [...results.querySelectorAll("button")];
      if (e.key === "ArrowDown" && items.length) { items[0].focus(); e.preventDefault(); }
      if (e.key === "Enter") { clearTimeout(wait); run().then(() => results.querySelector("button")?.click()); }
      if (e.key === "Escape") { input.value = ""; run(); e.stopPropagation(); }
    });
    results.addEventListener("keydown", (e) => {
      const items = [...results.querySelectorAll("button")], at = items.indexOf(document.activeElement);
      if (e.key === "ArrowDown") (items[at + 1] ?? items[at])?.focus();
      else if (e.key === "ArrowUp") (items[at - 1] ?? input).focus();
      else if (e.key === "Escape") { input.focus(); input.value = ""; run(); e.stopPropagation(); } else return;
      e.preventDefault();
    });
    return h("div", { class: "pa-searchbox", role: "search" }, input, results);
  }

  async function search(app, input, results) {
    const query = input.value.trim(), lang = app.state.lang;
    replace(results);
    input.setAttribute("aria-expanded", String(Boolean(query)));
    if (!query) return;
    await app.needTexts();
    if (input.value.trim() !== query) return;
    const texts = app.current?.texts, initials = texts?.head.initials ?? {};
    const areas = app.areas.filter((a) => [a.name_zh, a.name_en, a.area_id].some((text) => text && P.search.fits(text, query, app.initials)));
    const rows = app.current ? P.search.find(app.columns(), app.current.data.rows, initials, query, 500) : [];
    const done = (go) => () => { replace(results); input.setAttribute("aria-expanded", "false"); go(); };
    const option = (glyph, text, aside, go) => h("li", { role: "option" }, h("button", { type: "button", tabindex: "-1", onclick: done(go) }, glyph, h("span", { class: "pa-barname" }, text), h("span", { class: "pa-aside" }, aside)));
    const shown = rows.slice(0, 40);
    replace(results,
      areas.slice(0, 12).map((a) => option(null, names(a, lang)[0], app.t(a.level), () => { app.select("area", a.area_id); app.zoomToArea(a); })),
      shown.map((row) => option(P.marks.svg(app.current.data.sector[row], app.colours[app.current.data.sector[row]], 11), names({ name_zh: app.value("name_zh", row), name_en: app.value("name_en", row) }, lang)[0], F.plain(app.value("enterprise_id", row)), () => { app.selectRow(row); app.zoomToRow(row); })),
      !areas.length && !rows.length ? h("li", { class: "pa-note" }, app.t("search_none", { q: query })) : null,
      rows.length > shown.length ? h("li", { class: "pa-note" }, app.t("search_more", { n: rows.length >= 500 ? "500+" : rows.length, m: shown.length })) : null);
  }

  function buildYears(app) {
    const { data } = app.current ?? {}, box = app.ui.parts.years, t = app.t;
    if (!data?.year.span) return void replace(box, h("p", { class: "pa-note" }, t("kd_none")));
    const { first, last } = data.year, range = app.state.years ?? [first, last];
    const change = () => {
      const a = Number(from.value), b = Math.max(a, Number(to.value));
      app.set({ years: a <= first && b >= last ? null : [a, b] }, { replace: true });
    };
    const slider = (value, label) => h("input", { type: "range", min: String(first), max: String(last), step: "1", value: String(Math.max(first, Math.min(last, value))), "aria-label": label, oninput: change });
    const from = slider(range[0], t("year_from")), to = slider(range[1], t("year_to"));
    const play = h("button", { type: "button", class: "pa-button pa-play", onclick: () => app.play(from, to, play, change) }, t("play"));
    app.ui.parts.chart = h("div", { class: "pa-chart" });
    app.ui.parts.range = h("span", { class: "pa-num" });
    app.ui.parts.sliders = [from, to];
    app.ui.parts.yearNote = h("p", { class: "pa-note" });
    replace(box, app.ui.parts.chart, h("div", { class: "pa-sliders" }, from, to), h("p", { class: "pa-row" }, play, app.ui.parts.range), app.ui.parts.yearNote);
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
      result.total === 0 && filtered ? h("span", { class: "pa-note" }, t("empty")) : null);
    replace(parts.note, data.points === 0 ? t("no_points") : "");
    updateSectors(app);
    const top = Math.max(1, ...[0, 1, 2, 3, 4].map((k) => app.totals.size[k]));
    replace(parts.sizes, [0, 1, 2, 3, 4].filter((k) => app.totals.size[k] > 0).map((k) => P.charts.bar({
      name: t(`size_${k}`), value: result.bySize[k], ghost: app.totals.size[k], of: top, pressed: !app.state.sizesOff.includes(k), dim: app.state.sizesOff.includes(k),
      onclick: () => app.toggle("sizesOff", k) })));
    const kinds = app.kindCounts(), largest = Math.max(1, ...[...kinds.values()].map((entry) => entry.all));
    parts.kinds.parentElement.hidden = kinds.size < 2;
    replace(parts.kinds, P.state.KINDS.filter((kind) => kinds.has(kind)).map((kind) => P.charts.bar({
      name: t(`e_${kind}`), value: kinds.get(kind).n, ghost: kinds.get(kind).all, of: largest, pressed: !app.state.kindsOff.includes(kind), dim: app.state.kindsOff.includes(kind),
      onclick: () => app.toggle("kindsOff", kind) })));
    updateYears(app);
    const rows = app.areas.map((a) => [a, app.countsOf(a.area_id)]);
    const most = Math.max(1, ...rows.map((pair) => pair[1].all));
    const order = ["core", "zone", "park"];
    rows.sort((a, b) => order.indexOf(a[0].level) - order.indexOf(b[0].level) || (a[0].part ? 1 : 0) - (b[0].part ? 1 : 0) || b[1].all - a[1].all);
    replace(parts.areas, rows.map(([a, now]) => P.charts.bar({
      glyph: h("span", { class: `pa-key pa-key-${a.part ? "park" : a.level}${a.status === "schematic" ? " pa-dashed" : ""}`, style: { borderColor: P.layers.colourOf(app, a, P.marks.theme()) } }),
      name: names(a, lang)[0], value: now.n, ghost: now.all, of: most, pressed: app.state.selected?.id === a.area_id,
      onclick: () => { app.select("area", a.area_id); app.zoomToArea(a); } })));
  }

  function updateSectors(app) {
    const { result } = app.current, { parts } = app.ui, lang = app.state.lang;
    const now = app.sectorCounts(result), all = app.totals.sector, top = Math.max(1, ...all);
    const rows = app.sectors.map((s, k) => [s, k]).filter(([s, k]) => all[k] > 0 || s.id !== "");
    replace(parts.sectors, rows.map(([s, k]) => {
      const off = app.state.off.includes(s.id);
      return P.charts.bar({ glyph: P.marks.svg(k, app.colours[k], 14), name: F.plain(lang === "zh" ? s.zh : s.en), value: now[k], ghost: all[k], of: top, colour: app.colours[k], pressed: !off, dim: off, onclick: () => app.toggle("off", s.id) });
    }));
  }

  function updateYears(app) {
    const { data, result } = app.current, { parts } = app.ui, t = app.t;
    if (!parts.chart || !data.year.span) return;
    const { first, last, span } = data.year, range = app.state.years;
    replace(parts.chart, P.charts.columns(result.byYear.subarray(0, span), app.totals.year.subarray(0, span)));
    replace(parts.range, range ? t("years_range", { a: range[0], b: range[1] }) : t("years_range", { a: first, b: last }));
    if (document.activeElement !== parts.sliders[0]) parts.sliders[0].value = String(range ? range[0] : first);
    if (document.activeElement !== parts.sliders[1]) parts.sliders[1].value = String(range ? range[1] : last);
    replace(parts.yearNote, app.totals.year[span] ? t("unknown_year", { n: F.number(app.totals.year[span]) }) : "");
  }

  function actions(app) {
    const t = app.t, button = (key, go) => h("button", { type: "button", class: "pa-button", "data-action": key, onclick: go }, t(key));
    return h("div", { class: "pa-row pa-actions" },
      button("table", () => app.set({ table: !app.state.table })), button("list", () => P.keys.list(app)), button("png", () => P.picture.save(app)),
      button("print", () => P.picture.print(app)), button("share_link", (e) => P.picture.share(app, e.currentTarget)), button("about", () => P.legend.about(app)));
  }

  function foot(app) {
    const number = app.facts.about?.map_approval;
    return h("p", { class: "pa-foot" }, `${app.t("map_approval")}: `, number ? F.plain(number) : app.t("map_approval_none"));
  }

  P.panel = { build, header, update, search };
})((window.parkatlas = window.parkatlas || {}));
