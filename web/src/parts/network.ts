// The network of the shown lane: units as pictures of their output, weights as lines by sign and size.

import type { App, Part } from "../app.ts";
import type { Open } from "../core/dismiss.ts";
import { enlargement, html, replace, sharp, svg } from "../core/dom.ts";
import { number, t } from "../core/i18n.ts";
import { colour, diverging } from "../core/palette.ts";
import { Inspector, type Unit } from "./inspector.ts";
import { editLayer } from "./layers.ts";
import { block, GAP, SAMPLE, SMALLEST } from "./layout.ts";
import { cross, isDead, tile } from "./tiles.ts";

/** Layers closer than this have short captions. */
const TIGHT = 76;
/** How wide a letter of a caption is, about. */
const LETTER = 6;
/** Above so many lines a canvas draws them: SVG would be too slow. */
const LINES_SVG = 500;

interface Edge { k: number; i: number; j: number; x1: number; y1: number; x2: number; y2: number; line: SVGPathElement | null }

/** A word above a column; *whole* is what it is short for. */
const caption = (x: number, text: string, whole = text): SVGElement =>
  svg("text", { x, y: 13, "text-anchor": "middle", class: "caption" }, text, whole === text ? null : svg("title", {}, whole));

export class Network implements Part {
  readonly element = html("section", { class: "panel network", "aria-label": t("networkPicture") });
  private head = html("div", { class: "head" });
  private stage = html("div", { class: "stage" });
  private canvas = html("canvas", { "aria-hidden": "true" });
  private svg = svg("svg", { class: "net", role: "group", "aria-label": t("networkPicture") });
  private inspector: Inspector;
  private edges: Edge[] = [];
  private places: { x: number; y: number }[][] = [];
  private sides: [number, number][] = [];
  private spacing = 0;
  private unit = 30;
  /** Pixels of the screen per unit of the drawing, which grows with the page's letters. */
  private scale = 1;
  private built = "";
  private focus: [number, number] = [1, 0];
  private names: string[] = [];
  private inputs: string[] = [];

  constructor(private app: App) {
    this.inspector = new Inspector(app);
    this.stage.append(this.canvas, this.svg, this.inspector.element);
    this.element.append(this.head, this.stage);
    this.stage.addEventListener("pointerleave", () => this.inspector.leave());
  }

  opened(): Open[] {
    return this.inspector.opened();
  }

  views(): string[] {
    return this.app.place === "lab" ? ["network"] : [];
  }

  made(): void {
    this.built = "";
    this.inspector.close();
    this.heading();
  }

  chosen(): void {
    this.heading();
  }

  private heading(): void {
    const { app } = this;
    const name = app.facts ? `${t("network")} · ${app.label(app.lane)}` : t("network");
    replace(this.head, html("h2", {}, name), html("span", { class: "key" },
      html("span", { title: t("ownScale") }, html("span", { style: `color:${colour("line1")}` }, "−"), html("span", { class: "scale minus" }), "0", html("span", { class: "scale plus" }), html("span", { style: `color:${colour("line0")}` }, "+")),
      html("span", { title: t("deadHint") }, crossed(), t("deadUnit"))));
  }

  /** The layout, where the facts or the size are new. */
  private build(): void {
    const { facts } = this.app;
    this.scale = enlargement(this.stage);
    const width = this.stage.clientWidth / this.scale;
    const height = this.stage.clientHeight / this.scale;
    if (!facts || !width || !height) return;
    const mark = `${this.app.id} ${width} ${height}`;
    if (mark === this.built) return;
    this.built = mark;
    const sizes = [facts.inputs, ...facts.layers.map((layer) => layer.units)];
    const blocks = sizes.map((size, k) => block(size, k === 0 ? facts.images?.width ?? 0 : 0, height, (width - 120) / (sizes.length - 1)));
    const rows = Math.max(...blocks.map((each) => each.rows));
    const columns = Math.max(...blocks.map((each) => each.columns));
    this.unit = Math.max(SMALLEST, Math.min(52, (height - 66) / rows - 5, (width - 150) / sizes.length / 1.6 / columns));
    const { unit } = this;
    const half = blocks.map((each) => (each.columns * unit + (each.columns - 1) * GAP) / 2);
    // Columns of one's own table and classes have the room that their names need, classes up to a third of the picture.
    this.inputs = facts.inputs <= SAMPLE ? Array.from({ length: facts.inputs }, (_, i) => this.app.inputName(i)) : [];
    const left = Math.max(40, ...this.inputs.map((name) => lettered(name) + 16)) + half[0];
    this.names = (this.app.classNames ?? ["y"]).map((name) => fitted(name, width / 3));
    const room = Math.max(46, ...this.names.map(lettered)) + 16;
    const right = width - room - half[half.length - 1];
    this.spacing = (right - left) / (sizes.length - 1);
    const middle = (k: number) => left + (k * (right - left)) / (sizes.length - 1);
    const step = (k: number) => Math.min(unit + (blocks[k].columns > 1 ? GAP : 12), (height - 66) / blocks[k].rows);
    this.sides = blocks.map((_, k) => [middle(k) - half[k], middle(k) + half[k]]);
    this.places = blocks.map(({ drawn, rows: most, columns: across, byRow }, k) => Array.from({ length: drawn }, (_, i) => {
      const [row, column] = byRow ? [Math.floor(i / across), i % across] : [i % most, Math.floor(i / most)];
      return { x: this.sides[k][0] + unit / 2 + column * (unit + GAP), y: 38 + (height - 56) / 2 + (row - (most - 1) / 2) * step(k) };
    }));
    this.lines(facts.shapes.length);
    replace(this.svg, ...this.edges.flatMap((edge) => this.path(edge)), ...this.nodes(sizes), ...this.captions(sizes));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.rove();
  }

  private lines(layers: number): void {
    this.edges = [];
    for (let k = 0; k < layers; k++) {
      // Lines begin and end at the sides of a layer, and cross none of its units.
      const [x1, x2] = [this.sides[k][1], this.sides[k + 1][0]];
      this.places[k].forEach((a, i) => this.places[k + 1].forEach((b, j) => {
        this.edges.push({ k, i, j, x1, y1: a.y, x2, y2: b.y, line: null });
      }));
    }
  }

  private path(edge: Edge): SVGElement[] {
    if (this.edges.length > LINES_SVG) return [];
    const middle = (edge.x1 + edge.x2) / 2;
    const d = `M${edge.x1} ${edge.y1} C${middle} ${edge.y1} ${middle} ${edge.y2} ${edge.x2} ${edge.y2}`;
    edge.line = svg("path", { d, class: "edge" });
    const over = () => this.inspector.weigh(edge.k, edge.i, edge.j);
    const touch = svg("path", { d, class: "touch", onpointerenter: over, onclick: () => this.inspector.edit(edge.k, edge.i, edge.j) });
    return [edge.line, touch];
  }

  private nodes(sizes: number[]): SVGElement[] {
    const { facts } = this.app;
    if (!facts) return [];
    const { unit } = this;
    return this.places.flatMap((column, k) => column.map((place, i) => {
      const last = k === sizes.length - 1;
      const name = k === 0 ? this.inputs[i] ?? "" : last ? this.names[i] ?? "" : "";
      const which: Unit = { k, i };
      return svg("g", {
        class: "unit", tabindex: -1, role: "button", "data-unit": `${k}.${i}`, "data-space": true, "aria-label": this.spoken(which),
        onpointerenter: () => this.inspector.look(which), onfocus: () => {
          this.inspector.look(which);
          this.focus = [k, i];
          this.speak(which);
        },
        onblur: () => this.inspector.leave(), onclick: () => this.inspector.keep(which),
        onkeydown: (event: KeyboardEvent) => this.move(event, which),
      },
      svg("rect", { x: place.x - unit / 2, y: place.y - unit / 2, width: unit, height: unit, rx: 4, class: "frame" }),
      svg("text", { x: place.x + (k === 0 ? -unit / 2 - 6 : unit / 2 + 6), y: place.y + 4, "text-anchor": k === 0 ? "end" : "start", "aria-hidden": "true" }, name));
    }));
  }

  private captions(sizes: number[]): SVGElement[] {
    const { app } = this;
    const { facts } = app;
    if (!facts) return [];
    const middle = (k: number) => (this.sides[k][0] + this.sides[k][1]) / 2;
    return this.activations(sizes.length - 2, middle).concat(sizes.flatMap((size, k) => {
      const x = middle(k);
      const drawn = this.places[k].length;
      const tight = this.spacing < TIGHT;
      const hidden = k > 0 && k < sizes.length - 1;
      const made: SVGElement[] = [];
      if (!hidden) made.push(caption(x, k === 0 ? t("input") : tight ? t("output") : `${t("output")} · ${app.activation(k - 1)}`));
      if (drawn < size) {
        made.push(svg("text", { x, y: this.stage.clientHeight / this.scale - 4, "text-anchor": "middle", class: "caption" }, tight ? `${drawn}/${size}` : t("summarised", { count: drawn, all: size })));
      }
      // Too close together for buttons, the numbers of units are changed beside the pictures.
      if (hidden && !app.fixed && !tight) made.push(...this.buttons(k - 1, size, x));
      else if (hidden) made.push(svg("text", { x, y: 30, "text-anchor": "middle", class: "caption" }, String(size)));
      return made;
    }));
  }

  /** What the hidden layers' activations are called: each above its layer, or once above neighbours that share it, where there is less room. */
  private activations(hidden: number, middle: (k: number) => number): SVGElement[] {
    const names = Array.from({ length: hidden }, (_, k) => this.app.activation(k));
    const roomy = names.every((name) => name.length * LETTER < this.spacing);
    const made: SVGElement[] = [];
    for (let first = 0, last = 0; first < hidden; first = ++last) {
      while (!roomy && names[last + 1] === names[first]) last++;
      const room = Math.max(1, Math.floor(((last - first + 1) * this.spacing) / LETTER) - 1);
      made.push(caption((middle(first + 1) + middle(last + 1)) / 2, names[first].length > room ? `${names[first].slice(0, room)}…` : names[first], names[first]));
    }
    return made;
  }

  private buttons(layer: number, size: number, x: number): SVGElement[] {
    const { app } = this;
    const one = (sign: string, by: number, at: number) => {
      const label = t(by > 0 ? "moreUnits" : "fewerUnits", { k: layer + 1 });
      const possible = size + by >= 1 && size + by <= app.catalogue.limits.units;
      const act = () => editLayer(app, layer, { units: app.configuration.network.layers[layer].units + by });
      return svg("g", {
        class: "knob", role: "button", tabindex: possible ? 0 : -1, "aria-label": label, "aria-disabled": possible ? null : "true", "data-space": true,
        "data-key": `units-${by > 0 ? "more" : "fewer"}-${layer}`, onclick: () => { if (possible) act(); },
        onkeydown: (event: KeyboardEvent) => {
          if (!possible || (event.key !== "Enter" && event.key !== " ")) return;
          event.preventDefault();
          act();
        },
      }, svg("title", {}, label), svg("circle", { cx: at, cy: 26, r: 8 }), svg("text", { x: at, y: 30, "text-anchor": "middle" }, sign));
    };
    return [one("−", -1, x - 18), svg("text", { x, y: 30, "text-anchor": "middle", class: "caption" }, String(size)), one("+", 1, x + 18)];
  }

  // Focus: one stop in the order of the page, arrows within.

  private rove(): void {
    const [k, i] = this.focus;
    const found = this.svg.querySelector(`[data-unit="${k}.${i}"]`) ?? this.svg.querySelector(".unit");
    found?.setAttribute("tabindex", "0");
  }

  private move(event: KeyboardEvent, { k, i }: Unit): void {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.inspector.keep({ k, i }, true);
      return;
    }
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const column = this.places[k + by[0]];
    if (!column) return;
    const row = by[0] ? Math.min(i, column.length - 1) : Math.max(0, Math.min(column.length - 1, i + by[1]));
    this.svg.querySelector(`[data-unit="${k}.${i}"]`)?.setAttribute("tabindex", "-1");
    const next = this.svg.querySelector<SVGElement>(`[data-unit="${k + by[0]}.${row}"]`);
    next?.setAttribute("tabindex", "0");
    next?.focus();
  }

  private spoken({ k, i }: Unit): string {
    const { facts } = this.app;
    if (!facts) return "";
    if (k === 0) return t("inputN", { k: i + 1 });
    const name = k === facts.shapes.length ? `${t("outputN", { k: i + 1 })} ${this.app.classNames?.[i] ?? ""}` : t("unitN", { layer: k, k: i + 1 });
    const bias = this.app.arrays.get(`network.b${k - 1}`)?.data[i];
    const said = bias === undefined ? name : `${name}, ${t("bias")} ${number(bias)}`;
    return isDead(this.app.arrays, k, i) ? `${said}, ${t("deadUnit")}` : said;
  }

  private speak(unit: Unit): void {
    this.svg.querySelector(`[data-unit="${unit.k}.${unit.i}"]`)?.setAttribute("aria-label", this.spoken(unit));
  }

  draw(fresh: Set<string>): void {
    const { app } = this;
    if (app.place !== "lab") return;
    const before = this.built;
    this.build();
    if (before === this.built && ![...fresh].some((name) => name.startsWith("network.")) && !fresh.has("size")) return;
    if (app.header && app.header.lane !== app.lane && !app.fixed) return;
    const { context } = sharp(this.canvas);
    this.paintEdges(context);
    this.paintUnits(context);
    this.inspector.draw();
  }

  private paintEdges(context: CanvasRenderingContext2D): void {
    const { arrays } = this.app;
    const [plus, minus, none] = [colour("line0"), colour("line1"), colour("line8")];
    const largest: number[] = [];
    const faint = Math.min(1, Math.sqrt(LINES_SVG / this.edges.length));
    for (const { k, i, j, x1, y1, x2, y2, line } of this.edges) {
      const matrix = arrays.get(`network.W${k}`);
      // A matrix too large to be sent is drawn as faint lines: its units' summaries stand in the inspector.
      const w = matrix ? matrix.data[i * matrix.shape[1] + j] : 0;
      largest[k] ??= matrix ? finiteMost(matrix.data) : 1;
      const share = Number.isFinite(w) ? Math.sqrt(Math.abs(w) / largest[k]) : 1;
      const tone = !matrix || !Number.isFinite(w) ? none : w < 0 ? minus : plus;
      const width = 0.5 + 3.5 * share * share;
      const alpha = matrix ? 0.12 + 0.88 * share : 0.1;
      if (line) {
        line.style.stroke = tone;
        line.style.strokeWidth = width.toFixed(2);
        line.style.opacity = alpha.toFixed(2);
      } else {
        context.strokeStyle = tone;
        context.lineWidth = width * 0.7;
        context.globalAlpha = alpha * 0.7 * faint;
        context.beginPath();
        context.moveTo(x1, y1);
        const middle = (x1 + x2) / 2;
        context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  private paintUnits(context: CanvasRenderingContext2D): void {
    const { arrays, facts } = this.app;
    if (!facts) return;
    const { unit } = this;
    context.fillStyle = colour("panel");
    const shades = diverging();
    this.places.forEach((column, k) => column.forEach(({ x, y }, i) => {
      const maps = arrays.get(`network.unit${k - 1}`);
      const [left, top] = [x - unit / 2, y - unit / 2];
      if (maps && k > 0 && i < maps.shape[0]) {
        context.drawImage(tile(maps.data as Uint8Array, maps.shape, i, shades), left, top, unit, unit);
        if (isDead(arrays, k, i)) cross(context, left, top, unit);
        return;
      }
      const b = k > 0 ? arrays.get(`network.b${k - 1}`)?.data[i] : undefined;
      context.fillStyle = colour("panel");
      context.fillRect(left, top, unit, unit);
      if (k === 0 && facts.inputs === 2) ramp(context, left, top, unit, i === 0);
      else if (k === this.places.length - 1 && facts.classes) {
        context.fillStyle = colour(`line${i % 9}`);
        context.beginPath();
        context.arc(x, y, unit / 4, 0, 7);
        context.fill();
      } else if (b !== undefined && unit > 16) {
        context.fillStyle = b < 0 ? colour("line1") : colour("line0");
        const size = Math.min(1, Math.abs(b) / 2) * (unit / 2 - 2);
        context.fillRect(left + 3, y, 4, b < 0 ? size : -size);
      }
      if (isDead(arrays, k, i)) cross(context, left, top, unit);
    }));
  }
}

function finiteMost(data: ArrayLike<number>): number {
  let most = 1e-9;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most;
}

/** An input of two is its own picture: from low to high, across or upward. */
function ramp(context: CanvasRenderingContext2D, left: number, top: number, unit: number, across: boolean): void {
  const shade = context.createLinearGradient(left, across ? top : top + unit, across ? left + unit : left, top);
  shade.addColorStop(0, colour("line1"));
  shade.addColorStop(0.5, colour("paper"));
  shade.addColorStop(1, colour("line0"));
  context.fillStyle = shade;
  context.fillRect(left, top, unit, unit);
}

/** The same sign in the legend. */
function crossed(): SVGElement {
  return svg("svg", { viewBox: "0 0 12 12", class: "crossed", "aria-hidden": "true" }, svg("path", { d: "M.5 .5H11.5V11.5H.5ZL11.5 11.5M11.5 .5L.5 11.5" }));
}

let measure: CanvasRenderingContext2D | null = null;

/** How wide a name is in the picture's letters, in its units. */
function lettered(name: string): number {
  measure ??= document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  measure.font = "11px Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
  return measure.measureText(name).width;
}

/** The name, or as much of it as fits into *room*. */
function fitted(name: string, room: number): string {
  if (lettered(name) <= room) return name;
  let short = name;
  while (short.length > 1 && lettered(`${short}…`) > room) short = short.slice(0, -1);
  return `${short}…`;
}
