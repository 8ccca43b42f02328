// A relief in three dimensions on a plain canvas: faces from back to front, ways and balls over them.

import { sharp } from "../core/dom.ts";
import { colour, css, laneColour, mixed, rgb } from "../core/palette.ts";
import { finite, grounds, type Plane, type Way } from "./terrain.ts";

export interface View { turn: number; tilt: number }

const STEPS = 44;
const TALL = 0.62;

/** The relief of *plane* seen from *view*; heights are the levels, so that a deep ravine does not hide all else. */
export function paintRelief(
  canvas: HTMLCanvasElement, plane: Plane, levels: Float32Array, of: (z: number) => number, ways: (Way & { values: (number | null)[] })[],
  view: View, upTo = Infinity,
): void {
  const { context, width, height } = sharp(canvas);
  const columns = plane.x.length;
  const rows = plane.y.length;
  const [x0, x1, y0, y1] = [plane.x[0], plane.x[columns - 1], plane.y[0], plane.y[rows - 1]];
  const [sin, cos] = [Math.sin(view.turn), Math.cos(view.turn)];
  const [lean, rise] = [Math.sin(view.tilt), Math.cos(view.tilt)];
  // u, v from -1/2 to 1/2, height from 0 to 1, seen at scale 1 from the middle.
  const seen = (u: number, v: number, z: number): [number, number, number] => {
    const depth = u * sin - v * cos;
    return [u * cos + v * sin, depth * lean - z * TALL * rise, depth];
  };
  const at = (c: number, r: number): number => levels[r * columns + c];
  const grid = (k: number, n: number) => Math.round((k * (n - 1)) / STEPS);
  const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (let r = 0; r <= STEPS; r++) {
    for (let c = 0; c <= STEPS; c++) {
      const point = seen(c / STEPS - 0.5, r / STEPS - 0.5, at(grid(c, columns), grid(r, rows)));
      for (const k of [0, 1]) [low[k], high[k]] = [Math.min(low[k], point[k]), Math.max(high[k], point[k])];
    }
  }
  const scale = 0.94 * Math.min(width / (high[0] - low[0]), height / (high[1] - low[1]));
  const project = (u: number, v: number, z: number): [number, number, number] => {
    const [x, y, depth] = seen(u, v, z);
    return [width / 2 + (x - (low[0] + high[0]) / 2) * scale, height / 2 + (y - (low[1] + high[1]) / 2) * scale, depth];
  };
  const faces: { depth: number; points: [number, number, number][]; level: number; slope: number }[] = [];
  for (let r = 0; r < STEPS; r++) {
    for (let c = 0; c < STEPS; c++) {
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]].map(([a, b]) => {
        const z = at(grid(a, columns), grid(b, rows));
        return { z, point: project(a / STEPS - 0.5, b / STEPS - 0.5, z) };
      });
      const slope = corners[1].z - corners[0].z + (corners[2].z - corners[3].z) + 0.6 * (corners[3].z - corners[0].z);
      faces.push({
        depth: corners.reduce((sum, { point }) => sum + point[2], 0), points: corners.map(({ point }) => point),
        level: corners.reduce((sum, { z }) => sum + z, 0) / 4, slope,
      });
    }
  }
  faces.sort((a, b) => a.depth - b.depth);
  const ground = grounds();
  const [ink, paper] = [rgb(colour("ink")), rgb(colour("paper"))];
  context.lineWidth = 0.6;
  for (const face of faces) {
    const lit = mixed(ground(face.level), face.slope > 0 ? ink : paper, Math.min(0.35, 1.6 * Math.abs(face.slope)));
    context.fillStyle = css(lit);
    context.strokeStyle = css(mixed(lit, ink, 0.08));
    context.beginPath();
    for (const [x, y] of face.points) context.lineTo(x, y);
    context.closePath();
    context.fill();
    context.stroke();
  }
  for (const way of ways) {
    const points = finite(way, upTo).map(([x, y], k) =>
      project((x - x0) / (x1 - x0) - 0.5, (y - y0) / (y1 - y0) - 0.5, of(way.values[k] ?? Infinity) + 0.012));
    if (!points.length) continue;
    for (const [tone, thick] of [[colour("paper"), 3.6], [laneColour(way.lane), 1.9]] as const) {
      context.strokeStyle = tone;
      context.lineWidth = thick;
      context.lineJoin = "round";
      context.beginPath();
      for (const [x, y] of points) context.lineTo(x, y);
      context.stroke();
    }
    ball(context, points[points.length - 1], laneColour(way.lane));
  }
}

function ball(context: CanvasRenderingContext2D, [x, y]: number[], tone: string): void {
  const light = context.createRadialGradient(x - 2.5, y - 7.5, 0.5, x, y - 5, 7.5);
  light.addColorStop(0, "#ffffff");
  light.addColorStop(0.35, tone);
  light.addColorStop(1, tone);
  context.fillStyle = light;
  context.beginPath();
  context.arc(x, y - 5, 7, 0, 7);
  context.fill();
  context.strokeStyle = colour("paper");
  context.lineWidth = 1;
  context.stroke();
}
