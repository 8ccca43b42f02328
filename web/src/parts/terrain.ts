// Heights over a plane: shades and contour lines on a canvas, ways over them.

import { sharp } from "../core/dom.ts";
import { number } from "../core/i18n.ts";
import { colour, DASHES, laneColour, mixed, type Rgb, rgb } from "../core/palette.ts";
import { paintPixels } from "../core/pixels.ts";

export interface Plane { x: number[]; y: number[]; z: (number | null)[][] }
export interface Way { points: (number | null)[][]; lane: number; label: string }

const LEVELS = 14;

/** Heights as levels from 0 to 1, even in the logarithm of the height above the lowest; what is no number is as high as the highest. */
export function levelled(plane: Plane): Float32Array {
  const finite = plane.z.flat().filter((v): v is number => v !== null && Number.isFinite(v));
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const above = finite.map((v) => v - low).sort((a, b) => a - b);
  const top = above[Math.floor(0.98 * (above.length - 1))] || 1;
  const floor = Math.max(above[Math.floor(0.02 * (above.length - 1))] || 0, top * 1e-5);
  const of = (z: number) => Math.max(0, Math.min(1, Math.log((Math.max(0, z - low) + floor) / floor) / Math.log((top + floor) / floor)));
  const columns = plane.x.length;
  const level = new Float32Array(columns * plane.y.length);
  plane.z.forEach((row, r) => row.forEach((v, c) => { level[r * columns + c] = v === null || !Number.isFinite(v) ? 1 : of(v); }));
  return level;
}

/** Segments of the contour at *height* over a grid, in grid coordinates: marching squares. */
export function contour(level: ArrayLike<number>, columns: number, rows: number, height: number): number[][] {
  const out: number[][] = [];
  const cross = (a: number, b: number) => (height - a) / (b - a);
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const [a, b, d, e] = [level[r * columns + c], level[r * columns + c + 1], level[(r + 1) * columns + c + 1], level[(r + 1) * columns + c]];
      const points: number[][] = [];
      if (a < height !== b < height) points.push([c + cross(a, b), r]);
      if (b < height !== d < height) points.push([c + 1, r + cross(b, d)]);
      if (d < height !== e < height) points.push([c + 1 - cross(d, e), r + 1]);
      if (e < height !== a < height) points.push([c, r + 1 - cross(e, a)]);
      for (let k = 0; k + 1 < points.length; k += 2) out.push([...points[k], ...points[k + 1]]);
    }
  }
  return out;
}

export interface Frame { px(x: number): number; py(y: number): number; at(event: PointerEvent | MouseEvent): [number, number] }

/** The map of *plane*, marks where *minima* are, and each way up to its point *upTo*. */
export function paintTerrain(canvas: HTMLCanvasElement, plane: Plane, levels: Float32Array, ways: Way[], minima: number[][], upTo = Infinity, start: number[] | null = null): Frame {
  const { context, width, height } = sharp(canvas);
  const [rows, columns] = [plane.y.length, plane.x.length];
  const [x0, x1, y0, y1] = [plane.x[0], plane.x[columns - 1], plane.y[0], plane.y[rows - 1]];
  const px = (x: number) => ((x - x0) / (x1 - x0)) * width;
  const py = (y: number) => height - ((y - y0) / (y1 - y0)) * height;
  context.drawImage(shades(levels, columns, rows), 0, 0, width, height);
  context.lineWidth = 1;
  context.strokeStyle = colour("muted");
  context.globalAlpha = 0.45;
  const [sx, sy] = [width / (columns - 1), height / (rows - 1)];
  context.beginPath();
  for (let k = 1; k < LEVELS; k++) {
    for (const [ax, ay, bx, by] of contour(levels, columns, rows, k / LEVELS)) {
      context.moveTo(ax * sx, height - ay * sy);
      context.lineTo(bx * sx, height - by * sy);
    }
  }
  context.stroke();
  context.globalAlpha = 1;
  for (const [x, y] of minima) star(context, px(x), py(y));
  for (const way of ways) paintWay(context, way, sighted(way, [x0, y0], [x1, y1], upTo), px, py);
  if (start) {
    context.strokeStyle = colour("ink");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(px(start[0]), py(start[1]), 8, 0, 7);
    context.stroke();
  }
  edges(context, width, height, [x0, x1], [y0, y1]);
  return {
    px, py, at: (event) => {
      const box = canvas.getBoundingClientRect();
      return [x0 + ((event.clientX - box.left) / box.width) * (x1 - x0), y1 - ((event.clientY - box.top) / box.height) * (y1 - y0)];
    },
  };
}

function shades(levels: Float32Array, columns: number, rows: number): HTMLCanvasElement {
  const small = document.createElement("canvas");
  const ground = grounds();
  paintPixels(small, rows, columns, (top, column) => ground(levels[(rows - 1 - top) * columns + column]));
  return small;
}

/** The colour of the ground at a level: deep is blue, high is pale, in both themes. */
export function grounds(): (level: number) => Rgb {
  const [paper, deep, high] = [rgb(colour("paper")), rgb(colour("line0")), rgb(colour("line4"))];
  const [lowest, middle, highest] = [mixed(paper, deep, 0.5), mixed(paper, deep, 0.1), mixed(paper, high, 0.34)];
  return (level) => (level < 0.5 ? mixed(lowest, middle, 2 * level) : mixed(middle, highest, 2 * level - 1));
}

export function star(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  for (let k = 0; k < 10; k++) {
    const r = k % 2 ? 3.2 : 7.5;
    context.lineTo(x + r * Math.sin((k * Math.PI) / 5), y - r * Math.cos((k * Math.PI) / 5));
  }
  context.closePath();
  context.fillStyle = colour("ink");
  context.strokeStyle = colour("paper");
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

function paintWay(context: CanvasRenderingContext2D, way: Way, { runs, last, gone }: Sight, px: (x: number) => number, py: (y: number) => number): void {
  if (!last) return;
  const line = () => {
    context.beginPath();
    for (const run of runs) run.forEach(([x, y], k) => (k ? context.lineTo(px(x), py(y)) : context.moveTo(px(x), py(y))));
    context.stroke();
  };
  context.lineJoin = "round";
  // A pale rim keeps a line apart from contours and from other lines.
  context.strokeStyle = colour("paper");
  context.globalAlpha = 0.7;
  context.lineWidth = 4;
  line();
  context.globalAlpha = 1;
  context.strokeStyle = context.fillStyle = laneColour(way.lane);
  context.lineWidth = 2;
  context.setLineDash(DASHES[way.lane]);
  line();
  context.setLineDash([]);
  const [x, y] = last;
  context.beginPath();
  // Where a ball has left the window a ring stays.
  context.arc(px(x), py(y), gone ? 5 : 6, 0, 7);
  if (!gone) context.fill();
  context.strokeStyle = gone ? laneColour(way.lane) : colour("paper");
  context.lineWidth = gone ? 2 : 1.5;
  context.stroke();
}

/** The points of a way that are numbers, up to the first that is none. */
export function finite(way: Way, upTo = Infinity): number[][] {
  const out: number[][] = [];
  for (let k = 0; k < way.points.length && k <= upTo; k++) {
    const point = way.points[k];
    if (point.some((v) => v === null || !Number.isFinite(v))) break;
    out.push(point as number[]);
  }
  return out;
}

/** What is in sight of a way: its runs within the window, and the last place there; *gone* where the ball has left it. */
export interface Sight { runs: number[][][]; last: number[] | null; gone: boolean }

/** Cut a way off at the edges of the window from *low* to *high*: what a step overshoots to may be 10^30 away. */
export function sighted(way: Way, low: number[], high: number[], upTo = Infinity): Sight {
  const points = finite(way, upTo);
  const runs: number[][][] = [];
  let open = false;
  for (let k = 0; k < points.length; k++) {
    const part = k ? cut(points[k - 1], points[k], low, high) : inside(points[0], low, high) ? [points[0], points[0]] : null;
    if (!part) {
      open = false;
      continue;
    }
    if (open) runs[runs.length - 1].push(part[1]);
    else runs.push(part);
    open = inside(points[k], low, high);
  }
  // A way that ends before the step that is shown has gone where there are no numbers.
  const lost = points.length < Math.min(way.points.length, upTo + 1);
  return { runs, last: runs.length ? runs[runs.length - 1].slice(-1)[0] : null, gone: lost || !open };
}

const inside = (point: number[], low: number[], high: number[]): boolean => point.every((v, k) => v >= low[k] && v <= high[k]);

/** The part of the line from *a* to *b* within the window (Liang, Barsky 1984), or null. */
function cut(a: number[], b: number[], low: number[], high: number[]): number[][] | null {
  let [from, to] = [0, 1];
  for (let k = 0; k < low.length; k++) {
    const by = b[k] - a[k];
    if (by === 0 && (a[k] < low[k] || a[k] > high[k])) return null;
    if (by === 0) continue;
    const ends = [(low[k] - a[k]) / by, (high[k] - a[k]) / by].sort((one, other) => one - other);
    from = Math.max(from, ends[0]);
    to = Math.min(to, ends[1]);
  }
  if (from > to) return null;
  // At a share of the way rounding may step over the edge.
  const at = (share: number) => low.map((v, k) => Math.max(v, Math.min(high[k], a[k] + share * (b[k] - a[k]))));
  return [from === 0 ? a : at(from), to === 1 ? b : at(to)];
}

function edges(context: CanvasRenderingContext2D, width: number, height: number, x: number[], y: number[]): void {
  context.font = "11px sans-serif";
  const put = (text: string, at: [number, number], align: CanvasTextAlign) => {
    context.textAlign = align;
    context.lineWidth = 3;
    context.strokeStyle = colour("paper");
    context.strokeText(text, ...at);
    context.fillStyle = colour("muted");
    context.fillText(text, ...at);
  };
  put(`${number(x[0], 2)}; ${number(y[0], 2)}`, [5, height - 6], "left");
  put(number(x[1], 2), [width - 5, height - 6], "right");
  put(number(y[1], 2), [5, 14], "left");
}
