// The application: it holds the data and the state, and tells everything else when something changed.
(function (P) {
  "use strict";
  class App {
    constructor(map) {
      Object.assign(this, {
        map, areas: [], byId: new Map(), context: [], shapes: [], registers: new Map(), zoneOrder: [], facts: null,
        datum: "wgs84", hover: null, stack: null, selectedRow: null, current: null, initials: {}, sectors: [], colours: [],
        ui: {}, totals: { sector: [], size: [0, 0, 0, 0, 0], year: new Uint32Array(0) },
        sorting: { by: null, down: false, inView: false }, // of the table, which is built anew now and then
      });
      this.state = P.state.initial("zh", "");
      // {u} is what rows are counted in: enterprises, or entries where institutes or platforms are among them.
      this.t = (key, values) => P.t(this.state.lang, key, { u: P.words[this.state.lang][this.isMixed() ? "u_mixed" : "u_firm"], ...values });
    }

    isMixed() {
      const data = this.current?.data;
      return data ? (data.mixed ??= data.groups.some((group) => group.entity !== "enterprise")) : false;
    }

    // --- data -------------------------------------------------------------------------------------------------
    setAreas(record) {
      this.areas = record.rows;
      this.initials = record.initials ?? {};
      this.byId = new Map(record.rows.map((area) => [area.area_id, area]));
      for (const area of this.areas) area.part = this.byId.get(area.parent_id)?.level === area.level;
      this.zoneOrder = record.rows.filter((area) => area.level === "zone").map((area) => area.area_id);
    }

    // Unpack a register the first time it is shown; later it is at hand.
    async openRegister(id) {
      const register = this.registers.get(id);
      if (!register) return;
      register.unpacking ??= P.pack.unpack(register.take("packed-first")).then((block) => {
        const own = register.about.sectors;
        register.sectors = [...own, { id: "", ...P.app.unclassified }];
        register.data = P.filter.prepare(block, own.length);
      });
      await register.unpacking;
      if (this.state.register !== id) return;
      this.sectors = register.sectors;
      this.colours = register.sectors.map((s) => P.marks.visible(s.colour));
      this.current = { register, data: register.data, texts: register.texts ?? null, result: null };
      const all = P.filter.run(register.data, this.keep({ ...this.state, ...P.app.unfiltered }));
      this.totals = { sector: this.sectorCounts(all), size: all.bySize, year: all.byYear, cross: all.cross };
      this.refilter();
    }

    // The texts follow after the first paint; whoever needs one waits here.
    needTexts() {
      const register = this.current?.register;
      if (!register || register.texts) return Promise.resolve();
      register.opening ??= P.pack.unpack(register.take("packed-texts")).then((texts) => {
        register.texts = texts;
        if (this.current?.register === register) this.current.texts = texts;
      }, (error) => this.trouble("bad_texts", error));
      return register.opening;
    }

    columns() {
      return { ...this.current?.data.columns, ...this.current?.texts?.columns };
    }

    fields() {
      const hidden = new Set(["x", "y", "row", "group", "sector", "outcome", "core_id", "zone_id", "park_id"]);
      const there = (name) => name in this.columns() || name === "entity";
      return Object.keys((this.facts ?? this.own).titles ?? this.columns()).filter((name) => there(name) && !hidden.has(name));
    }

    isNumber(name) {
      return name !== "sector" && this.columns()[name]?.kind === "number";
    }

    value(name, row) {
      return this.columns()[name]?.at(row) ?? null;
    }

    // A cell as the table shows it; `raw` keeps numbers as numbers, `plain` keeps texts and ids exactly as they are.
    text(name, row, raw, plain) {
      const { data } = this.current, group = data.groupOf(row), lang = this.state.lang;
      if (name === "sector" && plain) return this.sectors[data.sector[row]].id;
      if (name === "sector" || name === "sector_name") { const s = this.sectors[data.sector[row]]; return lang === "zh" ? s.zh : s.en; }
      if (name === "lon" || name === "lat") return row < data.points ? this.lonLat(row)[name === "lon" ? 0 : 1] : null;
      if (name === "outcome") return plain ? group.outcome : this.t(`o_${group.outcome}`);
      if (name === "entity") return plain ? group.entity : this.t(`one_${group.entity}`);
      if (name === "location_quality" && !plain) return this.t(`q_${this.value(name, row)}`);
      const level = { core_id: "core", zone_id: "zone", park_id: "park" }[name];
      const area = level && this.byId.get(group[level]);
      if (level) return plain || !area ? group[level] : P.dom.names(area, lang)[0];
      const value = this.value(name, row);
      if (raw || plain || typeof value !== "number") return value;
      return P.format.number(value);
    }

    // --- filters ----------------------------------------------------------------------------------------------
    keep(state) {
      const { data } = this.current, sectors = this.sectors;
      const group = Uint8Array.from(data.groups, (g) => ((!state.within || this.ancestors(g).includes(state.within)) && !state.kindsOff.includes(g.entity) ? 1 : 0));
      return {
        sector: Uint8Array.from(sectors, (s) => (state.off.includes(s.id) ? 0 : 1)),
        size: Uint8Array.from([0, 1, 2, 3, 4], (k) => (state.sizesOff.includes(k) ? 0 : 1)), year: state.years, group,
      };
    }

    // The areas a row of this group counts for: its core, zone and park, and those of the same level around them.
    ancestors(group) {
      if (group.areas) return group.areas;
      const out = [];
      for (const level of ["core", "zone", "park"]) {
        let area = this.byId.get(group[level]);
        for (; area && area.level === level && !out.includes(area.area_id); area = this.byId.get(area.parent_id)) out.push(area.area_id);
      }
      return (group.areas = out);
    }

    refilter() {
      if (!this.current) return;
      this.current.result = P.filter.run(this.current.data, this.keep(this.state));
      this.counts = null;
      this.scene.redraw();
      if (this.facts) P.panel.update(this);
    }

    sectorCounts(result) {
      const { data } = this.current, out = new Array(data.kinds).fill(0);
      result.cross.forEach((n, i) => { out[i % data.kinds] += n; });
      return out;
    }

    // Every area's enterprises now and without filters, by sector, of these without a point, and its institutes and
    // platforms, which the statistics do not count as enterprises: all from one cross table.
    countsOf(id) {
      const { data, result } = this.current, kinds = data.kinds;
      if (!this.counts) {
        this.counts = new Map(this.areas.map((a) => [a.area_id, { n: 0, all: 0, declared: 0, others: 0, hist: new Array(kinds).fill(0) }]));
        data.groups.forEach((group, g) => {
          for (const area of this.ancestors(group)) {
            const entry = this.counts.get(area);
            for (let s = 0; entry && s < kinds; s++) {
              const n = result.cross[g * kinds + s];
              if (group.entity !== "enterprise") {
                entry.others += n;
                continue;
              }
              entry.n += n;
              entry.hist[s] += n;
              entry.all += this.totals.cross[g * kinds + s];
              if (group.outcome === "declared") entry.declared += n;
            }
          }
        });
      }
      return this.counts.get(id) ?? { n: 0, all: 0, declared: 0, others: 0, hist: new Array(kinds).fill(0) };
    }

    // Enterprises shown by sector, institutes and platforms left out.
    firmCounts() {
      const { data, result } = this.current, out = new Array(data.kinds).fill(0);
      data.groups.forEach((group, g) => {
        for (let s = 0; group.entity === "enterprise" && s < data.kinds; s++) out[s] += result.cross[g * data.kinds + s];
      });
      return out;
    }

    // Rows shown by kind of entity, and all of them.
    kindCounts() {
      const { data, result } = this.current, out = new Map();
      data.groups.forEach((group, g) => {
        const entry = out.get(group.entity) ?? { n: 0, all: 0 };
        for (let s = 0; s < data.kinds; s++) {
          entry.n += result.cross[g * data.kinds + s];
          entry.all += this.totals.cross[g * data.kinds + s];
        }
        out.set(group.entity, entry);
      });
      return out;
    }

    isFiltered() {
      const { off, sizesOff, kindsOff, years, within } = this.state;
      return Boolean(off.length || sizesOff.length || kindsOff.length || years || within);
    }

    // --- state ------------------------------------------------------------------------------------------------
    set(changes, how) {
      Object.assign(this.state, changes);
      this.remember(how?.replace);
      this.apply(changes);
    }

    toggle(key, value) {
      const list = this.state[key];
      this.set({ [key]: list.includes(value) ? list.filter((v) => v !== value) : [...list, value] });
    }

    clear() {
      this.stopPlaying();
      this.set({ ...P.app.unfiltered });
      this.ui.parts.shown.focus({ preventScroll: true }); // the button that had the focus is gone
    }

    remember(replaceIt) {
      if (!this.facts) return;
      const hash = P.state.write(this.state, this.first);
      try { history[replaceIt ? "replaceState" : "pushState"](null, "", hash ? `#${hash}` : "#"); } catch { /* no history in this frame */ }
    }

    async apply(changes) {
      const has = (...keys) => keys.some((key) => key in changes);
      if (has("lang", "register")) return this.rebuild();
      const filtered = has(...Object.keys(P.app.unfiltered));
      if (filtered) this.refilter();
      if (has("basemap")) P.basemap.use(this);
      if (has("hidden", "shapes", "basemap")) P.legend.build(this);
      if (has("selected")) await this.showSelected();
      else if (this.state.selected || this.stack) P.cards.show(this);
      if (filtered || has("table")) await P.table.update(this);
      if (has("selected") && this.facts && this.current) P.panel.update(this);
      this.scene.redraw();
    }

    async rebuild() {
      document.documentElement.lang = this.state.lang === "zh" ? "zh-CN" : "en";
      if (this.current?.register.about.id !== this.state.register) { this.stack = null; await this.loadRegister(); }
      this.buildUi();
      await this.showSelected();
      this.scene.redraw();
    }

    // --- selection --------------------------------------------------------------------------------------------
    select(kind, id) {
      this.stack = null;
      this.set({ selected: { kind, id } });
      this.reveal();
    }

    selectRow(row, keepStack) {
      if (!keepStack) this.stack = null;
      this.selectedRow = row;
      this.needTexts().then(() => {
        this.set({ selected: { kind: "row", id: String(this.value("enterprise_id", row) ?? row) } });
        this.reveal();
      });
    }

    async showSelected() {
      const selected = this.state.selected;
      this.selectedRow = null;
      if (selected?.kind === "row") {
        await this.needTexts();
        this.selectedRow = this.rowOf(selected.id);
      }
      P.cards.show(this);
      this.ui.table?.paint();
    }

    rowOf(id) {
      const column = this.columns().enterprise_id, { rows } = this.current.data;
      if (!column) return Number(id) < rows ? Number(id) : null; // the texts could not be read
      for (let i = 0; i < rows; i++) if (column.at(i) === id) return i;
      return null;
    }

    closeCard() {
      this.stack = null;
      if (this.state.selected) this.set({ selected: null });
      else P.cards.show(this);
    }
  }

  P.App = App;
  P.app = {
    unclassified: { zh: P.words.zh.unclassified, en: P.words.en.unclassified, colour: P.marks.UNCLASSIFIED },
    unfiltered: { off: [], sizesOff: [], kindsOff: [], years: null, within: null },
  };
})((window.parkatlas = window.parkatlas || {}));
