// The interface: requests, and the stream of frames over a socket that comes back after a break.

import type { Arrays, Header } from "./types.ts";

export class Refused extends Error {}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`/api/v1/${path}`, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 204) return undefined as T;
  const value = await answer.json().catch(() => ({ error: `${answer.status} ${answer.statusText}` }));
  if (!answer.ok) throw new Refused(value.error ?? `${answer.status} ${answer.statusText}`);
  return value as T;
}

const KINDS = { i4: Int32Array, f4: Float32Array, u1: Uint8Array } as const;

export function decode(buffer: ArrayBuffer): { header: Header; arrays: Arrays } {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Header;
  const arrays: Arrays = new Map();
  for (const [name, dtype, shape, offset] of header.a) {
    const kind = KINDS[dtype.replace(/^[<|]/, "") as keyof typeof KINDS];
    const size = shape.reduce((product, n) => product * n, 1);
    arrays.set(name, { data: new kind(buffer, 4 + length + offset, size), shape });
  }
  return { header, arrays };
}

export interface Listener {
  frame(header: Header, arrays: Arrays): void;
  note(text: string, error: boolean): void;
  connected(yes: boolean): void;
  from(): number;
}

/** Frames of one run; each is acknowledged after it was drawn, so that a slow page is not flooded. */
export class Stream {
  private socket: WebSocket | null = null;
  private pause = 250;
  private ended = false;
  private waiting: number[] = [];

  constructor(private id: string, private listener: Listener, private views: string[], private lane: number) {
    this.open();
  }

  private open(): void {
    const socket = new WebSocket(`ws://${location.host}/api/v1/runs/${this.id}/stream`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.pause = 250;
      this.listener.connected(true);
      this.subscribe(this.views, this.lane, true);
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => {
      if (typeof event.data === "string") {
        const said = JSON.parse(event.data) as { error?: string; note?: string };
        this.listener.note(said.error ?? said.note ?? "", said.error !== undefined);
        return;
      }
      const { header, arrays } = decode(event.data);
      this.waiting.push(header.f);
      this.listener.frame(header, arrays);
    };
    socket.onclose = (event) => {
      if (this.ended || event.code === 1001) return;
      this.listener.connected(false);
      setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(4000, 2 * this.pause);
    };
    this.socket = socket;
  }

  subscribe(views: string[], lane: number, anew = false): void {
    this.views = views;
    this.lane = lane;
    this.send({ do: "subscribe", views, lane, fps: 30, ...(anew ? { from: this.listener.from() } : {}) });
  }

  /** What has come is drawn. */
  drawn(): void {
    for (const f of this.waiting.splice(0)) this.send({ do: "ack", f });
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.ended = true;
    this.socket?.close();
  }
}
