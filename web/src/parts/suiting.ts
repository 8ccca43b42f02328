// The network that suits a data set.

import type { App } from "../app.ts";
import type { Configuration } from "../core/types.ts";

/** The hidden layers that suit the data, unless the reader shaped the network himself. */
export function suit(app: App, configuration: Configuration, layers: { units: number; activation: string }[]): void {
  const [first] = app.catalogue.defaults.network.layers;
  if (app.shaped) return;
  configuration.network.layers = layers.map(({ units, activation }) => {
    const initializer = activation.includes("relu") ? "he_uniform" : first.initializer;
    return { ...first, units, activation, initializer };
  });
}
