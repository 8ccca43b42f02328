// The rivals: a card each with colour, dash, rule and rate, and how it stands. The cards are the legend of all curves.

import type { App, Part } from "../app.ts";
import { field, html, numeric, replace, select, svg } from "../core/dom.ts";
import { choices, localized, number, percent, t, whole } from "../core/i18n.ts";
import { formula } from "../core/mathml.ts";
import { DASHES, laneColour } from "../core/palette.ts";
import type { Lane } from "../core/types.ts";

export function swatch(lane: number, width = 30): SVGElement {
  return svg("svg", { viewBox: `0 0 ${width} 10`, width, height: 10, class: "swatch", "aria-hidden": "true" },
    svg("line", {
      x1: 1, x2: width - 1, y1: 5, y2: 5, "stroke-width": 3, stroke: laneColour(lane), "stroke-dasharray": DASHES[lane].join(" "),
    }));
}

export class Lanes implements Part {
  readonly element = html("section", { class: "lanes", "aria-label": t("lanes") });
  private states: HTMLElement[] = [];

  constructor(private app: App) {}

  made(): void {
    this.chosen();
  }

  wished(): void {
    this.chosen();
  }

  private edit(k: number, part: Partial<Lane>): void {
    this.app.change((c) => { c.lanes[k] = { ...c.lanes[k], ...part }; });
  }

  chosen(): void {
    const { app } = this;
    const { lanes } = app.configuration;
    this.states = [];
    const add = html("button", {
      class: "add", "data-key": "add-lane", title: t("addLane"), "aria-label": t("addLane"), disabled: lanes.length >= app.catalogue.limits.lanes,
      onclick: () => app.change((c) => {
        const used = new Set(c.lanes.map((lane) => lane.rule));
        const next = app.catalogue.rules.find((rule) => !used.has(rule.name) && !rule.full_batch_only) ?? app.catalogue.rules[0];
        c.lanes.push({ rule: next.name, rate: next.rate.default, schedule: "constant", span: 1000, options: {}, on: true });
      }),
    }, "+");
    replace(this.element, ...lanes.map((lane, k) => this.card(lane, k)), app.fixed ? null : add);
    this.draw(new Set(["header"]));
  }

  private card(lane: Lane, k: number): HTMLElement {
    const { app } = this;
    const { rules } = app.catalogue;
    const shown = k === app.lane;
    const state = html("output", { class: "state" });
    this.states.push(state);
    const rule = select(lane.rule, choices(rules), (name) => {
      const next = rules.find((each) => each.name === name);
      this.edit(k, { rule: name, rate: next?.rate.default ?? lane.rate, options: {} });
    }, { label: t("rule", { k: k + 1 }), key: `rule-${k}` });
    const rate = numeric(lane.rate, (value) => app.rate(k, value), { low: 0, high: 10_000, log: true, label: t("rateOf", { k: k + 1 }), key: `rate-${k}` });
    rule.disabled = rate.disabled = app.fixed;
    return html("div", { class: "lane", style: `--tone:${laneColour(k)}`, "data-on": String(lane.on), "aria-current": shown ? "true" : null },
      html("div", { class: "line" },
        html("button", {
          class: "pick", "aria-pressed": String(shown), "aria-label": t("showLane", { k: k + 1 }), title: t("showLane", { k: k + 1 }),
          "data-key": `lane-${k}`, disabled: !lane.on, onclick: () => app.show(k),
        }, html("b", {}, String(k + 1)), swatch(k)),
        rule, app.fixed ? null : this.settings(lane, k)),
      html("div", { class: "line" }, html("label", { class: "rate" }, html("span", { "aria-hidden": "true" }, "η"), rate), state));
  }

  /** What is changed seldom: it opens over what lies below. */
  private settings(lane: Lane, k: number): HTMLElement {
    const { app } = this;
    const entry = app.catalogue.rules.find((each) => each.name === lane.rule);
    const options = (entry?.options ?? []).map((option) => field(localized(option.title), numeric(
      lane.options[option.name] ?? option.default,
      (value) => app.change((c) => { c.lanes[k].options[option.name] = value; }),
      { low: option.low, high: option.high, log: option.log, label: `${localized(option.title)}, ${t("lane", { k: k + 1 })}`, key: `${option.name}-${k}` },
    )));
    const schedule = select(lane.schedule, choices(app.catalogue.schedules),
      (name) => this.edit(k, { schedule: name }), { key: `schedule-${k}` });
    const span = numeric(lane.span, (value) => this.edit(k, { span: value }), { low: 1, high: 1e7, log: true, key: `span-${k}` });
    const alone = lane.on && app.configuration.lanes.filter((each) => each.on).length === 1;
    const on = html("input", {
      type: "checkbox", checked: lane.on, "data-key": `on-${k}`, disabled: alone,
      onchange: () => this.edit(k, { on: !lane.on }),
    });
    const menu = html("details", { class: "menu settings", "data-key": `settings-${k}` },
      html("summary", { "aria-label": t("settingsOf", { k: k + 1 }), title: t("settingsOf", { k: k + 1 }), "data-key": `open-${k}` }, "⋯"),
      html("div", { class: "items" },
        formula(entry?.mathml, { title: entry?.paper }),
        entry?.full_batch_only ? html("p", { class: "hint" }, t("fullBatchOnly")) : null,
        field(t("laneOn"), on), ...options, field(t("schedule"), schedule),
        ...(lane.schedule === "constant" ? [] : [formula(app.catalogue.schedules.find((each) => each.name === lane.schedule)?.mathml), field(t("span"), span)]),
        html("button", {
          disabled: app.configuration.lanes.length === 1 || alone, "data-key": `remove-${k}`,
          onclick: () => app.change((c) => { c.lanes.splice(k, 1); }),
        }, t("removeLane", { k: k + 1 }))));
    menu.addEventListener("toggle", () => {
      // Of a card that another took the place of meanwhile this is told late.
      if (!menu.open || !menu.isConnected) return;
      for (const other of this.element.querySelectorAll<HTMLDetailsElement>("details[open]")) if (other !== menu) other.open = false;
      // Near the right edge it opens to the left.
      const box = menu.getBoundingClientRect();
      menu.classList.toggle("leftward", box.left + 280 > this.app.root.getBoundingClientRect().right);
    });
    return menu;
  }

  draw(fresh: Set<string>): void {
    if (!fresh.has("header")) return;
    const { app } = this;
    app.configuration.lanes.forEach((lane, k) => {
      const output = this.states[k];
      // Of a lane that is only wished there is nothing to say yet.
      const now = app.run.lanes[k]?.rule === lane.rule ? app.state(k) : undefined;
      if (!output) return;
      let text = "";
      const lost = now?.diverged_at ?? null;
      if (!lane.on) text = t("off");
      else if (lost !== null) text = t("divergedAt", { step: whole(lost) });
      else if (now) {
        const loss = now.test_loss ?? now.train_loss;
        const accuracy = now.test_accuracy ?? now.train_accuracy;
        text = app.classes ? `${percent(accuracy)} · ${number(loss)}` : number(loss);
      }
      if (output.textContent !== text) output.textContent = text;
      output.classList.toggle("lost", lane.on && lost !== null);
    });
  }
}
