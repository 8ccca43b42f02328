// What travels between page and server; see docs/lab-api.md.

export interface Layer {
  units: number;
  activation: string;
  dropout: number;
  initializer: string;
  normalization: string;
}

export interface Lane {
  rule: string;
  rate: number;
  schedule: string;
  span: number;
  options: Record<string, number>;
  on: boolean;
}

export interface Configuration {
  data: {
    name: string; n: number; noise: number; test: number; seed: number; classes: number; points: number[][] | null;
  };
  batch: { kind: string; size: number };
  network: { layers: Layer[]; loss: string; weights: unknown };
  lanes: Lane[];
  seed: number;
  stop: { kind: string; value: number };
  speed: number;
}

export interface Said<T = string> { en: T; pl: T }

/** A formula: MathML in pieces, between which a line may break. */
export type Formula = Said<string[]>;

export interface Balls {
  function: string;
  start: number[];
  rules: { rule: string; rate: number; options: Record<string, number> }[];
  steps: number;
}

export interface Lesson {
  slug: string;
  title: Said;
  text: Said;
  question: Said;
  answer: Said;
  configuration: Configuration;
  view: string;
  /** What of the page answers it: panels, tabs among them by their names. */
  panels: string[];
  /** How the curves are to be drawn. */
  curves: "evaluated" | "batches";
  /** Steps after which it stops by itself and the answer shows. */
  steps: number;
  /** Whether it begins by itself; one that asks about the beginning does not. */
  plays: boolean;
  /** Lessons whose curves stay in sight beside its own. */
  compares: string[];
  landscape: Balls | null;
}

export interface Option { name: string; title: Said; default: number | null; low: number; high: number | null; log: boolean }

export interface RuleEntry {
  name: string;
  title: Said;
  equation: string;
  mathml: Formula;
  paper: string;
  full_batch_only: boolean;
  options: Option[];
  rate: { default: number; low: number; high: number };
}

export interface DataEntry {
  name: string;
  title: Said;
  inputs: number;
  classes: number | null;
  task: string;
  kind: "plane" | "line" | "image" | "table";
  settings: string[];
  available: boolean;
  /** Hidden layers that suit it. */
  network: Layer[];
  thumbnail: number[][];
}

export interface Uploaded {
  id: string; name: string; target: string; columns: string[]; rows: number; classes: string[] | null; inputs: number;
  network: Layer[];
}

export interface FunctionEntry {
  name: string; title: Said; formula: string; mathml: Formula; domain: number[][]; minima: number[][]; start: number[]; rates: Record<string, number>; steps: number;
}

export interface Catalogue {
  version: string;
  limits: Record<string, number>;
  defaults: Configuration;
  datasets: DataEntry[];
  activations: { name: string; title: Said; formula: string; mathml: Formula; low: number | null; high: number | null }[];
  rules: RuleEntry[];
  schedules: { name: string; title: Said; equation: string; mathml: Formula }[];
  initializers: { name: string; title: Said }[];
  losses: { name: string; title: Said; tasks: string[] }[];
  lessons: Lesson[];
  functions: FunctionEntry[];
  uploads: Uploaded[];
}

export interface Facts {
  inputs: number;
  outputs: number;
  classes: string[] | null;
  task: string;
  kind: string;
  parameters: number;
  loss: string;
  layers: { name: string; units: number; activation: string; params: number }[];
  shapes: number[][];
  points?: { train: number[][]; test?: number[][]; validation?: number[][] };
  domain: number[][] | null;
  values: number[] | null;
  images: { width: number; height: number; low: number; high: number } | null;
  samples?: { x: number[]; y: number }[];
  n: Record<string, number>;
  steps_per_epoch: number;
  note: string;
  columns: Column[] | null;
  target: { name?: string; shift: number; scale: number; variance?: Record<string, number> } | null;
}

/** A column of one's own table; its categories, or null where it holds numbers. */
export interface Column { name: string; categories: string[] | null; typical: number | string }

export interface Made { id: string; configuration: Configuration; facts: Facts }

export interface LaneState {
  on: boolean;
  diverged_at: number | null;
  train_loss: number | null;
  test_loss: number | null;
  train_accuracy: number | null;
  test_accuracy: number | null;
  /** Of a regression: the root mean squared error in the target's own units, and the share of the spread explained. */
  train_rmse?: number | null;
  test_rmse?: number | null;
  train_r2?: number | null;
  test_r2?: number | null;
  rate: number | null;
}

export interface Header {
  v: number;
  f: number;
  t: number;
  step: number;
  end: number;
  sps: number;
  state: string;
  compiling?: number;
  epoch: number;
  generation: number;
  /** Where a new generation begins: the step from which on losses were forgotten. */
  cut?: number | null;
  lanes: LaneState[];
  lane: number;
  views_step: number;
  snapshots: number[];
  a: [string, string, number[], number][];
}

export interface Block { data: Int32Array | Float32Array | Uint8Array; shape: number[] }
export type Arrays = Map<string, Block>;

export interface Standing { state: string; step: number; shown: number; snapshots: number[]; error: string | null }

export type Path = {
  rule: string; points: (number | null)[][]; values: (number | null)[]; diverged_at: number | null;
};
