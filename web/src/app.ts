// One run at a time: its configuration, its frames, and the parts of the page that show them once per animation frame.

import { decode } from "./core/decode.ts";
import type { Open } from "./core/dismiss.ts";
import { decodeHash, encodeHash } from "./core/hash.ts";
import { className, localized, number, t, whole } from "./core/i18n.ts";
import { type Past, Series } from "./core/series.ts";
import { type Feed, Refused, type Transport } from "./core/transport.ts";
import type { Arrays, Catalogue, Configuration, Facts, Header, LaneState, Lesson, Made, Standing } from "./core/types.ts";
import { type Change, Wishes } from "./core/wishes.ts";

/** A part of the page. It is told of a new run, of another choice, and of what came since it drew last. */
export interface Part {
  element: HTMLElement;
  /** Views of the stream that it needs now. */
  views?(): string[];
  /** Another run: facts, number of lanes, classes may all be new. */
  made?(): void;
  /** Another configuration is wished; the run that is shown is still the one before. */
  wished?(): void;
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

/** Futures that were given up, of which so many stay in sight. */
const GIVEN_UP = 3;
/** Letters that there is room for beside a unit. */
const SHORT = 7;

export class App {
  /** What is wished: what the controls show. `run` is what the run that is shown has. */
  configuration: Configuration;
  id = "";
  facts: Facts | null = null;
  header: Header | null = null;
  arrays: Arrays = new Map();
  series = new Series();
  /** Curves to compare with: of the lessons before, and of futures that a fork gave up. */
  compared: Past[] = [];
  givenUp: Past[] = [];
  lane = 0;
  place: "lab" | "landscape" = "lab";
  tab = "gradients";
  curves: Lesson["curves"] = "evaluated";
  side: "setup" | "lessons" = "setup";
  lesson: string | null = null;
  /** The lesson that was set up. */
  taught: Lesson | null = null;
  revealed = false;
  /** How many times a lesson was set up. */
  setUps = 0;
  brush: number | "erase" = 0;
  /** Whether the reader gave the network its shape; another data set leaves it alone then. */
  shaped = false;
  /** Whether it is to train: what the reader wants, while a run is made, too. */
  playing = false;
  parts: Part[] = [];
  /** Whether the address has something behind its # that is no configuration. */
  readonly misread: boolean;
  private wishes: Wishes;
  private turn: Promise<void> | null = null;
  private ordering = false;
  private feed: Feed | null = null;
  /** Ends what is still being asked of the present run. */
  private asking = new AbortController();
  private fresh = new Set<string>();
  private unseen: number[] = [];
  private scheduled = false;
  private generation = -1;
  private drawn = 0;
  private closed = false;
  /** What an address asks for; the server says what it means before the page shows it. */
  private linked: unknown = null;
  private rated = false;
  /** The lesson that is wished, the one whose run this is, untouched, and those whose runs come after it. */
  private course: Lesson | null = null;
  private ran: Lesson | null = null;
  private courses: Lesson[] = [];
  private speed = 0;
  /** The curves of lessons that ran to their end. */
  private learnt = new Map<string, Past>();

  constructor(
    readonly root: HTMLElement, readonly transport: Transport, readonly catalogue: Catalogue,
    readonly page: boolean, private tell: (text: string, kind: Kind) => void,
  ) {
    this.wishes = new Wishes(structuredClone(catalogue.defaults));
    this.configuration = this.wishes.wished;
    this.linked = page ? decodeHash(location.hash) : null;
    this.misread = page && location.hash.length > 1 && this.linked === null;
  }

  // What is asked of the trainer

  /** The configuration of the run that is shown. */
  get run(): Configuration {
    return this.wishes.held;
  }

  /** Change the configuration: a new run takes the place of the present one, and plays on where that one is to play. */
  change(change: Change): void {
    this.tell("", "anew");
    this.leaveCourse();
    this.wish(change);
  }

  /** What is set up is no lesson's any more. */
  private leaveCourse(): void {
    this.course = this.ran = null;
    this.courses = [];
  }

  private wish(change: Change): void {
    this.wishes.add(change);
    this.shown();
    void this.settled();
  }

  /** The controls show what is wished. */
  private shown(): void {
    this.configuration = this.wishes.wished;
    for (const part of this.parts) part.wished?.();
  }

  /** A run of the configuration as it is; whether there is one then. */
  async make(play: boolean): Promise<boolean> {
    this.playing = play;
    if (this.linked === null) this.wishes.add(() => undefined);
    await this.settled();
    return this.id !== "";
  }

  /** Once there is a run of all that is wished. */
  private settled(): Promise<void> {
    this.turn ??= this.work().finally(() => { this.turn = null; });
    return this.turn;
  }

  private async work(): Promise<void> {
    let begun = false;
    while (!this.closed && (this.linked !== null || this.wishes.open)) {
      const { linked } = this;
      this.linked = null;
      try {
        const configuration = linked ?? this.wishes.ask();
        const made = await this.transport.call<Made>("POST", "runs", { configuration });
        if (this.closed) return this.drop(made.id);
        if (linked) this.shaped = !this.ready(made.configuration);
        this.begin(made);
        begun = true;
      } catch (error) {
        if (!linked && !this.wishes.refused()) continue;
        this.fail(error);
        // The page goes on showing the run that is there; an address that is refused opens it on the default set.
        if (!this.id && linked) this.wishes.add(() => undefined);
        this.shown();
      }
    }
    if (begun && this.playing) void this.play();
  }

  /** Ask for it of the run of all that is wished, once there is one. */
  private async order<T>(method: string, path: string, body: object): Promise<T | null> {
    if (this.turn) await this.turn;
    return this.askRun<T>(method, path, body);
  }

  /** Whether the hidden layers are those that come with the data set, or those that the page begins with. */
  private ready({ data, network }: Configuration): boolean {
    const shape = (layers: { units: number; activation: string }[]) => layers.map(({ units, activation }) => `${units} ${activation}`).join();
    const suited = this.catalogue.datasets.find((set) => set.name === data.name)?.network ?? [];
    return [suited, this.catalogue.defaults.network.layers].some((layers) => shape(layers) === shape(network.layers));
  }

  /** Tell the run whether it is to train until it has been told what is wanted now. */
  private async play(): Promise<void> {
    if (this.ordering) return;
    this.ordering = true;
    for (let told = !this.playing; told !== this.playing;) {
      if (this.turn) await this.turn;
      const { id, playing } = this;
      const done = await this.askRun<Standing>("POST", "/control", { action: playing ? "play" : "pause" });
      // A run that took its place stands still and has been told nothing; one that refuses stands, too.
      told = id === this.id && playing;
      if (!done && id === this.id) this.playing = false;
    }
    this.ordering = false;
  }

  private begin(made: Made): void {
    this.leave();
    this.id = made.id;
    this.facts = made.facts;
    this.wishes.granted(made.configuration);
    this.configuration = this.wishes.wished;
    this.rated = false;
    this.givenUp = [];
    this.ran = this.wishes.open ? null : this.course;
    this.compared = this.ran && !this.courses.length ? this.ran.compares.flatMap((slug) => this.learnt.get(slug) ?? []) : [];
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
    if (this.id) this.drop(this.id);
    this.id = "";
  }

  private drop(id: string): void {
    void this.transport.call("DELETE", `runs/${id}`).catch(() => undefined);
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

  /** Have the run stand and do this, once there is one of all that is wished. */
  async control(action: string, more: { steps?: number; step?: number } = {}): Promise<Standing | null> {
    this.playing = false;
    return this.order<Standing>("POST", "/control", { action, ...more });
  }

  /** Change what may be changed while it trains: of the present run, or of the one that is being made. */
  patch(values: object, change?: Change): void {
    if (this.turn) return change && this.wish(change);
    const before = structuredClone(this.run);
    change?.(this.run);
    this.configuration = this.wishes.wished;
    const { id } = this;
    void this.order<Standing>("PATCH", "", values).then((done) => {
      if (done) return this.remember();
      if (id !== this.id) return;
      this.wishes.held = before;
      this.shown();
    });
  }

  /** Another speed from now on. */
  pace(speed: number): void {
    this.speed = speed;
    this.patch({ speed }, (c) => { c.speed = speed; });
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
      await this.transport.save(`runs/${this.id}/export.${kind}?${query}`, `${t("fileName")}.${kind}`, signal);
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
    this.rated = true;
    this.leaveCourse();
    this.patch({ lane, rate }, (c) => { c.lanes[lane].rate = rate; });
  }

  toggle(): void {
    this.playing = !this.playing;
    if (!this.turn) void this.play();
    this.fresh.add("header");
    this.later();
  }

  // What is chosen on the page

  /** Show this lane in the pictures of one lane. */
  show(lane: number): void {
    if (!this.run.lanes[lane]?.on) return;
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

  /** Set a lesson up; where it compares with others whose curves are not there yet, those come first. */
  learn(lesson: Lesson): void {
    this.tell("", "anew");
    this.taught = lesson;
    this.setUps++;
    // What answers its question stands at the top.
    if (this.page) scrollTo(0, 0);
    this.place = lesson.landscape ? "landscape" : "lab";
    this.tab = lesson.view;
    this.curves = lesson.curves;
    if (!lesson.landscape) {
      const { lessons } = this.catalogue;
      const before = lesson.compares.filter((slug) => !this.learnt.has(slug)).flatMap((slug) => lessons.find((each) => each.slug === slug) ?? []);
      this.courses = [...before, lesson];
      this.shaped = false;
      this.follows(this.configuration.speed);
    }
    this.choose();
  }

  /** The next of the lessons whose runs are to come; all but the last at full speed. */
  private follows(speed: number): void {
    const lesson = this.courses.shift();
    if (!lesson) return;
    this.course = lesson;
    this.playing = lesson.plays;
    this.speed = speed;
    if (this.courses.length) this.note(t("firstCompared", { title: localized(lesson.title) }));
    const wished = { ...lesson.configuration, speed: this.courses.length ? 0 : speed };
    this.wish((c) => Object.assign(c, structuredClone(wished)));
  }

  /** The run of this lesson came to its end by itself. */
  private ended(ran: Lesson): void {
    this.ran = null;
    this.learnt.set(ran.slug, this.series.past(() => localized(ran.title), 0, this.facts?.steps_per_epoch ?? 1));
    if (this.courses.length) this.follows(this.speed);
  }

  private remember(): void {
    if (!this.page) return;
    const hash = encodeHash(this.run);
    if (location.hash.slice(1) !== hash) history.replaceState(null, "", `#${hash}`);
  }

  /** The address changed by hand, or by the browser's arrows. */
  follow(): void {
    const linked = decodeHash(location.hash);
    if (!linked || JSON.stringify(linked) === JSON.stringify(this.run)) return;
    this.linked = linked;
    this.leaveCourse();
    void this.settled();
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
      const from = header.cut ?? Math.min(arrays.get("loss.step")?.data[0] ?? Infinity, header.end);
      if (this.generation < 0 || from === 0) {
        this.series.clear(this.run.lanes.length);
        this.givenUp = [];
      } else {
        if (from < this.series.next) this.giveUp(from);
        this.series.cut(from);
      }
      this.generation = header.generation;
    }
    const before = this.header?.state;
    this.header = header;
    if (this.series.take(arrays)) this.fresh.add("loss");
    this.series.tick(header.end, header.t);
    for (const [name, array] of arrays) {
      this.arrays.set(name, array);
      this.fresh.add(name);
    }
    this.fresh.add("header");
    this.later();
    // Of a run that another is to replace nothing follows.
    if (this.turn) return;
    if (header.state !== before) this.became(header.state, before);
    // The state may be told a frame before the last losses are.
    const measured = this.series.evalStep[this.series.evalStep.length - 1] ?? 0;
    if (this.ran && header.state === "stopped" && Math.min(measured, this.series.next) >= this.ran.steps) this.ended(this.ran);
  }

  /** Others than the reader begin and end it, too. */
  private became(state: string, before: string | undefined): void {
    const over = ["stopped", "diverged", "failed"].includes(state);
    if (state === "running") this.playing = true;
    else if (over || before === "running") this.playing = false;
  }

  /** What comes after *step* is forgotten by the run: its curves stay in sight as what was given up. */
  private giveUp(step: number): void {
    const title = () => t("givenUp", { step: whole(step) });
    this.givenUp = [...this.givenUp, this.series.past(title, step, this.facts?.steps_per_epoch ?? 1)].slice(-GIVEN_UP);
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
    const { lanes } = this.run;
    const { rule, rate } = lanes[lane];
    const known = this.catalogue.rules.find((each) => each.name === rule);
    const title = known ? localized(known.title) : rule;
    return lanes.filter((each) => each.rule === rule).length > 1 ? `${title} ${number(rate, 3)}` : title;
  }

  /** What the activation of a layer is called; the last layer is the output. */
  activation(layer: number): string {
    const name = this.facts?.layers[layer]?.activation ?? "";
    const known = this.catalogue.activations.find((each) => each.name === name);
    return known ? localized(known.title) : name;
  }

  get active(): number[] {
    return this.run.lanes.flatMap((lane, k) => (lane.on ? [k] : []));
  }

  get classes(): boolean {
    return this.facts?.classes !== null && this.facts?.classes !== undefined;
  }

  /** What the classes are called on the page; those of a table of one's own are as they stand there. */
  get classNames(): string[] | null {
    const own = this.run.data.name.startsWith("upload:");
    return this.facts?.classes?.map((name) => (own ? name : className(name))) ?? null;
  }

  /** What an input is called in a picture, where there is little room: a column of one's own table by its name. */
  inputName(k: number): string {
    const { columns, inputs } = this.facts ?? {};
    const name = columns?.length === inputs ? columns?.[k]?.name.trim() : undefined;
    if (!name) return t("x", { k: k + 1 });
    return name.length > SHORT ? `${name.slice(0, SHORT - 1)}…` : name;
  }

  get fixed(): boolean {
    return this.transport.kind === "record";
  }

  state(lane: number): LaneState | undefined {
    return this.header?.lanes[lane];
  }
}
