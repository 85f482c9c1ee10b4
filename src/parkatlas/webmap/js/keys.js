// Keyboard and pointer: what is under the mouse, Esc, "/", and the list of what the map shows.
(function (P) {
  "use strict";
  const { h } = P.dom;

  function bind(app) {
    const { map, scene } = app;
    map.on("click", (e) => {
      if (scene.moving()) return; // what is seen is no longer what lies there
      app.lastClick = e.latlng;
      app.tip(null); // a finger does not move away
      act(app, scene.hit(e.layerPoint));
    });
    map.on("mousemove", (e) => hover(app, e));
    map.on("mouseout zoomstart", () => hover(app, null));
    document.addEventListener("keydown", (e) => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && !/^(range|checkbox|radio)$/.test(e.target.type);
      if (e.key === "Escape") escape(app);
      else if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey) {
        app.openSide();
        app.ui.side?.querySelector(".pa-search")?.focus();
        e.preventDefault();
      }
    });
  }

  // The topmost of what is open closes; what is counted stays.
  function escape(app) {
    if (app.ui.dialog?.open) return;
    if (app.state.selected || app.stack) app.closeCard();
    else if (app.state.table) app.set({ table: false });
    else if (app.ui.app?.classList.contains("pa-open")) {
      app.openSide(false);
      app.ui.side.querySelector(".pa-grip").focus();
    }
  }

  function act(app, hit) {
    if (!hit) return app.closeCard();
    if (hit.kind === "area" || hit.kind === "declared") app.select("area", hit.area.area_id);
    else if (hit.kind === "row") app.selectRow(hit.row);
    else if (hit.kind === "shape") app.select("shape", `${hit.table.name}/${hit.index}`);
    else if (hit.kind === "cluster") app.openCluster(hit);
  }

  function hover(app, e) {
    const hit = e && !app.scene.moving() ? app.scene.hit(e.layerPoint) : null;
    const area = hit?.kind === "area" ? hit.area : null;
    app.map.getContainer().style.cursor = hit ? "pointer" : "";
    if (area !== app.hover) {
      app.hover = area;
      app.scene.redraw();
    }
    app.tip(hit, e?.containerPoint);
  }

  // What a thing on the map is called.
  function nameOf(app, item) {
    const lang = app.state.lang;
    if (item.kind === "area") return P.dom.names(item.area, lang)[0];
    if (item.kind === "declared") return `${P.dom.names(item.area, lang)[0]} · ${app.t("declared_in", { n: P.format.number(item.n) })}`;
    if (item.kind === "row") return P.dom.names({ name_zh: app.value("name_zh", item.row) ?? "…", name_en: app.value("name_en", item.row) }, lang)[0];
    if (item.kind === "shape") return `${app.tableName(item.table.name)} ${item.index + 1}`;
    return app.t("here", { n: P.format.number(item.n) });
  }

  // A focusable list beside the canvas: clusters and enterprises in view, then areas.
  async function list(app) {
    await app.needTexts();
    const items = app.scene.items.filter((item) => app.inSight(item)).sort((a, b) => (b.n ?? 1) - (a.n ?? 1));
    const seen = (area) => P.geometry.touches(P.geometry.shapeOf(area, app.datum).box, app.scene.view.box);
    const areas = app.areas.filter(seen).map((area) => ({ kind: "area", area }));
    const entry = (item) => h("li", {}, h("button", { type: "button", class: "pa-link", onclick: () => { app.ui.dialog.close(); act(app, item); } },
      item.kind === "cluster" ? clusterName(app, item) : nameOf(app, item)));
    app.openDialog(app.t("list"), [
      h("p", { class: "pa-note" }, app.t("list_hint")), h("ul", { class: "pa-list" }, items.slice(0, 300).map(entry)),
      areas.length ? [h("h3", {}, app.t("areas")), h("ul", { class: "pa-list" }, areas.map(entry))] : null,
    ]);
  }

  // A disc may hold more than the area in its middle has: it lies around that area.
  function clusterName(app, item) {
    const top = [...item.hist].map((n, k) => [n, k]).sort((a, b) => b[0] - a[0]).filter((pair) => pair[0]).slice(0, 3);
    const { view } = app.scene, place = P.layers.shapeAt(app, (item.x + view.ox) / view.k, (item.y + view.oy) / view.k, view);
    const words = top.map(([n, k]) => `${P.format.plain(app.state.lang === "zh" ? app.sectors[k].zh : app.sectors[k].en)} ${n}`).join(", ");
    const where = place?.area ? app.t("here_around", { n: P.format.number(item.n), name: nameOf(app, place) }) : nameOf(app, item);
    return `${where} (${words})`;
  }

  P.keys = { bind, act, nameOf, list };
})((window.parkatlas = window.parkatlas || {}));
