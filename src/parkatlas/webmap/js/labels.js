// Labels that do not collide: the most important first, each at the first of its places that is free.
(function (P) {
  "use strict";
  const FONT = '"Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif';
  const font = (px, weight) => `${weight ?? 400} ${px}px ${FONT}`;
  const MAX = 36; // characters of a line on the map; the card has the whole name

  function cut(text) {
    const plain = P.format.plain(text), chars = [...plain];
    return chars.length > MAX ? chars.slice(0, MAX - 1).join("") + "…" : plain;
  }

  // A name as one line, or as two of about the same length where it has spaces and is longer than `most`.
  function lines(text, most = MAX) {
    const plain = P.format.plain(text), spaces = [...plain.slice(0, 2 * MAX).matchAll(/ /g)].map((found) => found.index);
    const middle = spaces.sort((a, b) => Math.abs(a - plain.length / 2) - Math.abs(b - plain.length / 2))[0];
    return (plain.length > most && middle ? [plain.slice(0, middle), plain.slice(middle + 1)] : [plain]).map(cut);
  }

  const small = (view) => view.w * (1 - 2 * (view.inset ?? 0)) < 500;
  const meets = (a, b) => a.x0 < b.x1 && a.x1 > b.x0 && a.y0 < b.y1 && a.y1 > b.y0;

  // The canvas is larger than the window, so that panning shows no edge: labels stay in what is seen of it.
  function seen(view) {
    const mx = view.w * (view.inset ?? 0), my = view.h * (view.inset ?? 0);
    return { x0: mx, y0: my, x1: view.w - mx, y1: view.h - my };
  }

  function crop(box, view) {
    const room = seen(view);
    return box.x0 >= room.x0 && box.y0 >= room.y0 && box.x1 <= room.x1 && box.y1 <= room.y1;
  }

  // Names of large areas move sideways rather than run out of the window.
  function nudge(box, view) {
    const room = seen(view), w = box.x1 - box.x0;
    const x0 = Math.min(Math.max(box.x0, room.x0 + 2), room.x1 - 2 - w);
    return Math.abs(x0 - box.x0) < w / 2 ? { ...box, x0, x1: x0 + w } : box;
  }

  // label: {lines: [{text, px, weight, colour}], places: [[x, y], ...], must, free}; free: taken circles do not matter
  function place(ctx, view, label, taken, discs) {
    const sizes = label.lines.map((line) => {
      ctx.font = font(line.px, line.weight);
      return ctx.measureText(line.text).width;
    });
    const w = Math.max(...sizes) + 6, h = label.lines.reduce((sum, line) => sum + line.px * 1.25, 0) + 2;
    const boxAt = ([x, y]) => ({ x0: x - w / 2, y0: y - h / 2, x1: x + w / 2, y1: y + h / 2 });
    const hidden = (box) => discs.reduce((sum, d) => sum + (d.x + d.r > box.x0 && d.x - d.r < box.x1 && d.y + d.r > box.y0 && d.y - d.r < box.y1 ? d.r : 0), 0);
    const boxes = label.places.map((at) => (label.free ? nudge(boxAt(at), view) : boxAt(at))).filter((box) => crop(box, view) && !taken.some((other) => meets(box, other)));
    let box, least = label.free || label.must ? Infinity : Number.MIN_VALUE; // who may lie on discs takes the place that hides least
    for (const candidate of boxes) {
      const cost = hidden(candidate);
      if (cost < least) [box, least] = [candidate, cost];
      if (cost === 0) break;
    }
    if (least > 0 && label.free && !label.must && small(view)) box = undefined; // on a small screen no name lies on a count
    box ??= label.must && label.places.length ? boxAt(label.places[0]) : undefined;
    if (!box) return null;
    taken.push(box);
    return box;
  }

  function write(ctx, view, label, box) {
    const x = (box.x0 + box.x1) / 2;
    let y = box.y0 + 1;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    for (const line of label.lines) {
      ctx.font = font(line.px, line.weight);
      ctx.lineWidth = 3.5;
      ctx.strokeStyle = view.theme.halo;
      ctx.strokeText(line.text, x, y + line.px * 0.62);
      ctx.fillStyle = line.colour;
      ctx.fillText(line.text, x, y + line.px * 0.62);
      y += line.px * 1.25;
    }
  }

  P.labels = { FONT, font, cut, lines, small, place, write, meets };
})((window.parkatlas = window.parkatlas || {}));
