// The decision map of a lane: classes or values over the domain, with the examples on it.

import { colour, h, rgb } from "./dom.ts";
import type { Arrays, Facts } from "./types.ts";

const SIDE = 100;

export function classColours(count: number): [number, number, number][] {
  return Array.from({ length: count }, (_, k) => rgb(colour(`line${k % 9}`)));
}

/** A colour between two lines' colours for a value from 0 to 255. */
function ramp(value: number): [number, number, number] {
  const low = rgb(colour("line1")), paper = rgb(colour("paper")), high = rgb(colour("line0"));
  const share = Math.abs(value - 127.5) / 127.5, end = value < 127.5 ? low : high;
  return [0, 1, 2].map((k) => paper[k] + (end[k] - paper[k]) * share) as [number, number, number];
}

export function paintMap(canvas: HTMLCanvasElement, arrays: Arrays, lane: number, facts: Facts): void {
  const map = arrays.get("map"), context = canvas.getContext("2d");
  if (!context || !map) return;
  canvas.width = canvas.height = SIDE;
  const image = context.createImageData(SIDE, SIDE), paper = rgb(colour("paper"));
  const colours = classColours(Math.max(facts.outputs, 2)), base = lane * 2 * SIDE * SIDE;
  const ramps = facts.classes ? null : Array.from({ length: 256 }, (_, v) => ramp(v));
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const at = base + row * SIDE + column, winner = map.data[at], sure = map.data[at + SIDE * SIDE];
      const to = 4 * ((SIDE - 1 - row) * SIDE + column);
      let shade: readonly number[];
      if (winner === 255 && facts.classes) shade = [128, 128, 128];
      else if (ramps) shade = ramps[winner];
      else {
        // Confidence 1/2 is paper, certainty the class's colour, softened so that points stand out.
        const share = 0.15 + 0.55 * Math.max(0, (sure / 255 - 1 / facts.outputs) / (1 - 1 / facts.outputs));
        shade = [0, 1, 2].map((k) => paper[k] + (colours[winner][k] - paper[k]) * share);
      }
      image.data[to] = shade[0]; image.data[to + 1] = shade[1]; image.data[to + 2] = shade[2]; image.data[to + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** The examples over the map: training points filled, test points open. */
export function paintPoints(canvas: HTMLCanvasElement, facts: Facts): void {
  const context = canvas.getContext("2d"), ratio = devicePixelRatio || 1, side = canvas.clientWidth || 180;
  if (!context || !facts.points || !facts.domain || facts.inputs !== 2) return;
  canvas.width = canvas.height = side * ratio;
  context.scale(ratio, ratio);
  const [[x0, x1], [y0, y1]] = facts.domain, colours = classColours(Math.max(facts.outputs, 2));
  const [low, high] = facts.values ?? [0, 1];
  for (const [part, filled] of [["train", true], ["test", false]] as const) {
    for (const [x, y, target] of facts.points[part] ?? []) {
      const shade = facts.classes ? colours[target] : ramp((255 * (target - low)) / (high - low || 1));
      const text = `rgb(${shade.map(Math.round).join(",")})`;
      context.beginPath();
      context.arc(((x - x0) / (x1 - x0)) * side, side - ((y - y0) / (y1 - y0)) * side, filled ? 2.3 : 2.1, 0, 7);
      context.lineWidth = filled ? 0.6 : 1.2;
      context.strokeStyle = filled ? colour("paper") : text;
      if (filled) { context.fillStyle = text; context.fill(); }
      context.stroke();
    }
  }
}

/** A function of one input: the examples, and the answer of every lane. */
export function paintLines(canvas: HTMLCanvasElement, arrays: Arrays, facts: Facts, on: boolean[]): void {
  const line = arrays.get("line"), context = canvas.getContext("2d"), ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!context || !line || !facts.domain || !facts.values) return;
  canvas.width = width * ratio; canvas.height = height * ratio;
  context.scale(ratio, ratio);
  const [x0, x1] = facts.domain[0], [low, high] = facts.values, pad = 0.1 * (high - low || 1), count = line.shape[1];
  const px = (x: number) => ((x - x0) / (x1 - x0)) * width, py = (y: number) => height - ((y - low + pad) / (high - low + 2 * pad)) * height;
  context.fillStyle = colour("muted");
  for (const [x, y] of facts.points?.train ?? []) context.fillRect(px(x) - 1.2, py(y) - 1.2, 2.4, 2.4);
  on.forEach((shown, k) => {
    if (!shown) return;
    context.beginPath();
    for (let i = 0; i < count; i++) context.lineTo(px(x0 + ((x1 - x0) * i) / (count - 1)), py(line.data[k * count + i]));
    context.strokeStyle = colour(`line${k}`);
    context.lineWidth = 2;
    context.stroke();
  });
}

export function thumbnail(points: number[][], classes: boolean): HTMLCanvasElement {
  const canvas = h("canvas", { width: 56, height: 56, "aria-hidden": "true" }), context = canvas.getContext("2d");
  if (!context || !points.length) return canvas;
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  for (const [x, y, k] of points) {
    context.fillStyle = classes ? colour(`line${(k ?? 0) % 9}`) : colour("line0");
    context.fillRect(3 + (48 * (x - x0)) / (x1 - x0 || 1), 51 - (48 * (y - y0)) / (y1 - y0 || 1), 2, 2);
  }
  return canvas;
}
