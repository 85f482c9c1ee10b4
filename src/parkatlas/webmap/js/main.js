// The door: `parkatlas.add(map, kind, blocks)` is called once per layer; the page starts when all have been added.
(function (P) {
  "use strict";
  const { h, replace, keepFocus } = P.dom;
  const apps = new Map();

  const text = (id) => document.getElementById(id).textContent;

  // Take the text of a data block and free it.
  function taker(blocks) {
    return (role) => {
      const node = document.getElementById(blocks[role]), payload = node.textContent;
      node.textContent = "";
      return payload;
    };
  }

  const kinds = {
    areas: (app, blocks) => app.setAreas(JSON.parse(text(blocks.json))),
    context: (app, blocks) => { app.context = JSON.parse(text(blocks.json)).rows; },
    shapes: (app, blocks) => { app.shapes.push({ ...JSON.parse(text(blocks.json)), take: taker(blocks) }); },
    controls: (app, blocks) => { app.facts = JSON.parse(text(blocks.json)); },
    enterprises: (app, blocks) => {
      const about = JSON.parse(text(blocks.json));
      app.registers.set(about.id, { about, take: taker(blocks), size: () => text(blocks["packed-first"]).length, data: null, texts: null });
    },
  };

  // `own` is what a map of the user's own is told, having no page around it: its language, titles of columns.
  function add(map, kind, blocks, own) {
    let app = apps.get(map);
    if (!app) {
      app = new P.App(map);
      app.own = {};
      apps.set(map, app);
      P.apps.push(app);
      app.ready = Promise.resolve().then(() => start(app));
    }
    Object.assign(app.own, own);
    kinds[kind](app, blocks);
  }

  async function start(app) {
    const { map } = app;
    app.scene = new P.Scene(app);
    const order = app.facts?.order ?? [...app.registers.keys()];
    for (const record of app.facts?.registers ?? []) Object.assign(app.registers.get(record.id)?.about ?? {}, { kind: record.kind, as_of: record.as_of });
    app.first = P.state.initial((app.facts ?? app.own).lang ?? "zh", order[0] ?? "");
    if (app.shapes.some((table) => table.name === "findings")) app.first.shapes = "findings"; // asked for: shown at once
    app.state = { ...app.first };
    const root = map.getContainer().closest("[data-parkatlas]");
    if (app.facts && root) await openPage(app, root);
    else await openLayers(app);
    document.documentElement.dataset.parkatlas = "ready";
  }

  // On a folium map of the user's own: our layers, the table of statistics added last, and cards as popups.
  async function openLayers(app) {
    app.state.shapes = app.shapes.at(-1)?.name ?? null;
    app.map.addLayer(app.scene);
    P.keys.bind(app);
    await app.loadRegister();
  }

  async function openPage(app, root) {
    const f = app.facts;
    if (P.basemap.foreign(app).length) f.basemaps = f.basemaps.filter((b) => b.datum === "wgs84"); // nobody would move theirs
    app.known = () => ({ registers: [...app.registers.keys()], sectors: f.sectors.map((s) => s.id).concat(""), areas: [...app.byId.keys()], basemaps: f.basemaps.map((b) => b.id) });
    frame(app, root);
    app.state = P.state.read(window.location.hash, app.first, app.known());
    if (window.location.hash) app.remember(true); // as it was understood
    document.documentElement.lang = app.state.lang === "zh" ? "zh-CN" : "en";
    replace(app.ui.head, P.panel.header(app)); // before the map is measured, which on small screens lies under it
    app.map.invalidateSize({ pan: false });
    const given = Boolean(app.state.view);
    if (given) place(app, app.state.view);
    else app.wholeMap(true);
    if (app.isSlow()) app.map.addLayer(app.scene); // areas first, while a large register is being unpacked
    P.keys.bind(app);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(app.map);
    await app.loadRegister();
    if (!app.state.view && !app.areas.length) app.wholeMap(true);
    app.map.addLayer(app.scene);
    app.buildUi();
    app.map.on("layeradd layerremove", () => P.basemap.credit(app));
    app.scene.redraw(); // names give way to what now stands around the map
    P.basemap.use(app);
    await app.showSelected();
    await P.table.update(app);
    if (!given) app.reveal();
    follow(app);
    (window.requestIdleCallback ?? setTimeout)(() => app.needTexts().then(() => app.current?.texts && P.search.warm(app.columns())));
  }

  function place(app, { lat, lon, zoom }) {
    const [x, y] = P.datum.shown(lon, lat, app.datum);
    app.map.setView([y, x], zoom, { animate: false });
  }

  function follow(app) {
    app.map.on("moveend", () => {
      const centre = app.map.getCenter(), [lon, lat] = P.datum.real(centre.lng, centre.lat, app.datum);
      app.state.view = { lat, lon, zoom: app.map.getZoom() };
      app.remember(true);
      if (app.ui.table?.state.inView) app.ui.table.refresh();
    });
    window.addEventListener("popstate", async () => {
      const register = app.state.register, lang = app.state.lang;
      app.stack = null;
      app.state = P.state.read(window.location.hash, app.first, app.known());
      if (app.state.view) place(app, app.state.view);
      if (register !== app.state.register) await app.loadRegister();
      else app.refilter();
      if (register !== app.state.register || lang !== app.state.lang) document.documentElement.lang = app.state.lang === "zh" ? "zh-CN" : "en";
      app.buildUi();
      P.basemap.use(app);
      await app.showSelected();
      await P.table.update(app);
    });
    P.marks.dark?.addEventListener?.("change", () => {
      app.colours = app.sectors.map((s) => P.marks.visible(s.colour));
      app.buildUi();
      app.scene.redraw();
    });
    window.addEventListener("beforeprint", () => { P.picture.prepare(app); });
  }

  // The fixed places of the page; what stands in them is built anew when the language changes.
  function frame(app, root) {
    const stage = root.querySelector(".pa-stage");
    const ui = (app.ui = { app: root, head: root.querySelector(".pa-head"), side: root.querySelector(".pa-side"), stage });
    ui.card = h("article", { class: "pa-card", hidden: true });
    ui.corner = h("div", { class: "pa-corner" });
    ui.tip = h("div", { class: "pa-tip", hidden: true, role: "presentation" });
    ui.credit = h("div", { class: "pa-credit" });
    ui.message = h("div", { class: "pa-message", role: "status", hidden: true });
    ui.drawer = h("section", { class: "pa-drawer", hidden: true });
    ui.dialog = h("dialog", { class: "pa-dialog" });
    ui.zoom = h("div", { class: "pa-zoom" });
    ui.sheet = h("div", { class: "pa-sheet" });
    stage.append(ui.zoom, ui.corner, ui.card, ui.tip, ui.credit, ui.message, ui.drawer);
    root.append(ui.dialog);
    document.body.append(ui.sheet);
    // On small screens the title above the map takes more or fewer lines in the other language.
    new ResizeObserver(() => app.map.invalidateSize({ pan: false })).observe(app.map.getContainer());
  }

  Object.assign(P.App.prototype, {
    buildUi() {
      if (this.facts && this.ui.app) keepFocus(this.ui.app, () => this.rebuildUi());
    },

    rebuildUi() {
      const { t, map } = this;
      this.ui.side.setAttribute("aria-label", t("menu"));
      this.ui.card.setAttribute("aria-label", t("provenance"));
      this.ui.drawer.setAttribute("aria-label", t("table"));
      map.getContainer().setAttribute("aria-label", P.dom.names(this.facts.plan, this.state.lang)[0]);
      map.getContainer().setAttribute("role", "region");
      const button = (label, sign, go) => h("button", { type: "button", "aria-label": label, title: label, onclick: go }, sign);
      replace(this.ui.zoom, button(t("zoom_in"), "+", () => map.zoomIn(1)), button(t("zoom_out"), "−", () => map.zoomOut(1)), button(t("whole_map"), "⤢", () => this.wholeMap()));
      this.ui.table = null;
      this.stopPlaying();
      P.panel.build(this);
      P.legend.build(this);
      P.table.update(this);
    },

    // Failing data must not take the page with it: areas and statistics stand without enterprises.
    async loadRegister() {
      this.current = null;
      if (!this.registers.size) return;
      const slow = this.isSlow();
      if (slow) this.say(this.t("loading"));
      this.stopPlaying();
      try { await this.openRegister(this.state.register); } catch (error) { this.trouble("bad_data", error); }
      if (slow) this.say("");
    },

    isSlow() {
      const register = this.registers.get(this.state.register);
      return Boolean(register && !register.data && register.size() > 2e6);
    },

    // Said once: why enterprises or their names are missing.
    trouble(what, error) {
      const { stage } = this.ui, possible = P.pack.possible();
      if (possible || !stage) console.error(error);
      if (!stage || stage.querySelector(".pa-trouble")) return;
      const close = h("button", { type: "button", class: "pa-close", "aria-label": this.t("close"), onclick: () => { box.remove(); this.scene.redraw(); } }, "✕");
      const box = h("div", { class: "pa-trouble" }, h("p", { role: "alert" }, this.t(what), possible ? null : ` ${this.t("no_stream")}`), close);
      stage.append(box);
      this.scene.redraw();
    },
  });

  // Without a panel a card becomes a Leaflet popup.
  P.popup = function (app, content) {
    app.map.closePopup();
    if (!content || !app.lastClick) return;
    L.popup({ maxWidth: 320 }).setLatLng(app.lastClick).setContent(h("div", { class: "pa-popup" }, content)).openOn(app.map);
  };

  P.apps = [];
  P.add = add;
})((window.parkatlas = window.parkatlas || {}));
