// Colours and dashes as in the project's figures (ravine.view.style): a lane has both, so that neither eye loses it.

export const DASHES: number[][] = [
  [], [10, 4], [2.5, 3], [13, 3, 3, 3], [5.5, 3], [13, 3, 3, 3, 3, 3], [18, 5], [8, 3, 2.5, 3],
];

export type Rgb = [number, number, number];

let root: HTMLElement | null = null;
let cache = new Map<string, string>();
let ramp: Rgb[] | null = null;

/** Where the colours are defined; called again after a change of the theme. */
export function setPalette(element: HTMLElement): void {
  root = element;
  cache = new Map();
  ramp = null;
}

export function colour(name: string): string {
  let found = cache.get(name);
  if (found === undefined && root) {
    found = getComputedStyle(root).getPropertyValue(`--${name}`).trim();
    cache.set(name, found);
  }
  return found || "#808080";
}

export const laneColour = (lane: number): string => colour(`line${lane % 8}`);

/** #rrggbb, or #rgb, which a minifier makes of it where it can. */
export function rgb(text: string): Rgb {
  const long = text.length === 4 ? text.replace(/[^#]/g, "$&$&") : text;
  return [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16)) as Rgb;
}

export function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  return [0, 1, 2].map((k) => Math.round(from[k] + (to[k] - from[k]) * share)) as Rgb;
}

/** A value between *low*, black, and *high*, white. */
export function grey(value: number, low: number, high: number): Rgb {
  const shade = Math.round((255 * (value - low)) / (high - low));
  return [shade, shade, shade];
}

export const css = (shade: Rgb): string => `rgb(${shade.join(",")})`;

export const classColours = (count: number): Rgb[] => Array.from({ length: count }, (_, k) => rgb(colour(`line${k % 9}`)));

/** 256 colours from the negative one over the paper, which 127 and 128 are, to the positive one. */
export function diverging(): Rgb[] {
  if (ramp) return ramp;
  const ends = [rgb(colour("line1")), rgb(colour("paper")), rgb(colour("line0"))];
  ramp = Array.from({ length: 256 }, (_, v) =>
    v < 128 ? mixed(ends[1], ends[0], (127 - v) / 127) : mixed(ends[1], ends[2], (v - 128) / 127));
  return ramp;
}
