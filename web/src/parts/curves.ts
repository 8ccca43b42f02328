// Loss and accuracy over the steps, the epochs or the time: evaluations, or the batches as band and smoothed mean.

import uPlot from "uplot";
import type { App, Part } from "../app.ts";
import { enlargement, html, replace, select, svg } from "../core/dom.ts";
import { number, percent, t, whole, type Word } from "../core/i18n.ts";
import { colour, DASHES, laneColour } from "../core/palette.ts";
import { type Gap, type Past, smoothed } from "../core/series.ts";

const AXES: [string, Word][] = [["step", "axisStep"], ["epoch", "axisEpoch"], ["time", "axisTime"]];
const OFTEN = 60;

/** What was given up and what is compared with is grey. */
const PALE = 0.75;
/** A curve of one moment is a point: a plot that has something to show is not empty. */
const LONE: uPlot.Series.Points = { show: (plot) => plot.data[0].length === 1, size: 7 };

export class Curves implements Part {
  readonly element = html("section", { class: "panel curves", id: "curves", tabindex: -1, "aria-label": t("curves") });
  private loss: uPlot | null = null;
  private accuracy: uPlot | null = null;
  private boxes = [html("div", { class: "plot" }), html("div", { class: "plot" })];
  private plots = html("div", { class: "plots" }, ...this.boxes);
  private twin = html("div", { class: "twin", hidden: true });
  private head = html("div", { class: "head" });
  private key = html("p", { class: "key past", hidden: true });
  /** Where the time line stands, on every curve. */
  private cursors: HTMLElement[] = [];
  private known = "";
  private drawnAs = "";
  private hint = html("p", { class: "hint" });
  private log = true;
  private axis = "step";
  private smooth = 0.8;
  private table = false;
  private last = 0;
  private lastTable = 0;
  private waiting = false;

  constructor(private app: App) {
    this.heading();
    this.element.append(this.head, this.plots, this.key, this.hint, this.twin);
  }

  private heading(): void {
    const shown = select(this.app.curves, [["evaluated", t("evaluated")], ["batches", t("batches")]], (value) => {
      this.app.curves = value as "evaluated" | "batches";
      smooth.hidden = value !== "batches";
      this.rebuild();
    }, { label: t("shown"), key: "shown" });
    const smooth = html("input", {
      type: "range", min: 0, max: 0.98, step: 0.02, value: this.smooth, "aria-label": t("smooth"), title: t("smooth"), hidden: this.app.curves !== "batches",
      oninput: () => {
        this.smooth = Number(smooth.value);
        this.paint();
      },
    });
    const log = html("input", {
      type: "checkbox", checked: this.log, onchange: () => {
        this.log = log.checked;
        this.rebuild();
      },
    });
    const axis = select(this.axis, AXES.map(([name, word]) => [name, t(word)]), (value) => {
      this.axis = value;
      this.rebuild();
    }, { label: t("axis"), key: "axis" });
    const table = html("button", {
      "aria-pressed": String(this.table), onclick: () => {
        this.table = !this.table;
        this.plots.hidden = this.hint.hidden = this.table;
        this.twin.hidden = !this.table;
        table.setAttribute("aria-pressed", String(this.table));
        if (this.table) this.tabulate();
        else this.rebuild();
      },
    }, t("table"));
    replace(this.head, shown, smooth, axis, html("label", { class: "check" }, log, t("logAxis")), table);
  }

  made(): void {
    this.heading();
    this.rebuild();
  }

  chosen(): void {
    if (this.drawnAs === this.app.curves) return;
    this.heading();
    this.rebuild();
  }

  private get pasts(): Past[] {
    return [...this.app.compared, ...this.app.givenUp];
  }

  gone(): void {
    this.cursors = [];
    this.loss?.destroy();
    this.accuracy?.destroy();
    this.loss = this.accuracy = null;
  }

  private place(step: number): number {
    if (this.axis === "time") return this.app.series.seconds(step);
    return this.axis === "epoch" ? step / (this.app.facts?.steps_per_epoch ?? 1) : step;
  }

  private rebuild(): void {
    this.gone();
    const { app } = this;
    this.drawnAs = app.curves;
    this.legend();
    if (!app.facts || this.table) return;
    const { axis } = this;
    const name = t(AXES.find(([each]) => each === axis)?.[1] ?? "axisStep");
    const scale = enlargement(this.plots);
    const font = `${Math.round(11 * scale)}px ${getComputedStyle(app.root).fontFamily}`;
    const common = { stroke: colour("muted"), font, labelFont: font, grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1 } };
    const bottom: uPlot.Axis = { ...common, ...(axis === "step" ? { incrs: WHOLE } : {}), size: 34 * scale, label: name, labelSize: 15 * scale, gap: 3, values: (_, v) => v.map((x) => (axis === "step" ? short(x) : number(x, 3))) };
    const width = Math.max(200, this.plots.clientWidth);
    const options = (title: string, y: uPlot.Scale, series: uPlot.Series[], bands: uPlot.Band[], left: uPlot.Axis): uPlot.Options => ({
      width, height: this.height(), title, legend: { show: false }, padding: [6, 12, 0, 0], scales: { x: { time: false }, y }, series: [{}, ...series], bands,
      axes: [bottom, left], cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } }, hooks: { draw: [(plot) => this.marks(plot)], setCursor: [(plot) => this.read(plot)] },
    });
    const logarithmic = this.log;
    const left: uPlot.Axis = {
      ...common, size: 52 * scale, gap: 4, values: (_, v) => (logarithmic ? labelled(v) : v.map((x) => number(x, 3))),
    };
    const losses: uPlot.Scale = logarithmic ? { distr: 3, log: 10 } : { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.04 || 1] };
    const none = (series: uPlot.Series[]) => [[], ...series.map(() => [])] as uPlot.AlignedData;
    const lines = [...this.lossLines(), ...this.pale()];
    this.loss = new uPlot(options(t("lossCurve"), losses, lines, this.bands(), left), none(lines), this.boxes[0]);
    const share: uPlot.Axis = { ...common, size: 52 * scale, gap: 4, values: (_, v) => v.map((x) => percent(x, 0)) };
    this.boxes[1].hidden = !app.classes;
    if (app.classes) {
      const shares = [...this.evaluated(), ...this.pale()];
      this.accuracy = new uPlot(options(t("accuracyCurve"), { range: (_, low) => [Math.min(0.5, (low ?? 0.5) - 0.02), 1.005] }, shares, [], share), none(shares), this.boxes[1]);
    }
    this.hint.textContent = this.explained();
    this.cursors = [this.loss, this.accuracy].flatMap((plot) => {
      const cursor = html("i", { class: "moment", hidden: true });
      plot?.over.append(cursor);
      return plot ? [cursor] : [];
    });
    this.paint();
  }

  /** What the grey lines are. */
  private legend(): void {
    const { pasts } = this;
    this.known = `${pasts.length}`;
    this.key.hidden = !pasts.length;
    replace(this.key, t("comparedWith"), ...pasts.map((past, k) => html("span", {}, dashes(k), past.title())));
  }

  /** Grey lines: of each past its lanes' training and test curves, or its smoothed batches. */
  private pale(): uPlot.Series[] {
    const tests = Boolean(this.app.facts?.n.test);
    return this.pasts.flatMap((past, k) => past.means.flatMap((_, lane): uPlot.Series[] => {
      const line = { stroke: colour("muted"), alpha: PALE, dash: DASHES[(k + lane) % DASHES.length], points: LONE };
      return [{ ...line, width: tests ? 1 : 1.6 }, { ...line, width: 1.8, show: tests }];
    }));
  }

  /** The present *table* of places and values beside those of the pasts, whose columns *which* give. */
  private joined(table: (number | null)[][], which: [number, number], batches = false): uPlot.AlignedData {
    const { pasts } = this;
    if (!pasts.length) return table as uPlot.AlignedData;
    const axis = this.axis as "step" | "epoch" | "time";
    const loss = which[0] === 0;
    const columns = (past: Past) => past.evals.map((lane) => which.map((each) => lane[each]));
    const positive = (values: Gap[]) => (loss ? this.positive(values) : values);
    const others = pasts.map((past) => (batches
      ? [past.batches[axis], ...past.means.flatMap((mean) => [positive(smoothed(mean, this.smooth)), mean.map(() => null)])]
      : [past.evaluated[axis], ...columns(past).flat().map(positive)]));
    return uPlot.join([table, ...others] as uPlot.AlignedData[]);
  }

  /** Where the time line stands back, a line on every plot. */
  private moment(): void {
    const { header } = this.app;
    const back = header !== null && header.state !== "running" && header.step < header.end;
    [this.loss, this.accuracy].forEach((plot, k) => {
      const cursor = this.cursors[k];
      if (!plot || !cursor) return;
      const x = back ? plot.valToPos(this.place(header.step), "x") : NaN;
      cursor.hidden = !(x >= 0 && x <= plot.over.clientWidth);
      if (!cursor.hidden) cursor.style.left = `${x}px`;
      cursor.dataset.step = back ? String(header.step) : "";
    });
  }

  private height(): number {
    const two = this.app.classes;
    const room = this.plots.clientHeight || 440;
    return Math.max(130, Math.floor(room / (two ? 2 : 1)) - Math.round(22 * enlargement(this.plots)));
  }

  /** What the lines are. */
  private explained(): string {
    return this.app.curves === "batches" ? t("bandHint") : this.app.facts?.n.test ? t("trainThin") : "";
  }

  private evaluated(): uPlot.Series[] {
    const tests = Boolean(this.app.facts?.n.test);
    return this.app.active.flatMap((lane): uPlot.Series[] => [
      { stroke: laneColour(lane), width: 1, dash: DASHES[lane].map((d) => d * 0.6), alpha: tests ? 0.65 : 1, points: LONE },
      { stroke: laneColour(lane), width: 2.2, dash: DASHES[lane], show: tests, points: LONE },
    ]);
  }

  private lossLines(): uPlot.Series[] {
    if (this.app.curves === "evaluated") return this.evaluated();
    return this.app.active.flatMap((lane): uPlot.Series[] => [
      { stroke: "transparent", width: 0, points: LONE }, { stroke: "transparent", width: 0, points: LONE },
      { stroke: laneColour(lane), width: 2, dash: DASHES[lane], points: LONE },
    ]);
  }

  private bands(): uPlot.Band[] {
    if (this.app.curves === "evaluated") return [];
    return this.app.active.map((lane, k) => ({ series: [3 * k + 2, 3 * k + 1] as [number, number], fill: `${laneColour(lane)}2e` }));
  }

  /** A cross in the lane's colour where it diverged. */
  private marks(plot: uPlot): void {
    const { app } = this;
    const { ctx, bbox } = plot;
    const size = 5 * devicePixelRatio;
    for (const lane of app.active) {
      const at = app.state(lane)?.diverged_at;
      if (at === null || at === undefined) continue;
      const x = plot.valToPos(this.place(at), "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const y = bbox.top + (1.6 + lane * 1.5) * size;
      ctx.save();
      ctx.strokeStyle = laneColour(lane);
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
      ctx.stroke();
      ctx.restore();
    }
  }

  /** The values under the pointer. */
  private read(plot: uPlot): void {
    const at = plot.cursor.idx;
    const { app } = this;
    if (at === null || at === undefined || !plot.data[0]?.length) {
      this.hint.textContent = this.explained();
      return;
    }
    const stride = plot === this.loss && this.app.curves === "batches" ? 3 : 2;
    const tests = Boolean(app.facts?.n.test);
    const pick = stride === 3 ? 3 : tests ? 2 : 1;
    // Between the evaluations of a run there may be those of another: the last one counts.
    const value = (column: uPlot.AlignedData[number] | undefined) => {
      let k = at;
      while (k > 0 && column?.[k] === undefined) k--;
      return column?.[k];
    };
    const show = (value: number | null | undefined) => (value === null || value === undefined ? "–" : plot === this.loss ? number(value) : percent(value));
    const values = app.active.map((lane, k) => `${app.label(lane)} ${show(value(plot.data[stride * k + pick]))}`);
    const x = plot.data[0][at];
    replace(this.hint, `${this.axis === "step" ? whole(x) : number(x)}: ${values.join(" · ")}`);
  }

  private positive(values: Gap[]): Gap[] {
    return this.log ? values.map((v) => (v !== null && v > 0 ? v : null)) : values;
  }

  private paint(): void {
    const { app } = this;
    const { series } = app;
    if (!this.loss || this.table) return;
    const evaluated = thinned(series.evalStep, 2 * this.plots.clientWidth);
    const x = evaluated.map((i) => this.place(series.evalStep[i]));
    const column = (lane: number, which: number): Gap[] => evaluated.map((i) => {
      const value = series.evals[lane]?.[which][i];
      return value !== undefined && Number.isFinite(value) ? value : null;
    });
    if (this.app.curves === "batches") {
      const { step, lanes } = series.binned(Math.min(1200, 2 * this.plots.clientWidth || 600));
      const drawn = app.active.flatMap((lane) => [lanes[lane].low, lanes[lane].high, smoothed(lanes[lane].mean, this.smooth)].map((each) => this.positive(each)));
      this.loss.setData(this.joined([step.map((each) => this.place(each)), ...drawn], [0, 1], true));
    } else {
      const drawn = app.active.flatMap((lane) => [column(lane, 0), column(lane, 1)].map((each) => this.positive(each)));
      this.loss.setData(this.joined([x, ...drawn], [0, 1]));
    }
    this.accuracy?.setData(this.joined([x, ...app.active.flatMap((lane) => [column(lane, 2), column(lane, 3)])], [2, 3]));
    this.moment();
  }

  private tabulate(): void {
    const { app } = this;
    const { series } = app;
    const names: Word[] = app.classes ? ["trainLoss", "testLoss", "trainAccuracy", "testAccuracy"] : ["trainLoss", "testLoss"];
    const rows = thinned(series.evalStep, 25).reverse();
    const show = (value: number, which: number) => (which > 1 ? percent(value) : number(value));
    const made = (caption: string, steps: number[], columns: Gap[][], shown: number[]) => html("table", {}, html("caption", {}, caption),
      html("thead", {}, html("tr", {}, html("th", { scope: "col" }, t("step")), ...names.map((name) => html("th", { scope: "col" }, t(name))))),
      html("tbody", {}, ...shown.map((i) => html("tr", {}, html("th", { scope: "row" }, whole(steps[i])),
        ...names.map((_, which) => html("td", {}, show(columns[which][i] ?? NaN, which)))))));
    replace(this.twin, ...app.active.map((lane) => made(app.label(lane), series.evalStep, series.evals[lane], rows)),
      ...this.pasts.flatMap((past) => past.evals.map((lane) => made(past.title(), past.evaluated.step, lane, thinned(past.evaluated.step, 25).reverse()))));
  }

  draw(fresh: Set<string>): void {
    if (this.app.place !== "lab") return;
    if (this.loss && !this.table) {
      const size = { width: Math.max(200, this.plots.clientWidth), height: this.height() };
      if (size.width !== this.loss.width || size.height !== this.loss.height) for (const plot of [this.loss, this.accuracy]) plot?.setSize(size);
    }
    if (this.known !== `${this.pasts.length}`) this.rebuild();
    if (fresh.has("header")) this.moment();
    if (!fresh.has("loss")) return;
    const now = performance.now();
    if (this.table) {
      if (now - this.lastTable < 1000) return;
      this.lastTable = now;
      this.tabulate();
      return;
    }
    // Curves change slowly: fifteen times a second is enough, and the last change is never left out.
    if (now - this.last < OFTEN) {
      if (!this.waiting) {
        this.waiting = true;
        setTimeout(() => {
          this.waiting = false;
          this.last = performance.now();
          this.paint();
        }, OFTEN);
      }
      return;
    }
    this.last = now;
    this.paint();
  }
}

/** The dash of a grey line. */
function dashes(k: number): SVGElement {
  return svg("svg", { viewBox: "0 0 30 10", width: 30, height: 10, "aria-hidden": "true" }, svg("line", {
    x1: 1, x2: 29, y1: 5, y2: 5, "stroke-width": 2, stroke: colour("muted"), "stroke-dasharray": DASHES[k % DASHES.length].join(" "),
  }));
}

/** Indices of at most *most* of *values*, the last one among them. */
function thinned(values: number[], most: number): number[] {
  const n = values.length;
  const stride = Math.max(1, Math.ceil(n / Math.max(2, most)));
  const out: number[] = [];
  for (let i = n - 1; i >= 0; i -= stride) out.push(i);
  return out.reverse();
}

const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** On a logarithmic axis: the decades, or where there are not two of them, what begins with 1, 2 or 5. */
function labelled(values: (number | null)[]): string[] {
  const digits = values.map((x) => (x ? Math.round(x / 10 ** Math.floor(Math.log10(x) + 1e-9)) : 0));
  const wanted = digits.filter((digit) => digit === 1).length >= 2 ? [1] : [1, 2, 5];
  return values.map((x, k) => (x !== null && wanted.includes(digits[k]) ? number(x, 3) : ""));
}

/** 12,000 as 12 k. */
function short(x: number): string {
  if (Math.abs(x) >= 1e6) return `${number(x / 1e6, 3)} M`;
  return Math.abs(x) >= 1e4 ? `${number(x / 1e3, 3)} k` : whole(x);
}
