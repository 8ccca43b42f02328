// A notebook: the kernel answers over the widget's own channel. Frames come as binary buffers.

import { type Feed, type Listener, Refused, type Transport } from "../core/transport.ts";
import { keep } from "./websocket.ts";

export interface Model {
  send(content: object, callbacks?: object, buffers?: ArrayBuffer[]): void;
  on(name: "msg:custom", callback: (content: Incoming, buffers: (DataView | ArrayBuffer)[]) => void): void;
  off(name: "msg:custom", callback?: unknown): void;
  get(name: string): unknown;
}

interface Incoming {
  kind: "answer" | "frame" | "text" | "opened" | "closed";
  id: number;
  status?: number;
  text?: string;
}

interface Waiting { resolve(answer: { status: number; content: ArrayBuffer }): void }

export class KernelTransport implements Transport {
  readonly kind = "notebook";
  private next = 1;
  private waiting = new Map<number, Waiting>();
  private feeds = new Map<number, Listener>();
  private hear = (content: Incoming, buffers: (DataView | ArrayBuffer)[]): void => this.take(content, buffers);

  constructor(private model: Model) {
    model.on("msg:custom", this.hear);
  }

  private take(content: Incoming, buffers: (DataView | ArrayBuffer)[]): void {
    if (content.kind === "answer") {
      this.waiting.get(content.id)?.resolve({ status: content.status ?? 500, content: whole(buffers[0]) });
      this.waiting.delete(content.id);
      return;
    }
    const feed = this.feeds.get(content.id);
    if (!feed) return;
    if (content.kind === "frame") feed.frame(whole(buffers[0]));
    else if (content.kind === "text") feed.said(content.text ?? "");
    else if (content.kind === "opened") feed.opened();
    else feed.lost();
  }

  private ask(method: string, path: string, body?: unknown): Promise<{ status: number; content: ArrayBuffer }> {
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, { resolve });
      this.model.send({ kind: "request", id, method, path, body: body === undefined ? null : JSON.stringify(body) });
    });
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, content } = await this.ask(method, path, body);
    if (status === 204) return undefined as T;
    const value = JSON.parse(new TextDecoder().decode(content));
    if (status >= 400) throw new Refused(value.error ?? String(status), status);
    return value as T;
  }

  stream(run: string, listener: Listener): Feed {
    const id = this.next++;
    this.feeds.set(id, listener);
    this.model.send({ kind: "open", id, path: `runs/${run}/stream` });
    return {
      send: (message) => this.model.send({ kind: "send", id, text: JSON.stringify(message) }),
      close: () => {
        this.feeds.delete(id);
        this.model.send({ kind: "close", id });
      },
    };
  }

  async save(path: string, name: string): Promise<void> {
    const { status, content } = await this.ask("GET", path);
    if (status >= 400) throw new Refused(JSON.parse(new TextDecoder().decode(content)).error ?? String(status), status);
    keep(new Blob([content]), name);
  }

  close(): void {
    this.model.off("msg:custom", this.hear);
    for (const id of this.feeds.keys()) this.model.send({ kind: "close", id });
  }
}

/** A buffer of its own, which begins at 0: arrays within it must lie at multiples of four bytes. */
function whole(part: DataView | ArrayBuffer | undefined): ArrayBuffer {
  if (!part) return new ArrayBuffer(0);
  if (part instanceof ArrayBuffer) return part;
  return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
}
