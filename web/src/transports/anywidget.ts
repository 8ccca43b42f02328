// A notebook: the kernel answers over the widget's own channel. Frames come as binary buffers.

import { t } from "../core/i18n.ts";
import { type Feed, GONE, type Listener, Refused, type Transport } from "../core/transport.ts";
import { keep } from "./websocket.ts";

export interface Model {
  send(content: object, callbacks?: object, buffers?: ArrayBuffer[]): void | Promise<unknown>;
  on(name: "msg:custom", callback: (content: Incoming, buffers: (DataView | ArrayBuffer)[]) => void): void;
  off(name: "msg:custom", callback?: unknown): void;
  get(name: string): unknown;
}

interface Incoming {
  kind: "answer" | "frame" | "text" | "opened" | "closed" | "alive";
  id: number;
  status?: number;
  text?: string;
  code?: number;
}

interface Waiting { resolve(answer: { status: number; content: ArrayBuffer }): void }

interface Open { path: string; listener: Listener }

/** Milliseconds between two signs of life. */
const BEAT = 4000;
/** So many of them without an answer, and the reader is told. */
const PATIENCE = 2;
const AGAIN = 1000;

export class KernelTransport implements Transport {
  readonly kind = "notebook";
  // One model may have several views, which all hear every answer: each begins at a number of its own.
  private next = 1 + Math.floor(Math.random() * 2 ** 31) * 2 ** 20;
  private waiting = new Map<number, Waiting>();
  private feeds = new Map<number, Open>();
  private unanswered = 0;
  private beat: ReturnType<typeof setInterval>;
  private hear = (content: Incoming, buffers: (DataView | ArrayBuffer)[]): void => this.take(content, buffers);

  /** *silent* is told when nobody has answered for a while, and when somebody does again. */
  constructor(private model: Model, private silent: (yes: boolean) => void = () => undefined) {
    model.on("msg:custom", this.hear);
    this.beat = setInterval(() => this.live(), BEAT);
    this.say({ kind: "alive" });
  }

  private say(content: object): void {
    // A model without a kernel may refuse to send, at once or later: the silence that follows is told.
    try {
      Promise.resolve(this.model.send(content)).catch(() => undefined);
    } catch {
      return;
    }
  }

  private live(): void {
    this.unanswered += 1;
    if (this.unanswered === PATIENCE) {
      this.silent(true);
      for (const { listener } of this.feeds.values()) listener.said(JSON.stringify({ error: t("kernelSilent") }));
    }
    this.say({ kind: "alive" });
  }

  private take(content: Incoming, buffers: (DataView | ArrayBuffer)[]): void {
    if (this.unanswered >= PATIENCE) {
      this.silent(false);
      for (const { listener } of this.feeds.values()) listener.opened();
    }
    this.unanswered = 0;
    if (content.kind === "answer") {
      this.waiting.get(content.id)?.resolve({ status: content.status ?? 500, content: whole(buffers[0]) });
      this.waiting.delete(content.id);
      return;
    }
    const feed = this.feeds.get(content.id);
    if (!feed) return;
    if (content.kind === "frame") feed.listener.frame(whole(buffers[0]));
    else if (content.kind === "text") feed.listener.said(content.text ?? "");
    else if (content.kind === "opened") feed.listener.opened();
    else if (content.code === GONE) {
      this.feeds.delete(content.id);
      feed.listener.gone();
    } else {
      feed.listener.lost();
      setTimeout(() => this.open(content.id), AGAIN);
    }
  }

  private open(id: number): void {
    const feed = this.feeds.get(id);
    if (feed) this.say({ kind: "open", id, path: feed.path });
  }

  private ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<{ status: number; content: ArrayBuffer }> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => {
        this.waiting.delete(id);
        reject(signal.reason);
      }, { once: true });
      this.waiting.set(id, { resolve });
      this.say({ kind: "request", id, method, path, body: body === undefined ? null : JSON.stringify(body) });
    });
  }

  /** The content of the answer, or why there is none. */
  private async granted(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<ArrayBuffer> {
    const { status, content } = await this.ask(method, path, body, signal);
    if (status >= 400) throw new Refused(parsed<{ error?: string }>(content).error ?? String(status), status);
    return content;
  }

  async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const content = await this.granted(method, path, body, signal);
    // What is deleted answers nothing.
    return content.byteLength ? parsed<T>(content) : (undefined as T);
  }

  stream(run: string, listener: Listener): Feed {
    const id = this.next++;
    this.feeds.set(id, { path: `runs/${run}/stream`, listener });
    this.open(id);
    return {
      send: (message) => this.say({ kind: "send", id, text: JSON.stringify(message) }),
      close: () => {
        this.feeds.delete(id);
        this.say({ kind: "close", id });
      },
    };
  }

  async save(path: string, name: string, signal?: AbortSignal): Promise<void> {
    keep(new Blob([await this.granted("GET", path, undefined, signal)]), name);
  }

  close(): void {
    clearInterval(this.beat);
    this.model.off("msg:custom", this.hear);
    for (const id of this.feeds.keys()) this.say({ kind: "close", id });
  }
}

const parsed = <T>(content: ArrayBuffer): T => JSON.parse(new TextDecoder().decode(content)) as T;

/** A buffer of its own, which begins at 0: arrays within it must lie at multiples of four bytes. */
function whole(part: DataView | ArrayBuffer | undefined): ArrayBuffer {
  if (!part) return new ArrayBuffer(0);
  if (part instanceof ArrayBuffer) return part;
  return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
}
