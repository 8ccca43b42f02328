// Pictures of single units, in the network and close up: their maps, and the sign of those that are dead.

import { colour, type Rgb } from "../core/palette.ts";
import { paintPixels } from "../core/pixels.ts";
import type { Arrays } from "../core/types.ts";

/** Whether a unit's output is the same for all examples: nothing it is asked makes a difference to it. */
export function isDead(arrays: Arrays, k: number, i: number): boolean {
  return arrays.get(`network.dead${k - 1}`)?.data[i] === 1;
}

/** Cross a dead unit out. */
export function cross(context: CanvasRenderingContext2D, left: number, top: number, size: number): void {
  for (const [tone, thick] of [[colour("paper"), 4], [colour("ink"), 1.6]] as const) {
    context.strokeStyle = tone;
    context.lineWidth = thick;
    context.beginPath();
    context.moveTo(left + 1, top + 1);
    context.lineTo(left + size - 1, top + size - 1);
    context.moveTo(left + size - 1, top + 1);
    context.lineTo(left + 1, top + size - 1);
    context.stroke();
  }
}

let small: HTMLCanvasElement | null = null;

/** The map of one unit as an image of its own size. */
export function tile(data: Uint8Array, shape: number[], i: number, shades: Rgb[]): HTMLCanvasElement {
  const [, rows, columns] = shape;
  small ??= document.createElement("canvas");
  paintPixels(small, rows, columns, (top, column) => shades[data[(i * rows + rows - 1 - top) * columns + column]]);
  return small;
}
