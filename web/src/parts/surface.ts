// The rivals' ways over the loss surface, on the plane of their greatest spread.

import type { App } from "../app.ts";
import { html, replace } from "../core/dom.ts";
import { number, percent, t, whole } from "../core/i18n.ts";
import { swatch } from "./lanes.ts";
import { finite, levelled, paintTerrain, type Plane, type Way } from "./terrain.ts";

interface Made {
  x: number[]; y: number[]; loss: (number | null)[][]; paths: Record<string, number[][]>; lanes: Record<string, number>;
  unexplained: number; steps: number[] | Record<string, number[]>;
}

export class Surface {
  readonly element = html("div", { class: "surface" });
  private canvas = html("canvas", { class: "plane", role: "img", "aria-label": t("surface") });
  private hint = html("p", { class: "hint" });
  private key = html("p", { class: "key" });
  private age = html("span", { class: "hint" });
  private table = html("details", { class: "twin" });
  private compute = html("button", { "data-key": "compute", onclick: () => void this.ask() }, t("compute"));
  private plane: Plane | null = null;
  private levels: Float32Array = new Float32Array();
  private ways: Way[] = [];
  private step = 0;

  constructor(private app: App) {
    this.element.append(this.canvas, html("div", {}, html("div", { class: "row" }, this.compute, this.age), this.hint, this.key, this.table));
    this.made();
  }

  made(): void {
    this.plane = null;
    this.ways = [];
    this.hint.textContent = t("surfaceAsk");
    this.age.textContent = "";
    this.canvas.hidden = this.table.hidden = true;
    replace(this.key);
  }

  private async ask(): Promise<void> {
    const { app } = this;
    this.compute.disabled = true;
    const step = app.header?.end ?? 0;
    const made = await app.askRun<Made>("GET", "/surface?size=61");
    this.compute.disabled = false;
    if (!made) return;
    this.plane = { x: made.x, y: made.y, z: made.loss };
    this.levels = levelled(this.plane);
    this.ways = Object.entries(made.paths).map(([label, points]) => ({ label: app.label(made.lanes[label] ?? 0), points, lane: made.lanes[label] ?? 0 }));
    this.step = step;
    this.canvas.hidden = this.table.hidden = false;
    this.hint.textContent = t("surfaceHint", { share: percent(made.unexplained) });
    replace(this.key, ...this.ways.map((way) => html("span", {}, swatch(way.lane, 26), way.label)));
    const ends = this.ways.map((way) => [way.label, ...(finite(way).pop() ?? []).map((v) => number(v))]);
    replace(this.table, html("summary", {}, t("table")), html("table", {}, ...ends.map(([name, ...rest]) => html("tr", {}, html("th", { scope: "row" }, name), ...rest.map((v) => html("td", {}, v))))));
    this.draw(new Set(["size"]));
  }

  draw(fresh: Set<string>): void {
    if (!this.plane || !this.canvas.isConnected) return;
    this.age.textContent = t("stale", { step: whole(this.step) });
    if (fresh.has("size") || fresh.has("loss")) paintTerrain(this.canvas, this.plane, this.levels, this.ways, []);
  }
}
