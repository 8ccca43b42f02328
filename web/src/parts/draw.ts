// A picture drawn by hand, or numbers put in, and what every layer makes of it.

import type { App } from "../app.ts";
import { field, html, numeric, replace, select } from "../core/dom.ts";
import { number, percent, t } from "../core/i18n.ts";
import { colour, grey } from "../core/palette.ts";
import { paintPixels } from "../core/pixels.ts";
import type { Column, Facts } from "../core/types.ts";

interface Predicted { outputs: number[]; layers: { name: string; values: number[] }[] }

const CELLS = 128;

/** What every layer puts out, asked for anew as the input or the network changes; one question at a time. */
class Outputs {
  readonly element = html("div", { class: "outputs" });
  private asking = false;
  private again = false;
  private last = 0;

  constructor(private app: App, private input: () => object) {}

  ask(): void {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    void this.run();
  }

  /** The network learns: ask from time to time. */
  follow(): void {
    if (performance.now() - this.last > 300) this.ask();
  }

  private async run(): Promise<void> {
    const { app } = this;
    this.last = performance.now();
    const made = await app.askRun<Predicted>("POST", "/predict", { ...this.input(), lane: app.lane });
    if (made) this.show(made);
    this.asking = false;
    if (this.again && made) {
      this.again = false;
      this.ask();
    }
  }

  private show(made: Predicted): void {
    const { app } = this;
    const classes = app.classNames;
    const hidden = made.layers.slice(0, -1).map((layer, k) => {
      const top = Math.max(...layer.values.map(Math.abs).filter(Number.isFinite), 1e-9);
      const cells = layer.values.slice(0, CELLS).map((v) => html("i", {
        class: "cell", title: number(v), style: `--share:${(Math.abs(v) / top).toFixed(3)};--tone:${colour(v < 0 ? "line1" : "line0")}`,
      }));
      const name = `${t("layerN", { k: k + 1 })} · ${app.activation(k)}`;
      return html("figure", {}, html("figcaption", {}, name), html("div", { class: "cells", role: "img", "aria-label": `${name}: ${layer.values.slice(0, 16).map((v) => number(v, 2)).join("; ")}` }, ...cells));
    });
    const best = made.outputs.indexOf(Math.max(...made.outputs));
    const answer = classes
      ? made.outputs.map((p, k) => html("div", { class: "standing", "aria-current": k === best ? "true" : null }, html("span", {}, classes[k]),
        html("span", { class: "bar" }, html("i", { style: `width:${100 * (p || 0)}%;background:${colour(`line${k % 9}`)}` })), html("span", { class: "state" }, percent(p))))
      : made.outputs.map((v) => html("p", { class: "large" }, number(v, digits(app.facts))));
    replace(this.element, html("p", { class: "hint" }, t("outputsOf", { lane: app.label(app.lane) })), ...hidden, html("figure", {}, html("figcaption", {}, t("answer")), html("div", { class: "standings", "aria-live": "polite" }, ...answer)));
  }
}

/** So many that an answer is told from its neighbours: of 2,458,000 ± 3 more than of 0 ± 1. */
function digits(facts: Facts | null): number {
  const { shift, scale } = facts?.target ?? { shift: 0, scale: 1 };
  return 4 + Math.max(0, Math.min(11, Math.ceil(Math.log10(Math.abs(shift) / scale || 1))));
}

export class Draw {
  readonly element = html("div", { class: "drawing" });
  private outputs: Outputs;
  private cells: Float32Array;
  private pad: HTMLCanvasElement;
  private cursor = 0;
  private sample = -1;

  constructor(private app: App) {
    const images = app.facts?.images ?? { width: 8, height: 8, low: 0, high: 1 };
    const { width, height, low } = images;
    this.cells = new Float32Array(width * height).fill(low);
    this.outputs = new Outputs(app, () => ({
      image: Array.from({ length: height }, (_, r) => Array.from(this.cells.slice(r * width, (r + 1) * width))),
    }));
    this.pad = html("canvas", { class: "pad", width, height, tabindex: 0, "data-space": true, "data-key": "pad", role: "application", "aria-label": t("drawHint") });
    this.pad.addEventListener("pointerdown", (event) => this.touch(event, true));
    this.pad.addEventListener("pointermove", (event) => this.touch(event, false));
    this.pad.addEventListener("keydown", (event) => this.key(event));
    const samples = app.facts?.samples ?? [];
    const example = html("button", {
      "data-key": "example", disabled: !samples.length, onclick: () => {
        this.sample = (this.sample + 1) % samples.length;
        this.cells.set(samples[this.sample].x);
        this.changed();
      },
    }, t("anExample"));
    const clear = html("button", {
      "data-key": "clear-pad", onclick: () => {
        this.cells.fill(low);
        this.changed();
      },
    }, t("clear"));
    this.element.append(html("div", {}, html("p", { class: "hint" }, t("drawHint")), this.pad, html("div", { class: "row" }, example, clear)), this.outputs.element);
    this.paint();
  }

  chosen(): void {
    this.outputs.ask();
  }

  draw(fresh: Set<string>): void {
    if (fresh.has("header")) this.outputs.follow();
  }

  private changed(): void {
    this.paint();
    this.outputs.ask();
  }

  private touch(event: PointerEvent, begins: boolean): void {
    const images = this.app.facts?.images;
    if (!(event.buttons & 1) || !images) return;
    const { width, height, low, high } = images;
    const box = this.pad.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    if (width <= 4) {
      const at = Math.min(height - 1, Math.floor(y)) * width + Math.min(width - 1, Math.floor(x));
      if (begins) this.cells[at] = this.cells[at] > (low + high) / 2 ? low : high;
    } else {
      // A soft pen whose width goes with the picture's.
      const reach = width / 14 + 0.6;
      this.cells.forEach((v, i) => {
        const d = Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y);
        this.cells[i] = Math.max(v, low + (high - low) * Math.max(0, Math.min(1, 1.3 * (reach - d))));
      });
    }
    event.preventDefault();
    this.changed();
  }

  private key(event: KeyboardEvent): void {
    const images = this.app.facts?.images;
    if (!images) return;
    const { width, height, low, high } = images;
    const [row, column] = [Math.floor(this.cursor / width), this.cursor % width];
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (by) this.cursor = Math.max(0, Math.min(height - 1, row + by[0])) * width + Math.max(0, Math.min(width - 1, column + by[1]));
    else if (event.key === " ") {
      this.cells[this.cursor] = this.cells[this.cursor] > (low + high) / 2 ? low : high;
      this.outputs.ask();
    } else return;
    event.preventDefault();
    this.paint(true);
  }

  private paint(cursor = false): void {
    const images = this.app.facts?.images;
    if (!images) return;
    const { width, height, low, high } = images;
    paintPixels(this.pad, height, width, (row, column) => {
      const i = row * width + column;
      const shade = grey(this.cells[i], low, high);
      return cursor && i === this.cursor ? [shade[0] / 2 + 60, shade[0] / 2 + 90, 200] : shade;
    });
  }
}

/** Numbers in, answers out: for data that are no pictures. Of one's own table, its columns with the values as they stand there. */
export class Probe {
  readonly element = html("div", { class: "drawing" });
  private outputs: Outputs;

  constructor(app: App) {
    const { facts } = app;
    const [fields, input] = facts?.columns ? this.columns(facts.columns) : this.numbers(facts);
    this.outputs = new Outputs(app, input);
    this.element.append(html("div", { class: "fields" }, ...fields), this.outputs.element);
  }

  private numbers(facts: Facts | null): [HTMLElement[], () => object] {
    const first = facts?.points?.train[0];
    const values = Array.from({ length: facts?.inputs ?? 2 }, (_, k) => (first ? Number(first[k].toPrecision(3)) : 0));
    const fields = values.map((value, k) => field(t("x", { k: k + 1 }), numeric(value, (given) => {
      values[k] = given;
      this.outputs.ask();
    }, { low: -1e6, high: 1e6, key: `probe-${k}` })));
    return [fields, () => ({ x: values })];
  }

  private columns(columns: Column[]): [HTMLElement[], () => object] {
    const row: Record<string, number | string> = Object.fromEntries(columns.map(({ name, typical }) => [name, typical]));
    const set = (name: string) => (given: number | string) => {
      row[name] = given;
      this.outputs.ask();
    };
    const fields = columns.map(({ name, categories, typical }, k) => {
      const key = `probe-${k}`;
      if (categories) return field(name, select(String(typical), categories.map((each) => [each, each] as const), set(name), { key }));
      return field(name, numeric(Number(typical), set(name), { key, digits: 12 }));
    });
    return [fields, () => ({ row })];
  }

  chosen(): void {
    this.outputs.ask();
  }

  draw(fresh: Set<string>): void {
    if (fresh.has("header")) this.outputs.follow();
  }
}
