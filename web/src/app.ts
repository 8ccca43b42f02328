// One run at a time: its configuration, its frames, and the parts of the page that show them once per animation frame.

import { decode } from "./core/decode.ts";
import type { Open } from "./core/dismiss.ts";
import { decodeHash, encodeHash } from "./core/hash.ts";
import { className, number, t } from "./core/i18n.ts";
import { Series } from "./core/series.ts";
import { type Feed, Refused, type Transport } from "./core/transport.ts";
import type { Arrays, Catalogue, Configuration, Facts, Header, LaneState, Lesson, Made, Standing } from "./core/types.ts";

/** A part of the page. It is told of a new run, of another choice, and of what came since it drew last. */
export interface Part {
  element: HTMLElement;
  /** Views of the stream that it needs now. */
  views?(): string[];
  /** Another run: facts, number of lanes, classes may all be new. */
  made?(): void;
  /** The configuration, the lane shown, or the tab changed. */
  chosen?(): void;
  /** Draw; *fresh* are the names of the arrays that came, "loss" the series, "header" the state. */
  draw?(fresh: Set<string>): void;
  gone?(): void;
  /** What of it lies open over the page. */
  opened?(): Open[];
}

/** Something that happened, that went wrong, that goes wrong until it is good again; "anew": no error is of interest now. */
export type Kind = "note" | "error" | "lost" | "good" | "anew";

export type Change = (configuration: Configuration) => void;

export class App {
  configuration: Configuration;
  id = "";
  facts: Facts | null = null;
  header: Header | null = null;
  arrays: Arrays = new Map();
  series = new Series();
  lane = 0;
  place: "lab" | "landscape" = "lab";
  tab = "gradients";
  side: "setup" | "lessons" = "setup";
  lesson: string | null = null;
  revealed = false;
  brush: number | "erase" = 0;
  parts: Part[] = [];
  /** Whether the address has something behind its # that is no configuration. */
  readonly misread: boolean;
  private feed: Feed | null = null;
  /** Ends what is still being asked of the present run. */
  private asking = new AbortController();
  private fresh = new Set<string>();
  private unseen: number[] = [];
  private scheduled = false;
  private generation = -1;
  private turn: Promise<void> = Promise.resolve();
  private wanted = 0;
  private drawn = 0;
  private closed = false;
  /** What an address asks for; the server says what it means before the page shows it. */
  private linked: unknown = null;
  private kept: Configuration | null = null;
  private rated = false;

  constructor(
    readonly root: HTMLElement, readonly transport: Transport, readonly catalogue: Catalogue,
    readonly page: boolean, private tell: (text: string, kind: Kind) => void,
  ) {
    this.configuration = structuredClone(catalogue.defaults);
    this.linked = page ? decodeHash(location.hash) : null;
    this.misread = page && location.hash.length > 1 && this.linked === null;
  }

  // What is asked of the trainer

  /** Change the configuration: a new run takes the place of the present one, and plays on where that one played. */
  change(change: Change): void {
    this.tell("", "anew");
    change(this.configuration);
    void this.make();
  }

  /** A run of the configuration. Changes that come while one is being made are made together. */
  make(play = this.header?.state === "running"): Promise<boolean> {
    const number = ++this.wanted;
    let done = false;
    this.turn = this.turn.then(async () => {
      if (number !== this.wanted || this.closed) return;
      const linked = this.linked;
      this.linked = null;
      try {
        const made = await this.transport.call<Made>("POST", "runs", { configuration: linked ?? this.configuration });
        this.begin(made);
        done = true;
        if (play) await this.control("play");
      } catch (error) {
        this.fail(error);
        // The page goes on showing the run that is there, and its configuration.
        if (this.kept) this.configuration = structuredClone(this.kept);
        for (const part of this.parts) part.chosen?.();
        // An address that the server refuses still opens the page, on the default set.
        if (linked && !this.id) void this.make();
      }
    });
    return this.turn.then(() => done);
  }

  private begin(made: Made): void {
    this.leave();
    this.id = made.id;
    this.facts = made.facts;
    this.configuration = made.configuration;
    this.rated = false;
    this.kept = structuredClone(made.configuration);
    this.lane = Math.min(this.lane, made.configuration.lanes.length - 1);
    if (!made.configuration.lanes[this.lane].on) this.lane = made.configuration.lanes.findIndex((lane) => lane.on);
    this.header = null;
    this.arrays = new Map();
    this.fresh.clear();
    this.unseen = [];
    this.generation = -1;
    this.series.clear(made.configuration.lanes.length);
    this.remember();
    for (const part of this.parts) part.made?.();
    if (this.drawn) this.mark();
    this.feed = this.transport.stream(this.id, {
      opened: () => {
        this.tell("", "good");
        this.unseen = [];
        this.subscribe(true);
      },
      frame: (buffer) => this.take(buffer),
      said: (text) => this.heard(text),
      lost: () => void this.lost(made.id),
      gone: () => void this.gone(made.id),
    });
  }

  /** Ask nothing more of the present run, and end it: in this order, for an answer that it is gone would be an error. */
  private leave(): void {
    this.asking.abort();
    this.asking = new AbortController();
    this.feed?.close();
    if (this.id) void this.transport.call("DELETE", `runs/${this.id}`).catch(() => undefined);
    this.id = "";
  }

  /** The stream broke: it comes back by itself, unless the server knows this page no longer. */
  private async lost(id: string): Promise<void> {
    this.tell(t("lost"), "lost");
    try {
      await this.transport.call("GET", "openapi.json");
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 403 || id !== this.id) return;
      this.feed?.close();
      this.tell(t("refusedAll"), "error");
    }
  }

  /** The server ended the run, as it does with the one that nobody looks at where there are too many. */
  private async gone(id: string): Promise<void> {
    if (id !== this.id) return;
    this.id = "";
    if (await this.make(false)) this.note(t("gone"));
  }

  async control(action: string, more: { steps?: number; step?: number } = {}): Promise<Standing | null> {
    return this.askRun<Standing>("POST", "/control", { action, ...more });
  }

  async patch(values: object): Promise<boolean> {
    const done = await this.askRun<Standing>("PATCH", "", values);
    if (done) {
      this.kept = structuredClone(this.configuration);
      this.remember();
    }
    return done !== null;
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T | null> {
    try {
      return await this.transport.call<T>(method, path, body);
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** Ask the present run; null where there is none yet, where it refuses, and where another takes its place meanwhile. */
  async askRun<T>(method: string, path: string, body?: unknown): Promise<T | null> {
    if (!this.id) return null;
    const { signal } = this.asking;
    try {
      const answer = await this.transport.call<T>(method, `runs/${this.id}${path}`, body, signal);
      return signal.aborted ? null : answer;
    } catch (error) {
      if (!signal.aborted) this.fail(error);
      return null;
    }
  }

  /** Keep an export of the present run as a file. */
  async save(kind: string, query: string): Promise<void> {
    const { signal } = this.asking;
    try {
      await this.transport.save(`runs/${this.id}/export.${kind}?${query}`, `ravine-run.${kind}`, signal);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  /** From the beginning: the same seed, the same bits, with the rates that the lanes show now. */
  reset(): void {
    if (this.rated) void this.make(false);
    else void this.control("reset");
  }

  /** Another learning rate from the next step on. */
  rate(lane: number, rate: number): void {
    this.configuration.lanes[lane].rate = rate;
    this.rated = true;
    void this.patch({ lane, rate });
  }

  toggle(): void {
    void this.control(this.header?.state === "running" ? "pause" : "play");
  }

  // What is chosen on the page

  /** Show this lane in the pictures of one lane. */
  show(lane: number): void {
    if (!this.configuration.lanes[lane]?.on) return;
    this.lane = lane;
    this.choose();
  }

  /** Something else is to be seen: tell the parts, and the stream which views it may leave out. */
  choose(): void {
    this.subscribe();
    for (const part of this.parts) part.chosen?.();
    for (const name of this.arrays.keys()) this.fresh.add(name);
    this.fresh.add("loss").add("header");
    this.later();
  }

  async learn(lesson: Lesson): Promise<void> {
    if (lesson.landscape) {
      this.place = "landscape";
      this.choose();
      return;
    }
    this.place = "lab";
    if (!["loss", "network", "map"].includes(lesson.view)) this.tab = lesson.view;
    this.configuration = { ...structuredClone(lesson.configuration), speed: this.configuration.speed };
    if (await this.make(lesson.steps > 0)) this.choose();
  }

  private remember(): void {
    if (!this.page) return;
    const hash = encodeHash(this.configuration);
    if (location.hash.slice(1) !== hash) history.replaceState(null, "", `#${hash}`);
  }

  /** The address changed by hand, or by the browser's arrows. */
  follow(): void {
    const linked = decodeHash(location.hash);
    if (!linked || JSON.stringify(linked) === JSON.stringify(this.configuration)) return;
    this.linked = linked;
    void this.make();
  }

  // What comes in, and drawing it

  private subscribe(anew = false): void {
    const views = new Set(["loss", ...this.parts.flatMap((part) => part.views?.() ?? [])]);
    const from = anew && this.series.next > 0 ? { from: this.series.next } : {};
    this.feed?.send({ do: "subscribe", views: [...views], lane: this.lane, fps: 30, ...from });
  }

  private heard(text: string): void {
    const said = JSON.parse(text) as { error?: string; note?: string };
    if (said.error !== undefined) this.fail(said.error);
    else if (said.note) this.note(said.note);
  }

  private take(buffer: ArrayBuffer): void {
    const { header, arrays } = decode(buffer);
    this.unseen.push(header.f);
    if (header.generation !== this.generation) {
      const from = Math.min(arrays.get("loss.step")?.data[0] ?? Infinity, header.end);
      if (this.generation < 0 || from === 0) this.series.clear(this.configuration.lanes.length);
      else this.series.cut(from);
      this.generation = header.generation;
    }
    this.header = header;
    if (this.series.take(arrays)) this.fresh.add("loss");
    this.series.tick(header.end, header.t);
    for (const [name, array] of arrays) {
      this.arrays.set(name, array);
      this.fresh.add(name);
    }
    this.fresh.add("header");
    this.later();
  }

  later(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      if (!this.closed) this.draw();
    });
  }

  /** Draw all, then acknowledge: a page that is slow or hidden is sent no more than it draws. */
  private draw(): void {
    if (!this.facts) return;
    const fresh = this.fresh;
    this.fresh = new Set();
    for (const part of this.parts) part.draw?.(fresh);
    for (const f of this.unseen.splice(0)) this.feed?.send({ do: "ack", f });
    this.drawn += 1;
    this.mark();
  }

  /** Say in the page's element what is shown. */
  private mark(): void {
    const data = this.root.dataset;
    data.frame = String(this.drawn);
    data.state = this.header?.state ?? "loading";
    data.step = String(this.header?.step ?? 0);
    data.end = String(this.header?.end ?? 0);
    data.run = this.id;
    data.losses = String(this.series.next);
  }

  /** Draw everything anew: another size, language or theme. */
  refresh(): void {
    for (const name of this.arrays.keys()) this.fresh.add(name);
    this.fresh.add("loss").add("header").add("size");
    this.later();
  }

  close(): void {
    this.closed = true;
    for (const part of this.parts) part.gone?.();
    this.leave();
  }

  // Words

  note(text: string): void {
    this.tell(text, "note");
  }

  fail(error: unknown): void {
    this.tell(error instanceof Error ? error.message : String(error), "error");
  }

  /** What a lane is called: its rule, and where two have the same one, its rate. */
  label(lane: number): string {
    const { lanes } = this.configuration;
    const { rule, rate } = lanes[lane];
    const title = this.catalogue.rules.find((each) => each.name === rule)?.title ?? rule;
    return lanes.filter((each) => each.rule === rule).length > 1 ? `${title} ${number(rate, 3)}` : title;
  }

  get active(): number[] {
    return this.configuration.lanes.flatMap((lane, k) => (lane.on ? [k] : []));
  }

  get classes(): boolean {
    return this.facts?.classes !== null && this.facts?.classes !== undefined;
  }

  /** What the classes are called on the page; those of a table of one's own are as they stand there. */
  get classNames(): string[] | null {
    const own = this.configuration.data.name.startsWith("upload:");
    return this.facts?.classes?.map((name) => (own ? name : className(name))) ?? null;
  }

  get fixed(): boolean {
    return this.transport.kind === "record";
  }

  state(lane: number): LaneState | undefined {
    return this.header?.lanes[lane];
  }
}
