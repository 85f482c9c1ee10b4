// Reads the packed blocks that pack.py writes; the kinds of columns are described there.
(function (P) {
  "use strict";
  function bytesOf(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  // Written and read by hand: a Blob and a Response carry the bytes through another process and take twice as long.
  async function inflate(bytes) {
    const { readable, writable } = new DecompressionStream("deflate"), writer = writable.getWriter(), reader = readable.getReader();
    for (const done of [writer.write(bytes), writer.close()]) done.catch(() => undefined); // reading tells what is wrong
    const parts = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  // Byte planes, the lowest first, to the smallest array that holds the values; one pass, for code that runs once, cold.
  function integers(bytes, at, rows, width) {
    if (width === 1) return bytes.slice(at, at + rows);
    const out = width === 2 ? new Uint16Array(rows) : width <= 4 ? new Uint32Array(rows) : new Float64Array(rows);
    const second = at + rows, third = second + rows, fourth = third + rows;
    if (width === 2) for (let i = 0; i < rows; i++) out[i] = bytes[at + i] | (bytes[second + i] << 8);
    else if (width === 3) for (let i = 0; i < rows; i++) out[i] = bytes[at + i] | (bytes[second + i] << 8) | (bytes[third + i] << 16);
    else for (let i = 0; i < rows; i++) out[i] = (bytes[at + i] | (bytes[second + i] << 8) | (bytes[third + i] << 16)) + bytes[fourth + i] * 2 ** 24;
    for (let plane = 4; plane < width; plane++) for (let i = 0; i < rows; i++) out[i] += bytes[at + plane * rows + i] * 256 ** plane;
    return out;
  }

  // Zig-zag steps (0, -1, 1, -2 ...) of less than 2**31 to the values they lead to.
  function undelta(values) {
    const out = new Int32Array(values.length);
    for (let i = 0, sum = 0; i < values.length; i++) out[i] = sum += (values[i] >>> 1) ^ -(values[i] & 1);
    return out;
  }

  function doubles(bytes, at, rows) {
    const mixed = new Uint8Array(rows * 8);
    for (let plane = 0; plane < 8; plane++) for (let i = 0; i < rows; i++) mixed[i * 8 + plane] = bytes[at + plane * rows + i];
    return new Float64Array(mixed.buffer);
  }

  // Codes of UTF-16 units to the text they stand for: common units take one byte, the others two.
  function decoded(bytes, header) {
    if (!("chars" in header)) return new TextDecoder("latin1").decode(bytes);
    const single = 256 - header.lead, listed = new Uint16Array(header.chars), from = 2 * header.chars;
    for (let i = 0; i < header.chars; i++) listed[i] = bytes[2 * i] + 256 * bytes[2 * i + 1];
    const units = new Uint16Array(bytes.length - from);
    let n = 0;
    for (let i = from; i < bytes.length; i++) {
      const code = bytes[i];
      units[n++] = listed[code < single ? code : single + 256 * (code - single) + bytes[++i]];
    }
    return new TextDecoder("utf-16le", { ignoreBOM: true }).decode(units.subarray(0, n));
  }

  // Texts stay one long string; a value is cut out when asked for. The string is decoded at first use.
  function texts(bytes, at, rows, header) {
    const lengths = integers(bytes, at, rows, header.width);
    const starts = new Uint32Array(rows + 1);
    for (let i = 0; i < rows; i++) starts[i + 1] = starts[i] + lengths[i];
    let blob = bytes.subarray(at + header.width * rows, at + header.width * rows + header.bytes), joined = null;
    const all = () => {
      if (joined === null) [joined, blob] = [decoded(blob, header), null]; // the bytes can go
      return joined;
    };
    return { kind: "text", starts, all, at: (i) => all().substring(starts[i], starts[i + 1]) };
  }

  // Numbered ids: a value is written when asked for, the long string only where somebody searches.
  function serial(values, header) {
    const { prefix, digits, start } = header, rows = values.length, size = prefix.length + digits;
    let joined = null, starts = null;
    const all = () => {
      if (joined !== null) return joined;
      const out = new Uint8Array(rows * size);
      for (let i = 0, at = 0; i < rows; i++, at += size) {
        for (let k = 0; k < prefix.length; k++) out[at + k] = prefix.charCodeAt(k);
        for (let k = size - 1, rest = start + values[i]; k >= prefix.length; k--) {
          const next = Math.floor(rest / 10);
          out[at + k] = 48 + rest - 10 * next;
          rest = next;
        }
      }
      return (joined = new TextDecoder("latin1").decode(out));
    };
    const ends = () => {
      const out = new Uint32Array(rows + 1);
      for (let i = 0; i <= rows; i++) out[i] = i * size;
      return out;
    };
    return {
      kind: "text", all, at: (i) => prefix + String(start + values[i]).padStart(digits, "0"),
      get starts() { return (starts ??= ends()); },
    };
  }

  function column(bytes, at, rows, header, others) {
    if (header.kind === "text") return texts(bytes, at, rows, header);
    if (header.kind === "serial") return serial(header.of ? others[header.of].values : integers(bytes, at, rows, header.width), header);
    if (header.kind === "float") {
      const values = doubles(bytes, at, rows);
      return { kind: "number", values, at: (i) => (Number.isNaN(values[i]) ? null : values[i]) };
    }
    let values = integers(bytes, at, rows, header.width);
    if (header.kind === "dict") {
      const inner = texts(bytes, at + header.width * rows, header.size, header.inner);
      return { kind: "dict", values, size: header.size, word: inner.at, at: (i) => inner.at(values[i]) };
    }
    if (header.delta) {
      values = undelta(values);
      return { kind: "number", values, at: (i) => values[i] };
    }
    const unit = 10 ** (header.scale ?? 0);
    if (!header.null) return { kind: "number", values, at: (i) => values[i] };
    return { kind: "number", stored: values, unit, at: (i) => (values[i] === 0 ? null : (values[i] - 1) / unit) };
  }

  // The header's chunk and the others' bytes to columns.
  function read(first, chunks) {
    const head = JSON.parse(new TextDecoder().decode(first));
    const columns = {}, at = chunks.map(() => 0);
    for (const header of head.columns) {
      columns[header.name] = column(chunks[header.chunk], at[header.chunk], head.rows, header, columns);
      at[header.chunk] += header.length;
    }
    return { head, columns };
  }

  async function unpack(block) {
    const lines = block.split("\n");
    const plain = lines.every((line) => line[0] === "=");
    const [first, ...chunks] = plain ? lines.map((line) => bytesOf(line.slice(1))) : await Promise.all(lines.map((line) => inflate(bytesOf(line))));
    return read(first, chunks);
  }

  P.pack = { bytesOf, inflate, integers, undelta, read, unpack, possible: () => typeof DecompressionStream === "function" };
})((window.parkatlas = window.parkatlas || {}));
