// Tiles, only when the reader asks. A basemap in GCJ-02 moves our drawing to it, point by point, never the tiles.
(function (P) {
  "use strict";
  const PATIENCE = 6; // failed tiles with none loaded, after which the basemap is given up

  function use(app) {
    if (app.scene._map && app.scene.moving()) return void app.map.once("moveend", () => use(app)); // the end of the zoom would undo it
    const wanted = (app.facts?.basemaps ?? []).find((b) => b.id === app.state.basemap) ?? null;
    if (wanted?.named && !/^(https?|about):$/.test(window.location.protocol)) {
      app.set({ basemap: "none" }, { replace: true });
      return void app.say(app.t("refuses_files", { name: wanted.en }));
    }
    if ((app.basemap?.id ?? null) === (wanted?.id ?? null)) return;
    const centre = app.map.getCenter(), [lon, lat] = P.datum.real(centre.lng, centre.lat, app.datum);
    for (const layer of app.basemap?.layers ?? []) layer.remove();
    app.basemap = wanted ? { id: wanted.id, layers: tiles(app, wanted) } : null;
    const before = app.datum;
    app.datum = wanted?.datum ?? "wgs84";
    if (before !== app.datum) {
      const [x, y] = P.datum.shown(lon, lat, app.datum);
      app.map.setView([y, x], app.map.getZoom(), { animate: false });
    }
    app.scene.redraw();
  }

  function tiles(app, wanted) {
    let failed = 0, loaded = 0;
    return wanted.tiles.map((address) => {
      const layer = L.tileLayer(address, { subdomains: wanted.subdomains || "a", maxNativeZoom: wanted.max_zoom, maxZoom: 20, pane: "tilePane", referrerPolicy: wanted.named && "strict-origin-when-cross-origin" });
      layer.on("tileload", () => loaded++);
      layer.on("tileerror", () => {
        if (loaded === 0 && ++failed >= PATIENCE && app.basemap?.id === wanted.id) {
          app.set({ basemap: "none" }, { replace: true });
          app.say(app.t("tiles_failed"));
        }
      });
      return layer.addTo(app.map);
    });
  }

  // Layers that are not of this page: those that users add in Python.
  function foreign(app) {
    const out = [];
    app.map.eachLayer((layer) => { if (layer !== app.scene && !app.basemap?.layers.includes(layer) && !(layer instanceof L.DivOverlay)) out.push(layer); });
    return out;
  }

  // The words of a text with markup: it is read in a document of its own, in which nothing runs or loads.
  const wordsOf = (markup) => P.format.plain(new DOMParser().parseFromString(markup, "text/html").body.textContent);

  // What must stand on every map: that boundaries are drawn, whose tiles, which library, the approval number.
  function credit(app) {
    const wanted = (app.facts.basemaps ?? []).find((b) => b.id === app.state.basemap), number = app.facts.about?.map_approval;
    const drawn = app.areas.some((a) => a.status === "schematic");
    const theirs = foreign(app).map((layer) => layer.getAttribution?.()).filter(Boolean).map(wordsOf);
    const parts = [drawn ? app.t("schematic_note") : null, number ? `${app.t("map_approval")} ${P.format.plain(number)}` : null, wanted ? P.format.plain(wanted.attribution) : null, ...new Set(theirs), "Leaflet"];
    P.dom.replace(app.ui.credit, parts.filter(Boolean).join(" · "));
  }

  P.basemap = { use, foreign, credit };
})((window.parkatlas = window.parkatlas || {}));
