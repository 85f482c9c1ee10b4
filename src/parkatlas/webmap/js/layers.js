// The painters, from the bottom up: context, zones, core, parks, further shapes, enterprises, declared counts, labels.
(function (P) {
  "use strict";
  const { geometry, labels } = P;
  const RANK = { zone: 0, core: 1, park: 2 };

  const { X, Y } = P.points;
  const shown = (app, name) => !app.state.hidden.includes(name);

  function paint(app, ctx, view) {
    const items = [];
    ctx.globalAlpha = 1;
    if (view.ground) {
      ctx.fillStyle = view.theme.land;
      ctx.fillRect(0, 0, view.w, view.h);
    }
    if (shown(app, "context") && app.state.basemap === "none") P.context.paint(app, ctx, view);
    paintAreas(app, ctx, view);
    if (shown(app, "shapes")) P.shapes.paint(app, ctx, view, items);
    if (shown(app, "points")) P.points.paint(app, ctx, view, items);
    if (shown(app, "declared")) P.points.paintDeclared(app, ctx, view, items);
    if (shown(app, "labels")) paintLabels(app, ctx, view, items);
    return items;
  }

  function colourOf(app, area, theme) {
    if (area.level === "core") return theme.accent;
    if (area.level === "park") return theme.park;
    return theme.zones[app.zoneOrder.indexOf(area.area_id) % theme.zones.length] ?? theme.park;
  }

  function paintAreas(app, ctx, view) {
    const order = app.areas.filter((a) => shown(app, a.level)).sort((a, b) => RANK[a.level] - RANK[b.level] || b.km2 - a.km2);
    for (const area of order) paintArea(app, ctx, view, area, isSelected(app, area), app.hover === area);
    const chosen = app.byId.get(app.state.within);
    if (chosen && !isSelected(app, chosen)) outline(app, ctx, view, chosen);
  }

  const isSelected = (app, area) => app.state.selected?.kind === "area" && app.state.selected.id === area.area_id;

  function paintArea(app, ctx, view, area, selected, hovered) {
    const shape = geometry.shapeOf(area, view.datum);
    if (!geometry.touches(shape.box, view.box)) return;
    const colour = selected ? view.theme.accent : colourOf(app, area, view.theme);
    const fill = selected ? 0.12 : area.part ? (hovered ? 0.08 : 0) : area.level === "core" ? 0.1 : area.level === "zone" ? 0.06 : hovered ? 0.14 : 0;
    geometry.trace(ctx, view, shape, true);
    if (selected && area.uncertainty_m) halo(ctx, view, area, colour);
    ctx.globalAlpha = hovered && !selected ? fill + 0.06 : fill;
    ctx.fillStyle = colour;
    if (fill) ctx.fill("evenodd");
    ctx.globalAlpha = 1;
    stroke(ctx, area, colour, selected ? 1 : 0);
  }

  // The boundary that is traced, dashed where it is schematic, whatever else it says.
  function stroke(ctx, area, colour, more) {
    const unit = area.part ? 5 : area.level === "core" ? 9 : area.level === "zone" ? 6 : 3.5;
    ctx.lineWidth = (area.part ? 1 : area.level === "core" ? 2.6 : area.level === "zone" ? 1.5 : 1) + more;
    ctx.setLineDash(area.status === "schematic" ? [unit, unit * 0.7] : []);
    ctx.lineCap = "butt";
    ctx.strokeStyle = colour;
    ctx.stroke();
    ctx.setLineDash([]);
  }

  // A small piece of an area as it is drawn, for a key.
  function sample(app, ctx, area, theme, x, y) {
    ctx.beginPath();
    ctx.rect(x, y - 5, 18, 10);
    ctx.strokeStyle = ctx.fillStyle = colourOf(app, area, theme);
    ctx.globalAlpha = area.level === "park" ? 0 : 0.1;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineWidth = area.level === "core" ? 2.6 : area.level === "zone" ? 1.5 : 1;
    ctx.setLineDash(area.status === "schematic" ? [4, 3] : []);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  // The only area of which enterprises are shown.
  function outline(app, ctx, view, area) {
    geometry.trace(ctx, view, geometry.shapeOf(area, view.datum), true);
    stroke(ctx, area, view.theme.accent, 1);
  }

  // Uncertainty as a soft band, its width to scale: metres at this latitude.
  function halo(ctx, view, area, colour) {
    const metres = (40075016.7 * Math.cos((area.label[1] * Math.PI) / 180)) / P.datum.WORLD / view.k;
    const reach = Math.min(400, area.uncertainty_m / metres);
    ctx.strokeStyle = colour;
    ctx.lineJoin = "round";
    ctx.globalAlpha = 0.022;
    for (let step = 1; step <= 4; step++) {
      ctx.lineWidth = (reach * 2 * step) / 4;
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  const boxOf = (view, { box }) => ({ x0: X(view, box.x0), x1: X(view, box.x1), y0: Y(view, box.y0), y1: Y(view, box.y1) });

  // Places for a label: the middle of the largest circle inside, then along the inner edges of the box; for the park that
  // is selected, whose name must stand, ever further above and below.
  function places(view, area, shape, cores, selected) {
    const [lx, ly] = P.datum.shift(P.datum.xOf(area.label[0]), P.datum.yOf(area.label[1]), view.datum);
    const b = boxOf(view, shape);
    const middle = [X(view, lx), Y(view, ly)];
    if (area.part) return [middle, [middle[0], b.y0 + 10], [middle[0], b.y1 - 10], [middle[0], (b.y0 + middle[1]) / 2], [middle[0], (b.y1 + middle[1]) / 2]];
    if (area.level === "park") return [0, 18, 36, 54].flatMap((far) => [...(far ? [] : [middle]), [middle[0], b.y0 - 9 - far], [middle[0], b.y1 + 10 + far]]).slice(0, selected ? 9 : 3);
    const spots = [[middle[0], b.y0 + 13], [middle[0], b.y1 - 13], middle, [middle[0], b.y0 - 12], [middle[0], b.y1 + 14]];
    const aside = (labels.small(view) ? [18, 34, 50, 66, 82] : [20]).flatMap((far) => [0, -50, 50, ...(far < 40 ? [-120, 120] : [])].flatMap((x) => [[middle[0] + x, b.y0 - far], [middle[0] + x, b.y1 + far]]));
    const edge = view.inset + 0.01;
    const seen = { x0: Math.max(b.x0, view.w * edge), x1: Math.min(b.x1, view.w * (1 - edge)), y0: Math.max(b.y0, view.h * edge), y1: Math.min(b.y1, view.h * (1 - edge)) };
    for (const v of [0.08, 0.92, 0.3, 0.7, 0.5]) for (const u of [0.5, 0.25, 0.75, 0.1, 0.9]) spots.push([seen.x0 + (seen.x1 - seen.x0) * u, seen.y0 + (seen.y1 - seen.y0) * v]);
    spots.push(...aside);
    const cut = seen.x0 > b.x0 || seen.x1 < b.x1 || seen.y0 > b.y0 || seen.y1 < b.y1;
    // A zone's name may not stand where a core lies in it, nor, once the zone is cut off by the edge, outside it.
    return spots.filter(([x, y]) => {
      const at = [(x + view.ox) / view.k, (y + view.oy) / view.k];
      if (cut && !geometry.contains(shape, ...at)) return false;
      return area.level !== "zone" || !cores.some((core) => geometry.contains(geometry.shapeOf(core, view.datum), ...at));
    });
  }

  function paintLabels(app, ctx, view, items) {
    const taken = [...(view.taken ?? [])], discs = items.filter((item) => item.r && !item.w);
    for (const item of items) if (item.w) taken.push({ x0: item.x - item.w / 2, x1: item.x + item.w / 2, y0: item.y - item.h / 2, y1: item.y + item.h / 2 });
    const wanted = app.areas.filter((a) => shown(app, a.level)), cores = wanted.filter((a) => a.level === "core");
    const minor = (a) => a.part || a.level === "park";
    const weight = (a) => (isSelected(app, a) && minor(a) ? -1 : a.part ? 3 : a.level === "core" ? 0 : a.level === "zone" ? 1 : 4);
    wanted.sort((a, b) => weight(a) - weight(b) || b.km2 - a.km2);
    for (const area of wanted) {
      const shape = geometry.shapeOf(area, view.datum);
      if (!geometry.touches(shape.box, view.box)) continue;
      const width = (shape.box.x1 - shape.box.x0) * view.k, selected = isSelected(app, area);
      if (minor(area) && width < 14 && !selected) continue;
      const px = area.part ? 12.5 : area.level === "core" ? 15 : area.level === "zone" ? 13.5 : 12;
      const [first, second] = P.dom.names(area, view.lang);
      const colour = area.level === "park" ? view.theme.ink : colourOf(app, area, view.theme);
      const lines = labels.lines(first, labels.small(view) && !minor(area) ? 16 : undefined).map((text) => ({ text, px, weight: minor(area) ? 500 : 600, colour }));
      if (second && (!minor(area) || view.zoom >= 14.5) && view.zoom >= 10.5) lines.push(...labels.lines(second).map((text) => ({ text, px: 10.5, colour: view.theme.muted })));
      const label = { lines, places: places(view, area, shape, cores, selected), home: boxOf(view, shape), must: selected, free: !minor(area) };
      const box = labels.place(ctx, view, label, taken, discs);
      if (box) labels.write(ctx, view, label, box);
    }
    P.context.paintNames(app, ctx, view, taken, discs);
  }

  // The further shape or the smallest area under a place; parks before core before zones.
  function shapeAt(app, x, y, view) {
    const extra = P.shapes.at(app, x, y, view);
    if (extra) return extra;
    const under = app.areas.filter((a) => shown(app, a.level) && geometry.contains(geometry.shapeOf(a, view.datum), x, y));
    under.sort((a, b) => RANK[b.level] - RANK[a.level] || a.km2 - b.km2);
    return under.length ? { kind: "area", area: under[0] } : null;
  }

  P.layers = { X, Y, shown, paint, colourOf, sample, shapeAt };
})((window.parkatlas = window.parkatlas || {}));
