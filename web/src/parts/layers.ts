// The hidden layers, one row each; what is changed seldom is behind the dots.

import type { App } from "../app.ts";
import { field, html, numeric, select } from "../core/dom.ts";
import { choices, counted, localized, number, t } from "../core/i18n.ts";
import { formula } from "../core/mathml.ts";
import type { Layer } from "../core/types.ts";

export function layersPanel(app: App): HTMLElement {
  const { catalogue, configuration } = app;
  const { layers, weights } = configuration.network;
  return html("section", { "aria-label": t("network") }, html("h2", {}, t("network")),
    app.facts ? html("p", { class: "hint" }, counted("parameter", app.facts.parameters)) : null,
    weights ? html("p", { class: "hint" }, t("handSet")) : null,
    ...layers.map((layer, k) => row(app, layer, k)),
    html("button", {
      class: "wide", "data-key": "add-layer", disabled: layers.length >= catalogue.limits.layers,
      onclick: () => {
        app.shaped = true;
        app.change((c) => {
          c.network.layers.push({ ...c.network.layers[c.network.layers.length - 1] });
          c.network.weights = null;
        });
      },
    }, `+ ${t("addLayer")}`));
}

export function editLayer(app: App, k: number, part: Partial<Layer>): void {
  app.shaped = true;
  app.change((c) => {
    c.network.layers[k] = { ...c.network.layers[k], ...part };
    // Weights set by hand fit one shape alone.
    if (part.units !== undefined || part.normalization !== undefined) c.network.weights = null;
  });
}

function row(app: App, layer: Layer, k: number): HTMLElement {
  const { catalogue, configuration } = app;
  const n = k + 1;
  const units = numeric(layer.units, (value) => editLayer(app, k, { units: value }), {
    low: 1, high: catalogue.limits.units, whole: true, label: `${t("units")} ${n}`, key: `units-${k}`,
  });
  const activation = select(layer.activation, choices(catalogue.activations),
    (value) => editLayer(app, k, { activation: value }), { label: `${t("activation")} ${n}`, key: `activation-${k}` });
  const remove = html("button", {
    class: "icon", "aria-label": t("removeLayer", { k: n }), title: t("removeLayer", { k: n }), disabled: configuration.network.layers.length === 1,
    "data-key": `remove-layer-${k}`,
    onclick: () => {
      app.shaped = true;
      app.change((c) => {
        c.network.layers.splice(k, 1);
        c.network.weights = null;
      });
    },
  }, "−");
  const begun = catalogue.initializers.find((each) => each.name === layer.initializer);
  const initializer = begun ? localized(begun.title) : layer.initializer;
  const extras = [
    layer.dropout > 0 ? `${t("dropout")} ${number(layer.dropout)}` : "", layer.normalization !== "none" ? `${t("normalization")}: ${t(layer.normalization === "batch" ? "batchNorm" : "layerNorm")}` : "",
    layer.initializer !== "glorot_uniform" ? initializer : "",
  ].filter(Boolean).join(" · ");
  const more = html("details", { class: "more", "data-key": `more-${k}` },
    html("summary", { "aria-label": t("moreOf", { k: n }), title: t("moreOf", { k: n }) }, extras || "⋯"),
    formula(catalogue.activations.find((each) => each.name === layer.activation)?.mathml),
    field(t("dropout"), numeric(layer.dropout, (value) => editLayer(app, k, { dropout: value }), { low: 0, high: 0.95, key: `dropout-${k}` })),
    field(t("initializer"), select(layer.initializer, choices(catalogue.initializers),
      (value) => editLayer(app, k, { initializer: value }), { key: `initializer-${k}` })),
    field(t("normalization"), select(layer.normalization, [["none", t("noneOf")], ["batch", t("batchNorm")], ["layer", t("layerNorm")]],
      (value) => editLayer(app, k, { normalization: value }), { key: `normalization-${k}` })));
  return html("div", { class: "layer", role: "group", "aria-label": t("layerN", { k: n }) },
    html("div", { class: "line" }, html("span", { class: "number" }, String(n)), units, activation, remove), more);
}
