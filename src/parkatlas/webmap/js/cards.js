// The card: an area, an enterprise, several enterprises at one place, or a shape of a further table.
(function (P) {
  "use strict";
  const { h, names, link } = P.dom;
  const { facts, bar, whisker } = P.charts;
  const F = P.format;
  const AXIS = 6; // location quotients beyond this are cut, with an arrow

  function show(app) {
    const { state } = app, selected = state.selected;
    const content = !selected ? app.stack ? stack(app, app.stack) : null
      : selected.kind === "area" ? areaCard(app, app.byId.get(selected.id))
      : selected.kind === "row" ? rowCard(app, app.selectedRow)
      : shapeCard(app, selected.id);
    app.showCard(content);
  }

  function head(app, [first, second], badges) {
    return h("div", { class: "pa-cardhead" },
      h("h2", { tabindex: "-1" }, first), second ? h("p", { class: "pa-sub" }, second) : null,
      badges.length ? h("p", { class: "pa-badges" }, badges.map((text) => h("span", { class: "pa-badge" }, text))) : null);
  }

  // A row of a statistics table as an object, found by the area.
  function statistic(app, name, areaId) {
    const table = app.facts?.statistics?.[app.state.register]?.[name];
    if (!table) return [];
    const at = table.columns.indexOf("area_id"), rows = at < 0 ? [] : table.rows.filter((row) => row[at] === areaId);
    return rows.map((row) => Object.fromEntries(table.columns.map((c, i) => [c, row[i]])));
  }

  function areaCard(app, area) {
    if (!area) return null;
    const lang = app.state.lang, t = app.t, [stats] = statistic(app, "areas", area.area_id);
    const now = app.current ? app.countsOf(area.area_id) : null;
    const n = now ? now.n : stats?.n ?? null;
    const km2 = stats?.km2 ?? area.km2;
    const whole = stats?.n ?? now?.all ?? null;
    const changed = whole !== null && n !== whole;
    const register = app.registers.get(app.state.register);
    const wanted = register?.about.kind === "synthetic" && (app.facts?.targets ?? []).find((x) => x.metric === "enterprises" && x.target > 0);
    const button = h("button", { type: "button", class: "pa-button", onclick: () => app.set({ within: app.state.within === area.area_id ? null : area.area_id }) },
      app.state.within === area.area_id ? t("everywhere") : t("only_here"));
    return [
      head(app, names(area, lang), [t(area.level), t(area.status)]),
      h("div", { class: "pa-figures" },
        figure(t("enterprises"), F.number(n), changed ? t("of_all", { n: F.number(whole) }) : null),
        figure(t("density"), km2 && n !== null ? F.number(n / km2) : "—", t("per_km2")),
        figure(t("km2"), F.number(km2), t("km2_unit"))),
      facts([
        [t("n_declared"), now?.declared ? F.number(now.declared) : null],
        [t("others"), now?.others ? F.number(now.others) : null],
        wanted && n !== null ? [`${t("target")} · ${F.plain(lang === "zh" ? wanted.name_zh : wanted.name_en)}`, F.percent(n / wanted.target)] : null,
      ]),
      now ? mix(app, area, now) : null,
      related(app, area),
      tables(app, area),
      provenance(app, area),
      h("p", { class: "pa-row" }, button, h("button", { type: "button", class: "pa-button", onclick: () => app.zoomToArea(area) }, t("zoom_to"))),
    ];
  }

  const figure = (name, value, unit) => h("div", { class: "pa-figure" },
    h("span", { class: "pa-big" }, value), unit ? h("span", { class: "pa-unit" }, unit) : null, h("span", { class: "pa-label" }, name));

  function mix(app, area, now) {
    const t = app.t, lang = app.state.lang;
    const order = app.sectors.map((s, k) => [k, now.hist[k]]).filter((pair) => pair[1] > 0).sort((a, b) => b[1] - a[1]);
    if (!order.length) return h("p", { class: "pa-note" }, t(app.isFiltered() ? "empty" : "none_here"));
    const own = app.sectors.map((s) => s.id !== ""), only = (counts) => counts.map((n, k) => (own[k] ? n : 0));
    const lqs = P.quotient.quotients(only(now.hist), only(app.firmCounts())), most = order[0][1];
    const top = Math.min(AXIS, Math.max(2, ...lqs.map((found) => found?.high ?? 0)));
    return h("section", {}, h("h3", {}, t("top_sectors"), h("span", { class: "pa-aside" }, t("lq"))),
      order.slice(0, 8).map(([k, n]) => {
        const sector = app.sectors[k];
        return bar({
          glyph: P.marks.svg(k, app.colours[k], 12), name: F.plain(lang === "zh" ? sector.zh : sector.en), value: n, of: most,
          colour: app.colours[k], note: quotient(app, lqs[k], top),
        });
      }),
      h("p", { class: "pa-note" }, t("lq_note"), app.isFiltered() ? ` ${t("lq_filtered")}` : ""));
  }

  function quotient(app, found, top) {
    if (!found) return h("span", { class: "pa-lq pa-dim" }, "—");
    const { lq, low, high, expected } = found, grey = expected < 5;
    return h("span", { class: `pa-lq${grey ? " pa-dim" : ""}`, title: app.t("expected", { n: F.number(expected, 1) }) },
      F.number(lq, 2), whisker(low, lq, high, top, 1, grey), h("span", { class: "pa-interval" }, `${F.number(low)}–${F.number(high)}`));
  }

  function related(app, area) {
    const t = app.t, lang = app.state.lang;
    const open = (other) => h("button", { type: "button", class: "pa-link", onclick: () => app.select("area", other.area_id) }, names(other, lang)[0]);
    const parent = app.byId.get(area.parent_id), inside = app.areas.filter((other) => other.parent_id === area.area_id);
    const projects = (app.facts?.projects ?? []).filter((p) => p.area_id === area.area_id);
    return facts([
      [t("parent"), parent ? open(parent) : null],
      [t("children"), inside.length ? inside.map((other) => h("span", { class: "pa-item" }, open(other))) : null],
      [t("projects"), projects.length ? projects.map((p) => h("span", { class: "pa-item" }, F.plain(lang === "zh" ? p.name_zh : p.name_en),
        p.people?.length ? ` (${p.people.map(F.plain).join(lang === "zh" ? "、" : ", ")})` : "")) : null],
    ]);
  }

  // Sections from further tables that have rows for this area (sensitivity, LQ with intervals, ...).
  function tables(app, area) {
    const all = app.facts?.statistics?.[app.state.register] ?? {}, t = app.t, k = app.state.lang === "zh" ? 0 : 1;
    return Object.entries(all).filter(([name]) => name !== "areas").map(([name, table]) => {
      const at = table.columns.indexOf("area_id");
      const rows = at < 0 ? [] : table.rows.filter((row) => row[at] === area.area_id).slice(0, 12);
      const keep = table.columns.map((c, i) => i).filter((i) => !["area_id", "level", "name_zh", "name_en"].includes(table.columns[i]));
      if (!rows.length) return null;
      const text = (value) => (name === "sensitivity" && value === null ? t("unknown") : cell(app, value));
      return h("details", { "data-key": name }, h("summary", {}, app.tableName(name), h("span", { class: "pa-unfiltered" }, t("unfiltered"))),
        rows.map((row) => facts(keep.map((i) => [F.plain(table.titles[i][k]), text(row[i])]))));
    });
  }

  const cell = (app, value) => (typeof value === "number" ? F.number(value) : typeof value === "boolean" ? app.t(value ? "yes" : "no") : F.plain(value));

  // Ids of sectors and areas in a statistics table as their names.
  function named(app, column, value) {
    if (column === "output") return F.money(value, app.state.lang);
    if ((column === "p" || column === "p_fdr") && typeof value === "number") return value < 0.001 ? "< 0.001" : value.toFixed(3);
    if (typeof value !== "string") return column.includes("share") && typeof value === "number" ? F.percent(value) : cell(app, value);
    const sector = (id) => { const s = app.sectors.find((x) => x.id === id); return F.plain(s ? (app.state.lang === "zh" ? s.zh : s.en) : id); };
    if (column === "top_sector" || column === "lq_sector") return sector(value);
    if (column === "sector_mix") return value.split(", ").map((part) => part.replace(/^(.*) (\d+)$/, (all, id, n) => `${sector(id)} ${n}`)).join(", ");
    if (column === "kind" && `kind_${value}` in P.words.zh) return app.t(`kind_${value}`);
    return column === "top_park" ? area(app, value) : value === "not significant" ? app.t("kind_none") : cell(app, value);
  }

  function provenance(app, record) {
    const t = app.t;
    return h("section", { class: "pa-provenance" }, h("h3", {}, t("provenance")), facts([
      [t("published_area"), record.published_km2 ? `${F.number(record.published_km2)} ${t("km2_unit")}` : null],
      [t("uncertainty"), record.rings && record.uncertainty_m ? `± ${F.number(record.uncertainty_m)} m` : null],
      [t("confidence"), record.confidence ? F.confidence(record.confidence, t) : null],
      [t("source"), record.source_url ? [link(record.source_url), record.source_date ? ` · ${F.plain(record.source_date)}` : ""] : null],
    ]), record.note ? h("p", { class: "pa-note" }, F.plain(record.note)) : null);
  }

  // Money brings its own unit along.
  const fieldTitle = (title, name) => (name === "output" ? title.replace(/\s*[(（].*$/, "") : title);

  // Fields of an enterprise that its card says elsewhere than in the list of them.
  const ELSEWHERE = new Set([
    "name_zh", "name_en", "sector", "core_id", "zone_id", "park_id", "park_ids", "outcome", "source_url", "source_date",
    "confidence", "note", "location_quality", "uncertainty_m", "nearest_park_id",
  ]);

  function rowCard(app, row) {
    const { current } = app, t = app.t, lang = app.state.lang;
    if (!current || row === null || row === undefined) return null;
    const value = (name) => app.value(name, row), sector = app.sectors[current.data.sector[row]];
    const group = current.data.groupOf(row);
    const place = [group.park, group.core, group.zone].map((id) => app.byId.get(id)).filter(Boolean);
    const titles = (app.facts ?? app.own).titles ?? {}, k = lang === "zh" ? 0 : 1;
    const fields = app.fields().filter((name) => !ELSEWHERE.has(name) && (name === "entity" || (value(name) !== null && value(name) !== "")));
    const near = app.byId.get(value("nearest_park_id"));
    const text = (name) => (name === "entity" ? t(`one_${group.entity}`) : name === "output" ? F.money(value(name), lang)
      : name === "declared_area" ? area(app, value(name)) : typeof value(name) === "number" ? F.number(value(name)) : F.plain(value(name)));
    const visit = (a) => h("button", { type: "button", class: "pa-link", onclick: () => app.select("area", a.area_id) }, names(a, lang)[0]);
    const kind = current.data.sector[row];
    return [
      app.stack ? h("button", { type: "button", class: "pa-link", onclick: () => app.set({ selected: null }) }, `← ${t("back")}`) : null,
      head(app, names({ name_zh: value("name_zh"), name_en: value("name_en") }, lang), [t(`o_${group.outcome}`)]),
      h("p", { class: "pa-sectorline" }, P.marks.svg(kind, app.colours[kind], 14), F.plain(lang === "zh" ? sector.zh : sector.en)),
      facts([
        [t("areas"), place.length ? place.map((a) => h("span", { class: "pa-item" }, visit(a))) : null],
        ...fields.map((name) => [fieldTitle(titles[name]?.[k] ?? name, name), text(name)]),
        near ? [titles.nearest_park_id?.[k] ?? "", names(near, lang)[0]] : null,
        [t("position"), row < current.data.points ? app.position(row) : t("none")],
        [t("quality"), [t(`q_${value("location_quality")}`), value("uncertainty_m") ? ` ± ${F.number(value("uncertainty_m"))} m` : ""]],
      ]),
      provenance(app, Object.fromEntries(["confidence", "source_url", "source_date", "note"].map((name) => [name, value(name)]))),
      row < current.data.points
        ? h("p", { class: "pa-row" }, h("button", { type: "button", class: "pa-button", onclick: () => app.zoomToRow(row) }, t("zoom_to"))) : null,
    ];
  }

  const area = (app, id) => (app.byId.has(id) ? names(app.byId.get(id), app.state.lang)[0] : F.plain(id));

  function stack(app, rows) {
    const t = app.t, lang = app.state.lang;
    const entry = (row) => {
      const kind = app.current.data.sector[row], [name] = names({ name_zh: app.value("name_zh", row), name_en: app.value("name_en", row) }, lang);
      const go = () => app.selectRow(row, true);
      return h("li", {}, h("button", { type: "button", class: "pa-link", onclick: go }, P.marks.svg(kind, app.colours[kind], 11), " ", name));
    };
    return [
      head(app, [t("here", { n: F.number(rows.n) }), null], []),
      h("ul", { class: "pa-list" }, rows.rows.map(entry)),
      rows.n > rows.rows.length ? h("p", { class: "pa-note" }, t("more", { n: F.number(rows.n - rows.rows.length) })) : null,
    ];
  }

  function shapeCard(app, id) {
    const cut = id.lastIndexOf("/"), table = P.shapes.tables(app).find((x) => x.name === id.slice(0, cut));
    const row = table?.rows?.[Number(id.slice(cut + 1))];
    if (!row) return null;
    const k = app.state.lang === "zh" ? 0 : 1;
    const tested = table.columns.includes("p_fdr") || table.columns.includes("significant"), note = table.note?.[k];
    return [
      head(app, [app.tableName(table.name), null], []),
      facts(table.columns.map((name, i) => {
        const without = name === "x" || name === "y" || row[i] === null || row[i] === "";
        return without ? null : [fieldTitle(F.plain(table.titles[i][k]), name), named(app, name, row[i])];
      })),
      app.facts ? h("p", { class: "pa-note" }, app.t("unfiltered")) : null,
      tested ? h("p", { class: "pa-note" }, app.t("fdr")) : null, note ? h("p", { class: "pa-note" }, F.plain(note)) : null,
    ];
  }

  P.cards = { show, areaCard, rowCard, shapeCard, statistic, cell };
})((window.parkatlas = window.parkatlas || {}));
