// The losses of a race: of each step in bins of least, mean and greatest, in bounded memory; and the evaluations.

import type { Arrays, Block } from "./types.ts";

const CAPACITY = 4096;
const EVALUATIONS = 4096;

export class Series {
  lanes = 0;
  /** Steps per bin, a power of two. */
  width = 1;
  /** The first step that is not there yet. */
  next = 0;
  private low: Float64Array[] = [];
  private high: Float64Array[] = [];
  private sum: Float64Array[] = [];
  private count: Uint32Array[] = [];
  evalStep: number[] = [];
  /** Per lane: training loss, test loss, training accuracy, test accuracy, each over `evalStep`. */
  evals: number[][][] = [];
  /** Milliseconds of training at a step. */
  private clock: [number, number][] = [[0, 0]];

  clear(lanes: number): void {
    this.lanes = lanes;
    this.width = 1;
    this.next = 0;
    const make = <T>(one: () => T): T[] => Array.from({ length: lanes }, one);
    this.low = make(() => new Float64Array(CAPACITY).fill(Infinity));
    this.high = make(() => new Float64Array(CAPACITY).fill(-Infinity));
    this.sum = make(() => new Float64Array(CAPACITY));
    this.count = make(() => new Uint32Array(CAPACITY));
    this.evalStep = [];
    this.evals = make(() => [[], [], [], []]);
    this.clock = [[0, 0]];
  }

  get bins(): number {
    return Math.ceil(this.next / this.width);
  }

  /** Forget the losses from *step* on. A bin that straddles it would hold forgotten ones: it is emptied whole. */
  cut(step: number): void {
    if (step >= this.next) return;
    const first = Math.floor(step / this.width);
    for (let lane = 0; lane < this.lanes; lane++) this.blank(lane, first, CAPACITY);
    this.next = step;
    const kept = this.evalStep.filter((each) => each <= step).length;
    this.evalStep.length = kept;
    for (const lane of this.evals) for (const column of lane) column.length = kept;
    this.clock = this.clock.filter(([at]) => at <= step);
  }

  private blank(lane: number, from: number, to: number): void {
    this.low[lane].fill(Infinity, from, to);
    this.high[lane].fill(-Infinity, from, to);
    this.sum[lane].fill(0, from, to);
    this.count[lane].fill(0, from, to);
  }

  take(arrays: Arrays): boolean {
    const steps = arrays.get("loss.step");
    const losses = arrays.get("loss.train");
    const evals = arrays.get("loss.eval");
    const bins = arrays.get("loss.bins");
    const width = arrays.get("loss.width");
    if (bins && width) this.fill(bins, width.data[0]);
    if (steps && losses) {
      const n = steps.shape[0];
      for (let i = 0; i < n; i++) {
        const step = steps.data[i];
        if (step < this.next) continue;
        this.next = step + 1;
        while (step >= this.width * CAPACITY) this.join();
        const bin = Math.floor(step / this.width);
        for (let lane = 0; lane < this.lanes; lane++) this.add(lane, bin, losses.data[lane * n + i]);
      }
    }
    if (evals) {
      const [rows, columns] = evals.shape;
      for (let i = 0; i < rows; i++) {
        const step = evals.data[i * columns];
        const last = this.evalStep.length - 1;
        if (last >= 0 && step <= this.evalStep[last]) continue;
        this.evalStep.push(step);
        this.evals.forEach((lane, k) => lane.forEach((column, c) => column.push(evals.data[i * columns + 1 + 4 * k + c])));
      }
      if (this.evalStep.length > EVALUATIONS) this.thin();
    }
    return Boolean(steps || evals || bins);
  }

  /** Bins of a recording, (3, lanes, n): least, mean and greatest loss of *width* steps each. */
  private fill(bins: Block, width: number): void {
    const [, lanes, n] = bins.shape;
    this.width = width;
    this.next = n * width;
    for (let lane = 0; lane < lanes; lane++) {
      for (let k = 0; k < n; k++) {
        const [low, mean, high] = [0, 1, 2].map((kind) => bins.data[(kind * lanes + lane) * n + k]);
        if (Number.isNaN(mean)) continue;
        [this.low[lane][k], this.sum[lane][k], this.high[lane][k], this.count[lane][k]] = [low, mean, high, 1];
      }
    }
  }

  private add(lane: number, bin: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.low[lane][bin] = Math.min(this.low[lane][bin], value);
    this.high[lane][bin] = Math.max(this.high[lane][bin], value);
    this.sum[lane][bin] += value;
    this.count[lane][bin] += 1;
  }

  private join(): void {
    const half = CAPACITY / 2;
    for (let lane = 0; lane < this.lanes; lane++) {
      const [low, high, sum, count] = [this.low[lane], this.high[lane], this.sum[lane], this.count[lane]];
      for (let k = 0; k < half; k++) {
        low[k] = Math.min(low[2 * k], low[2 * k + 1]);
        high[k] = Math.max(high[2 * k], high[2 * k + 1]);
        sum[k] = sum[2 * k] + sum[2 * k + 1];
        count[k] = count[2 * k] + count[2 * k + 1];
      }
      this.blank(lane, half, CAPACITY);
    }
    this.width *= 2;
  }

  /** Every other evaluation, the last one kept. */
  private thin(): void {
    const last = this.evalStep.length - 1;
    const keep = (_: unknown, i: number): boolean => i % 2 === last % 2;
    this.evalStep = this.evalStep.filter(keep);
    this.evals = this.evals.map((lane) => lane.map((column) => column.filter(keep)));
  }

  /** Training time was *ms* when *step* was reached. */
  tick(step: number, ms: number): void {
    const [at] = this.clock[this.clock.length - 1];
    if (step <= at) return;
    this.clock.push([step, ms]);
    if (this.clock.length > 2 * CAPACITY) this.clock = this.clock.filter((_, i) => i % 2 === 0);
  }

  /** Seconds of training at *step*, between what was measured. */
  seconds(step: number): number {
    const clock = this.clock;
    let [from, to] = [0, clock.length - 1];
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (clock[middle][0] <= step) from = middle;
      else to = middle;
    }
    const [[s0, t0], [s1, t1]] = [clock[from], clock[to]];
    const share = s1 > s0 ? Math.max(0, Math.min(1, (step - s0) / (s1 - s0))) : 0;
    return (t0 + (t1 - t0) * share) / 1000;
  }

  /** What is there from the step *from* on, to be kept; an epoch has *epoch* steps. */
  past(title: () => string, from: number, epoch: number): Past {
    const kept = this.evalStep.flatMap((step, i) => (step >= from ? [i] : []));
    const places = (steps: number[]): Places => ({
      step: steps, epoch: steps.map((step) => step / epoch), time: steps.map((step) => this.seconds(step)),
    });
    const finite = (value: number): Gap => (Number.isFinite(value) ? value : null);
    const { step, lanes } = this.binned(1200);
    const first = step.findIndex((each) => each >= from);
    const begin = first < 0 ? step.length : first;
    return {
      title,
      evaluated: places(kept.map((i) => this.evalStep[i])),
      evals: this.evals.map((lane) => lane.map((column) => kept.map((i) => finite(column[i])))),
      batches: places(step.slice(begin)),
      means: lanes.map(({ mean }) => mean.slice(begin)),
    };
  }

  /** Last step, and per lane least, mean and greatest loss, in at most *most* bins; null where no loss was finite. */
  binned(most: number): { step: number[]; lanes: { low: Gap[]; mean: Gap[]; high: Gap[] }[] } {
    const used = this.bins;
    const join = Math.max(1, Math.ceil(used / most));
    const step: number[] = [];
    for (let k = 0; k < used; k += join) step.push(Math.min(this.next, (k + join) * this.width) - 1);
    const lanes = Array.from({ length: this.lanes }, (_, lane) => {
      const out = { low: [] as Gap[], mean: [] as Gap[], high: [] as Gap[] };
      for (let k = 0; k < used; k += join) {
        let [low, high, sum, count] = [Infinity, -Infinity, 0, 0];
        for (let i = k; i < Math.min(used, k + join); i++) {
          low = Math.min(low, this.low[lane][i]);
          high = Math.max(high, this.high[lane][i]);
          sum += this.sum[lane][i];
          count += this.count[lane][i];
        }
        out.low.push(count ? low : null);
        out.mean.push(count ? sum / count : null);
        out.high.push(count ? high : null);
      }
      return out;
    });
    return { step, lanes };
  }
}

export type Gap = number | null;

/** The same places on the axes that curves may have. */
export interface Places { step: number[]; epoch: number[]; time: number[] }

/** Curves that no run goes on with: a run that is over, or a future that was given up. Lanes as in `Series`. */
export interface Past { title: () => string; evaluated: Places; evals: Gap[][][]; batches: Places; means: Gap[][] }

/** Exponentially smoothed values; gaps stay gaps. */
export function smoothed(values: Gap[], share: number): Gap[] {
  let kept: number | null = null;
  return values.map((value) => {
    if (value === null) return null;
    kept = kept === null ? value : share * kept + (1 - share) * value;
    return kept;
  });
}
