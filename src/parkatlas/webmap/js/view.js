// What the application does with the map and the page around it: zooming, cards, drawers, dialogs, messages.
(function (P) {
  "use strict";
  const { h, replace } = P.dom;
  const calm = () => window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
  const narrow = () => window.innerWidth < 900;

  Object.assign(P.App.prototype, {
    isNarrow: narrow,

    latLng(x, y) {
      const [px, py] = P.datum.shift(x, y, this.datum);
      return L.latLng(P.datum.latOf(py), P.datum.lonOf(px));
    },

    // How much of the map's right and bottom lies under the card, the table or the closed panel, in pixels.
    covered() {
      const { card, drawer } = this.ui, size = this.map.getSize(), open = (node) => node && !node.hidden;
      const high = (node) => (open(node) ? node.offsetHeight : 0), handle = this.facts ? (window.innerHeight <= 500 ? 58 : 112) : 0;
      if (narrow()) return { right: 0, bottom: Math.min(0.75 * size.y, Math.max(handle, high(card), high(drawer))) };
      return { right: open(card) ? card.offsetWidth + 14 : 0, bottom: high(drawer) };
    },

    fit(box, zoom, still) {
      const bounds = L.latLngBounds([this.latLng(box.x0, box.y1), this.latLng(box.x1, box.y0)]), { right, bottom } = this.covered();
      this.map.fitBounds(bounds, { paddingTopLeft: [30, 30], paddingBottomRight: [right + 34, bottom + 24], maxZoom: zoom ?? 17, animate: !still && !calm() });
    },

    // Move the map as little as it takes for what is selected to lie where nothing covers it.
    reveal() {
      const box = this.facts && this.boxOfSelected();
      if (!box) return;
      const a = this.map.latLngToContainerPoint(this.latLng(box.x0, box.y0)), b = this.map.latLngToContainerPoint(this.latLng(box.x1, box.y1));
      const size = this.map.getSize(), { right, bottom } = this.covered(), edge = 24;
      const by = (low, high, room) => (high - low > room - 2 * edge ? (low + high - room) / 2 : low < edge ? low - edge : high > room - edge ? high - room + edge : 0);
      const move = L.point(Math.round(by(a.x, b.x, size.x - right)), Math.round(by(a.y, b.y, size.y - bottom)));
      if (move.x || move.y) this.map.panBy(move, { animate: !calm() });
    },

    wholeMap(still) {
      const boxes = this.areas.map((a) => P.geometry.shapeOf(a, "wgs84").box), { data } = this.current ?? {};
      if (!boxes.length && data?.points) boxes.push(this.extent([[0, data.points]]));
      if (!boxes.length) return;
      const of = (most, key) => most(...boxes.map((box) => box[key]));
      this.fit({ x0: of(Math.min, "x0"), y0: of(Math.min, "y0"), x1: of(Math.max, "x1"), y1: of(Math.max, "y1") }, undefined, still);
    },

    // The box of the rows in some runs that pass the filters.
    extent(ranges) {
      const { data, result } = this.current, box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
      for (const [lo, hi] of ranges) for (let i = lo; i < hi; i++) if (result.mask[i]) {
        const x = data.x[i], y = data.y[i];
        if (x < box.x0) box.x0 = x;
        if (x > box.x1) box.x1 = x;
        if (y < box.y0) box.y0 = y;
        if (y > box.y1) box.y1 = y;
      }
      return box;
    },

    // Where the selected area, enterprise or shape lies, in pixels at zoom 20; null where nothing has a place.
    boxOfSelected() {
      const { selected } = this.state, { data } = this.current ?? {}, row = this.selectedRow;
      if (selected?.kind === "row") return row !== null && row < data?.points ? { x0: data.x[row], x1: data.x[row], y0: data.y[row], y1: data.y[row] } : null;
      const record = selected?.kind === "area" ? this.byId.get(selected.id) : selected?.kind === "shape" ? P.shapes.recordOf(this, selected.id) : null;
      return record?.rings?.length ? P.geometry.shapeOf(record, "wgs84").box : null;
    },

    zoomToArea(area) { this.fit(P.geometry.shapeOf(area, "wgs84").box, 16); },

    zoomToRow(row) {
      const { data } = this.current;
      if (row >= data.points) return;
      const zoom = Math.max(16, this.map.getZoom()), { right, bottom } = this.covered();
      const centre = this.map.project(this.latLng(data.x[row] + 0.5, data.y[row] + 0.5), zoom).add([right / 2, bottom / 2]);
      this.map.setView(this.map.unproject(centre, zoom), zoom, { animate: !calm() });
    },

    // Zoom into a cluster; where zooming cannot part it, list what is there.
    openCluster(item) {
      const box = this.extent(item.ranges);
      const tight = Math.max(box.x1 - box.x0, box.y1 - box.y0) < 16;
      if (!tight && this.map.getZoom() < 19.5) {
        const before = this.map.getZoom(), target = this.map.getBoundsZoom(L.latLngBounds([this.latLng(box.x0, box.y1), this.latLng(box.x1, box.y0)]).pad(0.2));
        this.map.setView(this.latLng((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2), Math.min(20, Math.max(target, before + 1)), { animate: !calm() });
        return;
      }
      this.needTexts().then(() => {
        this.stack = { n: item.n, rows: P.points.rowsOf(this, item, 200) };
        this.state.selected = null;
        P.cards.show(this);
      });
    },

    // Degrees of a row, WGS 84: the pixel's middle, good to a tenth of a metre.
    position(row) {
      return this.lonLat(row).map((v, i) => v.toFixed(6) + (i ? "°N" : "°E")).join(", ");
    },

    lonLat(row) {
      const { data } = this.current;
      return [P.datum.lonOf(data.x[row] + 0.5), P.datum.latOf(data.y[row] + 0.5)].map((v) => Number(v.toFixed(6)));
    },

    // The map's own box in pixels at zoom 20, WGS 84.
    boxOfView() {
      const bounds = this.map.getBounds();
      const corner = (lng, lat) => { const [x, y] = P.datum.real(lng, lat, this.datum); return [P.datum.xOf(x), P.datum.yOf(y)]; };
      const [x0, y1] = corner(bounds.getWest(), bounds.getSouth()), [x1, y0] = corner(bounds.getEast(), bounds.getNorth());
      return { x0, y0, x1, y1 };
    },

    inSight(item) {
      const { view } = this.scene, inset = { x: view.w * view.inset, y: view.h * view.inset };
      return item.x >= inset.x && item.y >= inset.y && item.x <= view.w - inset.x && item.y <= view.h - inset.y;
    },

    tableName(name) {
      const table = this.facts?.statistics?.[this.state.register]?.[name] ?? this.shapes.find((t) => t.name === name);
      return P.format.plain(table?.title?.[this.state.lang === "zh" ? 0 : 1] ?? name);
    },

    showCard(content) {
      if (!this.ui.card) return void P.popup(this, content);
      const { card } = this.ui, { kind, id } = this.state.selected ?? {}, of = [this.state.register, kind, id].join();
      const had = card.contains(document.activeElement), top = card.of === of ? card.scrollTop : 0; // the same card with other figures stays where it was read
      if (card.of !== of) replace(card);
      Object.assign(card, { of, hidden: !content });
      if (!content) {
        replace(card);
        if (had) this.map.getContainer().focus({ preventScroll: true });
        return;
      }
      if (narrow()) this.openSide(false); // the map, not the panel, is what the card is closed to
      const close = h("button", { type: "button", class: "pa-close", "aria-label": this.t("close"), onclick: () => this.closeCard() }, "✕");
      P.dom.keepFocus(card, () => replace(card, close, h("div", { class: "pa-cardbody" }, content)));
      card.scrollTop = top;
      if (had && !card.contains(document.activeElement)) card.querySelector(".pa-close").focus({ preventScroll: true });
    },

    tip(hit, at) {
      const tip = this.ui.tip;
      if (!tip) return;
      tip.hidden = !hit || !at;
      if (tip.hidden) return;
      replace(tip, P.keys.nameOf(this, hit));
      const size = this.map.getSize();
      Object.assign(tip.style, { left: `${Math.min(at.x + 14, size.x - 220)}px`, top: `${Math.min(at.y + 16, size.y - 40)}px` });
      if (hit.kind === "row" && !this.current.texts) this.needTexts().then(() => !tip.hidden && replace(tip, P.keys.nameOf(this, hit)));
    },

    openDialog(title, content) {
      const { dialog } = this.ui;
      const close = h("button", { type: "button", class: "pa-close", "aria-label": this.t("close"), onclick: () => dialog.close() }, "✕");
      replace(dialog, h("div", { class: "pa-dialoghead" }, h("h2", {}, title), close), h("div", { class: "pa-dialogbody" }, content));
      dialog.showModal();
    },

    say(text) {
      if (!this.ui.message) return;
      replace(this.ui.message, text);
      this.ui.message.hidden = !text;
      clearTimeout(this.quiet);
      if (text) this.quiet = setTimeout(() => { this.ui.message.hidden = true; }, 6000);
    },

    async copy(text, button) {
      try { await navigator.clipboard.writeText(text); } catch {
        const area = h("textarea", { class: "pa-hidden" });
        area.value = text;
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        button.focus({ preventScroll: true });
        if (!done) return this.say(this.t("copy_failed"));
      }
      clearTimeout(button.back);
      button.label ??= button.textContent;
      replace(button, this.t("copied"));
      button.back = setTimeout(() => replace(button, button.label), 1200);
    },

    // The panel of small screens, a drawer: open, closed, or turned.
    openSide(open = true) {
      this.ui.app.classList.toggle("pa-open", open);
      this.ui.side.querySelector(".pa-grip")?.setAttribute("aria-expanded", String(open));
    },

    toggleSide() {
      this.openSide(!this.ui.app.classList.contains("pa-open"));
    },

    stopPlaying() {
      clearInterval(this.playing);
      this.playing = null;
      if (this.ui.parts?.play) replace(this.ui.parts.play, this.t("play"));
    },

    // The last year walks from the first to the last; a second press stops it.
    play(from, to, button, change) {
      if (this.playing) return this.stopPlaying();
      const first = Number(from.min), last = Number(to.max);
      if (Number(to.value) >= last) to.value = String(Math.max(Number(from.value), first));
      replace(button, this.t("pause"));
      this.playing = setInterval(() => {
        to.value = String(Number(to.value) + 1);
        change();
        if (Number(to.value) >= last) this.stopPlaying();
      }, calm() ? 900 : 450);
    },
  });
})((window.parkatlas = window.parkatlas || {}));
