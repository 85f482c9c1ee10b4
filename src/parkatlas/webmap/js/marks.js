// The look of things: themes, and one shape per sector beside its colour, on canvas and as SVG.
(function (P) {
  "use strict";
  const ring = (n, turn, inner) => Array.from({ length: inner ? n * 2 : n }, (_, i) => {
    const angle = turn + (i * 2 * Math.PI) / (inner ? n * 2 : n), r = inner && i % 2 ? inner : 1;
    return [r * Math.sin(angle), -r * Math.cos(angle)];
  });
  const cross = (w) => [[-w, -1], [w, -1], [w, -w], [1, -w], [1, w], [w, w], [w, 1], [-w, 1], [-w, w], [-1, w], [-1, -w], [-w, -w]];
  const turned = (points) => points.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
  // Twelve shapes that stay apart at eight pixels; null is the circle.
  const SHAPES = [
    null, ring(3, 0), [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]], ring(4, 0), ring(3, Math.PI), ring(5, 0),
    ring(5, 0, 0.45), cross(0.38), ring(6, Math.PI / 6), turned(cross(0.34)), [[-1, -0.8], [1, 0.8], [1, -0.8], [-1, 0.8]],
    ring(4, Math.PI / 4, 0.42),
  ];
  const UNCLASSIFIED = "#8a8a86";

  function trace(ctx, kind, x, y, r) {
    const points = SHAPES[kind % SHAPES.length];
    ctx.beginPath();
    if (!points) ctx.arc(x, y, r * 0.92, 0, 2 * Math.PI);
    else {
      points.forEach(([px, py], i) => (i ? ctx.lineTo(x + px * r, y + py * r) : ctx.moveTo(x + px * r, y + py * r)));
      ctx.closePath();
    }
  }

  function svg(kind, colour, size, hollow) {
    const points = SHAPES[kind % SHAPES.length];
    const paint = hollow ? { fill: "none", stroke: colour, "stroke-width": "0.4" } : { fill: colour };
    const shape = points
      ? P.dom.svg("polygon", { points: points.map((p) => p.map((v) => v.toFixed(3)).join(",")).join(" "), ...paint })
      : P.dom.svg("circle", { cx: 0, cy: 0, r: 0.92, ...paint });
    return P.dom.svg("svg", { viewBox: "-1.2 -1.2 2.4 2.4", width: size, height: size, class: "pa-glyph", "aria-hidden": "true" }, shape);
  }

  const LIGHT = {
    paper: "#f7f3ea", land: "#f4efe4", ink: "#23201c", muted: "#6a645a", halo: "rgba(247,243,234,0.92)", disc: "#fffdf8", accent: "#7d1f3f",
    zones: ["#4d6f93", "#71803f", "#96713a"], park: "#4b463f", water: "#c3d2da", rail: "#b9b1a3", road: "#d3c9b7", place: "#8a8378",
  };
  const DARK = {
    paper: "#1d1f21", land: "#1a1c1e", ink: "#ece7dc", muted: "#a9a296", halo: "rgba(29,31,33,0.9)", disc: "#2a2d30", accent: "#e58aa8",
    zones: ["#86a9cf", "#aebd78", "#d2ab72"], park: "#b8b0a2", water: "#33454f", rail: "#55504a", road: "#4a453d", place: "#8f887c",
  };
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  // A sector's colour as it can be seen on the theme's paper: dark ones are lightened where the paper is dark.
  function visible(colour) {
    if (!dark?.matches) return colour;
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const light = (0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2]) / 255, mix = Math.max(0, 0.5 - light) * 1.1;
    return `#${parts.map((v) => Math.round(v + (255 - v) * mix).toString(16).padStart(2, "0")).join("")}`;
  }

  P.marks = { SHAPES, UNCLASSIFIED, trace, svg, LIGHT, DARK, visible, theme: () => (dark?.matches ? DARK : LIGHT), dark };
})((window.parkatlas = window.parkatlas || {}));
