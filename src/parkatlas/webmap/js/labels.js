// Labels that do not collide: the most important first, each at the first of its places that is free.
(function (P) {
  "use strict";
  const FONT = '"Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif';
  const font = (px, weight) => `${weight ?? 400} ${px}px ${FONT}`;
  const MAX = 40; // of a line on the map, a Chinese character counting as two; the card has the whole name
  const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/, CLOSING = /[，。、；：）】》”]/;
  const widthOf = (char) => (WIDE.test(char) ? 2 : 1);
  const width = (chars) => chars.reduce((sum, char) => sum + widthOf(char), 0);

  function cut(chars) {
    if (width(chars) <= MAX) return chars.join("");
    let room = MAX - 1;
    return chars.slice(0, chars.findIndex((char) => (room -= widthOf(char)) < 0)).join("") + "…";
  }

  // A name as one line, or where it is wider than `most` as two of about the same width, parted at a space or between
  // Chinese characters; only the end of it is ever left out.
  function lines(text, most = MAX) {
    const chars = [...P.format.plain(text)].slice(0, 3 * MAX), middle = Math.min(width(chars) / 2, MAX);
    if (width(chars) <= most) return [chars.join("")];
    let at = 0, best = null;
    chars.forEach((char, i) => {
      const mayPart = char === " " || (i && WIDE.test(chars[i - 1]) && WIDE.test(char) && !CLOSING.test(char));
      if (i && mayPart && at <= MAX && (!best || Math.abs(at - middle) < best.off)) best = { i, off: Math.abs(at - middle) };
      at += widthOf(char);
    });
    return best ? [chars.slice(0, best.i).join(""), cut(chars.slice(best.i + (chars[best.i] === " " ? 1 : 0)))] : [cut(chars)];
  }

  // The map of a phone, upright or on its side.
  const small = (view) => { const part = 1 - 2 * (view.inset ?? 0); return view.w * part < 500 || view.h * part < 450; };
  const AWAY = 40; // pixels from its area up to which a name is read as that area's
  const away = (box, home) => Math.hypot(Math.max(home.x0 - box.x1, box.x0 - home.x1, 0), Math.max(home.y0 - box.y1, box.y0 - home.y1, 0));
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

  // Names of large areas, and of what is selected, move sideways rather than run out of the window.
  function nudge(box, view) {
    const room = seen(view), w = box.x1 - box.x0;
    const x0 = Math.min(Math.max(box.x0, room.x0 + 2), room.x1 - 2 - w);
    return Math.abs(x0 - box.x0) < w / 2 ? { ...box, x0, x1: x0 + w } : box;
  }

  // label: {lines: [{text, px, weight, colour}], places: [[x, y], ...], home, must, free}; home: the box of what is
  // named; free: taken circles do not matter
  function place(ctx, view, label, taken, discs) {
    const sizes = label.lines.map((line) => {
      ctx.font = font(line.px, line.weight);
      return ctx.measureText(line.text).width;
    });
    const w = Math.max(...sizes) + 6, h = label.lines.reduce((sum, line) => sum + line.px * 1.25, 0) + 2;
    const boxAt = ([x, y]) => {
      const box = { x0: x - w / 2, y0: y - h / 2, x1: x + w / 2, y1: y + h / 2 };
      return label.free || label.must ? nudge(box, view) : box;
    };
    const hidden = (box) => discs.reduce((sum, d) => sum + (d.x + d.r > box.x0 && d.x - d.r < box.x1 && d.y + d.r > box.y0 && d.y - d.r < box.y1 ? d.r : 0), 0);
    const boxes = label.places.map(boxAt).filter((box) => crop(box, view) && !(label.home && away(box, label.home) > AWAY) && !taken.some((other) => meets(box, other)));
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

  P.labels = { FONT, font, lines, small, place, write, meets };
})((window.parkatlas = window.parkatlas || {}));
