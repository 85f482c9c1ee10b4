// Numbers and dates as text. Output is kept in units of CNY 10,000 (万元), as the tables have it.
(function (P) {
  "use strict";
  // By hand: the browser's own number formats take 30 ms to load, before the first paint.
  const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

  function fixed(value, digits) {
    const [whole, part] = value.toFixed(digits).split(".");
    return grouped(whole) + (part ? `.${part}` : "");
  }

  function number(value, digits) {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    if (typeof value !== "number") return String(value);
    if (digits === undefined) digits = Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
    return fixed(value, digits);
  }

  // 0.4123 -> "41 %"; below one percent one decimal stays.
  function percent(share) {
    if (share === null || share === undefined || Number.isNaN(share)) return "—";
    const value = share * 100;
    return `${number(value, value !== 0 && Math.abs(value) < 1 ? 1 : 0)} %`;
  }

  // A count short enough for a disc: 1234, 1.2万 or 12k.
  function short(count, lang) {
    if (count < 10000) return String(count);
    const [unit, name] = lang === "zh" ? [10000, "万"] : count < 1e6 ? [1000, "k"] : [1e6, "m"];
    const value = count / unit;
    return (value < 100 ? value.toFixed(1).replace(/\.0$/, "") : fixed(value, 0)) + name;
  }

  function money(tenThousands, lang) {
    if (tenThousands === null || tenThousands === undefined) return "—";
    if (lang === "zh") return tenThousands >= 10000 ? `${number(tenThousands / 10000, 2)} 亿元` : `${number(tenThousands)} 万元`;
    return tenThousands >= 100000 ? `CNY ${number(tenThousands / 100000, 2)} bn` : `CNY ${number(tenThousands / 100, 2)} m`;
  }

  // Characters that could turn text around or hide in it are shown as what they are.
  function plain(value) {
    if (value === null || value === undefined || value === "") return "—";
    return String(value).replace(/[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");
  }

  // H, M and L in words, a number as a part of one.
  function confidence(value, t) {
    const text = plain(value);
    return /^[HML]$/.test(text) ? t(`conf_${text}`) : /^[01](\.\d+)?$/.test(text) ? t("conf_of", { v: text }) : text;
  }

  P.format = { number, percent, short, money, plain, confidence };
})((window.parkatlas = window.parkatlas || {}));
