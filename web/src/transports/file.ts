// A run that was trained before, out of a file: it is played, paused, stepped through and sought, and changed in nothing.

import { t } from "../core/i18n.ts";
import { decode } from "../core/decode.ts";
import { type Feed, type Listener, Refused, type Transport } from "../core/transport.ts";
import type { Catalogue, Configuration, Facts, Header } from "../core/types.ts";

export interface Recording {
  catalogue: Catalogue;
  configuration: Configuration;
  facts: Facts;
  /** One frame with the losses of the whole run, then one per moment with every view of every lane; see `unpack`. */
  frames: string;
}

const PER_SECOND = 20;

export class FileTransport implements Transport {
  readonly kind = "record";
  private steps: number[];
  private lane = 0;
  private place = 0;
  private timer: ReturnType<typeof setInterval> | null = null;
  private listener: Listener | null = null;
  private sent = 0;

  constructor(private recording: Omit<Recording, "frames">, private losses: ArrayBuffer, private frames: ArrayBuffer[]) {
    this.steps = frames.map((frame) => decode(frame).header.step);
  }

  static async open(recording: Recording): Promise<FileTransport> {
    const [losses, ...frames] = await unpack(recording.frames);
    return new FileTransport(recording, losses, frames);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { catalogue, configuration, facts } = this.recording;
    const answer = (value: unknown) => structuredClone(value) as T;
    if (path === "catalogue") return answer({ ...catalogue, defaults: configuration });
    if (method === "POST" && path === "runs") return answer({ id: "record", configuration, facts });
    if (method === "DELETE") return undefined as T;
    if (method === "POST" && path.endsWith("/control")) {
      const { action, steps, step } = body as { action: string; steps?: number; step?: number };
      this.control(action, steps ?? 1, step ?? 0);
      return answer(this.standing());
    }
    if (method === "GET" && path === "runs/record") return answer(this.standing());
    throw new Refused(t("recordingFixed"), 400);
  }

  private standing(): object {
    const step = this.steps[this.place];
    return { state: this.timer ? "running" : "paused", step, shown: step, snapshots: this.steps, error: null };
  }

  private control(action: string, steps: number, step: number): void {
    if (action === "play") {
      if (this.place === this.frames.length - 1) this.place = 0;
      this.timer ??= setInterval(() => this.go(this.place + 1), 1000 / PER_SECOND);
      this.show();
      return;
    }
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    if (action === "pause") this.show();
    else if (action === "reset") this.go(0);
    else if (action === "step") this.go(this.nearest(this.steps[this.place] + steps, this.place + 1));
    else if (action === "seek") this.go(this.nearest(step, 0));
    else throw new Refused(t("recordingFixed"), 400);
  }

  private nearest(step: number, least: number): number {
    let best = least;
    for (let k = least; k < this.steps.length; k++) {
      if (Math.abs(this.steps[k] - step) < Math.abs(this.steps[best] - step)) best = k;
    }
    return best;
  }

  private go(place: number): void {
    this.place = Math.max(0, Math.min(this.frames.length - 1, place));
    if (this.place === this.frames.length - 1 && this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    }
    this.show();
  }

  /** The frame of the present place, its header made to fit. */
  private show(): void {
    const end = this.steps[this.steps.length - 1];
    const patch = {
      f: ++this.sent, state: this.timer ? "running" : "paused", sps: 0, generation: 0, end,
      snapshots: [this.steps[0], end, this.steps.length],
    };
    this.listener?.frame(rewritten(this.frames[this.place], patch, this.lane));
  }

  stream(_run: string, listener: Listener): Feed {
    this.listener = listener;
    setTimeout(() => {
      listener.opened();
      // The curves are whole from the start; the pictures then follow the time line.
      listener.frame(rewritten(this.losses, { f: ++this.sent, state: "paused", generation: 0 }, this.lane));
      this.place = this.frames.length - 1;
      this.show();
    });
    return {
      send: (message) => {
        const { lane } = message as { lane?: number };
        if (lane === undefined || lane === this.lane) return;
        this.lane = lane;
        if (this.sent) this.show();
      },
      close: () => {
        this.listener = null;
        if (this.timer) clearInterval(this.timer);
        this.timer = null;
      },
    };
  }

  async save(): Promise<void> {
    throw new Refused(t("recordingFixed"), 400);
  }
}

export function bytes(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer as ArrayBuffer;
}

/**
 * The frames of a recording: deflated, and of each u32 length, header, and the arrays' bytes less (modulo 256) those of
 * the frame before, where there are as many.
 */
export async function unpack(text: string): Promise<ArrayBuffer[]> {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = await new Response(stream).arrayBuffer();
  const view = new DataView(whole);
  const frames: ArrayBuffer[] = [];
  let before = new Uint8Array(0);
  for (let place = 0; place < whole.byteLength;) {
    const end = place + 4 + view.getUint32(place, true);
    const frame = whole.slice(place + 4, end);
    const body = new Uint8Array(frame, 4 + new DataView(frame).getUint32(0, true));
    if (body.length === before.length) for (let i = 0; i < body.length; i++) body[i] += before[i];
    frames.push(frame);
    before = body;
    place = end;
  }
  return frames;
}

/** The same frame under a header with other values, and of its arrays ("0/network.W0") those of *lane* and of all. */
export function rewritten(frame: ArrayBuffer, patch: Partial<Header>, lane = 0): ArrayBuffer {
  const length = new DataView(frame).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, length))) as Header;
  const own = `${lane}/`;
  const a = header.a.flatMap(([name, ...rest]): Header["a"] =>
    name.startsWith(own) ? [[name.slice(own.length), ...rest]] : name.includes("/") ? [] : [[name, ...rest]]);
  const text = new TextEncoder().encode(JSON.stringify({ ...header, lane, ...patch, a }));
  const padded = text.length + ((4 - (text.length % 4)) % 4);
  const made = new Uint8Array(4 + padded + frame.byteLength - 4 - length).fill(32);
  new DataView(made.buffer).setUint32(0, padded, true);
  made.set(text, 4);
  made.set(new Uint8Array(frame, 4 + length), 4 + padded);
  return made.buffer;
}
