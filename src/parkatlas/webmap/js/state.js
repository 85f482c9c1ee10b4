// One state drives the page. It is written into the URL hash, so that back, forward and a shared link work.
(function (P) {
  "use strict";
  const LAYERS = ["core", "zone", "park", "context", "points", "declared", "shapes", "labels"];
  const KINDS = ["enterprise", "institute", "platform"];
  const initial = (lang, register) => ({
    lang, register, off: [], sizesOff: [], kindsOff: [], years: null, within: null, selected: null, view: null,
    hidden: [], basemap: "none", table: false, shapes: null,
  });

  // "!" stands between ids and "+" for the empty one; encodeURIComponent leaves only the first alone.
  const list = (items) => items.map((id) => encodeURIComponent(id).replace(/!/g, "%21") || "+").join("!");
  const unlist = (text) => (text ? text.split("!").map((id) => (id === "+" ? "" : decodeURIComponent(id))) : []);

  // State to hash text; what is as it was at the start is left out.
  function write(state, first) {
    const parts = [];
    const put = (key, value) => value && parts.push(`${key}=${value}`);
    if (state.lang !== first.lang) put("l", state.lang);
    if (state.register !== first.register) put("r", encodeURIComponent(state.register));
    put("so", list(state.off));
    put("zo", list(state.sizesOff.map(String)));
    put("e", list(state.kindsOff));
    if (state.years) put("y", state.years.join("-"));
    if (state.within) put("in", encodeURIComponent(state.within));
    if (state.selected) put("s", `${state.selected.kind}:${encodeURIComponent(state.selected.id)}`);
    put("h", list(state.hidden));
    if (state.basemap !== "none") put("b", encodeURIComponent(state.basemap));
    if (state.shapes) put("p", encodeURIComponent(state.shapes));
    if (state.table) put("t", "1");
    if (state.view) put("v", [state.view.lat.toFixed(5), state.view.lon.toFixed(5), state.view.zoom].join(","));
    return parts.join("&");
  }

  // Hash text to state; what cannot be read is as at the start. `known` says which registers, areas and sectors exist.
  function read(hash, first, known) {
    const state = { ...first };
    const given = {};
    for (const part of hash.replace(/^#/, "").split("&")) {
      const cut = part.indexOf("=");
      if (cut > 0) given[part.slice(0, cut)] = part.slice(cut + 1);
    }
    try {
      if (given.l === "zh" || given.l === "en") state.lang = given.l;
      const register = decodeURIComponent(given.r ?? "");
      if (known.registers.includes(register)) state.register = register;
      state.off = unlist(given.so).filter((id) => known.sectors.includes(id));
      state.sizesOff = unlist(given.zo).map(Number).filter((k) => k >= 0 && k < 5);
      state.kindsOff = unlist(given.e).filter((kind) => KINDS.includes(kind));
      const years = /^(\d{1,4})-(\d{1,4})$/.exec(given.y ?? "");
      if (years) state.years = [Number(years[1]), Number(years[2])].sort((a, b) => a - b);
      const within = decodeURIComponent(given.in ?? "");
      if (known.areas.includes(within)) state.within = within;
      const selected = /^(area|row|shape):(.+)$/.exec(given.s ?? "");
      if (selected) state.selected = { kind: selected[1], id: decodeURIComponent(selected[2]) };
      state.hidden = unlist(given.h).filter((name) => LAYERS.includes(name));
      const basemap = decodeURIComponent(given.b ?? "");
      if (known.basemaps.includes(basemap)) state.basemap = basemap;
      if (given.p) state.shapes = decodeURIComponent(given.p);
      state.table = given.t === "1";
      const [lat, lon, zoom] = (given.v ?? "").split(",").map(Number);
      if (Math.abs(lat) <= 85.06 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 22) state.view = { lat, lon, zoom };
    } catch { /* a broken escape: the rest stands as at the start */ }
    return state;
  }

  P.state = { LAYERS, KINDS, initial, write, read };
})((window.parkatlas = window.parkatlas || {}));
