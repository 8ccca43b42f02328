// The controls of the configuration: data, batch, network, lanes. Each change makes a new configuration.

import { field, h, numeric, select } from "./dom.ts";
import { DASHES } from "./curves.ts";
import { language, t, type Word } from "./i18n.ts";
import { thumbnail } from "./maps.ts";
import { s } from "./dom.ts";
import type { Catalogue, Configuration, Lane, Layer } from "./types.ts";

export type Change = (change: (configuration: Configuration) => void) => void;

export function dataPanel(catalogue: Catalogue, now: Configuration, change: Change, upload: (file: File, target: string) => void, brush: { class: number }, begin: () => number[][]): HTMLElement {
  const sets = catalogue.datasets.map((set) => h("button", {
    class: "set", "aria-pressed": String(now.data.name === set.name), disabled: !set.available,
    title: set.available ? set.title[language()] : t("unavailable", { name: set.name }),
    onclick: () => change((c) => { c.data = { ...c.data, name: set.name, points: set.name === "painted" ? begin() : null }; c.network.weights = null; }),
  }, thumbnail(set.thumbnail, set.task === "classification"), h("span", {}, set.title[language()])));
  const chosen = catalogue.datasets.find((set) => set.name === now.data.name), settings = chosen?.settings ?? [];
  const limits = catalogue.limits, file = h("input", { type: "file", accept: ".csv,text/csv" }), target = h("input", { type: "text", size: 10 });
  file.addEventListener("change", () => { if (file.files?.[0]) upload(file.files[0], target.value.trim()); });
  return h("section", {}, h("h2", {}, t("data")), h("div", { class: "sets" }, ...sets),
    now.data.name === "painted" && h("div", {}, h("p", { class: "hint" }, t("paintHint")),
      field(t("classes"), select(String(brush.class), ["0", "1", "2", "3"].map((k) => [k, k]), (k) => { brush.class = Number(k); })),
      h("button", { onclick: () => change((c) => { c.data.points = [[-1, 0, 0], [-0.9, 0.1, 0], [1, 0, 1], [0.9, 0.1, 1]]; }) }, t("clear"))),
    now.data.name !== "painted" && field(t("examples"), numeric(now.data.n, (n) => change((c) => { c.data.n = Math.round(n); }), { low: 2, high: limits.examples })),
    settings.includes("noise") && field(t("noise"), numeric(now.data.noise, (n) => change((c) => { c.data.noise = n; }), { low: 0, high: 5 })),
    settings.some((each) => each === "arms" || each === "centers") && field(t("classes"), numeric(now.data.classes, (n) => change((c) => { c.data.classes = Math.round(n); }), { low: 2, high: limits.classes })),
    field(t("testShare"), numeric(now.data.test, (n) => change((c) => { c.data.test = n; }), { low: 0, high: 0.9 })),
    field(t("batch"), select(now.batch.kind, (["mini", "full", "single", "stream"] as const).map((kind) => [kind, t(kind)]), (kind) => change((c) => { c.batch.kind = kind; }))),
    (now.batch.kind === "mini" || now.batch.kind === "stream") && field(t("size"), numeric(now.batch.size, (n) => change((c) => { c.batch.size = Math.round(n); }), { low: 1, high: limits.examples })),
    h("details", {}, h("summary", {}, t("upload")), field(t("target"), target), file),
  );
}

export function networkPanel(catalogue: Catalogue, now: Configuration, change: Change): HTMLElement {
  const names = (list: (string | { name: string })[]): [string, string][] => list.map((each) => (typeof each === "string" ? [each, each] : [each.name, each.name]));
  const edit = (k: number, part: Partial<Layer>) => change((c) => { c.network.layers[k] = { ...c.network.layers[k], ...part }; c.network.weights = null; });
  const layers = now.network.layers.map((layer, k) => h("fieldset", {}, h("legend", {}, `${t("layer")} ${k + 1}`),
    h("div", { class: "row" },
      numeric(layer.units, (n) => edit(k, { units: Math.round(n) }), { low: 1, high: catalogue.limits.units, label: `${t("units")} ${k + 1}` }),
      select(layer.activation, catalogue.activations.map((each) => [each.name, each.title || each.name]), (activation) => edit(k, { activation }), `${t("activation")} ${k + 1}`),
      h("button", { "aria-label": t("removeLayer"), title: t("removeLayer"), disabled: now.network.layers.length === 1, onclick: () => change((c) => { c.network.layers.splice(k, 1); c.network.weights = null; }) }, "−")),
    h("details", {}, h("summary", {}, "…"),
      field(t("dropout"), numeric(layer.dropout, (dropout) => edit(k, { dropout }), { low: 0, high: 0.99 })),
      field(t("initializer"), select(layer.initializer, names(catalogue.initializers), (initializer) => edit(k, { initializer }))),
      field(t("normalization"), select(layer.normalization, [["none", t("noneOf")], ["batch", t("batchNorm")], ["layer", t("layerNorm")]], (normalization) => edit(k, { normalization }))))));
  return h("section", {}, h("h2", {}, t("network")), ...layers,
    h("button", { disabled: layers.length >= catalogue.limits.layers, onclick: () => change((c) => { c.network.layers.push({ ...c.network.layers[c.network.layers.length - 1] }); c.network.weights = null; }) }, `+ ${t("addLayer")}`),
    field(t("loss"), select(now.network.loss, [["auto", t("auto")], ...catalogue.losses.map((each): [string, string] => [each.name, each.name])], (loss) => change((c) => { c.network.loss = loss; }))),
    field(t("stopRule"), select(now.stop.kind, (["none", "steps", "train_loss", "test_loss", "test_accuracy"] as Word[]).map((kind) => [kind, t(kind)]), (kind) => change((c) => {
      c.stop = { kind, value: kind === "steps" ? 1000 : kind === "test_accuracy" ? 0.95 : 0.1 };
    }))),
    now.stop.kind !== "none" && field("", numeric(now.stop.value, (value) => change((c) => { c.stop.value = value; }), { low: 0 })));
}

export function lanesPanel(
  catalogue: Catalogue, now: Configuration, shown: number, change: Change, show: (lane: number) => void, rate: (lane: number, value: number) => void,
): { element: HTMLElement; states: HTMLElement[] } {
  const states: HTMLElement[] = [];
  const edit = (k: number, part: Partial<Lane>) => change((c) => { c.lanes[k] = { ...c.lanes[k], ...part }; });
  const cards = now.lanes.map((lane, k) => {
    const rule = catalogue.rules.find((each) => each.name === lane.rule)!, state = h("output", { class: "state" });
    states.push(state);
    const options = rule.options.map((option) => field(option.name, numeric(lane.options[option.name] ?? option.default,
      (value) => edit(k, { options: { ...lane.options, [option.name]: value } }), { low: option.low, high: option.high })));
    return h("div", { class: "lane", style: `--tone:var(--line${k})`, "aria-current": String(k === shown) },
      h("button", { class: "swatch", "aria-label": `${t("showLane")} ${k + 1}`, title: `${t("showLane")} (${k + 1})`, onclick: () => show(k) },
        s("svg", { viewBox: "0 0 44 10", width: 44, height: 10 }, s("line", { x1: 1, x2: 43, y1: 5, y2: 5, "stroke-width": 3, stroke: `var(--line${k})`, "stroke-dasharray": DASHES[k].join(" ") }))),
      select(lane.rule, catalogue.rules.map((each) => [each.name, each.title]), (name) => {
        const next = catalogue.rules.find((each) => each.name === name)!;
        edit(k, { rule: name, rate: next.rate.default, options: {} });
      }, `${t("lane")} ${k + 1}`),
      h("label", { class: "rate" }, t("rate"), " ", numeric(lane.rate, (value) => rate(k, value), { low: 0, high: 10000, label: `${t("rate")} ${k + 1}` })),
      h("label", { class: "turn" }, h("input", { type: "checkbox", checked: lane.on, "aria-label": `${t("on")} ${k + 1}`, onchange: () => edit(k, { on: !lane.on }) }), " ", t("on")),
      h("details", {}, h("summary", {}, "…"), ...options,
        field(t("schedule"), select(lane.schedule, catalogue.schedules.map((each) => [each.name, each.name]), (schedule) => edit(k, { schedule }))),
        lane.schedule !== "constant" && field(t("steps"), numeric(lane.span, (span) => edit(k, { span }), { low: 1, high: 1e7 })),
        h("button", { disabled: now.lanes.length === 1, onclick: () => change((c) => { c.lanes.splice(k, 1); }) }, t("removeLane"))),
      state);
  });
  return {
    states,
    element: h("section", { class: "lanes", "aria-label": t("lanes") }, ...cards,
      h("button", { class: "add", disabled: now.lanes.length >= catalogue.limits.lanes, onclick: () => change((c) => {
        const used = new Set(c.lanes.map((lane) => lane.rule)), next = catalogue.rules.find((each) => !used.has(each.name)) ?? catalogue.rules[0];
        c.lanes.push({ rule: next.name, rate: next.rate.default, schedule: "constant", span: 1000, options: {}, on: true });
      }) }, `+ ${t("addLane")}`)),
  };
}
