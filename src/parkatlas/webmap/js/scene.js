// One canvas over the map on which everything of ours is drawn; the same painters draw the picture that is saved.
(function (P) {
  "use strict";
  const Scene = L.Renderer.extend({
    options: { padding: 0.15 },

    initialize(app) {
      L.Util.setOptions(this, {});
      L.Util.stamp(this);
      this._layers = {};
      this._app = app;
      this.items = [];
    },

    _initContainer() {
      const canvas = (this._container = document.createElement("canvas"));
      canvas.setAttribute("aria-hidden", "true");
      this._ctx = canvas.getContext("2d");
    },

    _destroyContainer() {
      cancelAnimationFrame(this._asked);
      clearTimeout(this._ahead);
      this._container.remove();
      delete this._container;
      delete this._ctx;
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize(), ratio = window.devicePixelRatio || 1, canvas = this._container;
      L.DomUtil.setPosition(canvas, this._bounds.min);
      const width = Math.round(size.x * ratio), height = Math.round(size.y * ratio);
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = `${size.x}px`;
        canvas.style.height = `${size.y}px`;
      }
      this.draw(true);
    },

    _updatePaths() {},

    // While the zoom moves, what will stand at its end is counted; only the drawing is left for then.
    _onAnimZoom(event) {
      L.Renderer.prototype._onAnimZoom.call(this, event);
      const origin = this._map._getNewPixelOrigin(event.center, event.zoom);
      clearTimeout(this._ahead);
      this._ahead = setTimeout(() => {
        if (this._bounds && this._app.current) P.points.grouped(this._app, this.viewOf(this._boundsNow(), null, 0, event.zoom, origin));
      }, 60);
    },

    // The canvas as `L.Renderer` is going to lay it.
    _boundsNow() {
      const size = this._map.getSize(), p = this.options.padding, min = this._map.containerPointToLayerPoint(size.multiplyBy(-p)).round();
      return L.bounds(min, min.add(size.multiplyBy(1 + 2 * p)).round());
    },

    // Is the zoom moving, by itself or under two fingers? The canvas then lies, scaled, where it was before.
    moving() {
      return this._zoom !== this._map.getZoom();
    },

    // Draw now, into the canvas as it lies. A zoom that moves draws at its end.
    draw(kept) {
      cancelAnimationFrame(this._asked);
      if (!this._bounds || !this._ctx || this.moving()) return;
      const ratio = window.devicePixelRatio || 1, size = this._bounds.getSize();
      this._ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._ctx.clearRect(0, 0, size.x, size.y);
      this.view = this.viewOf(this._bounds, P.marks.theme(), this.options.padding / (1 + 2 * this.options.padding));
      this.view.taken = this.coveredBy(kept);
      this.items = P.layers.paint(this._app, this._ctx, this.view);
    },

    // Where buttons, boxes and notes lie on the canvas: no name is written under them. Asking for it costs a layout, so
    // that after a move or a zoom, which leave them where they are, it is `kept`.
    coveredBy(kept) {
      const size = this._map.getSize(), from = this._map.layerPointToContainerPoint(this._bounds.min);
      if (!kept || !this._covered || !size.equals(this._covered.size)) this._covered = { size, boxes: this._controls() };
      return this._covered.boxes.map((box) => ({ x0: box.left - from.x, y0: box.top - from.y, x1: box.right - from.x, y1: box.bottom - from.y }));
    },

    _controls() {
      const app = this._app, { stage } = app.ui;
      if (!stage) return [];
      const { x, y, width, height } = this._map.getContainer().getBoundingClientRect(), { right, bottom } = app.covered();
      const boxes = [...stage.querySelectorAll(".pa-zoom, .pa-box, .pa-credit, .pa-trouble, .leaflet-control")].map((node) => node.getBoundingClientRect())
        .map((box) => ({ left: box.left - x, right: box.right - x, top: box.top - y, bottom: box.bottom - y }));
      if (right) boxes.push({ left: width - right, right: width, top: 0, bottom: height });
      if (bottom) boxes.push({ left: 0, right: width, top: height - bottom, bottom: height });
      return boxes;
    },

    // Draw with the next frame; asked many times, drawn once.
    redraw() {
      cancelAnimationFrame(this._asked);
      this._asked = requestAnimationFrame(() => this.draw());
    },

    // How pixels at zoom 20 become pixels of a canvas that covers these layer points; the outer `inset` (a share of the
    // width and height) is not in sight.
    viewOf(bounds, theme, inset, zoom = this._map.getZoom(), origin = this._map.getPixelOrigin()) {
      const k = 2 ** (zoom - P.grid.ZOOM);
      const ox = origin.x + bounds.min.x, oy = origin.y + bounds.min.y, size = bounds.getSize();
      const box = { x0: ox / k, y0: oy / k, x1: (ox + size.x) / k, y1: (oy + size.y) / k };
      return { k, ox, oy, w: size.x, h: size.y, zoom, box, theme, inset, datum: this._app.datum, lang: this._app.state.lang };
    },

    // What lies under a point of the map, topmost first; areas are asked last.
    hit(layerPoint) {
      const x = layerPoint.x - this._bounds.min.x, y = layerPoint.y - this._bounds.min.y;
      for (let i = this.items.length - 1; i >= 0; i--) {
        const item = this.items[i], reach = item.r + 3;
        if (item.w ? Math.abs(x - item.x) <= item.w / 2 && Math.abs(y - item.y) <= item.h / 2
                   : (x - item.x) ** 2 + (y - item.y) ** 2 <= reach * reach) return item;
      }
      const view = this.view;
      return P.layers.shapeAt(this._app, (x + view.ox) / view.k, (y + view.oy) / view.k, view);
    },
  });

  P.Scene = Scene;
})((window.parkatlas = window.parkatlas || {}));
