// Loss and accuracy over the steps: every loss is kept; what is drawn is a band and a smoothed line per lane.

import uPlot from "uplot";
import { colour, h, replace } from "./dom.ts";
import { number, t, whole } from "./i18n.ts";
import type { Arrays } from "./types.ts";

export const DASHES: number[][] = [[], [10, 4], [3, 3], [12, 3, 3, 3], [6, 3], [12, 3, 3, 3, 3, 3], [18, 5], [8, 3, 3, 3]];
const BINS = 600;

export class Series {
  steps: number[] = [];
  losses: number[][] = [];
  evalSteps: number[] = [];
  evals: number[][] = [];

  clear(lanes: number, from = 0): void {
    let kept = this.steps.length;
    while (kept > 0 && this.steps[kept - 1] >= from) kept--;
    this.steps.length = kept;
    if (this.losses.length !== lanes) this.losses = Array.from({ length: lanes }, () => []);
    for (const each of this.losses) each.length = kept;
    const last = this.evalSteps.findIndex((step) => step > from);
    if (last >= 0) this.evalSteps.length = last;
    if (this.evals.length !== 4 * lanes) this.evals = Array.from({ length: 4 * lanes }, () => []);
    for (const each of this.evals) each.length = this.evalSteps.length;
  }

  get next(): number {
    return this.steps.length ? this.steps[this.steps.length - 1] + 1 : 0;
  }

  take(arrays: Arrays): boolean {
    const steps = arrays.get("loss.step"), losses = arrays.get("loss.train"), evals = arrays.get("loss.eval");
    if (steps && losses) {
      const n = steps.shape[0];
      for (let i = 0; i < n; i++) {
        if (this.steps.length && steps.data[i] < this.next) continue;
        this.steps.push(steps.data[i]);
        this.losses.forEach((lane, k) => lane.push(losses.data[k * n + i]));
      }
    }
    if (evals) {
      const [m, width] = evals.shape;
      for (let i = 0; i < m; i++) {
        const step = evals.data[i * width];
        if (this.evalSteps.length && step <= this.evalSteps[this.evalSteps.length - 1]) continue;
        this.evalSteps.push(step);
        this.evals.forEach((column, k) => column.push(evals.data[i * width + 1 + k]));
      }
    }
    return !!steps || !!evals;
  }

  /** Mean, least and greatest loss of a lane in at most BINS bins. */
  binned(lane: number): [number[], number[], number[], number[]] {
    const steps = this.steps, losses = this.losses[lane], size = Math.max(1, Math.ceil(steps.length / BINS));
    const out: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let begin = 0; begin < steps.length; begin += size) {
      let sum = 0, low = Infinity, high = -Infinity, count = 0;
      const end = Math.min(steps.length, begin + size);
      for (let i = begin; i < end; i++) {
        const value = losses[i];
        if (!Number.isFinite(value)) continue;
        sum += value; low = Math.min(low, value); high = Math.max(high, value); count++;
      }
      out[0].push(steps[end - 1]);
      out[1].push(count ? sum / count : NaN); out[2].push(count ? low : NaN); out[3].push(count ? high : NaN);
    }
    return out;
  }
}

const gaps = (values: number[]): (number | null)[] => values.map((value) => (Number.isFinite(value) ? value : null));

function smoothed(values: number[], share: number): number[] {
  if (share === 0) return values;
  let kept = NaN;
  return values.map((value) => {
    if (Number.isFinite(value)) kept = Number.isNaN(kept) ? value : share * kept + (1 - share) * value;
    return Number.isFinite(value) ? kept : NaN;
  });
}

export class Curves {
  readonly element: HTMLElement;
  private loss: uPlot | null = null;
  private accuracy: uPlot | null = null;
  private log = true;
  private smooth = 0.6;
  private boxes = [h("div", { class: "plot" }), h("div", { class: "plot" })];
  private twin = h("table", { class: "twin" });

  constructor(private series: Series, private labels: () => string[], private classes: () => boolean, private stale: () => void) {
    const log = h("input", { type: "checkbox", checked: true, onchange: () => { this.log = log.checked; this.rebuild(); } });
    const smooth = h("input", {
      type: "range", min: 0, max: 0.98, step: 0.02, value: this.smooth,
      oninput: () => { this.smooth = Number(smooth.value); this.stale(); },
    });
    this.element = h(
      "section", { class: "curves", "aria-label": t("loss") },
      h("div", { class: "row" }, h("label", {}, log, " ", t("log")), h("label", {}, t("smooth"), " ", smooth)),
      ...this.boxes,
      h("details", {}, h("summary", {}, t("table")), this.twin),
    );
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  rebuild(): void {
    this.loss?.destroy();
    this.accuracy?.destroy();
    const labels = this.labels();
    const axes = (label: string) => [
      { stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, label: t("step_"), values: (_: uPlot, v: number[]) => v.map((x) => whole(x)) },
      { stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, label, size: 62, values: (_: uPlot, v: (number | null)[]) => v.map((x) => (x === null ? "" : number(x, 2))) },
    ];
    const lines = (suffix: string, faint: boolean) => labels.map((label, k) => ({
      label: `${label} ${suffix}`, stroke: colour(`line${k}`) + (faint ? "88" : ""), width: faint ? 1 : 2, dash: DASHES[k].map((d) => d / (faint ? 2 : 1)),
      points: { show: false }, spanGaps: false,
    }));
    const size = { width: Math.max(240, this.element.clientWidth - 4), height: 220 };
    const legend = { show: false };
    this.loss = new uPlot({
      ...size, legend, title: t("loss"), axes: axes(t("loss")), scales: { x: { time: false }, y: { distr: this.log ? 3 : 1 } },
      series: [{}, ...lines(t("training"), false), ...lines(t("test"), true)],
    }, [[]], this.boxes[0]);
    this.boxes[1].hidden = !this.classes();
    this.accuracy = this.classes()
      ? new uPlot({
          ...size, legend, title: t("accuracy"), axes: axes(t("accuracy")), scales: { x: { time: false }, y: { range: [0, 1.02] } },
          series: [{}, ...lines(t("test"), false), ...lines(t("training"), true)],
        }, [[]], this.boxes[1])
      : null;
    this.draw();
  }

  private resize(): void {
    const width = Math.max(240, this.element.clientWidth - 4);
    for (const plot of [this.loss, this.accuracy]) plot?.setSize({ width, height: 220 });
  }

  draw(): void {
    if (!this.loss) return;
    const lanes = this.series.losses.length, evals = this.series.evalSteps;
    const binned = this.series.losses.map((_, k) => this.series.binned(k));
    const x = binned.length ? binned[0][0] : [];
    const positive = (values: (number | null)[]) => (this.log ? values.map((v) => (v !== null && v > 0 ? v : null)) : values);
    const all = [...new Set([...x, ...evals])].sort((a, b) => a - b);
    const place = new Map(all.map((step, i) => [step, i]));
    const spread = (steps: number[], values: (number | null)[]) => {
      const out: (number | null | undefined)[] = new Array(all.length).fill(undefined);
      steps.forEach((step, i) => { out[place.get(step)!] = values[i]; });
      return out;
    };
    const train = binned.map((each) => spread(x, positive(gaps(smoothed(each[1], this.smooth)))));
    const test = Array.from({ length: lanes }, (_, k) => spread(evals, positive(gaps(this.series.evals[4 * k + 1]))));
    this.loss.setData([all, ...train, ...test] as uPlot.AlignedData);
    if (this.accuracy) {
      const column = (k: number, which: number) => gaps(this.series.evals[4 * k + which]);
      const lanesOf = (which: number) => Array.from({ length: lanes }, (_, k) => column(k, which));
      this.accuracy.setData([evals, ...lanesOf(3), ...lanesOf(2)] as uPlot.AlignedData);
    }
    const last = evals.length - 1;
    replace(
      this.twin,
      h("tr", {}, ...["", t("train_loss"), t("test_loss"), t("test_accuracy")].map((text) => h("th", {}, text))),
      ...this.labels().map((label, k) => h(
        "tr", {}, h("th", {}, label),
        ...[0, 1, 3].map((which) => h("td", {}, last < 0 ? "" : number(this.series.evals[4 * k + which]?.[last]))),
      )),
    );
  }
}
