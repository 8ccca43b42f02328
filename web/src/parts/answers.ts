// What each network answers: maps over the plane, lines over one input, examples of pictures.

import type { App, Part } from "../app.ts";
import { html, replace } from "../core/dom.ts";
import { counted, number, percent, t, whole } from "../core/i18n.ts";
import { classColours, css, grey, laneColour } from "../core/palette.ts";
import { paintPixels } from "../core/pixels.ts";
import { swatch } from "./lanes.ts";
import { paintLines, paintMap, paintPoints } from "./maps.ts";

/** The map under the pointer. */
const stackOf = (event: Event): HTMLElement | null => (event.target as Element).closest<HTMLElement>(".stack");

interface Pane { lane: number; map: HTMLCanvasElement | null; points: HTMLCanvasElement | null; state: HTMLElement }

export class Answers implements Part {
  readonly element = html("section", { class: "panel answers", "aria-label": t("answers") });
  private head = html("div", { class: "head" });
  private body = html("div", { class: "panes" });
  private panes: Pane[] = [];
  /** What is being painted, in the plane's units; a run that comes meanwhile does not end it. */
  private stroke: number[][] | null = null;
  private alone = false;
  private showTest = true;

  constructor(private app: App) {
    this.element.append(this.head, this.body);
    this.paintable();
  }

  views(): string[] {
    return this.app.place === "lab" && (this.app.facts?.inputs ?? 0) <= 2 ? ["map"] : [];
  }

  made(): void {
    this.chosen();
  }

  chosen(): void {
    const { app } = this;
    const { facts } = app;
    if (!facts) return;
    const flat = facts.inputs === 2;
    const tests = html("input", {
      type: "checkbox", checked: this.showTest, "data-key": "show-test",
      onchange: () => {
        this.showTest = tests.checked;
        this.points();
      },
    });
    const many = app.active.length > 1;
    const one = html("button", {
      "aria-pressed": String(this.alone), "data-key": "alone", hidden: !flat || !many,
      onclick: () => {
        this.alone = !this.alone;
        this.chosen();
        app.refresh();
      },
    }, t(this.alone ? "together" : "alone"));
    replace(this.head, html("h2", {}, t("answers")), flat || facts.inputs === 1 ? this.legend() : null,
      facts.n.test && flat ? html("label", { class: "check" }, tests, t("testPoints")) : null, one);
    this.panes = [];
    this.body.className = "panes";
    if (flat) this.plane();
    else if (facts.inputs === 1) this.line();
    else replace(this.body, ...(facts.kind === "image" ? this.pictures() : [this.standings()]));
    this.brushes();
    requestAnimationFrame(() => this.points());
  }

  private legend(): HTMLElement | null {
    const classes = this.app.classNames;
    if (!classes) return null;
    const colours = classColours(classes.length);
    return html("span", { class: "key", title: t("certainty") }, ...classes.map((name, k) =>
      html("span", {}, html("i", { class: "dot", style: `background:${css(colours[k])}` }), name)));
  }

  private plane(): void {
    const { app } = this;
    const lanes = this.alone ? [app.lane] : app.active;
    this.body.style.setProperty("--count", String(Math.min(lanes.length, 4)));
    replace(this.body, ...lanes.map((lane) => {
      const map = html("canvas", { class: "map", role: "img", "aria-label": t("answersOf", { lane: app.label(lane) }) });
      const points = html("canvas", { class: "points", "aria-hidden": "true" });
      const state = html("span", { class: "state" });
      this.panes.push({ lane, map, points, state });
      const stack = html("div", { class: "stack", "data-lane": lane }, map, points);
      return html("figure", { "aria-current": lane === app.lane ? "true" : null }, stack,
        html("figcaption", { style: `--tone:${laneColour(lane)}` }, swatch(lane, 22), html("b", {}, app.label(lane)), state));
    }));
  }

  private get brushing(): boolean {
    return this.app.configuration.data.name === "painted" && !this.app.fixed;
  }

  /** Where the pointer is on the map under it, in the plane's units. */
  private place(event: PointerEvent): [number, number] | null {
    const domain = this.app.facts?.domain;
    const stack = stackOf(event);
    if (!domain || !stack) return null;
    const box = stack.getBoundingClientRect();
    const [u, v] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (Math.min(u, v) < 0 || Math.max(u, v) > 1) return null;
    const [[x0, x1], [y0, y1]] = domain;
    return [x0 + u * (x1 - x0), y1 - v * (y1 - y0)];
  }

  /** A press shows the lane, or where points are painted sets or takes one; a stroke sets many. */
  private paintable(): void {
    const { app, body } = this;
    body.addEventListener("pointerdown", (event) => {
      const stack = stackOf(event);
      if (!stack) return;
      if (!this.brushing) return app.show(Number(stack.dataset.lane));
      event.preventDefault();
      const at = this.place(event);
      this.stroke = at ? [at] : [];
    });
    body.addEventListener("pointermove", (event) => {
      const domain = app.facts?.domain;
      if (!this.stroke || !domain || !(event.buttons & 1)) return;
      const at = this.place(event);
      const last = this.stroke[this.stroke.length - 1];
      if (at && (!last || Math.hypot(at[0] - last[0], at[1] - last[1]) > 0.03 * (domain[0][1] - domain[0][0]))) this.stroke.push(at);
    });
    const end = () => {
      const { stroke } = this;
      this.stroke = null;
      if (stroke?.length && this.brushing) this.paint(stroke);
    };
    body.addEventListener("pointerup", end);
    body.addEventListener("pointerleave", end);
  }

  private paint(stroke: number[][]): void {
    const { app } = this;
    const { brush } = app;
    const domain = app.facts?.domain;
    const near = domain ? 0.04 * (domain[0][1] - domain[0][0]) : 0.1;
    app.change((c) => {
      const points = c.data.points ?? [];
      if (brush !== "erase") {
        const room = app.catalogue.limits.painted - points.length;
        c.data.points = [...points, ...stroke.slice(0, room).map(([x, y]) => [x, y, brush])];
        return;
      }
      const left = points.filter(([x, y]) => stroke.every(([a, b]) => Math.hypot(x - a, y - b) > near));
      if (left.length >= 2) c.data.points = left;
    });
  }

  private line(): void {
    const map = html("canvas", { class: "lines", role: "img", "aria-label": t("answers") });
    this.panes.push({ lane: -1, map, points: map, state: html("span") });
    this.body.className = "panes wide";
    replace(this.body, map);
  }

  private pictures(): HTMLElement[] {
    const { facts } = this.app;
    const images = facts?.images;
    if (!facts || !images) return [];
    const { width, height, low, high } = images;
    const shown = (facts.samples ?? []).map((sample) => {
      const canvas = html("canvas", { width, height, class: "sample", role: "img", "aria-label": this.app.classNames?.[sample.y] ?? "" });
      paintPixels(canvas, height, width, (row, column) => grey(sample.x[row * width + column], low, high));
      return html("figure", {}, canvas, html("figcaption", {}, this.app.classNames?.[sample.y] ?? ""));
    });
    return [html("div", { class: "samples" }, html("p", { class: "hint" }, t("samples")), html("div", { class: "row" }, ...shown)), this.standings()];
  }

  /** What is painted shows at once; the run of it comes after. */
  wished(): void {
    this.brushes();
    const { facts, configuration } = this.app;
    if (facts?.inputs !== 2 || !this.brushing || this.app.run.data.name !== "painted") return;
    for (const pane of this.panes) paintPoints(pane.points, { ...facts, points: { train: configuration.data.points ?? [] } }, false);
  }

  private brushes(): void {
    for (const stack of this.body.querySelectorAll(".stack")) stack.classList.toggle("brushing", this.brushing);
  }

  /** Without a map: how the rivals stand, as bars. */
  private standings(): HTMLElement {
    const { app } = this;
    const bars = app.active.map((lane) => {
      const state = html("span", { class: "state" });
      const bar = html("i", { style: `background:${laneColour(lane)}` });
      this.panes.push({ lane, map: null, points: null, state });
      return html("div", { class: "standing" }, html("span", {}, swatch(lane, 22), app.label(lane)), html("span", { class: "bar" }, bar), state);
    });
    const inputs = app.facts && app.facts.kind === "table" ? html("p", { class: "hint" }, t("onTable", { inputs: counted("inputCount", app.facts.inputs) })) : null;
    return html("div", { class: "standings" }, inputs, ...bars);
  }

  private points(): void {
    const { facts } = this.app;
    if (!facts || facts.inputs !== 2) return;
    for (const pane of this.panes) paintPoints(pane.points, facts, this.showTest);
  }

  /** Of numbers to predict: the error in their own unit, and the share of their variance that is explained. */
  private quality(lane: number): { text: string; explained: number } | null {
    const { facts } = this.app;
    const now = this.app.state(lane);
    if (!facts?.target?.variance || facts.loss !== "mean_squared_error" || !now) return null;
    const part = now.test_loss === null ? "train" : "test";
    const error = part === "test" ? now.test_loss : now.train_loss;
    const variance = facts.target.variance[part];
    if (error === null || !variance) return null;
    const explained = 1 - error / variance;
    return { text: `RMSE ${number(facts.target.scale * Math.sqrt(error), 4)} · R² ${number(explained, 3)}`, explained };
  }

  draw(fresh: Set<string>): void {
    const { app } = this;
    const { facts } = app;
    if (!facts || app.place !== "lab") return;
    if (fresh.has("size")) this.points();
    if (fresh.has("map")) {
      for (const pane of this.panes) paintMap(pane.map, app.arrays.get("map"), pane.lane, facts);
    }
    if (facts.inputs === 1 && (fresh.has("line") || fresh.has("size"))) {
      paintLines(this.panes[0].map, app.arrays.get("line"), facts, app.active);
    }
    if (!fresh.has("header")) return;
    for (const pane of this.panes) {
      const now = app.state(pane.lane);
      if (!now) continue;
      const accuracy = now.test_accuracy ?? now.train_accuracy;
      const lost = now.diverged_at !== null;
      const quality = this.quality(pane.lane);
      const text = lost ? t("divergedAt", { step: whole(now.diverged_at ?? 0) }) : app.classes ? percent(accuracy) : quality?.text ?? number(now.test_loss ?? now.train_loss);
      if (pane.state.textContent !== text) pane.state.textContent = text;
      pane.state.classList.toggle("lost", lost);
      const bar = pane.state.previousElementSibling?.firstElementChild;
      if (bar instanceof HTMLElement && bar.tagName === "I" && !pane.map) bar.style.width = `${100 * Math.max(0, (app.classes ? accuracy : quality?.explained) ?? 0)}%`;
    }
  }
}
