// What travels between page and server; see docs/lab-api.md.

export interface Layer { units: number; activation: string; dropout: number; initializer: string; normalization: string }
export interface Lane {
  rule: string; rate: number; schedule: string; span: number; options: Record<string, number>; on: boolean;
}
export interface Configuration {
  data: { name: string; n: number; noise: number; test: number; seed: number; classes: number; points: number[][] | null };
  batch: { kind: string; size: number };
  network: { layers: Layer[]; loss: string; weights: unknown };
  lanes: Lane[];
  seed: number;
  stop: { kind: string; value: number };
  speed: number;
}
export type Words = { en: string; pl: string };
export interface Balls { function: string; start: number[]; rules: { rule: string; rate: number; options: object }[]; steps: number }
export interface Lesson {
  slug: string; title: Words; text: Words; question: Words; answer: Words; configuration: Configuration; view: string;
  steps: number; landscape: Balls | null;
}
export interface Catalogue {
  version: string;
  limits: Record<string, number>;
  defaults: Configuration;
  datasets: { name: string; title: Words; inputs: number; classes: number | null; task: string; kind: string; settings: string[]; available: boolean; thumbnail: number[][] }[];
  activations: { name: string; title: string }[];
  rules: { name: string; title: string; equation: string; options: { name: string; default: number | null; low: number; high: number }[]; rate: { default: number; low: number; high: number } }[];
  schedules: { name: string }[];
  initializers: (string | { name: string })[];
  losses: { name: string; tasks: string[] }[];
  lessons: Lesson[];
  functions: { name: string; formula: string; domain: number[][]; minima: number[][]; start: number[] }[];
}
export interface Facts {
  inputs: number; outputs: number; classes: string[] | null; task: string; kind: string; parameters: number;
  layers: { name: string; units: number; activation: string; params: number }[];
  shapes: number[][];
  points?: { train: number[][]; test?: number[][]; validation?: number[][] };
  domain: number[][] | null;
  values: number[] | null;
  images: { width: number; height: number; low: number; high: number } | null;
  samples?: { x: number[]; y: number }[];
  n: Record<string, number>;
  note: string;
}
export interface LaneState {
  on: boolean; diverged_at: number | null; train_loss: number | null; test_loss: number | null;
  train_accuracy: number | null; test_accuracy: number | null; rate: number | null;
}
export interface Header {
  v: number; f: number; t: number; step: number; end: number; sps: number; state: string; compiling: number;
  generation: number; lanes: LaneState[]; lane: number; views_step: number; snapshots: number[];
  a: [string, string, number[], number][];
}
export type Arrays = Map<string, { data: Int32Array | Float32Array | Uint8Array; shape: number[] }>;
