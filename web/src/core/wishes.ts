// What is wished of the configuration: changes in the order in which they came, until a run has them.

import type { Configuration } from "./types.ts";

export type Change = (configuration: Configuration) => void;

/**
 * Changes wait while a run is made, and are then asked for together: none is lost, and the last word counts.
 * Of several that are refused together each is tried alone, so that one that cannot be had takes no other with it.
 */
export class Wishes {
  private changes: Change[] = [];
  /** How many of the first changes are asked for one by one. */
  private singly = 0;
  private asked = 0;

  /** *held* is the configuration of the run that is there. */
  constructor(public held: Configuration) {}

  get open(): boolean {
    return this.changes.length > 0;
  }

  /** The configuration with everything that is wished. */
  get wished(): Configuration {
    return this.with(this.changes);
  }

  add(change: Change): void {
    this.changes.push(change);
  }

  /** The configuration to ask for next. */
  ask(): Configuration {
    this.asked = this.singly > 0 ? 1 : this.changes.length;
    return this.with(this.changes.slice(0, this.asked));
  }

  /** The run that was asked for is there: its configuration is *made*, and what was wished meanwhile comes on top. */
  granted(made: Configuration): void {
    this.held = made;
    this.done();
  }

  /** What was asked for is refused; whether that is the end of it, for a single change was asked for. */
  refused(): boolean {
    if (this.asked > 1) {
      this.singly = this.asked;
      return false;
    }
    this.done();
    return true;
  }

  private done(): void {
    this.changes.splice(0, this.asked);
    this.singly = Math.max(0, this.singly - this.asked);
    this.asked = 0;
  }

  private with(changes: Change[]): Configuration {
    const configuration = structuredClone(this.held);
    for (const change of changes) change(configuration);
    return configuration;
  }
}
