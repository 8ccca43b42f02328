// What the page needs of whoever trains: requests, a stream of frames, files to keep.

export interface Listener {
  /** A connection stands, for the first time or again. */
  opened(): void;
  frame(buffer: ArrayBuffer): void;
  said(text: string): void;
  /** The connection broke; it is tried again by itself. */
  lost(): void;
  /** The run has ended, or never was: the connection is not tried again. */
  gone(): void;
}

export interface Feed {
  send(message: object): void;
  close(): void;
}

export interface Transport {
  /** "record": a run that was trained before and is only shown; nothing of it can be changed. */
  readonly kind: "server" | "notebook" | "record";
  /** Where *signal* is aborted, nobody waits for the answer any more, and the promise is rejected. */
  call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
  stream(run: string, listener: Listener): Feed;
  save(path: string, name: string, signal?: AbortSignal): Promise<void>;
}

/** The code with which a socket is closed whose run has ended or is not there; see docs/lab-api.md. */
export const GONE = 4404;

/** What was asked for was refused: the message says why. */
export class Refused extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}
