// Location quotients of what is shown, with the exact interval of Clopper and Pearson, as `location_quotient` has them.
(function (P) {
  "use strict";
  // Stirling's series, after moving up to where it is exact to ten digits.
  function lnGamma(z) {
    let shift = 0;
    for (; z < 12; z++) shift += Math.log(z);
    const w = 1 / (z * z);
    return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - w * (1 / 360 - w / 1260)) / z - shift;
  }

  // The regularised incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated as Lentz does.
  function incompleteBeta(x, a, b) {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
    const tiny = 1e-300;
    let above = 1, below = 0, value = 1; // of 1 + 1 / (1 + first / (1 + ...))
    for (let step = 0; step < 10000; step++) {
      const m = step >> 1, odd = step % 2;
      const term = step === 0 ? 1 : odd ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)) : (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      below = 1 / (1 + term * below || tiny);
      above = 1 + term / above || tiny;
      value *= above * below;
      if (step && Math.abs(above * below - 1) < 1e-12) break;
    }
    return (Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lnGamma(a) - lnGamma(b) + lnGamma(a + b)) / a) * (value - 1);
  }

  function quantile(share, a, b) {
    let low = 0, high = 1;
    for (let step = 0; step < 50; step++) {
      const middle = (low + high) / 2;
      if (incompleteBeta(middle, a, b) < share) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  // The 95 % interval of a share of which k out of n were seen.
  const interval = (k, n) => [k === 0 ? 0 : quantile(0.025, k, n - k + 1), k === n ? 1 : quantile(0.975, k + 1, n - k)];

  // By sector: {k, lq, low, high, expected} of counts of an area against counts of the whole; null where nothing is known.
  function quotients(counts, whole) {
    const n = counts.reduce((sum, k) => sum + k, 0), all = whole.reduce((sum, k) => sum + k, 0);
    return counts.map((k, s) => {
      if (!n || !whole[s]) return null;
      const share = whole[s] / all, [low, high] = interval(k, n);
      return { k, lq: k / n / share, low: low / share, high: high / share, expected: n * share };
    });
  }

  P.quotient = { lnGamma, incompleteBeta, interval, quotients };
})((window.parkatlas = window.parkatlas || {}));
