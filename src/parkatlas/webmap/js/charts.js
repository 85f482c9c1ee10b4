// Plain bars, whiskers and small columns of numbers.
(function (P) {
  "use strict";
  const { h, svg } = P.dom;

  // One bar of a list: label, length, number. `of` is the longest value; `ghost` the length without filters.
  function bar({ glyph, name, value, of, ghost, colour, text, note, pressed, onclick, dim }) {
    const length = (v) => `${of > 0 ? Math.max(v > 0 ? 1 : 0, (100 * v) / of) : 0}%`;
    const track = h("span", { class: "pa-track" },
      ghost === undefined ? null : h("span", { class: "pa-ghost", style: { width: length(ghost) } }),
      h("span", { class: "pa-fill", style: { width: length(value), background: colour ?? "" } }));
    const parts = [glyph, h("span", { class: "pa-barname" }, name), track, h("span", { class: "pa-num" }, text ?? P.format.number(value)), note ?? null];
    const kind = `pa-bar${dim ? " pa-dim" : ""}`;
    return onclick ? h("button", { class: kind, type: "button", "aria-pressed": String(Boolean(pressed)), onclick }, parts)
                   : h("div", { class: kind }, parts);
  }

  // An interval as a whisker around a value, on an axis from 0 to `max`, with a line at `mark`; an arrow where it goes on.
  function whisker(low, value, high, max, mark, grey) {
    const x = (v) => Math.max(0, Math.min(100, (100 * v) / max));
    const colour = grey ? "var(--muted)" : "var(--ink)";
    return svg("svg", { viewBox: "0 0 100 12", preserveAspectRatio: "none", class: "pa-whisker", "aria-hidden": "true" },
      svg("line", { x1: x(mark), x2: x(mark), y1: 0, y2: 12, stroke: "var(--muted)", "stroke-width": 0.6, "stroke-dasharray": "2 1.5" }),
      low === null ? null : svg("line", { x1: x(low), x2: x(high), y1: 6, y2: 6, stroke: colour, "stroke-width": 1.4 }),
      high !== null && high > max ? svg("path", { d: "M92 2.5 L100 6 L92 9.5 Z", fill: colour }) : null,
      svg("rect", { x: Math.min(98, x(value) - 1), y: 2.5, width: 2, height: 7, fill: colour }));
  }

  // Counts by year as columns: what is shown, dark, before what there is without filters.
  function columns(shown, all) {
    const n = all.length, top = Math.max(1, ...all);
    const column = (count, k, fill) => svg("rect", { x: k + 0.1, width: 0.8, y: 20 - (19 * count) / top, height: (19 * count) / top, fill });
    return svg("svg", { viewBox: `0 0 ${Math.max(1, n)} 20`, preserveAspectRatio: "none", class: "pa-columns", "aria-hidden": "true" },
      Array.from(all, (count, k) => column(count, k, "var(--line)")), Array.from(shown, (count, k) => column(count, k, "var(--ink-soft)")));
  }

  const facts = (pairs) => h("dl", { class: "pa-facts" }, pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

  P.charts = { bar, whisker, columns, facts };
})((window.parkatlas = window.parkatlas || {}));
