// Which examples: a set that is there, points painted by hand, or one's own table; and how many make a step.

import type { App } from "../app.ts";
import { field, html, numeric, select } from "../core/dom.ts";
import { choices, counted, localized, number, t, whole } from "../core/i18n.ts";
import { classColours, colour, css } from "../core/palette.ts";
import type { Configuration, DataEntry } from "../core/types.ts";
import { suit } from "./suiting.ts";
import type { OwnTable } from "./table.ts";

const BRUSHES = 6;

export function dataPanel(app: App, own: OwnTable): HTMLElement {
  const { catalogue, configuration: now } = app;
  const { data, batch } = now;
  const entry = catalogue.datasets.find((set) => set.name === data.name);
  const settings = entry?.settings ?? [];
  const { limits } = catalogue;
  const painted = data.name === "painted";
  const edit = (change: (data: Configuration["data"]) => void) => app.change((c) => change(c.data));
  return html("section", { "aria-label": t("data") }, html("h2", {}, t("data")),
    html("div", { class: "sets" }, ...catalogue.datasets.map((set) => card(app, set))),
    painted ? brushes(app) : null,
    own.refreshed(),
    painted || data.name.startsWith("upload:") ? null
      : field(t("examples"), numeric(data.n, (n) => edit((d) => { d.n = n; }), { low: 2, high: limits.examples, whole: true, log: true, key: "n" })),
    parts(app),
    settings.includes("noise") ? field(t("noise"), numeric(data.noise, (v) => edit((d) => { d.noise = v; }), { low: 0, high: 5, key: "noise" })) : null,
    settings.some((name) => name === "arms" || name === "centers")
      ? field(t("classes"), numeric(data.classes, (v) => edit((d) => { d.classes = v; }), { low: 2, high: limits.classes, whole: true, key: "classes" })) : null,
    field(t("testShare"), numeric(data.test, (v) => edit((d) => { d.test = v; }), { low: 0, high: 0.9, key: "test" })),
    painted ? null : field(t("dataSeed"), numeric(data.seed, (v) => edit((d) => { d.seed = v; }), { low: 0, high: 2 ** 31 - 1, whole: true, key: "data-seed" })),
    html("h2", {}, t("training")),
    field(t("batch"), select(batch.kind, [["full", t("batchFull")], ["mini", t("batchMini")], ["single", t("batchSingle")], ["stream", t("batchStream")]],
      (kind) => {
        // With steps of one example there are a thousand of them between two evaluations.
        if (kind === "single") app.curves = "batches";
        app.change((c) => { c.batch.kind = kind; });
      }, { key: "batch" })),
    batch.kind === "mini" || batch.kind === "stream"
      ? field(t("size"), numeric(batch.size, (v) => app.change((c) => { c.batch.size = v; }), { low: 1, high: limits.examples, whole: true, log: true, key: "size" })) : null,
    field(t("loss"), select(now.network.loss, [["auto", t("lossAuto")], ...losses(app)],
      (loss) => app.change((c) => { c.network.loss = loss; }), { key: "loss" })),
    field(t("seed"), numeric(now.seed, (v) => app.change((c) => { c.seed = v; }), { low: 0, high: 2 ** 31 - 1, whole: true, key: "run-seed" })));
}

function losses(app: App): [string, string][] {
  const task = app.facts?.task;
  return choices(app.catalogue.losses.filter((each) => !task || each.tasks.includes(task)));
}

function card(app: App, set: DataEntry): HTMLElement {
  const title = localized(set.title);
  return html("button", {
    class: "set", "aria-pressed": String(app.configuration.data.name === set.name), "data-key": `set-${set.name}`, disabled: !set.available,
    title: set.available ? title : t("missingData", { name: set.name }),
    onclick: () => {
      const points = set.name === "painted" ? firstPoints(app) : null;
      app.change((c) => {
        c.data = { ...c.data, name: set.name, points };
        c.network.weights = null;
        if (!app.catalogue.losses.find((each) => each.name === c.network.loss)?.tasks.includes(set.task)) c.network.loss = "auto";
        if (set.network) suit(app, c, set.network);
      });
    },
  }, thumbnail(set), html("span", {}, title));
}

/** Painting begins with what is on the map, so that it can be changed, or else with two clouds. */
function firstPoints(app: App): number[][] {
  const shown = app.classes && app.facts?.inputs === 2 ? app.facts.points?.train : undefined;
  return shown?.slice(0, 120) ?? [[-1, 0, 0], [-0.9, 0.2, 0], [1, 0, 1], [0.9, -0.2, 1]];
}

function brushes(app: App): HTMLElement {
  const { brush } = app;
  const colours = classColours(BRUSHES);
  const pick = (value: number | "erase") => () => {
    app.brush = value;
    app.choose();
  };
  const points = app.configuration.data.points ?? [];
  return html("div", { class: "brushes" }, html("p", { class: "hint" }, t("paintHint")),
    html("div", { class: "row", role: "group", "aria-label": t("brush") },
      ...colours.map((shade, k) => html("button", {
        class: "brush", style: `--tone:${css(shade)}`, "aria-pressed": String(brush === k), "data-key": `brush-${k}`,
        "aria-label": t("classN", { k }), title: t("classN", { k }), onclick: pick(k),
      }, String(k))),
      html("button", { "aria-pressed": String(brush === "erase"), "data-key": "brush-erase", onclick: pick("erase") }, t("erase")),
      html("button", {
        onclick: () => app.change((c) => { c.data.points = [[-1, 0, 0], [1, 0, 1]]; }),
      }, t("clear"))),
    html("p", { class: "hint" }, counted("point", points.length)));
}

/** How many examples there are, and what the numbers of a table are measured in. */
function parts(app: App): HTMLElement | null {
  const { facts } = app;
  if (!facts) return null;
  const text = t("partsOf", { train: whole(facts.n.train), test: whole(facts.n.test ?? 0) });
  const used = app.catalogue.uploads.find((each) => `upload:${each.id}` === app.run.data.name);
  const names = used && facts.columns ? ` ${t("columnsOf", { target: used.target, columns: facts.columns.map(({ name }) => name.trim()).join(", ") })}` : "";
  const units = facts.target ? ` ${t("targetScaled", { shift: number(facts.target.shift, 6), scale: number(facts.target.scale, 4) })}` : "";
  return html("p", { class: "hint", "data-key": "parts" }, text + names + units);
}

const SIDE = 44;

function thumbnail(set: DataEntry): HTMLElement {
  const canvas = html("canvas", { width: 2 * SIDE, height: 2 * SIDE, "aria-hidden": "true" });
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(2, 2);
  if (set.kind === "image") emblem(context, set.name);
  else if (set.name === "painted") brushEmblem(context);
  else points(context, set);
  return canvas;
}

function points(context: CanvasRenderingContext2D, set: DataEntry): void {
  const flat = set.inputs === 2;
  const xs = set.thumbnail.map((p) => p[0]);
  const ys = set.thumbnail.map((p) => p[1]);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const values = set.thumbnail.map((p) => p[2] ?? 0);
  const [v0, v1] = [Math.min(...values), Math.max(...values)];
  for (const [x, y, k] of set.thumbnail) {
    const share = (k - v0) / (v1 - v0 || 1);
    context.globalAlpha = set.task === "regression" && flat ? 0.25 + 0.75 * Math.abs(2 * share - 1) : 1;
    context.fillStyle = !flat ? colour("line0") : set.task === "regression" ? colour(share < 0.5 ? "line1" : "line0") : colour(`line${k % 9}`);
    context.beginPath();
    context.arc(5 + (34 * (x - x0)) / (x1 - x0 || 1), 39 - (34 * (y - y0)) / (y1 - y0 || 1), 1.5, 0, 7);
    context.fill();
  }
}

/** A picture of pictures: the diagonal of the camera, a seven of digits. */
function emblem(context: CanvasRenderingContext2D, name: string): void {
  const rows = { camera: ["10", "01"], digits: ["0111110", "0000010", "0000100", "0001100", "0001000", "0010000", "0010000"] }[name] ??
    ["00000000000", "00111111100", "01100000110", "00000000110", "00000001100", "00000111000", "00000001100", "00000000110", "01100000110", "00111111100", "00000000000"];
  const cell = 36 / rows.length;
  rows.forEach((row, r) => [...row].forEach((c, k) => {
    context.fillStyle = colour(c === "1" ? "ink" : "grid");
    context.globalAlpha = c === "1" ? 1 : 0.6;
    context.fillRect(4 + k * cell, 4 + r * cell, cell - 0.4, cell - 0.4);
  }));
}

function brushEmblem(context: CanvasRenderingContext2D): void {
  context.lineWidth = 5;
  context.lineCap = "round";
  for (const [k, x] of [[0, 12], [1, 30]] as const) {
    context.strokeStyle = colour(`line${k}`);
    context.beginPath();
    context.moveTo(x - 5, 32);
    context.quadraticCurveTo(x, 4, x + 5, 14);
    context.stroke();
  }
}
