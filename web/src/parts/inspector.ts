// A neuron or a weight close up: its picture enlarged, its numbers live, and, kept open, to be edited.

import type { App } from "../app.ts";
import type { Open } from "../core/dismiss.ts";
import { html, numeric, replace } from "../core/dom.ts";
import { number, t, written } from "../core/i18n.ts";
import { colour, diverging } from "../core/palette.ts";
import { cross, isDead, tile } from "./tiles.ts";

export interface Unit { k: number; i: number }

const LISTED = 64;

export class Inspector {
  readonly element = html("div", { class: "inspector", hidden: true });
  private unit: Unit | null = null;
  private edge: [number, number, number] | null = null;
  private kept = false;
  private fields: { input: HTMLInputElement; layer: number; index: number[]; array: "kernel" | "bias" }[] = [];
  private live: { output: HTMLElement; value: () => string }[] = [];
  private picture: HTMLCanvasElement | null = null;
  private back: HTMLElement | SVGElement | null = null;

  constructor(private app: App) {}

  /** The card, where it is open. */
  opened(): Open[] {
    return this.element.hidden ? [] : [{ element: this.element, close: () => this.close() }];
  }

  look(unit: Unit): void {
    if (this.kept) return;
    this.unit = unit;
    this.edge = null;
    this.show();
  }

  keep(unit: Unit, focus = false): void {
    this.back = document.activeElement as SVGElement | null;
    this.unit = unit;
    this.edge = null;
    this.kept = true;
    this.show();
    if (focus) this.element.querySelector<HTMLElement>("input, button")?.focus();
  }

  /** A weight under the pointer. */
  weigh(k: number, i: number, j: number): void {
    if (this.kept) return;
    this.unit = null;
    this.edge = [k, i, j];
    this.show();
  }

  edit(k: number, i: number, j: number): void {
    this.unit = null;
    this.edge = [k, i, j];
    this.kept = true;
    this.show();
    this.element.querySelector<HTMLInputElement>("input")?.focus();
  }

  leave(): void {
    if (!this.kept) this.element.hidden = true;
  }

  close(): void {
    const inside = this.element.contains(document.activeElement);
    this.kept = false;
    this.element.hidden = true;
    this.unit = this.edge = null;
    if (inside) this.back?.focus();
  }

  private name(k: number, i: number): string {
    const { facts } = this.app;
    if (!facts) return "";
    if (k === 0) return `x${i + 1}`;
    if (k === facts.shapes.length) return this.app.classNames?.[i] ?? "y";
    return `${k}.${i + 1}`;
  }

  private weight(layer: number, i: number, j: number): number | undefined {
    const matrix = this.app.arrays.get(`network.W${layer}`);
    return matrix?.data[i * matrix.shape[1] + j];
  }

  private field(layer: number, array: "kernel" | "bias", index: number[], label: string): HTMLElement {
    const value = array === "bias" ? this.app.arrays.get(`network.b${layer}`)?.data[index[0]] : this.weight(layer, index[0], index[1]);
    if (!this.kept || this.app.fixed) {
      const output = html("output", {}, number(value));
      this.live.push({
        output, value: () => number(array === "bias" ? this.app.arrays.get(`network.b${layer}`)?.data[index[0]] : this.weight(layer, index[0], index[1])),
      });
      return html("div", { class: "field" }, html("span", {}, label), output);
    }
    const input = numeric(value === undefined ? null : Number(value.toPrecision(5)),
      (given) => this.app.patch({ lane: this.app.lane, weight: { layer, array, index, value: given } }), { low: -1e6, high: 1e6 });
    this.fields.push({ input, layer, index, array });
    return html("label", { class: "field" }, html("span", {}, label), input);
  }

  private show(): void {
    this.fields = [];
    this.live = [];
    this.picture = null;
    this.element.hidden = false;
    this.element.dataset.kept = String(this.kept);
    const close = this.kept ? html("button", { class: "icon", "aria-label": t("closeNeuron"), title: t("closeNeuron"), onclick: () => this.close() }, "✕") : null;
    if (this.edge) {
      const [k, i, j] = this.edge;
      replace(this.element, html("div", { class: "head" }, html("b", {}, t("weightN", { from: this.name(k, i), to: this.name(k + 1, j) })), close),
        this.field(k, "kernel", [i, j], t("value")));
    } else if (this.unit) replace(this.element, ...this.card(this.unit, close));
    // On the side where the pointer is not.
    const columns = this.app.facts ? this.app.facts.shapes.length : 1;
    const at = this.edge ? this.edge[0] + 0.5 : this.unit?.k ?? 0;
    this.element.classList.toggle("left", at > columns / 2);
    this.draw();
  }

  private card({ k, i }: Unit, close: HTMLElement | null): (HTMLElement | null)[] {
    const { facts, arrays } = this.app;
    if (!facts) return [];
    const last = k === facts.shapes.length;
    const title = k === 0 ? t("inputN", { k: i + 1 }) : last ? `${t("outputN", { k: i + 1 })} · ${this.name(k, i)}` : t("unitN", { layer: k, k: i + 1 });
    const parts: (HTMLElement | null)[] = [html("div", { class: "head" }, html("b", {}, title), close)];
    if (k === 0) return parts;
    if (arrays.has(`network.unit${k - 1}`)) {
      this.picture = html("canvas", { width: 120, height: 120, class: "enlarged", role: "img", "aria-label": title });
      parts.push(this.picture);
    }
    parts.push(this.field(k - 1, "bias", [i], t("bias")));
    const summary = arrays.get(`network.S${k - 1}`);
    if (summary) {
      (["mean", "deviation", "norm"] as const).forEach((word, c) => {
        const output = html("output", {});
        this.live.push({ output, value: () => number(this.app.arrays.get(`network.S${k - 1}`)?.data[3 * i + c]) });
        parts.push(html("div", { class: "field" }, html("span", {}, t(word)), output));
      });
      return parts;
    }
    const incoming = Math.min(facts.shapes[k - 1][0], this.kept ? LISTED : 6);
    const weights = Array.from({ length: incoming }, (_, from) => this.field(k - 1, "kernel", [from, i], t("weightFrom", { from: this.name(k - 1, from) })));
    parts.push(html("div", { class: "list" }, ...weights));
    if (!this.kept && !this.app.fixed) parts.push(html("p", { class: "hint" }, t("editHint")));
    return parts;
  }

  draw(): void {
    if (this.element.hidden) return;
    for (const { output, value } of this.live) output.textContent = value();
    for (const { input, layer, index, array } of this.fields) {
      if (document.activeElement === input) continue;
      const value = array === "bias" ? this.app.arrays.get(`network.b${layer}`)?.data[index[0]] : this.weight(layer, index[0], index[1]);
      if (value !== undefined) input.value = Number.isFinite(value) ? written(Number(value.toPrecision(5))) : t("notFinite");
    }
    const maps = this.unit && this.app.arrays.get(`network.unit${this.unit.k - 1}`);
    if (!this.picture || !maps || !this.unit || this.unit.i >= maps.shape[0]) return;
    const context = this.picture.getContext("2d") as CanvasRenderingContext2D;
    context.fillStyle = colour("panel");
    context.drawImage(tile(maps.data as Uint8Array, maps.shape, this.unit.i, diverging()), 0, 0, 120, 120);
    if (isDead(this.app.arrays, this.unit.k, this.unit.i)) cross(context, 0, 0, 120);
  }
}
