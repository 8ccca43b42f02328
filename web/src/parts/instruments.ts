// The tabs below: what happens within the networks.

import type { App, Part } from "../app.ts";
import { html, replace } from "../core/dom.ts";
import { t, type Word } from "../core/i18n.ts";
import { confusion, histograms, perLayer, residuals } from "./charts.ts";
import { Draw, Probe } from "./draw.ts";
import { Surface } from "./surface.ts";

const OWN: Record<string, string[]> = {
  gradients: ["gradients"], ratios: ["ratios"], histograms: ["histograms"], confusion: ["confusion"], residuals: ["residuals"], surface: [], draw: [], probe: [],
};

export class Instruments implements Part {
  readonly element = html("section", { class: "panel instruments", "aria-label": t("instruments") });
  private bar = html("div", { class: "tabs", role: "tablist", "aria-label": t("instruments") });
  private box = html("div", { class: "tab", role: "tabpanel", tabindex: 0, id: "ravine-tab" });
  private surface: Surface;
  private pad: Draw | Probe | null = null;
  private last = 0;

  constructor(private app: App) {
    this.surface = new Surface(app);
    this.element.append(this.bar, this.box);
  }

  private open(): string[] {
    const { facts } = this.app;
    const outcome = this.app.classes ? "confusion" : "residuals";
    const trial = facts?.images ? ["draw"] : (facts?.columns?.length ?? facts?.inputs ?? 99) <= 12 ? ["probe"] : [];
    return ["gradients", "ratios", "histograms", outcome, ...(this.app.fixed ? [] : ["surface", ...trial])];
  }

  private tab(): string {
    const open = this.open();
    const { tab } = this.app;
    if (open.includes(tab)) return tab;
    // What the task has in the place of what was chosen.
    if (tab === "confusion" || tab === "residuals") return this.app.classes ? "confusion" : "residuals";
    return "gradients";
  }

  views(): string[] {
    return this.app.place === "lab" ? OWN[this.tab()] : [];
  }

  made(): void {
    this.pad = null;
    // Nothing of the run before stays.
    delete this.box.dataset.tab;
    this.surface.made();
    this.chosen();
  }

  chosen(): void {
    const { app } = this;
    const now = this.tab();
    const open = this.open();
    const choose = (name: string) => {
      app.tab = name;
      app.choose();
      this.bar.querySelector<HTMLElement>("[aria-selected=true]")?.focus({ preventScroll: true });
      this.element.scrollIntoView({ block: "nearest" });
    };
    replace(this.bar, ...open.map((name, k) => html("button", {
      role: "tab", id: `ravine-tab-${name}`, "aria-selected": String(name === now), "aria-controls": "ravine-tab", tabindex: name === now ? 0 : -1,
      "data-key": `tab-${name}`, onclick: () => choose(name),
      onkeydown: (event: KeyboardEvent) => {
        const to = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: open.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        choose(open[(to + open.length) % open.length]);
      },
    }, t(name as Word))));
    this.box.setAttribute("aria-labelledby", `ravine-tab-${now}`);
    if (this.box.dataset.tab !== now) replace(this.box, html("p", { class: "hint" }, t("preparing")));
    this.box.dataset.tab = now;
    if (now === "surface") replace(this.box, this.surface.element);
    else if (now === "draw" || now === "probe") {
      this.pad ??= now === "draw" ? new Draw(app) : new Probe(app);
      this.pad.chosen();
      replace(this.box, this.pad.element);
    } else if (!this.box.querySelector("[data-live]")) replace(this.box, html("p", { class: "hint" }, t("preparing")));
    this.last = 0;
  }

  draw(fresh: Set<string>): void {
    const { app } = this;
    const { facts, arrays } = app;
    const now = this.tab();
    if (!facts || app.place !== "lab") return;
    if (now === "surface") return this.surface.draw(fresh);
    if (this.pad && (now === "draw" || now === "probe")) return this.pad.draw(fresh);
    const array = { histograms: "histogram" }[now] ?? now;
    if (!fresh.has(array)) return;
    // These are read, not watched: ten times a second will do, and a still picture is always up to date.
    const time = performance.now();
    if (app.header?.state === "running" && time - this.last < 100) {
      return;
    }
    this.last = time;
    if (app.header && app.header.lane !== app.lane && ["histograms", "confusion", "residuals"].includes(now) && !app.fixed) return;
    const lane = app.label(app.lane);
    if (now === "gradients" || now === "ratios") perLayer(this.box, arrays.get(now), app, t(now === "gradients" ? "gradientHint" : "ratioHint"), now === "ratios");
    else if (now === "histograms") histograms(this.box, arrays, app, t("histogramHint", { lane }));
    else if (now === "confusion") confusion(this.box, arrays.get("confusion"), app.classNames, t("confusionHint", { lane }));
    else residuals(this.box, arrays.get("residuals"), t("residualHint", { lane }));
  }
}
