// Legend, layer control and "About".
(function (P) {
  "use strict";
  const { h, replace, names, link } = P.dom;
  const F = P.format;

  const build = (app) => P.dom.keepFocus(app.ui.corner, () => rebuild(app));

  function rebuild(app) {
    const t = app.t;
    const isOpen = (name) => app.ui.corner.querySelector(name)?.open, list = entries(app);
    const layerBox = h("details", { class: "pa-box pa-layers", open: isOpen(".pa-layers") ?? false }, h("summary", {}, t("layers")), layers(app));
    const keys = h("details", { class: "pa-box pa-legend", open: isOpen(".pa-legend") ?? !app.isNarrow(), hidden: !list.children.length },
      h("summary", {}, t("legend")), list);
    replace(app.ui.corner, layerBox, keys);
    P.basemap.credit(app);
  }

  const key = (mark, text) => h("li", {}, h("span", { class: "pa-keymark" }, mark), h("span", {}, text));
  const box = (level, dashed, colour) => h("span", { class: `pa-key pa-key-${level}${dashed ? " pa-dashed" : ""}`, style: { color: colour } });

  function entries(app, theme = P.marks.theme()) {
    const t = app.t, has = (level) => app.areas.some((a) => a.level === level);
    const dashed = app.areas.some((a) => a.status === "schematic");
    const hollow = app.current && app.current.data.points > 0;
    const zones = app.areas.filter((a) => a.level === "zone");
    const table = P.shapes.current(app);
    return h("ul", { class: "pa-keys" },
      has("core") ? key(box("core", app.areas.some((a) => a.level === "core" && a.status === "schematic"), theme.accent), t("core")) : null,
      zones.slice(0, 6).map((a) => key(box("zone", a.status === "schematic", P.layers.colourOf(app, a, theme)), names(a, app.state.lang)[0])),
      has("park") ? key(box("park", app.areas.some((a) => a.level === "park" && a.status === "schematic"), theme.park), t("park")) : null,
      hollow ? key(h("span", { class: "pa-disc" }, "12"), t("cluster")) : null,
      hollow ? key(P.marks.svg(0, theme.ink, 13), t("exact")) : null,
      hollow ? key(P.marks.svg(0, theme.ink, 13, true), t("approximate")) : null,
      app.current && P.points.declared(app).size ? key(h("span", { class: "pa-declared" }, "3"), t("declared_badge")) : null,
      table ? shapeKey(app, table) : null,
      dashed ? h("li", { class: "pa-note pa-onpaper" }, t("schematic_note")) : null); // the screen says it at the edge of the map
  }

  function shapeKey(app, table) {
    const t = app.t, paint = (table.painter ??= P.shapes.painter(table)), note = table.note?.[app.state.lang === "zh" ? 0 : 1];
    const swatch = (colour) => h("span", { class: "pa-swatch", style: { background: colour } });
    const tested = table.columns.includes("p_fdr") || table.columns.includes("significant");
    const outlined = !paint.kinds && !paint.breaks && !table.columns.includes("z");
    return [
      h("li", {}, h("b", {}, app.tableName(table.name))),
      outlined ? key(h("span", { class: "pa-outline" }), t("outline")) : null,
      P.shapes.key(app, table, paint).map(([colour, text]) => key(swatch(colour), text)),
      tested ? h("li", { class: "pa-note" }, t("fdr")) : null,
      note ? h("li", { class: "pa-note" }, F.plain(note)) : null,
      h("li", { class: "pa-note" }, t("unfiltered")),
    ];
  }

  function layers(app) {
    const t = app.t, lang = app.state.lang;
    const tick = (name, text) => h("label", { class: "pa-tick" },
      h("input", { type: "checkbox", checked: !app.state.hidden.includes(name), onchange: () => app.toggle("hidden", name) }), text);
    const radio = (group, value, text, checked, go) => h("label", { class: "pa-tick" },
      h("input", { type: "radio", name: group, checked, value, onchange: go }), text);
    const tables = P.shapes.tables(app), levels = ["core", "zone", "park"].filter((level) => app.areas.some((a) => a.level === level));
    return h("div", {},
      levels.map((level) => tick(level, t(level))), tick("points", t(app.isMixed() ? "points_mixed" : "enterprises")), tick("declared", t("declared_layer")),
      app.context.length ? tick("context", t("context")) : null,
      tables.length ? h("fieldset", {}, h("legend", {}, t("statistics")), radio("pa-shapes", "", t("none"), !app.state.shapes, () => app.set({ shapes: null })),
        tables.map((x) => radio("pa-shapes", x.name, app.tableName(x.name), app.state.shapes === x.name, () => app.set({ shapes: x.name })))) : null,
      h("fieldset", {}, h("legend", {}, t("basemap")), [{ id: "none", zh: t("none"), en: t("none") }, ...app.facts.basemaps ?? []].map((b) => radio(
        "pa-base", b.id, lang === "zh" ? b.zh : b.en, app.state.basemap === b.id, () => app.set({ basemap: b.id })))));
  }

  function about(app) {
    const { facts: f, t } = app, lang = app.state.lang, zh = lang === "zh", plan = f.plan;
    const said = ["map_approval", "conservation", "findings"], pick = (record, key) => F.plain(record[`${key}_${lang}`]);
    const other = Object.entries(f.about ?? {}).filter(([name, value]) => !said.includes(name) && value !== null);
    const words = (value) => (value && typeof value === "object" ? Object.entries(value).map(([name, x]) => `${name} ${x}`).join(" · ") : value);
    const sums = (id) => {
      const counts = Object.entries(f.about?.conservation?.[id] ?? {}).filter(([name, n]) => n || name === "read");
      return counts.length ? h("p", { class: "pa-note" }, counts.map(([name, n]) => `${t(`c_${name}`)} ${F.number(n)}`).join(" · ")) : null;
    };
    const register = (r) => h("li", {}, h("b", {}, pick(r, "name")), ` · ${t(r.kind)} · ${t("as_of", { date: F.plain(r.as_of) })} · ${F.plain(r.datum)}`,
      r.source_url ? [" · ", link(r.source_url)] : null, sums(r.id));
    const pattern = (p) => h("li", {}, h("b", {}, pick(p, "name")),
      ["known", "unknown"].map((key) => h("p", { class: "pa-note" }, `${t(key)}: ${pick(p, key)}`)));
    app.openDialog(t("about"), [
      P.charts.facts([
        [t("released"), F.plain(plan.released)], [t("horizon"), F.plain(plan.horizon)],
        [t("positioning"), plan[`positioning_${lang}`].map((text) => h("span", { class: "pa-item" }, F.plain(text)))],
        [t("source"), plan.source_url
          ? [link(plan.source_url), ` · ${F.plain(plan.source_date)} · ${t("confidence")} ${F.confidence(plan.confidence, t)}`] : null],
        [t("about_datum"), t("datum_text")],
        [t("map_approval"), f.about?.map_approval ? F.plain(f.about.map_approval) : t("map_approval_none")],
        [t("findings"), `${f.findings.error} ${t("errors")} · ${f.findings.warning} ${t("warnings")} · ${f.findings.info} ${t("infos")}`],
      ]),
      h("h3", {}, t("register")),
      h("ul", { class: "pa-list" }, f.registers.map(register)),
      f.patterns.length ? [h("h3", {}, t("patterns")), h("ul", { class: "pa-list" }, f.patterns.map(pattern))] : null,
      h("h3", {}, t("versions")),
      P.charts.facts([
        ...other.map(([name, value]) => [P.words[lang][`c_${name}`] ?? F.plain(name), F.plain(words(value))]),
        ...Object.entries(f.versions).map(([name, text]) => [F.plain(name), F.plain(text)]),
      ]),
      h("p", { class: "pa-note" }, t("schematic_note"), zh ? "。" : ". ", t("stat_note"), zh ? "。" : "."),
    ]);
  }

  P.legend = { build, about, entries };
})((window.parkatlas = window.parkatlas || {}));
