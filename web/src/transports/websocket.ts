// The lab's own server: requests over HTTP, frames over a socket that comes back after a break.

import { type Feed, GONE, type Listener, Refused, type Transport } from "../core/transport.ts";

const PREFIX = "/api/v1/";
const SOONEST = 250;
const LATEST = 4000;

export class SocketTransport implements Transport {
  readonly kind = "server";

  async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const answer = await fetch(PREFIX + path, {
      method,
      signal,
      // What is refused is said in the language of the page, which need not be that of the browser.
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), "accept-language": document.documentElement.lang },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status === 204) return undefined as T;
    const value = await answer.json().catch(() => ({ error: `${answer.status} ${answer.statusText}` }));
    if (!answer.ok) throw new Refused(value.error ?? `${answer.status} ${answer.statusText}`, answer.status);
    return value as T;
  }

  stream(run: string, listener: Listener): Feed {
    let socket: WebSocket;
    let pause = SOONEST;
    let ended = false;
    const open = () => {
      if (ended) return;
      socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}${PREFIX}runs/${run}/stream?lang=${document.documentElement.lang}`);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        if (ended) return socket.close();
        pause = SOONEST;
        listener.opened();
      };
      socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
        if (ended) return;
        if (typeof data === "string") listener.said(data);
        else listener.frame(data);
      };
      socket.onclose = ({ code }: CloseEvent) => {
        if (ended) return;
        if (code === GONE) {
          ended = true;
          return listener.gone();
        }
        listener.lost();
        setTimeout(open, pause);
        pause = Math.min(LATEST, 2 * pause);
      };
    };
    open();
    return {
      send: (message) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      },
      close: () => {
        ended = true;
        // One that is still opening closes as soon as it is open: browsers complain of it otherwise.
        if (socket.readyState !== WebSocket.CONNECTING) socket.close();
      },
    };
  }

  async save(path: string, name: string, signal?: AbortSignal): Promise<void> {
    // Asked for first, so that a refusal is a sentence on the page and not a page of its own.
    const answer = await fetch(PREFIX + path, { signal });
    if (!answer.ok) {
      const value = await answer.json().catch(() => ({}));
      throw new Refused(value.error ?? `${answer.status} ${answer.statusText}`, answer.status);
    }
    keep(await answer.blob(), name);
  }
}

/** Hand a file to the reader. */
export function keep(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
