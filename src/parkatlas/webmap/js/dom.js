// Elements from plain values. Text is only ever set as text: nothing here or elsewhere parses markup.
(function (P) {
  "use strict";
  function fill(node, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  }

  function give(node, attributes) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "class") node.setAttribute("class", value);
      else if (name === "style") Object.assign(node.style, value);
      else if (name in node && typeof value !== "string") node[name] = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    return node;
  }

  // h("p", {class: "note"}, "text", otherNode)
  const h = (tag, attributes, ...children) => fill(give(document.createElement(tag), attributes), children);
  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
    return fill(node, children);
  };
  const replace = (node, ...children) => fill((node.replaceChildren(), node), children);

  // A link only where the text is an http address; the address itself otherwise.
  function link(address) {
    let url = null;
    try { url = new URL(address); } catch { /* not an address */ }
    if (!url || !/^https?:$/.test(url.protocol)) return P.format.plain(address);
    return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, P.format.plain(url.hostname));
  }

  // Chinese first with English under it, or the other way round; the second only where it differs.
  function names(record, lang) {
    const first = lang === "zh" ? record.name_zh : record.name_en || record.name_zh;
    const second = lang === "zh" ? record.name_en : record.name_zh;
    return [P.format.plain(first), second && second !== first ? P.format.plain(second) : null];
  }

  // Build a part of the page anew; what had the focus there has it again, found by its place among its neighbours, and
  // what was open there (a `details` with a key) is open again.
  function keepFocus(root, build) {
    const opened = [...root.querySelectorAll("details[data-key][open]")].map((node) => node.dataset.key);
    const active = document.activeElement, path = [];
    for (let node = active; node !== root && root.contains(node); node = node.parentElement) path.unshift([...node.parentElement.children].indexOf(node));
    build();
    for (const node of root.querySelectorAll("details[data-key]")) if (opened.includes(node.dataset.key)) node.open = true;
    if (path.length && !active.isConnected) path.reduce((node, at) => node?.children[at], root)?.focus({ preventScroll: true });
  }

  P.dom = { h, svg, replace, link, names, keepFocus };
})((window.parkatlas = window.parkatlas || {}));
