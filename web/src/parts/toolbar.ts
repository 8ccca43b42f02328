// The bar at the top: what runs, how fast, until when; and what is taken away from here.

import type { App, Part } from "../app.ts";
import { html, numeric, replace, select, svg } from "../core/dom.ts";
import { LANGUAGES, language, t, whole, type Word } from "../core/i18n.ts";

const SPEEDS = [2, 10, 50, 200, 1000, 5000, 0];
const STOPS: [string, Word][] = [
  ["none", "stopNone"], ["steps", "stopSteps"], ["train_loss", "stopTrainLoss"], ["test_loss", "stopTestLoss"],
  ["test_accuracy", "stopTestAccuracy"],
];
const STATES: Record<string, Word> = {
  running: "running", paused: "paused", stopped: "stopped", failed: "failed", diverged: "diverged", compiling: "compiling",
};
const FIRST: Record<string, number> = { none: 1000, steps: 1000, train_loss: 0.1, test_loss: 0.1, test_accuracy: 0.95 };

export class Top implements Part {
  readonly element = html("header", { class: "top" });
  private play = html("button", { class: "main play", "data-key": "play", onclick: () => this.app.toggle() });
  private status = html("p", { class: "status", role: "status", "aria-live": "polite" });
  private controls = html("div", { class: "controls" });
  private places = html("div", { class: "places", role: "group" });
  private exports = html("details", { class: "menu" });
  private steps = 1;
  private told = 0;
  private shownState = "";

  constructor(private app: App, act: { help(): void; language(code: string): void; theme(): void }) {
    const dark = getComputedStyle(app.root).colorScheme.includes("dark");
    const languages = select(language(), LANGUAGES.map((code) => [code, code.toUpperCase()]), act.language, {
      label: t("language"), key: "language",
    });
    const theme = html("button", {
      class: "icon", "data-key": "theme", title: t(dark ? "light" : "dark"), "aria-label": t(dark ? "light" : "dark"), onclick: act.theme,
    }, dark ? "☀" : "☾");
    const share = html("button", {
      "data-key": "share", title: t("copyLink"), "aria-label": t("copyLink"), class: "icon", hidden: !app.page, onclick: () => void this.share(),
    }, chain());
    const question = html("button", { class: "icon", title: t("help"), "aria-label": t("help"), "data-key": "help", onclick: act.help }, "?");
    this.element.append(
      html("div", { class: "brand" }, mark(), html("h1", {}, t("title"))), this.places, this.controls, this.status,
      html("div", { class: "end" }, this.exports, share, question, languages, theme));
    if (app.fixed) this.exports.hidden = true;
    this.exports.addEventListener("focusout", (event) => {
      const to = (event as FocusEvent).relatedTarget as Node | null;
      if (to && !this.exports.contains(to)) this.exports.open = false;
    });
    this.chosen();
  }

  made(): void {
    this.chosen();
  }

  wished(): void {
    this.chosen();
  }

  chosen(): void {
    const { app } = this;
    const place = (name: "lab" | "landscape") => html("button", {
      "aria-pressed": String(app.place === name), "data-key": `place-${name}`,
      onclick: () => {
        app.place = name;
        app.choose();
      },
    }, t(name));
    replace(this.places, place("lab"), app.fixed ? null : place("landscape"));
    this.controls.hidden = this.status.hidden = app.place !== "lab";
    const sizes = select(String(this.steps), [1, 10, 100, 1000].map((n) => [String(n), `+${whole(n)}`]), (n) => {
      this.steps = Number(n);
    }, { label: t("stepBy"), key: "steps-at-once" });
    const step = html("button", { "data-key": "step", onclick: () => void app.control("step", { steps: this.steps }) }, t("step"));
    const reset = html("button", { "data-key": "reset", title: t("resetHint"), onclick: () => app.reset() }, t("reset"));
    const seed = html("button", {
      "data-key": "seed", title: t("newSeedHint"), onclick: () => app.change((c) => { c.seed = (c.seed + 1) % 2 ** 31; }),
    }, t("newSeed"));
    const { speed, stop } = app.configuration;
    const speeds = SPEEDS.includes(speed) ? SPEEDS : [speed, ...SPEEDS];
    const pace = select(String(speed), speeds.map((each) => [String(each), each ? `${whole(each)} ${t("perSecond")}` : t("fastest")]), (each) => app.pace(Number(each)), { label: t("speed"), key: "speed" });
    const setStop = (kind: string, value: number) => {
      app.patch({ stop: { kind, value } }, (c) => { c.stop = { kind, value }; });
      this.chosen();
    };
    const rule = select(stop.kind, STOPS.map(([kind, word]) => [kind, `${t("stopRule")}: ${t(word)}`]), (kind) => setStop(kind, FIRST[kind]), { label: t("stopRule"), key: "stop" });
    const value = stop.kind === "none" ? null : numeric(stop.value, (given) => setStop(stop.kind, given), {
      low: 0, high: stop.kind === "test_accuracy" ? 1 : 1e9, label: `${t("stopRule")}: ${t("value")}`, key: "stop-value",
    });
    const more = app.fixed ? [] : [seed, pace, html("span", { class: "joined" }, rule, value)];
    replace(this.controls, this.play, html("span", { class: "joined" }, step, sizes), reset, ...more);
    this.menu();
    this.draw(new Set(["header"]));
  }

  private menu(): void {
    const { app } = this;
    const item = (kind: string, text: string, query = "") => html("button", {
      onclick: () => {
        this.exports.open = false;
        void app.save(kind, `lang=${language()}${query}`);
      },
    }, text);
    replace(this.exports, html("summary", { "data-key": "export" }, t("export")), html("div", { class: "items" },
      item("html", t("report")), item("ipynb", t("notebook")), item("py", t("code")), item("json", t("record")),
      item("safetensors", t("weightsOf", { lane: app.label(app.lane) }), `&lane=${app.lane}`)));
  }

  private async share(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.app.note(t("copied"));
    } catch {
      // Without leave to use the clipboard the address itself is there to be copied.
      this.app.note(location.href);
    }
  }

  draw(fresh: Set<string>): void {
    const { header } = this.app;
    if (!fresh.has("header")) return;
    const running = header?.state === "running";
    const { playing } = this.app;
    const text = `${playing ? "❚❚" : "▶"}\u2002${t(playing ? "pause" : "run")}`;
    if (this.play.textContent !== text) this.play.textContent = text;
    if (!header) return;
    const state = header.compiling ? "compiling" : header.state;
    // What is read aloud changes at most once a second, or where the state does.
    const now = performance.now();
    if (state === this.shownState && now - this.told < 1000) return;
    if (state === this.shownState && running) return;
    this.told = now;
    this.shownState = state;
    this.status.textContent = (this.app.fixed ? `${t("recorded")} · ` : "") + t(this.app.fixed && running ? "playing" : STATES[state] ?? "failed");
    this.status.dataset.state = state;
  }
}

/** A ravine seen from its end: contours, and a way down. */
function mark(): SVGElement {
  return svg("svg", { viewBox: "0 0 32 32", class: "mark", "aria-hidden": "true" },
    ...[13, 9, 5].map((r, k) => svg("ellipse", { cx: 16, cy: 16, rx: r + 2, ry: r * 0.62, class: `ring ring${k}` })),
    svg("path", { d: "M4 8 L12 20 L14 12 L17 18 L16 16", class: "way" }));
}

function chain(): SVGElement {
  return svg("svg", { viewBox: "0 0 20 20", width: 15, height: 15, "aria-hidden": "true" },
    svg("path", {
      d: "M8 12 L12 8 M9 5.5 L11 3.5 a3.5 3.5 0 0 1 5 5 L14 10.5 M11 14.5 L9 16.5 a3.5 3.5 0 0 1 -5 -5 L6 9.5",
      fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round",
    }));
}
