// Painting a map of answers, the examples over it, and answers along a line.

import { sharp } from "../core/dom.ts";
import { number } from "../core/i18n.ts";
import { classColours, colour, css, DASHES, diverging, laneColour, mixed, type Rgb, rgb } from "../core/palette.ts";
import { paintPixels } from "../core/pixels.ts";
import type { Block, Facts } from "../core/types.ts";

/** Classes by colour and certainty by strength; values from the negative to the positive colour. 255 as a class: no number. */
export function paintMap(canvas: HTMLCanvasElement | null, map: Block | undefined, lane: number, facts: Facts): void {
  if (!canvas || !map || lane < 0 || lane >= map.shape[0]) return;
  const [, , rows, columns] = map.shape;
  const size = rows * columns;
  const base = 2 * lane * size;
  const table = facts.classes ? shaded(facts.classes.length) : null;
  const values = diverging();
  const none = rgb(colour("line8"));
  const hatch = mixed(rgb(colour("paper")), none, 0.25);
  // Rows are stored from the lower edge.
  paintPixels(canvas, rows, columns, (top, column) => {
    const row = rows - 1 - top;
    const at = base + row * columns + column;
    const winner = map.data[at];
    if (!table) return values[winner];
    // What is no number is hatched: it is no class, and no middle between classes.
    if (winner === 255) return (row + column) % 8 < 3 ? none : hatch;
    return table[winner][map.data[at + size] >> 3];
  });
}

/** Per class 32 shades from the unsure to the sure. */
function shaded(count: number): Rgb[][] {
  const paper = rgb(colour("paper"));
  return classColours(count).map((tone) => Array.from({ length: 32 }, (_, level) => {
    const sure = Math.max(0, ((level + 0.5) / 32 - 1 / count) / (1 - 1 / count));
    return mixed(paper, tone, 0.08 + 0.52 * sure);
  }));
}

/** Training points filled, test points open. */
export function paintPoints(canvas: HTMLCanvasElement | null, facts: Facts, tests: boolean): void {
  if (!canvas || !facts.points || !facts.domain || facts.domain.length < 2) return;
  const { context, width, height } = sharp(canvas);
  const [[x0, x1], [y0, y1]] = facts.domain;
  const colours = classColours(Math.max(facts.outputs, 2));
  const values = diverging();
  const [low, high] = facts.values ?? [0, 1];
  const radius = Math.max(1.3, Math.min(3, width / 95)) * (facts.points.train.length > 800 ? 0.75 : 1);
  const paper = colour("paper");
  for (const part of ["train", "test"] as const) {
    if (part === "test" && !tests) continue;
    for (const [x, y, target] of facts.points[part] ?? []) {
      const shade = facts.classes ? colours[target] : values[Math.max(0, Math.min(255, Math.round((255 * (target - low)) / (high - low || 1))))];
      context.beginPath();
      context.arc(((x - x0) / (x1 - x0)) * width, height - ((y - y0) / (y1 - y0)) * height, radius, 0, 7);
      context.lineWidth = part === "train" ? 0.7 : 1.1;
      context.fillStyle = part === "train" ? css(shade) : paper;
      context.strokeStyle = part === "train" ? paper : css(shade);
      if (!facts.classes) context.strokeStyle = colour("muted");
      context.fill();
      context.stroke();
    }
  }
}

/** A function of one input: the examples, and the answer of every lane in its colour and dash. */
export function paintLines(canvas: HTMLCanvasElement | null, line: Block | undefined, facts: Facts, lanes: number[]): void {
  if (!canvas || !line || !facts.domain) return;
  const { context, width, height } = sharp(canvas);
  const [x0, x1] = facts.domain[0];
  const points = [...(facts.points?.train ?? []), ...(facts.points?.test ?? [])];
  const [low, high] = facts.values ?? [Math.min(...points.map((p) => p[1])), Math.max(...points.map((p) => p[1]))];
  const room = 0.15 * (high - low || 1);
  const [left, bottom] = [44, 20];
  const px = (x: number) => left + ((x - x0) / (x1 - x0)) * (width - left - 6);
  const py = (y: number) => 6 + ((high + room - y) / (high - low + 2 * room)) * (height - bottom - 6);
  context.font = "11px sans-serif";
  context.strokeStyle = colour("grid");
  context.fillStyle = colour("muted");
  for (const y of [low, (low + high) / 2, high]) {
    context.beginPath();
    context.moveTo(left, py(y));
    context.lineTo(width, py(y));
    context.stroke();
    context.textAlign = "right";
    context.fillText(number(y, 2), left - 6, py(y) + 4);
  }
  for (const x of [x0, (x0 + x1) / 2, x1]) {
    context.textAlign = x === x0 ? "left" : x === x1 ? "right" : "center";
    context.fillText(number(x, 2), px(x), height - 5);
  }
  for (const part of ["train", "test"] as const) {
    context.globalAlpha = 0.65;
    for (const [x, y] of facts.points?.[part] ?? []) {
      context.beginPath();
      context.arc(px(x), py(y), 1.8, 0, 7);
      if (part === "train") context.fill();
      else {
        context.strokeStyle = colour("muted");
        context.lineWidth = 1;
        context.stroke();
      }
    }
  }
  context.globalAlpha = 1;
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, height - bottom + 4);
  context.clip();
  const count = line.shape[1];
  for (const lane of lanes) {
    context.beginPath();
    for (let i = 0; i < count; i++) {
      const y = line.data[lane * count + i];
      if (Number.isFinite(y)) context.lineTo(px(x0 + ((x1 - x0) * i) / (count - 1)), py(y));
    }
    context.strokeStyle = laneColour(lane);
    context.lineWidth = 2;
    context.setLineDash(DASHES[lane]);
    context.stroke();
    context.setLineDash([]);
  }
  context.restore();
}
