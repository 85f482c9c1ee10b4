// The target panel: what was published, in the target's own scope, against the target. Scopes are never mixed.
(function (P) {
  "use strict";
  const { h, link } = P.dom;
  const F = P.format;
  // What figures are counted in, and in each language how many of its own unit one of these is: 1,000 亿元 is CNY 100 bn.
  const HUNDRED_MILLIONS = { zh: [1, "", " 亿元"], en: [0.1, "CNY ", " bn"] }, BILLIONS = { zh: [10, "", " 亿元"], en: [1, "CNY ", " bn"] };
  const UNITS = {
    enterprises: { zh: [1, "", " 家"], en: [1, "", " enterprises"] }, cny_bn: BILLIONS, "CNY bn": BILLIONS, cny_100m: HUNDRED_MILLIONS, "CNY 100m": HUNDRED_MILLIONS,
  };

  function measured(value, unit, lang) {
    const [times, before, after] = UNITS[unit]?.[lang] ?? [1, "", ` ${F.plain(unit)}`];
    return `${before}${F.number(Number((value * times).toPrecision(12)))}${after}`;
  }

  const scopeName = (app, id) => {
    const scope = app.facts.scopes.find((s) => s.id === id);
    return scope ? F.plain(app.state.lang === "zh" ? scope.name_zh : scope.name_en) : F.plain(id);
  };

  function figure(app, value, unitName, qualifier) {
    const text = measured(value, unitName, app.state.lang);
    return qualifier === "at_least" ? app.t("at_least", { v: text }) : qualifier === "about" ? app.t("about_v", { v: text }) : text;
  }

  // Pieces with points between them, none at the end of a line.
  const line = (pieces) => h("p", { class: "pa-note pa-pieces" }, h("span", {}, pieces.filter(Boolean).map((piece) => h("span", {}, piece, " "))));

  function one(app, target) {
    const t = app.t, lang = app.state.lang, has = target.observed !== null && target.share !== null;
    const source = target.observed_source_url || target.target_source_url;
    return h("div", { class: "pa-target" },
      h("p", { class: "pa-targetname" }, F.plain(lang === "zh" ? target.name_zh : target.name_en),
        h("span", { class: "pa-num" }, `${t("target")} ${figure(app, target.target, target.unit)}`)),
      h("div", { class: "pa-meter", role: "img", "aria-label": has ? `${t("share")} ${F.percent(target.share)}` : t("no_observation") },
        has ? h("span", { class: "pa-meterfill", style: { width: `${Math.min(100, target.share * 100)}%` } }) : null),
      has ? line([`${t("observed")} ${figure(app, target.observed, target.unit, target.qualifier)} (${F.plain(target.observed_date)})`,
        `${t("share")} ${target.qualifier === "at_least" ? "≥ " : ""}${F.percent(target.share)}`]) : h("p", { class: "pa-note" }, t("no_observation")),
      line([`${t("by")} ${F.plain(target.by)}`, target.years_left !== null ? t("years_left", { n: F.number(target.years_left, 1) }) : null,
        `${t("scope")}: ${scopeName(app, target.scope)}`, source ? [t("source"), " ", link(source)] : null]));
  }

  // Observations whose metric, scope and unit no target shares: listed apart, never on a meter.
  function others(app) {
    const same = (o) => app.facts.targets.some((x) => x.metric === o.metric && x.scope === o.scope && x.unit === o.unit);
    const rest = app.facts.observations.filter((o) => !same(o));
    if (!rest.length) return null;
    const lang = app.state.lang;
    return h("details", { "data-key": "other_scopes" }, h("summary", {}, app.t("other_scopes")), h("ul", { class: "pa-list pa-small" }, rest.map((o) => h("li", {},
      `${F.plain(o.date)} · ${F.plain(lang === "zh" ? o.name_zh : o.name_en)} · `, h("b", {}, figure(app, o.value, o.unit, o.qualifier)),
      ` · ${scopeName(app, o.scope)}`, o.source_url ? [" · ", link(o.source_url)] : null))));
  }

  const panel = (app) => (app.facts.targets.length || app.facts.observations.length
    ? h("section", { class: "pa-section" }, h("h2", { class: "pa-over" }, app.t("targets")), app.facts.targets.map((target) => one(app, target)), others(app)) : null);

  P.targets = { panel, measured };
})((window.parkatlas = window.parkatlas || {}));
