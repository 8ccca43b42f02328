// The network of a lane: units as maps of their output, weights as lines by sign and size; a weight may be edited.

import { colour, h, numeric, replace, rgb, s } from "./dom.ts";
import { number, t } from "./i18n.ts";
import type { Arrays, Facts } from "./types.ts";

const DRAWN = 16;

export class NetworkView {
  readonly element = h("section", { class: "network", "aria-label": t("network") });
  private svg = s("svg", { class: "net", role: "img" });
  private editor = h("div", { class: "weight", "aria-live": "polite" });
  private images: (SVGImageElement | null)[][] = [];
  private lines: { line: SVGLineElement; k: number; i: number; j: number }[] = [];
  private arrays: Arrays = new Map();

  constructor(private edit: (layer: number, index: number[], value: number) => void) {
    this.element.append(this.svg, this.editor);
  }

  build(facts: Facts): void {
    const width = 640, height = 280, sizes = [facts.inputs, ...facts.layers.map((layer) => layer.units)];
    const shown = sizes.map((size) => Math.min(size, DRAWN)), columns = sizes.length;
    const unit = Math.max(10, Math.min(30, (height - 40) / Math.max(...shown) - 4));
    const x = (k: number) => 46 + (k * (width - 92)) / Math.max(1, columns - 1);
    const y = (k: number, i: number) => height / 2 + 6 + (i - (shown[k] - 1) / 2) * Math.min(unit + 8, (height - 46) / shown[k]);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("aria-label", sizes.join(" – "));
    this.images = []; this.lines = [];
    const edges: SVGElement[] = [], nodes: SVGElement[] = [];
    for (let k = 0; k + 1 < columns; k++) {
      for (let i = 0; i < shown[k]; i++) {
        for (let j = 0; j < shown[k + 1]; j++) {
          const line = s("line", {
            x1: x(k) + unit / 2, y1: y(k, i), x2: x(k + 1) - unit / 2, y2: y(k + 1, j), class: "edge", tabindex: -1,
            onclick: () => this.open(k, i, j), onmouseenter: () => this.open(k, i, j),
          });
          this.lines.push({ line, k, i, j });
          edges.push(line);
        }
      }
    }
    sizes.forEach((size, k) => {
      const images: (SVGImageElement | null)[] = [];
      for (let i = 0; i < shown[k]; i++) {
        const at = { x: x(k) - unit / 2, y: y(k, i) - unit / 2, width: unit, height: unit };
        const image = k > 0 && k < columns - 1 && facts.inputs === 2 ? s("image", { ...at, class: "unit-map", preserveAspectRatio: "none" }) : null;
        images.push(image);
        const name = k === 0 ? `x${i + 1}` : k === columns - 1 ? facts.classes?.[i] ?? "y" : "";
        nodes.push(s("g", { class: "unit", tabindex: 0, role: "img", "aria-label": `${k}.${i + 1} ${name}` },
          s("rect", { ...at, rx: 4, class: "box" }), image, s("rect", { ...at, rx: 4, class: "frame" }),
          name ? s("text", { x: k === 0 ? x(k) - unit / 2 - 5 : x(k) + unit / 2 + 5, y: y(k, i) + 4, "text-anchor": k === 0 ? "end" : "start" }, name) : null));
      }
      this.images.push(images);
      const layer = facts.layers[k - 1];
      const caption = k === 0 ? "" : layer.activation + (size > DRAWN ? ` (${size})` : "");
      nodes.push(s("text", { x: x(k), y: 14, "text-anchor": "middle", class: "caption" }, caption));
      if (size > DRAWN) nodes.push(s("text", { x: x(k), y: height - 2, "text-anchor": "middle", class: "caption" }, t("summarised", { count: size })));
    });
    replace(this.svg, ...edges, ...nodes);
    replace(this.editor);
  }

  draw(arrays: Arrays): void {
    if (![...arrays.keys()].some((name) => name.startsWith("network."))) return;
    this.arrays = arrays;
    const positive = colour("line0"), negative = colour("line1");
    const largest: number[] = [];
    for (const { line, k, i, j } of this.lines) {
      const matrix = arrays.get(`network.W${k}`);
      if (!matrix) { line.style.opacity = "0.15"; continue; }
      largest[k] ??= Math.max(1e-9, ...Array.from(matrix.data as Float32Array, Math.abs));
      const w = matrix.data[i * matrix.shape[1] + j], share = Math.abs(w) / largest[k];
      line.style.stroke = Number.isFinite(w) ? (w < 0 ? negative : positive) : "#888";
      line.style.strokeWidth = String(0.4 + 3.6 * share);
      line.style.opacity = String(0.15 + 0.85 * share);
    }
    const low = rgb(negative), paper = rgb(colour("paper")), high = rgb(positive);
    this.images.forEach((images, k) => {
      const maps = arrays.get(`network.unit${k - 1}`);
      if (!maps) return;
      const [units, rows, columns] = maps.shape;
      images.forEach((image, i) => {
        if (!image || i >= units) return;
        const canvas = document.createElement("canvas");
        canvas.width = columns; canvas.height = rows;
        const context = canvas.getContext("2d")!, pixels = context.createImageData(columns, rows);
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const value = maps.data[(i * rows + row) * columns + column], share = Math.abs(value - 127.5) / 127.5;
            const end = value < 127.5 ? low : high, to = 4 * ((rows - 1 - row) * columns + column);
            for (let c = 0; c < 3; c++) pixels.data[to + c] = paper[c] + (end[c] - paper[c]) * share;
            pixels.data[to + 3] = 255;
          }
        }
        context.putImageData(pixels, 0, 0);
        image.setAttribute("href", canvas.toDataURL());
      });
    });
  }

  private open(k: number, i: number, j: number): void {
    const matrix = this.arrays.get(`network.W${k}`);
    if (!matrix || this.editor.contains(document.activeElement)) return;
    const value = matrix.data[i * matrix.shape[1] + j];
    const input = numeric(value, (given) => this.edit(k, [i, j], given), { label: t("weight") });
    input.value = number(value, 4).replace(/[^\d,.eE−-]/g, "").replace("−", "-");
    replace(this.editor, h("label", {}, `${t("weight")} ${k + 1}: ${i + 1} → ${j + 1} `, input));
  }
}
