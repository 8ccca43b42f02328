// The page: one run at a time, its controls around it, everything drawn once per animation frame.

import "uplot/dist/uPlot.min.css";
import { call, Stream } from "./api.ts";
import { confusion, histograms, perLayer, residuals } from "./charts.ts";
import { Curves, Series } from "./curves.ts";
import { h, replace, select } from "./dom.ts";
import { drawTab, landscapeTab, lessonsTab, surfaceTab } from "./extras.ts";
import { language, LANGUAGES, number, setLanguage, t, whole, type Word } from "./i18n.ts";
import { paintLines, paintMap, paintPoints } from "./maps.ts";
import { NetworkView } from "./network.ts";
import { dataPanel, lanesPanel, networkPanel } from "./panels.ts";
import type { Arrays, Balls, Catalogue, Configuration, Facts, Header, Lesson } from "./types.ts";

const TABS = ["gradients", "histograms", "ratios", "confusion", "surface", "draw", "landscape", "lessons"] as const;
type Tab = (typeof TABS)[number];
const SPEEDS = [10, 50, 200, 1000, 5000, 0];

class Lab {
  private configuration: Configuration;
  private id = "";
  private facts: Facts | null = null;
  private stream: Stream | null = null;
  private series = new Series();
  private header: Header | null = null;
  private arrays: Arrays = new Map();
  private fresh = new Set<string>();
  private shown = 0;
  private tab: Tab = "gradients";
  private balls: Balls | null = null;
  private generation = -1;
  private scheduled = false;
  private making: Promise<void> = Promise.resolve();
  private lastSaid = 0;
  private brush = { class: 0 };

  private status = h("output", { class: "status", role: "status", "aria-live": "polite" });
  private alarm = h("p", { class: "alarm", role: "alert", hidden: true });
  private controls = h("div", { class: "controls" });
  private left = h("aside", { class: "left" });
  private lanes = h("div", {});
  private laneStates: HTMLElement[] = [];
  private maps = h("div", { class: "maps" });
  private canvases: { map: HTMLCanvasElement; points: HTMLCanvasElement }[] = [];
  private tabBox = h("div", { class: "tab", role: "tabpanel" });
  private tabBar = h("div", { class: "tabs", role: "tablist" });
  private network = new NetworkView((layer, index, value) => void this.patch({ lane: this.shown, weight: { layer, array: "kernel", index, value } }));
  private curves: Curves;
  private scrub = h("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": t("timeline"), oninput: () => void this.control("seek", { step: Number(this.scrub.value) }) });
  private play = h("button", { class: "main", onclick: () => void this.toggle() });

  constructor(private root: HTMLElement, private catalogue: Catalogue) {
    this.configuration = fromHash() ?? structuredClone(catalogue.defaults);
    this.curves = this.newCurves();
    this.layout();
    void this.make();
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => {
      const wanted = fromHash();
      if (wanted && JSON.stringify(wanted) !== JSON.stringify(this.configuration)) { this.configuration = wanted; void this.make(); }
    });
  }

  private labels(): string[] {
    const names = this.configuration.lanes.map((lane) => this.catalogue.rules.find((rule) => rule.name === lane.rule)?.title ?? lane.rule);
    return names.map((name, k) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} ${number(this.configuration.lanes[k].rate, 2)}`));
  }

  private newCurves(): Curves {
    return new Curves(this.series, () => this.labels(), () => this.facts?.task === "classification", () => this.later());
  }

  private layout(): void {
    this.curves = this.newCurves();
    const languages = select(language(), LANGUAGES.map((code) => [code, code.toUpperCase()]), (code) => {
      setLanguage(code);
      localStorage.setItem("ravine-language", code);
      this.layout();
      this.panels();
      this.build();
    }, t("language"));
    const theme = h("button", { title: t("theme"), "aria-label": t("theme"), onclick: () => {
      const root = document.documentElement, dark = getComputedStyle(root).colorScheme.includes("dark");
      root.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("ravine-theme", root.dataset.theme);
      this.build();
    } }, "◐");
    const exported = (name: string, word: Word) => h("a", { href: "#", onclick: (event) => { (event.currentTarget as HTMLAnchorElement).href = `/api/v1/runs/${this.id}/export.${name}${name.includes("?") ? "&" : "?"}lang=${language()}`; } , download: true }, t(word));
    const exports = h("details", { class: "menu" }, h("summary", {}, t("exports")),
      exported("html", "report"), exported("ipynb", "notebook"), exported("py", "code"), exported("json", "record"), exported(`safetensors?lane=${this.shown}`, "weights"));
    const share = h("button", { onclick: () => { void navigator.clipboard?.writeText(location.href); this.say(t("copied")); } }, t("share"));
    const help = h("button", { title: t("keys"), "aria-label": t("help"), onclick: () => this.say(t("keys")) }, "?");
    replace(this.controls, this.play,
      ...[1, 10, 100].map((steps) => h("button", { "aria-label": `${t("step")} ${steps}`, onclick: () => void this.control("step", { steps }) }, `+${steps}`)),
      h("button", { onclick: () => void this.control("reset") }, t("reset")),
      h("button", { onclick: () => this.change((c) => { c.seed = (c.seed + 1) % 2 ** 31; }) }, t("newSeed")),
      h("label", {}, t("speed"), " ", select(String(this.configuration.speed), SPEEDS.map((speed) => [String(speed), speed ? `${whole(speed)} ${t("perSecond")}` : t("fastest")]), (speed) => {
        this.configuration.speed = Number(speed);
        this.remember();
        void this.patch({ speed: Number(speed) });
      })),
      this.status, h("span", { class: "spring" }), exports, share, help, languages, theme);
    replace(this.root,
      h("header", {}, h("h1", {}, t("title")), this.controls), this.alarm, this.lanes,
      h("main", {}, this.left,
        h("div", { class: "centre" }, this.network.element, h("section", { "aria-label": t("decision") }, this.maps)),
        this.curves.element),
      h("section", { class: "lower" }, this.tabBar, this.tabBox),
      h("footer", {}, h("label", {}, t("timeline"), " ", this.scrub), h("button", { onclick: () => void this.control("fork") }, t("fork"))));
    this.button();
  }

  private panels(): void {
    replace(this.left, dataPanel(this.catalogue, this.configuration, (change) => this.change(change), (file, target) => void this.upload(file, target), this.brush,
      () => (this.facts?.task === "classification" && this.facts.inputs === 2 ? this.facts.points?.train.slice(0, 60) : null) ?? [[-1, 0, 0], [-0.9, 0.1, 0], [1, 0, 1], [0.9, 0.1, 1]]),
      networkPanel(this.catalogue, this.configuration, (change) => this.change(change)));
    const made = lanesPanel(this.catalogue, this.configuration, this.shown, (change) => this.change(change), (lane) => this.show(lane), (lane, rate) => {
      this.configuration.lanes[lane].rate = rate;
      this.remember();
      void this.patch({ lane, rate });
    });
    this.laneStates = made.states;
    replace(this.lanes, made.element);
  }

  private change(change: (configuration: Configuration) => void): void {
    change(this.configuration);
    void this.make();
  }

  private remember(): void {
    const text = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(this.configuration))));
    history.replaceState(null, "", `#${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`);
  }

  /** A run of the configuration in place of the present one; it plays on where that one played. */
  private make(play = this.header?.state === "running"): Promise<void> {
    this.making = this.making.then(async () => {
      try {
        const made = await call<{ id: string; configuration: Configuration; facts: Facts }>("POST", "runs", { configuration: this.configuration });
        const old = this.id;
        this.stream?.close();
        if (old) void call("DELETE", `runs/${old}`).catch(() => undefined);
        this.id = made.id; this.facts = made.facts; this.configuration = made.configuration;
        this.shown = Math.min(this.shown, made.configuration.lanes.length - 1);
        this.header = null; this.arrays = new Map(); this.generation = -1;
        this.series.clear(made.configuration.lanes.length);
        this.alarm.hidden = true;
        this.remember();
        this.panels();
        this.build();
        this.stream = new Stream(this.id, {
          frame: (header, arrays) => this.frame(header, arrays),
          note: (text, error) => (error ? this.fail(text) : this.say(text)),
          connected: (yes) => { if (yes) this.alarm.hidden = true; else this.fail(t("lost")); },
          from: () => this.series.next,
        }, this.views(), this.shown);
        if (play) await this.control("play");
      } catch (error) { this.fail(error); }
    });
    return this.making;
  }

  private views(): string[] {
    const classification = this.facts?.task === "classification";
    const own = { gradients: ["gradients"], histograms: ["histograms"], ratios: ["ratios"], confusion: [classification ? "confusion" : "residuals"], surface: [], draw: [], landscape: [], lessons: [] }[this.tab];
    return ["loss", "map", "network", ...own];
  }

  private build(): void {
    if (!this.facts) return;
    const facts = this.facts, labels = this.labels();
    this.network.build(facts);
    this.canvases = [];
    const flat = facts.inputs === 2, line = facts.inputs === 1;
    replace(this.maps, ...(flat ? labels : line ? [labels.join(", ")] : []).map((label, k) => {
      const map = h("canvas", { class: line ? "line" : "map", role: "img", "aria-label": `${t("decision")}: ${label}` }), points = h("canvas", { class: "points" });
      this.canvases.push({ map, points });
      return h("figure", { class: line ? "wide" : "", onclick: (event) => { if (flat) this.press(event as MouseEvent, map, k); } }, h("div", { class: "stack" }, map, flat ? points : null),
        h("figcaption", { style: flat ? `color:var(--line${k})` : "" }, label));
    }));
    this.tabs();
    this.curves.rebuild();
    requestAnimationFrame(() => { for (const { points } of this.canvases) paintPoints(points, facts); });
    for (const name of this.arrays.keys()) this.fresh.add(name);
    this.later();
  }

  /** A click into a map: a new point where points are painted, else the lane is shown. */
  private press(event: MouseEvent, map: HTMLCanvasElement, lane: number): void {
    const box = map.getBoundingClientRect(), domain = this.facts?.domain;
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (this.configuration.data.name !== "painted" || !domain || Math.min(x, y) < 0 || Math.max(x, y) > 1) { this.show(lane); return; }
    const [[x0, x1], [y0, y1]] = domain, point = [x0 + x * (x1 - x0), y1 - y * (y1 - y0), this.brush.class];
    this.change((c) => { c.data.points = [...(c.data.points ?? []), point]; });
  }

  private tabs(): void {
    const classification = this.facts?.task === "classification";
    const name = (tab: Tab): Word => (tab === "confusion" && !classification ? "residuals" : tab);
    const open = TABS.filter((tab) => tab !== "draw" || this.facts?.images);
    if (!open.includes(this.tab)) this.tab = "gradients";
    replace(this.tabBar, ...open.map((tab) => h("button", {
      role: "tab", "aria-selected": String(tab === this.tab), tabindex: tab === this.tab ? 0 : -1,
      onclick: () => { this.tab = tab; this.balls = null; this.tabs(); this.stream?.subscribe(this.views(), this.shown); },
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[(event as KeyboardEvent).key];
        if (step) { this.tab = open[(open.indexOf(this.tab) + step + open.length) % open.length]; this.tabs(); this.stream?.subscribe(this.views(), this.shown); (this.tabBar.querySelector("[aria-selected=true]") as HTMLElement).focus(); }
      },
    }, t(name(tab)))));
    const fail = (error: unknown) => this.fail(error);
    const content = {
      surface: () => surfaceTab(() => this.id, fail),
      draw: () => drawTab(() => this.id, () => this.shown, () => this.facts!, fail),
      landscape: () => landscapeTab(this.catalogue, fail, this.balls),
      lessons: () => lessonsTab(this.catalogue, (lesson) => void this.begin(lesson)),
    } as Partial<Record<Tab, () => HTMLElement>>;
    replace(this.tabBox, content[this.tab]?.() ?? null);
    for (const each of this.arrays.keys()) this.fresh.add(each);
    this.later();
  }

  private async begin(lesson: Lesson): Promise<void> {
    if (lesson.landscape) { this.balls = lesson.landscape; this.tab = "landscape"; this.tabs(); this.tabBox.scrollIntoView({ block: "nearest" }); return; }
    this.configuration = structuredClone({ ...lesson.configuration });
    const wanted = lesson.view === "loss" || lesson.view === "network" || lesson.view === "map" ? this.tab : (lesson.view as Tab);
    await this.make(lesson.steps > 0);
    if (TABS.includes(wanted) && wanted !== "lessons") { this.stream?.subscribe([...this.views(), wanted], this.shown); }
  }

  private show(lane: number): void {
    if (lane >= this.configuration.lanes.length) return;
    this.shown = lane;
    this.panels();
    this.stream?.subscribe(this.views(), lane);
    if (this.tab === "draw") this.tabs();
  }

  private frame(header: Header, arrays: Arrays): void {
    if (header.generation !== this.generation) {
      const first = arrays.get("loss.step")?.data[0] ?? 0;
      this.series.clear(this.configuration.lanes.length, this.generation < 0 ? 0 : first);
      this.generation = header.generation;
    }
    this.header = header;
    if (this.series.take(arrays)) this.fresh.add("loss");
    for (const [name, array] of arrays) { this.arrays.set(name, array); this.fresh.add(name); }
    this.later();
  }

  private later(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    const draw = () => { this.scheduled = false; this.draw(); this.stream?.drawn(); };
    if (document.hidden) setTimeout(draw, 500);
    else requestAnimationFrame(draw);
  }

  private draw(): void {
    const { header, facts, fresh } = this;
    if (!facts) return;
    const has = (prefix: string) => [...fresh].some((name) => name.startsWith(prefix));
    this.curves.draw();
    if (has("map")) this.canvases.forEach(({ map }, k) => paintMap(map, this.arrays, k, facts));
    if (has("line") && this.canvases[0]) paintLines(this.canvases[0].map, this.arrays, facts, this.configuration.lanes.map((lane) => lane.on));
    if (has("network")) this.network.draw(this.arrays);
    if (this.tab === "gradients" && has("gradients")) perLayer(this.tabBox, this.arrays.get("gradients"), this.labels(), facts, t("gradientHint"));
    if (this.tab === "ratios" && has("ratios")) perLayer(this.tabBox, this.arrays.get("ratios"), this.labels(), facts, t("ratioHint"));
    if (this.tab === "histograms" && has("histogram")) histograms(this.tabBox, this.arrays, facts);
    if (this.tab === "confusion" && has("confusion")) confusion(this.tabBox, this.arrays, facts);
    if (this.tab === "confusion" && has("residuals")) residuals(this.tabBox, this.arrays);
    fresh.clear();
    if (!header) return;
    this.button();
    header.lanes.forEach((lane, k) => {
      const output = this.laneStates[k];
      if (!output) return;
      const text = lane.diverged_at !== null ? t("diverged", { step: whole(lane.diverged_at) })
        : facts.task === "classification" ? `${number(lane.test_loss)} · ${number(100 * (lane.test_accuracy ?? NaN), 3)} %` : number(lane.test_loss);
      if (output.textContent !== text) output.textContent = text;
      output.classList.toggle("lost", lane.diverged_at !== null);
    });
    const [first, last] = header.snapshots ?? [0, header.end];
    this.scrub.min = String(first ?? 0); this.scrub.max = String(Math.max(last ?? 0, header.end));
    if (document.activeElement !== this.scrub) this.scrub.value = String(header.step);
    const now = performance.now();
    if (now - this.lastSaid > 1000 || header.state !== "running") {
      this.lastSaid = now;
      const state = header.state === "diverged" ? t("stopped") : t(header.state as Word);
      this.say(`${t("step_")} ${whole(header.step)}${header.step !== header.end ? ` / ${whole(header.end)}` : ""} · ${state} · ${whole(Math.round(header.sps))} ${t("perSecond")}`);
    }
  }

  private button(): void {
    const running = this.header?.state === "running";
    const text = running ? `❚❚ ${t("pause")}` : `▶ ${t("run")}`;
    if (this.play.textContent !== text) this.play.textContent = text;
    document.body.dataset.state = this.header?.state ?? "loading";
    document.body.dataset.frame = String(this.header?.f ?? 0);
    document.body.dataset.step = String(this.header?.step ?? 0);
  }

  private toggle(): Promise<void> {
    return this.control(this.header?.state === "running" ? "pause" : "play");
  }

  private async control(action: string, more: object = {}): Promise<void> {
    try { await call("POST", `runs/${this.id}/control`, { action, ...more }); } catch (error) { this.fail(error); }
  }

  private async patch(values: object): Promise<void> {
    try { await call("PATCH", `runs/${this.id}`, values); } catch (error) { this.fail(error); }
  }

  private async upload(file: File, target: string): Promise<void> {
    try {
      const made = await call<{ id: string }>("POST", "datasets", { name: file.name, csv: await file.text(), target });
      this.change((c) => { c.data = { ...c.data, name: `upload:${made.id}`, points: null }; c.network.weights = null; });
    } catch (error) { this.fail(error); }
  }

  private say(text: string): void {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  private fail(error: unknown): void {
    this.alarm.textContent = error instanceof Error ? error.message : String(error);
    this.alarm.hidden = false;
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    if (event.key === " " && target.tagName === "BUTTON") return;
    const jump = (share: number) => void this.control("seek", { step: Math.round(Number(this.scrub.value) + share * (Number(this.scrub.max) - Number(this.scrub.min)) / 20) });
    const actions: Record<string, () => void> = {
      " ": () => void this.toggle(), ".": () => void this.control("step", { steps: 1 }), r: () => void this.control("reset"), R: () => void this.control("reset"),
      "[": () => jump(-1), "]": () => jump(1), "?": () => this.say(t("keys")),
    };
    const action = actions[event.key] ?? (/^[1-8]$/.test(event.key) ? () => this.show(Number(event.key) - 1) : undefined);
    if (action) { event.preventDefault(); action(); }
  }
}

function fromHash(): Configuration | null {
  const text = location.hash.slice(1).replaceAll("-", "+").replaceAll("_", "/");
  if (!text) return null;
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)))) as Configuration;
  } catch { return null; }
}

const root = document.getElementById("lab")!;
const theme = localStorage.getItem("ravine-theme");
if (theme) document.documentElement.dataset.theme = theme;
setLanguage(localStorage.getItem("ravine-language") ?? new URLSearchParams(location.search).get("lang") ?? navigator.language.slice(0, 2));
const asked = new URLSearchParams(location.search).get("lang");
if (asked) setLanguage(asked);
root.textContent = t("loading");
call<Catalogue>("GET", "catalogue").then((catalogue) => new Lab(root, catalogue), (error: Error) => { root.textContent = error.message; });
