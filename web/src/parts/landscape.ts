// Optimisers as balls on the test functions: a map with contours, a relief, a start that can be dragged.

import type { App, Part } from "../app.ts";
import { field, html, numeric, replace, select } from "../core/dom.ts";
import { choices, number, t, whole } from "../core/i18n.ts";
import { formula } from "../core/mathml.ts";
import { laneColour } from "../core/palette.ts";
import type { Balls, FunctionEntry, Path } from "../core/types.ts";
import { swatch } from "./lanes.ts";
import { paintRelief, type View } from "./surface3d.ts";
import { type Frame, levelled, paintTerrain, type Plane, type Way } from "./terrain.ts";

const CLASSICS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"];
const LASTS = 5000;
/** From where each function's basin, and the way to it, are in sight. */
const VIEWS: Record<string, View> = {
  quadratic: { turn: 1.3, tilt: 1.05 }, rosenbrock: { turn: 0.1, tilt: 1.1 }, himmelblau: { turn: 3, tilt: 1.15 }, saddle: { turn: 3.6, tilt: 1 },
  plateau: { turn: 0.6, tilt: 1.2 }, cliff: { turn: 0.15, tilt: 1.1 }, rastrigin: { turn: 0.4, tilt: 1.3 }, ackley: { turn: 0.4, tilt: 1.25 },
};
const VIEW: View = { turn: 0.6, tilt: 1.1 };

type Raced = Way & { values: (number | null)[]; diverged: number | null };

export class Landscape implements Part {
  readonly element = html("div", { class: "landscape", hidden: true });
  private bar = html("div", { class: "row" });
  private rivals = html("div", { class: "rivals" });
  private map = html("canvas", { class: "plane", tabindex: 0, "data-space": true, "data-key": "landscape-map", role: "application", "aria-label": t("dragStart") });
  private relief = html("canvas", { class: "relief", tabindex: 0, "data-space": true, "data-key": "landscape-relief", role: "img", "aria-label": t("turnRelief") });
  private clock = html("input", { type: "range", min: 0, max: 1, step: "any", value: 1, "aria-label": t("step"), oninput: () => this.to(Number(this.clock.value)) });
  private where = html("output", { class: "where" });
  private balls: Balls;
  private plane: (Plane & { minima: number[][]; start: number[] }) | null = null;
  private levels: Float32Array | null = null;
  private ways: Raced[] = [];
  private frame: Frame | null = null;
  private view = VIEW;
  private share = 1;
  private playing = 0;
  private busy = false;
  private next = false;
  private lesson: string | null = null;
  private setUps = 0;
  private loaded = "";

  constructor(private app: App) {
    const first = app.catalogue.functions[0];
    this.balls = { function: first?.name ?? "", start: first?.start ?? [0, 0], rules: [], steps: first?.steps ?? 300 };
    this.balls.rules = this.classics();
    const replay = html("button", { class: "main", onclick: () => this.play() }, `▶\u2002${t("replay")}`);
    this.element.append(html("section", { class: "panel" }, this.bar, this.rivals,
      html("div", { class: "scenes" },
        html("figure", {}, this.map, html("figcaption", { class: "hint" }, t("dragStart"), " ★ ", t("minimum"))),
        html("figure", {}, this.relief, html("figcaption", { class: "hint" }, t("turnRelief")))),
      html("div", { class: "row clock" }, replay, this.clock, this.where)));
    this.pointers();
  }

  private get shown(): boolean {
    return this.app.place === "landscape" && !this.app.fixed;
  }

  chosen(): void {
    this.element.hidden = !this.shown;
    if (!this.shown) return;
    const { app } = this;
    const lesson = app.catalogue.lessons.find((each) => each.slug === app.lesson)?.landscape ?? null;
    // Set up once more, a lesson begins where it began.
    if (lesson && (this.lesson !== app.lesson || this.setUps !== app.setUps)) {
      this.balls = structuredClone(lesson);
      this.loaded = "";
    }
    this.lesson = lesson ? app.lesson : null;
    this.setUps = app.setUps;
    this.panel();
    if (this.loaded !== this.balls.function) void this.load();
  }

  private get entry(): FunctionEntry | undefined {
    return this.app.catalogue.functions.find((each) => each.name === this.balls.function);
  }

  /** The rate that serves *rule* on the function shown. */
  private rate(rule: string): number {
    return this.entry?.rates[rule] ?? 0.01;
  }

  private classics(): Balls["rules"] {
    return CLASSICS.map((rule) => ({ rule, rate: this.rate(rule), options: {} }));
  }

  /** Go to another function. One is as much steeper than another as their rates differ: so much the rivals' rates change. */
  private choose(next: FunctionEntry): void {
    const { balls, entry } = this;
    const rules = balls.rules.map((ball) => {
      const share = ball.rate / this.rate(ball.rule);
      return { ...ball, rate: Number((share * (next.rates[ball.rule] ?? ball.rate)).toPrecision(3)) };
    });
    this.balls = { function: next.name, start: next.start, rules, steps: balls.steps === entry?.steps ? next.steps : balls.steps };
    this.chosen();
  }

  private panel(): void {
    const { app, balls, entry } = this;
    const { functions, rules, limits } = app.catalogue;
    const which = select(balls.function, choices(functions), (name) => {
      const next = functions.find((each) => each.name === name);
      if (next) this.choose(next);
    }, { key: "function" });
    const steps = numeric(balls.steps, (value) => {
      this.balls.steps = value;
      void this.race();
    }, { low: 1, high: limits.landscape_steps, whole: true, log: true, key: "landscape-steps" });
    const take = (picked: () => Balls["rules"]) => () => {
      this.balls.rules = picked().slice(0, limits.lanes);
      this.panel();
      void this.race();
    };
    // A rate that suits a network says nothing of this function.
    const mine = () => app.active.map((k) => app.configuration.lanes[k]).map(({ rule, options }) => ({ rule, rate: this.rate(rule), options: { ...options } }));
    replace(this.bar, field(t("function"), which), formula(entry?.mathml), field(t("steps"), steps),
      html("button", { "data-key": "classics", onclick: take(() => this.classics()) }, t("classics")), html("button", { onclick: take(mine) }, t("fromLanes")));
    const cards = balls.rules.map((ball, k) => html("div", { class: "lane", style: `--tone:${laneColour(k)}`, "data-on": "true" },
      html("div", { class: "line" }, swatch(k), select(ball.rule, choices(rules), (name) => {
        ball.rule = name;
        ball.rate = this.rate(name);
        ball.options = {};
        this.panel();
        void this.race();
      }, { label: t("rule", { k: k + 1 }), key: `ball-rule-${k}` }), balls.rules.length > 1 ? html("button", {
        class: "icon", "aria-label": t("removeLane", { k: k + 1 }), title: t("removeLane", { k: k + 1 }), onclick: () => {
          balls.rules.splice(k, 1);
          this.panel();
          void this.race();
        },
      }, "−") : null),
      html("div", { class: "line" }, html("label", { class: "rate" }, html("span", { "aria-hidden": "true" }, "η"), numeric(ball.rate, (value) => {
        ball.rate = value;
        void this.race();
      }, { low: 0, high: 1e4, log: true, label: t("rateOf", { k: k + 1 }), key: `ball-rate-${k}` })), html("output", { class: "state" }))));
    replace(this.rivals, ...cards, html("button", {
      class: "add", "aria-label": t("addLane"), title: t("addLane"), "data-key": "add-ball", disabled: balls.rules.length >= limits.lanes, onclick: () => {
        balls.rules.push({ rule: "adam", rate: this.rate("adam"), options: {} });
        this.panel();
        void this.race();
      },
    }, "+"));
    this.tell();
  }

  private async load(): Promise<void> {
    const name = this.balls.function;
    this.loaded = name;
    const made = await this.app.ask<Plane & { minima: number[][]; start: number[] }>("GET", `landscape/${name}?size=101`);
    if (!made || name !== this.balls.function) return;
    this.plane = made;
    this.levels = levelled(made);
    this.view = VIEWS[name] ?? VIEW;
    this.ways = [];
    await this.race();
  }

  /** One race at a time; where the start is dragged the last place counts. */
  private async race(play = true): Promise<void> {
    if (this.busy) {
      this.next = true;
      return;
    }
    this.busy = true;
    const { function: name, start, rules, steps } = this.balls;
    const made = await this.app.ask<{ paths: Path[] }>("POST", `landscape/${name}`, { start, rules, steps });
    this.busy = false;
    if (this.next) {
      this.next = false;
      return this.race(play);
    }
    if (!made || name !== this.balls.function) return;
    this.ways = made.paths.map((path, k) => ({ points: path.points, values: path.values, lane: k, label: path.rule, diverged: path.diverged_at }));
    if (play) this.play();
    else this.to(1);
  }

  private play(): void {
    const turn = ++this.playing;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.to(1);
    const began = performance.now();
    const tick = (now: number) => {
      if (turn !== this.playing || !this.element.isConnected || !this.shown) return;
      const share = Math.min(1, Math.max(0, now - began) / LASTS);
      this.set(share);
      if (share < 1) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  private to(share: number): void {
    this.playing++;
    this.set(share);
  }

  private set(share: number): void {
    this.share = share;
    this.clock.value = String(share);
    this.paint();
    this.tell();
  }

  /** The step the clock shows. Races begin slowly, so that the first steps can be seen. */
  private get step(): number {
    const longest = Math.max(1, ...this.ways.map((way) => way.points.length - 1));
    return Math.round(longest * this.share ** 2);
  }

  private tell(): void {
    const { step } = this;
    this.where.textContent = t("stepOf", { step: whole(step) });
    this.rivals.querySelectorAll<HTMLElement>(".state").forEach((output, k) => {
      const way = this.ways[k];
      if (!way) return;
      const lost = way.diverged !== null && way.diverged <= step;
      output.textContent = lost ? t("divergedAt", { step: whole(way.diverged ?? 0) }) : `f = ${number(way.values[Math.min(step, way.values.length - 1)])}`;
      output.classList.toggle("lost", lost);
    });
  }

  private paint(): void {
    const { plane, levels, step } = this;
    if (!plane || !levels || this.element.hidden) return;
    this.frame = paintTerrain(this.map, plane, levels, this.ways, plane.minima, step, this.balls.start);
    paintRelief(this.relief, plane, levels, this.ways, plane.minima, this.view, step);
  }

  private pointers(): void {
    const move = (event: PointerEvent) => {
      if (!(event.buttons & 1) || !this.frame) return;
      event.preventDefault();
      this.balls.start = this.frame.at(event);
      void this.race(false);
    };
    this.map.addEventListener("pointerdown", (event) => {
      this.map.setPointerCapture(event.pointerId);
      move(event);
    });
    this.map.addEventListener("pointermove", move);
    this.map.addEventListener("pointerup", () => this.play());
    this.map.addEventListener("keydown", (event) => {
      const by = arrow(event);
      if (!by || !this.plane) return;
      event.preventDefault();
      const { x, y } = this.plane;
      this.balls.start = [this.balls.start[0] + (by[0] * (x[x.length - 1] - x[0])) / 50, this.balls.start[1] - (by[1] * (y[y.length - 1] - y[0])) / 50];
      void this.race(false);
    });
    let last: [number, number] | null = null;
    this.relief.addEventListener("pointerdown", (event) => {
      last = [event.clientX, event.clientY];
      this.relief.setPointerCapture(event.pointerId);
    });
    this.relief.addEventListener("pointermove", (event) => {
      if (!(event.buttons & 1) || !last) return;
      this.rotate((event.clientX - last[0]) / 120, (event.clientY - last[1]) / 160);
      last = [event.clientX, event.clientY];
    });
    this.relief.addEventListener("keydown", (event) => {
      const by = arrow(event);
      if (!by) return;
      event.preventDefault();
      this.rotate(0.15 * by[0], 0.1 * by[1]);
    });
  }

  private rotate(turn: number, tilt: number): void {
    this.view = { turn: this.view.turn - turn, tilt: Math.max(0.15, Math.min(1.4, this.view.tilt + tilt)) };
    this.paint();
  }

  draw(fresh: Set<string>): void {
    if (fresh.has("size") && this.shown) this.paint();
  }

  gone(): void {
    this.playing++;
  }
}

function arrow(event: KeyboardEvent): number[] | undefined {
  return { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
}
