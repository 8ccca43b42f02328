// Charts of one moment: lines over the layers, histograms, the confusion matrix, residuals. Each with its table.

import type { App } from "../app.ts";
import { enlargement, html, replace, svg } from "../core/dom.ts";
import { number, percent, t, whole } from "../core/i18n.ts";
import { colour, DASHES, laneColour } from "../core/palette.ts";
import type { Arrays, Block } from "../core/types.ts";
import { swatch } from "./lanes.ts";

const layerName = (k: number, layers: number): string => (k === layers - 1 ? t("output") : String(k + 1));

/** How wide a chart may be that fills *box*, in units of its drawing. */
const room = (box: HTMLElement): number => Math.max(300, Math.round(box.clientWidth / enlargement(box)) || 680);

function twin(box: Element, head: string[], rows: (string | HTMLElement)[][]): HTMLElement {
  const open = box.querySelector<HTMLDetailsElement>("details.twin")?.open ?? false;
  return html("details", { class: "twin", open }, html("summary", {}, t("table")), html("table", {},
    html("thead", {}, html("tr", {}, ...head.map((text) => html("th", { scope: "col" }, text)))),
    html("tbody", {}, ...rows.map(([first, ...rest]) => html("tr", {}, html("th", { scope: "row" }, first), ...rest.map((cell) => html("td", {}, cell)))))));
}

/** One line per lane over the layers, on a logarithmic axis of whole decades. */
export function perLayer(box: HTMLElement, array: Block | undefined, app: App, hint: string, guide: boolean): void {
  if (!array) return;
  const [, layers] = array.shape;
  const lanes = app.active;
  const at = (lane: number, k: number) => array.data[lane * layers + k];
  const values = lanes.flatMap((lane) => Array.from({ length: layers }, (_, k) => at(lane, k))).filter((v) => Number.isFinite(v) && v > 0);
  const [width, height, left, bottom] = [room(box), 210, 58, 26];
  const low = values.length ? Math.floor(Math.log10(Math.min(...values))) : -3;
  const high = Math.max(low + 1, values.length ? Math.ceil(Math.log10(Math.max(...values))) : 0);
  const x = (k: number) => left + ((k + 0.5) * (width - left - 10)) / layers;
  const y = (v: number) => 10 + ((high - Math.log10(v)) / (high - low)) * (height - bottom - 14);
  const parts: SVGElement[] = [];
  const stride = Math.ceil((high - low) / 6);
  for (let power = low; power <= high; power += stride) {
    parts.push(svg("line", { x1: left, x2: width - 8, y1: y(10 ** power), y2: y(10 ** power), class: "grid" }),
      svg("text", { x: left - 8, y: y(10 ** power) + 4, "text-anchor": "end" }, number(10 ** power, 1)));
  }
  if (guide && low <= -3 && high >= -3) parts.push(svg("line", { x1: left, x2: width - 8, y1: y(1e-3), y2: y(1e-3), class: "guide" }));
  for (let k = 0; k < layers; k++) parts.push(svg("text", { x: x(k), y: height - 8, "text-anchor": "middle" }, layerName(k, layers)));
  for (const lane of lanes) {
    const good = Array.from({ length: layers }, (_, k) => [x(k), y(at(lane, k)), at(lane, k)]).filter(([, , v]) => Number.isFinite(v) && v > 0);
    parts.push(svg("polyline", {
      points: good.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" "), fill: "none", stroke: laneColour(lane), "stroke-width": 2, "stroke-dasharray": DASHES[lane].join(" "),
    }), ...good.map(([px, py, v]) => svg("circle", { cx: px, cy: py, r: 3.5, fill: laneColour(lane) }, svg("title", {}, `${app.label(lane)}: ${number(v)}`))));
  }
  const head = [t("ruleName"), ...Array.from({ length: layers }, (_, k) => (k === layers - 1 ? t("output") : t("layerN", { k: k + 1 })))];
  const rows = lanes.map((lane) => [app.label(lane), ...Array.from({ length: layers }, (_, k) => number(at(lane, k)))]);
  const key = html("p", { class: "key" }, ...lanes.map((lane) => html("span", {}, swatch(lane, 26), app.label(lane))));
  replace(box, html("p", { class: "hint", "data-live": true }, hint), key,
    svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": hint }, ...parts), twin(box, head, rows));
}

export function histograms(box: HTMLElement, arrays: Arrays, app: App, hint: string): void {
  const [shares, ranges, dead, saturated] = ["histogram", "histogram.range", "dead", "saturated"].map((name) => arrays.get(name));
  if (!shares || !ranges || !dead || !saturated) return;
  const [layers, bins] = shares.shape;
  const share = (block: Block, k: number) => percent(block.data[k], 0);
  // As many side by side as have room, over the whole width.
  const columns = Math.max(1, Math.min(layers, Math.floor(room(box) / 170)));
  const wide = Math.floor(room(box) / columns) - 18;
  const figures = Array.from({ length: layers }, (_, k) => {
    const row = Array.from({ length: bins }, (_, b) => shares.data[k * bins + b]);
    const top = Math.max(...row.filter(Number.isFinite), 1e-9);
    const bar = wide / bins;
    const bars = row.map((v, b) => svg("rect", { x: b * bar, y: 76 - 70 * (v / top || 0), width: bar - 1, height: 70 * (v / top || 0), fill: colour("line0") }));
    const [low, high] = [ranges.data[2 * k], ranges.data[2 * k + 1]];
    const name = `${t("layerN", { k: k + 1 })} · ${app.activation(k)}`;
    const zero = low < 0 && high > 0 ? svg("line", { x1: (wide * -low) / (high - low), x2: (wide * -low) / (high - low), y1: 2, y2: 76, class: "guide" }) : null;
    return html("figure", {}, html("figcaption", {}, html("b", {}, name)),
      svg("svg", { viewBox: `0 0 ${wide} 92`, class: "chart", role: "img", "aria-label": name }, ...bars, ...(zero ? [zero] : []), svg("line", { x1: 0, x2: wide, y1: 76.5, y2: 76.5, class: "grid" }),
        svg("text", { x: 0, y: 89 }, number(low, 2)), svg("text", { x: wide, y: 89, "text-anchor": "end" }, number(high, 2))),
      html("div", { class: "shares" }, meter(t("dead"), dead.data[k], share(dead, k)), meter(t("saturated"), saturated.data[k], share(saturated, k))));
  });
  const rows = Array.from({ length: layers }, (_, k) => [t("layerN", { k: k + 1 }), share(dead, k), share(saturated, k), number(ranges.data[2 * k]), number(ranges.data[2 * k + 1])]);
  replace(box, html("p", { class: "hint", "data-live": true }, hint), html("div", { class: "multiples", style: `--columns:${columns}` }, ...figures), twin(box, [t("layer"), t("dead"), t("saturated"), "min", "max"], rows));
}

function meter(label: string, value: number, text: string): HTMLElement {
  const bar = html("i", { style: `width:${100 * Math.max(0, Math.min(1, value || 0))}%` });
  return html("span", { class: "meter" }, html("span", {}, label), html("span", { class: "bar" }, bar), html("span", { class: "state" }, text));
}

export function confusion(box: HTMLElement, matrix: Block | undefined, names: string[] | null, hint: string): void {
  if (!matrix || !names) return;
  const count = matrix.shape[0];
  const at = (i: number, j: number) => matrix.data[i * count + j];
  const rows = names.map((name, i) => {
    let total = 0;
    for (let j = 0; j < count; j++) total += at(i, j);
    return html("tr", {}, html("th", { scope: "row" }, name), ...Array.from({ length: count }, (_, j) => html("td", {
      class: i === j ? "right" : "wrong", style: `--share:${(at(i, j) / (total || 1)).toFixed(3)}`, title: `${name} → ${names[j]}: ${percent(at(i, j) / (total || 1))}`,
    }, whole(at(i, j)))), html("td", { class: "sum" }, percent(at(i, i) / (total || 1), 0)));
  });
  replace(box, html("p", { class: "hint", "data-live": true }, hint), html("div", { class: "scroll" }, html("table", { class: "confusion" },
    html("thead", {}, html("tr", {}, html("td"), ...names.map((name) => html("th", { scope: "col" }, name)), html("td"))), html("tbody", {}, ...rows))));
}

export function residuals(box: HTMLElement, pairs: Block | undefined, hint: string): void {
  if (!pairs) return;
  const n = pairs.shape[0];
  const good = Array.from({ length: n }, (_, i) => [pairs.data[2 * i], pairs.data[2 * i + 1]]).filter((p) => p.every(Number.isFinite));
  const xs = good.map((p) => p[0]);
  const errors = good.map((p) => p[1]);
  const [x0, x1] = [Math.min(...xs, Infinity), Math.max(...xs, -Infinity)];
  const top = Math.max(...errors.map(Math.abs), 1e-9);
  const width = room(box);
  const px = (v: number) => 64 + ((width - 80) * (v - x0)) / (x1 - x0 || 1);
  const py = (v: number) => 100 - (88 * v) / top;
  const root = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / (errors.length || 1));
  const middle = errors.reduce((sum, e) => sum + e, 0) / (errors.length || 1);
  const lines = [top, 0, -top].flatMap((v) => [svg("line", { x1: 64, x2: width - 10, y1: py(v), y2: py(v), class: v === 0 ? "guide" : "grid" }),
    svg("text", { x: 56, y: py(v) + 4, "text-anchor": "end" }, number(v, 2))]);
  const ends = good.length ? [svg("text", { x: 64, y: 208 }, number(x0, 2)), svg("text", { x: width - 16, y: 208, "text-anchor": "end" }, number(x1, 2)), svg("text", { x: 64 + (width - 80) / 2, y: 208, "text-anchor": "middle" }, t("targetAxis"))] : [];
  replace(box, html("p", { class: "hint", "data-live": true }, `${hint}. RMSE ${number(root)}, ${t("mean")} ${number(middle)}`),
    svg("svg", { viewBox: `0 0 ${width} 212`, class: "chart", role: "img", "aria-label": hint }, ...lines, ...ends,
      ...good.slice(0, 1000).map(([x, e]) => svg("circle", { cx: px(x).toFixed(1), cy: py(e).toFixed(1), r: 2.2, fill: colour("line0"), "fill-opacity": 0.55 }))),
    twin(box, [t("targetAxis"), t("residualAxis")], good.slice(0, 50).map(([x, e]) => [number(x), number(e)])));
}
