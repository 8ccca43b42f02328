// A relief in three dimensions on a plain canvas, from back to front: faces, and with them the ways and balls that lie on them.

import { sharp } from "../core/dom.ts";
import { colour, css, DASHES, laneColour, mixed, rgb } from "../core/palette.ts";
import { grounds, type Plane, sighted, star, type Way } from "./terrain.ts";

/** From where a relief is seen: turned by *turn* from the lower edge of the map, *tilt* above the ground, in radians. */
export interface View { turn: number; tilt: number }

type Point = [number, number, number];
/** What is drawn where its turn has come: the larger the depth, the nearer and the later. */
interface Thing { depth: number; draw(): void }

const STEPS = 50;
const TALL = 0.5;
/** So high above the ground ways lie, and three times as high is the middle of a ball. */
const LIFT = 0.008;
/** Closer than this, in faces, points of a way are one. */
const CLOSE = 0.03;

/** The relief of *plane* seen from *view*; heights are the *levels*, so that a deep ravine does not hide all else. */
export function paintRelief(
  canvas: HTMLCanvasElement, plane: Plane, levels: Float32Array, ways: Way[], minima: number[][], view: View, upTo = Infinity,
): void {
  const { context, width, height } = sharp(canvas);
  const [columns, rows] = [plane.x.length, plane.y.length];
  const [low, high] = [[plane.x[0], plane.y[0]], [plane.x[columns - 1], plane.y[rows - 1]]];
  const heights = resampled(levels, columns, rows);
  const project = camera(heights, view, width, height);
  const depth = (c: number, r: number) => (c * Math.sin(view.turn) - r * Math.cos(view.turn)) / STEPS;
  // A face reaches half so far to either side of its middle: what lies on it comes after it and its neighbours.
  const face = (Math.abs(Math.sin(view.turn)) + Math.abs(Math.cos(view.turn))) / STEPS;
  const things: Thing[] = faces(context, heights, project).map(({ c, r, draw }) => ({ depth: depth(c + 0.5, r + 0.5), draw }));
  const place = ([x, y]: number[]) => [(STEPS * (x - low[0])) / (high[0] - low[0]), (STEPS * (y - low[1])) / (high[1] - low[1])];
  const on = (c: number, r: number): Point => project(c, r, ground(heights, c, r) + LIFT);
  const seen = (c: number, r: number, lift = LIFT): boolean => inSight(heights, view, c, r, ground(heights, c, r) + lift);
  for (const each of minima) {
    const [c, r] = place(each);
    const [x, y] = on(c, r);
    if (seen(c, r)) things.push({ depth: depth(c, r) + 1.2 * face, draw: () => star(context, x, y) });
  }
  for (const way of ways) {
    const { runs, last, gone } = sighted(way, low, high, upTo);
    for (const run of runs) things.push(...trail(context, run.map(place), way.lane, depth, on, seen, face));
    if (!last) continue;
    const [c, r] = place(last);
    const at = on(c, r);
    if (seen(c, r, 3 * LIFT)) things.push({ depth: depth(c, r) + 2 * face, draw: () => (gone ? ring : ball)(context, at, laneColour(way.lane)) });
  }
  things.sort((a, b) => a.depth - b.depth);
  for (const thing of things) thing.draw();
}

/** The levels at the corners of the faces. */
function resampled(levels: Float32Array, columns: number, rows: number): number[][] {
  const at = (k: number, n: number) => Math.round((k * (n - 1)) / STEPS);
  return Array.from({ length: STEPS + 1 }, (_, r) => Array.from({ length: STEPS + 1 }, (__, c) => levels[at(r, rows) * columns + at(c, columns)]));
}

/** The level at a place of the grid, between the corners of its face. */
function ground(heights: number[][], c: number, r: number): number {
  const [i, j] = [Math.min(STEPS - 1, Math.floor(c)), Math.min(STEPS - 1, Math.floor(r))];
  const [s, t] = [c - i, r - j];
  return (1 - t) * ((1 - s) * heights[j][i] + s * heights[j][i + 1]) + t * ((1 - s) * heights[j + 1][i] + s * heights[j + 1][i + 1]);
}

/** Whether nothing stands between a place at height *z* and who looks: faces as large as a ball can't tell by their order alone. */
function inSight(heights: number[][], view: View, c: number, r: number, z: number): boolean {
  const [sin, cos] = [Math.sin(view.turn), Math.cos(view.turn)];
  // So much a line of sight rises over a face's width.
  const rise = Math.tan(view.tilt) / TALL / STEPS;
  for (let k = 1; z + k * rise <= 1; k += 0.5) {
    const [a, b] = [c + k * sin, r - k * cos];
    if (a < 0 || b < 0 || a > STEPS || b > STEPS) return true;
    if (ground(heights, a, b) > z + k * rise) return false;
  }
  return true;
}

/** From a place of the grid and a height to a point of the canvas, which the relief fills. */
function camera(heights: number[][], view: View, width: number, height: number): (c: number, r: number, z: number) => Point {
  const [sin, cos] = [Math.sin(view.turn), Math.cos(view.turn)];
  const [lean, rise] = [Math.sin(view.tilt), Math.cos(view.tilt)];
  const seen = (c: number, r: number, z: number): Point => {
    const [u, v] = [c / STEPS - 0.5, r / STEPS - 0.5];
    const depth = u * sin - v * cos;
    return [u * cos + v * sin, depth * lean - z * TALL * rise, depth];
  };
  const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  heights.forEach((row, r) => row.forEach((z, c) => {
    const point = seen(c, r, z);
    for (const k of [0, 1]) [low[k], high[k]] = [Math.min(low[k], point[k]), Math.max(high[k], point[k])];
  }));
  const scale = 0.94 * Math.min(width / (high[0] - low[0]), height / (high[1] - low[1]));
  return (c, r, z) => {
    const [x, y, depth] = seen(c, r, z);
    return [width / 2 + (x - (low[0] + high[0]) / 2) * scale, height / 2 + (y - (low[1] + high[1]) / 2) * scale, depth];
  };
}

function faces(context: CanvasRenderingContext2D, heights: number[][], project: (c: number, r: number, z: number) => Point): { c: number; r: number; draw(): void }[] {
  const shade = grounds();
  const [ink, paper] = [rgb(colour("ink")), rgb(colour("paper"))];
  const made = [];
  for (let r = 0; r < STEPS; r++) {
    for (let c = 0; c < STEPS; c++) {
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      const z = corners.map(([a, b]) => heights[b][a]);
      const slope = z[1] - z[0] + (z[2] - z[3]) + 0.6 * (z[3] - z[0]);
      const lit = mixed(shade((z[0] + z[1] + z[2] + z[3]) / 4), slope > 0 ? ink : paper, Math.min(0.35, 1.6 * Math.abs(slope)));
      const draw = () => {
        context.setLineDash([]);
        context.lineWidth = 0.6;
        context.fillStyle = css(lit);
        context.strokeStyle = css(mixed(lit, ink, 0.08));
        context.beginPath();
        corners.forEach(([a, b], k) => context.lineTo(...(project(a, b, z[k]).slice(0, 2) as [number, number])));
        context.closePath();
        context.fill();
        context.stroke();
      };
      made.push({ c, r, draw });
    }
  }
  return made;
}

/** A run of a way, laid on the ground and cut at the borders of the faces, so that each piece has the depth of its face. */
function trail(
  context: CanvasRenderingContext2D, run: number[][], lane: number, depth: (c: number, r: number) => number, on: (c: number, r: number) => Point,
  seen: (c: number, r: number) => boolean, face: number,
): Thing[] {
  const things: Thing[] = [];
  const [tone, paper] = [laneColour(lane), colour("paper")];
  let length = 0;
  let from = run[0];
  for (const to of run.slice(1)) {
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < CLOSE) continue;
    const shares = [0, ...crossings(from[0], to[0]), ...crossings(from[1], to[1]), 1].sort((a, b) => a - b);
    for (let k = 1; k < shares.length; k++) {
      const [a, b] = [shares[k - 1], shares[k]].map((share) => [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
      const [p, q] = [on(a[0], a[1]), on(b[0], b[1])];
      const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as const;
      const near = depth(...middle) + 1.2 * face;
      const begun = length;
      const stroke = (colourOf: string, thick: number, dash: number[]) => () => {
        context.strokeStyle = colourOf;
        context.lineWidth = thick;
        context.lineCap = dash.length ? "butt" : "round";
        context.setLineDash(dash);
        context.lineDashOffset = begun;
        context.beginPath();
        context.moveTo(p[0], p[1]);
        context.lineTo(q[0], q[1]);
        context.stroke();
      };
      // The pale rim of a piece is drawn a little before it, lest it cover the end of the piece behind.
      if (seen(...middle)) things.push({ depth: near - 0.3 * face, draw: stroke(paper, 3.6, []) }, { depth: near, draw: stroke(tone, 1.9, DASHES[lane]) });
      length += Math.hypot(q[0] - p[0], q[1] - p[1]);
    }
    from = to;
  }
  return things;
}

/** The shares of the way from *a* to *b* at which it crosses whole numbers. */
function crossings(a: number, b: number): number[] {
  const made: number[] = [];
  for (let k = Math.floor(Math.min(a, b)) + 1; k < Math.max(a, b); k++) made.push((k - a) / (b - a));
  return made;
}

function ball(context: CanvasRenderingContext2D, [x, y]: Point, tone: string): void {
  const light = context.createRadialGradient(x - 2.5, y - 7.5, 0.5, x, y - 5, 7.5);
  light.addColorStop(0, "#ffffff");
  light.addColorStop(0.35, tone);
  light.addColorStop(1, tone);
  context.setLineDash([]);
  context.fillStyle = light;
  context.beginPath();
  context.arc(x, y - 5, 7, 0, 7);
  context.fill();
  context.strokeStyle = colour("paper");
  context.lineWidth = 1;
  context.stroke();
}

/** Where a ball has left the window. */
function ring(context: CanvasRenderingContext2D, [x, y]: Point, tone: string): void {
  context.setLineDash([]);
  context.strokeStyle = tone;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 5, 0, 7);
  context.stroke();
}
