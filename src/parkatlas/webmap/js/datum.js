// WGS 84 to GCJ-02, the twin of crs.py, for basemaps that are drawn in GCJ-02: every position is converted by itself.
(function (P) {
  "use strict";
  const A = 6378245.0, EE = 0.00669342162296594323, PI = Math.PI;

  function toGcj(lon, lat) {
    if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
    const x = lon - 105, y = lat - 35, root = Math.sqrt(Math.abs(x));
    const waves = ((20 * Math.sin(6 * x * PI) + 20 * Math.sin(2 * x * PI)) * 2) / 3;
    let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves;
    north += ((20 * Math.sin(y * PI) + 40 * Math.sin((y / 3) * PI)) * 2) / 3;
    north += ((160 * Math.sin((y / 12) * PI) + 320 * Math.sin((y * PI) / 30)) * 2) / 3;
    let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves;
    east += ((20 * Math.sin(x * PI) + 40 * Math.sin((x / 3) * PI)) * 2) / 3;
    east += ((150 * Math.sin((x / 12) * PI) + 300 * Math.sin((x / 30) * PI)) * 2) / 3;
    const phi = (lat / 180) * PI, magic = 1 - EE * Math.sin(phi) ** 2;
    return [
      lon + ((east / ((A / Math.sqrt(magic)) * Math.cos(phi))) * 180) / PI,
      lat + ((north / ((A * (1 - EE)) / (magic * Math.sqrt(magic)))) * 180) / PI,
    ];
  }

  function fromGcj(lon, lat) {
    let x = lon, y = lat;
    for (let step = 0; step < 8; step++) {
      const [there, up] = toGcj(x, y);
      x += lon - there;
      y += lat - up;
    }
    return [x, y];
  }

  const WORLD = 256 * 2 ** 20;
  const lonOf = (x) => (x / WORLD) * 360 - 180;
  const latOf = (y) => (Math.atan(Math.sinh(PI * (1 - (2 * y) / WORLD))) * 180) / PI;
  const xOf = (lon) => ((lon + 180) / 360) * WORLD;
  function yOf(lat) {
    const sine = Math.sin((Math.max(-85.0511, Math.min(85.0511, lat)) * PI) / 180);
    return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * PI)) * WORLD;
  }

  // Pixels at zoom 20 of a WGS 84 position, as a basemap of this datum needs them.
  function shift(x, y, datum) {
    if (datum !== "gcj02") return [x, y];
    const [lon, lat] = toGcj(lonOf(x), latOf(y));
    return [xOf(lon), yOf(lat)];
  }

  const shown = (lon, lat, datum) => (datum === "gcj02" ? toGcj(lon, lat) : [lon, lat]);
  const real = (lon, lat, datum) => (datum === "gcj02" ? fromGcj(lon, lat) : [lon, lat]);
  P.datum = { toGcj, fromGcj, lonOf, latOf, xOf, yOf, shift, shown, real, WORLD };
})((window.parkatlas = window.parkatlas || {}));
