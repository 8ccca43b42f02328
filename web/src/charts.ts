// Small charts of one moment: bars per layer, histograms, the confusion matrix, residuals, the surface of the loss.

import { colour, h, replace, s } from "./dom.ts";
import { number, t } from "./i18n.ts";
import { DASHES } from "./curves.ts";
import type { Arrays, Facts } from "./types.ts";

/** Lines over the layers, one per lane, logarithmic. */
export function perLayer(box: HTMLElement, array: { data: ArrayLike<number>; shape: number[] } | undefined, labels: string[], facts: Facts, hint: string): void {
  if (!array) return;
  const [lanes, layers] = array.shape, width = 560, height = 210, left = 70, bottom = 30;
  const values = Array.from(array.data).filter((v) => Number.isFinite(v) && v > 0);
  const low = Math.floor(Math.log10(Math.min(...values, 1))), high = Math.ceil(Math.log10(Math.max(...values, 1e-12)) + 1e-9);
  const x = (k: number) => left + ((k + 0.5) * (width - left - 10)) / layers;
  const y = (v: number) => 12 + ((high - Math.log10(v)) / Math.max(1, high - low)) * (height - bottom - 12);
  const parts: SVGElement[] = [];
  for (let power = low; power <= high; power += Math.max(1, Math.ceil((high - low) / 6))) {
    parts.push(s("line", { x1: left, x2: width - 8, y1: y(10 ** power), y2: y(10 ** power), class: "grid" }),
      s("text", { x: left - 8, y: y(10 ** power) + 4, "text-anchor": "end" }, number(10 ** power, 1)));
  }
  for (let k = 0; k < layers; k++) parts.push(s("text", { x: x(k), y: height - 10, "text-anchor": "middle" }, k === layers - 1 ? t("output") : String(k + 1)));
  for (let lane = 0; lane < lanes; lane++) {
    const points = Array.from({ length: layers }, (_, k) => array.data[lane * layers + k]).map((v, k) => [x(k), y(v), v]);
    const good = points.filter((p) => Number.isFinite(p[1]));
    parts.push(s("polyline", { points: good.map((p) => `${p[0]},${p[1]}`).join(" "), fill: "none", stroke: colour(`line${lane}`), "stroke-width": 2, "stroke-dasharray": DASHES[lane].join(" ") }));
    for (const [px, py, v] of good) parts.push(s("circle", { cx: px, cy: py, r: 3.2, fill: colour(`line${lane}`) }, s("title", {}, `${labels[lane]}: ${number(v)}`)));
  }
  const rows = Array.from({ length: lanes }, (_, lane) => h("tr", {}, h("th", {}, labels[lane]),
    ...Array.from({ length: layers }, (_, k) => h("td", {}, number(array.data[lane * layers + k])))));
  replace(box, h("p", { class: "hint" }, hint), s("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": hint }, ...parts),
    h("details", { open: box.querySelector("details")?.open ?? false }, h("summary", {}, t("table")), h("table", { class: "twin" }, ...rows)));
  void facts;
}

export function histograms(box: HTMLElement, arrays: Arrays, facts: Facts): void {
  const shares = arrays.get("histogram"), ranges = arrays.get("histogram.range"), dead = arrays.get("dead"), saturated = arrays.get("saturated");
  if (!shares || !ranges || !dead || !saturated) return;
  const [layers, bins] = shares.shape;
  const figures = Array.from({ length: layers }, (_, k) => {
    const row = Array.from({ length: bins }, (_, b) => shares.data[k * bins + b]), top = Math.max(...row, 1e-9);
    const bars = row.map((share, b) => s("rect", { x: 4 + b * 9, y: 84 - 76 * (share / top), width: 8, height: 76 * (share / top), fill: colour("line0") }));
    const words = `${facts.layers[k].activation} · ${t("dead")} ${number(100 * dead.data[k], 2)} % · ${t("saturated")} ${number(100 * saturated.data[k], 2)} %`;
    return h("figure", {}, s("svg", { viewBox: "0 0 188 100", class: "chart small", role: "img", "aria-label": `${t("layer")} ${k + 1}: ${words}` }, ...bars,
      s("line", { x1: 4, x2: 184, y1: 84.5, y2: 84.5, class: "grid" }),
      s("text", { x: 4, y: 97 }, number(ranges.data[2 * k], 2)), s("text", { x: 184, y: 97, "text-anchor": "end" }, number(ranges.data[2 * k + 1], 2))),
      h("figcaption", {}, `${t("layer")} ${k + 1}: ${words}`));
  });
  replace(box, h("div", { class: "multiples" }, ...figures));
}

export function confusion(box: HTMLElement, arrays: Arrays, facts: Facts): void {
  const matrix = arrays.get("confusion");
  if (!matrix || !facts.classes) return;
  const count = matrix.shape[0], rows = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => matrix.data[i * count + j]));
  replace(box, h("p", { class: "hint" }, t("confusionHint")), h("table", { class: "confusion" },
    h("tr", {}, h("th", {}), ...facts.classes.map((name) => h("th", { scope: "col" }, name))),
    ...rows.map((row, i) => {
      const total = row.reduce((sum, n) => sum + n, 0) || 1;
      return h("tr", {}, h("th", { scope: "row" }, facts.classes![i]),
        ...row.map((n, j) => h("td", { style: `--share:${((i === j ? 100 : 160) * n) / total}%`, class: i === j ? "right" : "wrong" }, String(n))));
    })));
}

export function residuals(box: HTMLElement, arrays: Arrays): void {
  const pairs = arrays.get("residuals");
  if (!pairs) return;
  const n = pairs.shape[0], xs = Array.from({ length: n }, (_, i) => pairs.data[2 * i]), ys = Array.from({ length: n }, (_, i) => pairs.data[2 * i + 1]);
  const [x0, x1, top] = [Math.min(...xs), Math.max(...xs), Math.max(...ys.map(Math.abs), 1e-9)];
  const px = (v: number) => 60 + (490 * (v - x0)) / (x1 - x0 || 1), py = (v: number) => 105 - (90 * v) / top;
  replace(box, h("p", { class: "hint" }, t("residualsHint")), s("svg", { viewBox: "0 0 560 215", class: "chart", role: "img", "aria-label": t("residualsHint") },
    s("line", { x1: 60, x2: 550, y1: 105, y2: 105, class: "grid" }),
    s("text", { x: 52, y: 20, "text-anchor": "end" }, number(top, 2)), s("text", { x: 52, y: 199, "text-anchor": "end" }, number(-top, 2)),
    ...xs.map((x, i) => s("circle", { cx: px(x), cy: py(ys[i]), r: 2, fill: colour("line0"), "fill-opacity": 0.6 }))));
}

export interface Plane { x: number[]; y: number[]; z: (number | null)[][] }
export interface Path { points: number[][]; colour: number; label: string }

/** Heights as shades, even in their logarithm, with paths over them; returns where a place of the canvas lies. */
export function heights(canvas: HTMLCanvasElement, plane: Plane, paths: Path[], marks: number[][], upTo = Infinity): (event: MouseEvent) => [number, number] {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth || 480, height = canvas.clientHeight || 320, context = canvas.getContext("2d")!;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const finite = plane.z.flat().filter((v): v is number => v !== null && Number.isFinite(v)), low = Math.min(...finite);
  const sorted = finite.map((v) => v - low).sort((a, b) => a - b), floor = Math.max(sorted[Math.floor(sorted.length * 0.02)], (sorted[sorted.length - 1] || 1) * 1e-6);
  const span = Math.log((sorted[sorted.length - 1] || 1) / floor) || 1, ink = colour("ink"), paper = colour("paper");
  const [rows, columns] = [plane.y.length, plane.x.length], small = document.createElement("canvas");
  small.width = columns; small.height = rows;
  const pixels = small.getContext("2d")!.createImageData(columns, rows), from = parse(paper), to = parse(ink);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    const v = plane.z[r][c], at = 4 * ((rows - 1 - r) * columns + c);
    const level = v === null || !Number.isFinite(v) ? 14 : Math.round((14 * Math.max(0, Math.log(Math.max(v - low, floor) / floor))) / span);
    const share = 0.02 + 0.3 * (level / 14);
    for (let k = 0; k < 3; k++) pixels.data[at + k] = from[k] + (to[k] - from[k]) * share;
    pixels.data[at + 3] = 255;
  }
  small.getContext("2d")!.putImageData(pixels, 0, 0);
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, width, height);
  const [x0, x1, y0, y1] = [plane.x[0], plane.x[columns - 1], plane.y[0], plane.y[rows - 1]];
  const px = (x: number) => ((x - x0) / (x1 - x0)) * width, py = (y: number) => height - ((y - y0) / (y1 - y0)) * height;
  for (const [x, y] of marks) { context.fillStyle = ink; context.font = "18px sans-serif"; context.textAlign = "center"; context.fillText("★", px(x), py(y) + 6); }
  for (const path of paths) {
    const shown = path.points.slice(0, Math.min(path.points.length, upTo + 1)).filter((p) => p.every((v) => v !== null && Number.isFinite(v)));
    context.strokeStyle = context.fillStyle = colour(`line${path.colour}`);
    context.lineWidth = 2; context.setLineDash(DASHES[path.colour % 8]);
    context.beginPath();
    for (const [x, y] of shown) context.lineTo(px(x), py(y));
    context.stroke(); context.setLineDash([]);
    const end = shown[shown.length - 1];
    if (end) { context.beginPath(); context.arc(px(end[0]), py(end[1]), 5, 0, 7); context.fill(); }
  }
  return (event) => {
    const box = canvas.getBoundingClientRect();
    return [x0 + ((event.clientX - box.left) / box.width) * (x1 - x0), y1 - ((event.clientY - box.top) / box.height) * (y1 - y0)];
  };
}

function parse(text: string): number[] {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}
