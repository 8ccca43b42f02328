// What the page needs of whoever trains: requests, a stream of frames, files to keep.

export interface Listener {
  /** A connection stands, for the first time or again. */
  opened(): void;
  frame(buffer: ArrayBuffer): void;
  said(text: string): void;
  /** The connection broke; it is tried again by itself. */
  lost(): void;
}

export interface Feed {
  send(message: object): void;
  close(): void;
}

export interface Transport {
  /** "record": a run that was trained before and is only shown; nothing of it can be changed. */
  readonly kind: "server" | "notebook" | "record";
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  stream(run: string, listener: Listener): Feed;
  save(path: string, name: string): Promise<void>;
}

/** What was asked for was refused: the message says why. */
export class Refused extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}
