// The tabs that ask the server something by themselves: surface, drawing, landscape, lessons.

import { call } from "./api.ts";
import { heights, type Path } from "./charts.ts";
import { colour, h, numeric, replace, select } from "./dom.ts";
import { language, number, t } from "./i18n.ts";
import type { Balls, Catalogue, Facts, Lesson } from "./types.ts";

type Say = (error: unknown) => void;

export function surfaceTab(run: () => string, say: Say): HTMLElement {
  const canvas = h("canvas", { class: "plane", role: "img", "aria-label": t("surface") }), hint = h("p", { class: "hint" }), key = h("p", { class: "key" });
  const compute = h("button", {
    onclick: async () => {
      compute.disabled = true;
      try {
        const made = await call<{ x: number[]; y: number[]; loss: (number | null)[][]; paths: Record<string, number[][]>; lanes: Record<string, number>; unexplained: number }>("GET", `runs/${run()}/surface?size=61`);
        const paths: Path[] = Object.entries(made.paths).map(([label, points]) => ({ label, points, colour: made.lanes[label] ?? 0 }));
        heights(canvas, { x: made.x, y: made.y, z: made.loss }, paths, []);
        hint.textContent = t("surfaceHint", { share: `${number(100 * made.unexplained, 2)} %` });
        replace(key, ...paths.map((path) => h("span", { style: `color:var(--line${path.colour})` }, `● ${path.label} `)));
      } catch (error) { say(error); }
      compute.disabled = false;
    },
  }, t("compute"));
  return h("div", {}, compute, hint, canvas, key);
}

export function drawTab(run: () => string, lane: () => number, facts: () => Facts, say: Say): HTMLElement {
  const images = facts().images;
  if (!images) return h("p", { class: "hint" }, t("drawHint"));
  const { width, height, low, high } = images, cells = new Float32Array(width * height).fill(low);
  const pad = h("canvas", { class: "pad", width, height, tabindex: 0, role: "img", "aria-label": t("drawHint") });
  const out = h("div", { class: "layers" });
  const paint = () => {
    const context = pad.getContext("2d")!, pixels = context.createImageData(width, height);
    cells.forEach((v, i) => { const shade = Math.round((255 * (v - low)) / (high - low)); pixels.data.set([shade, shade, shade, 255], 4 * i); });
    context.putImageData(pixels, 0, 0);
  };
  let asked = false;
  const ask = async () => {
    if (asked) return;
    asked = true;
    await new Promise((done) => setTimeout(done, 60));
    asked = false;
    try {
      const rows = Array.from({ length: height }, (_, r) => Array.from(cells.slice(r * width, (r + 1) * width)));
      const made = await call<{ outputs: number[]; layers: { name: string; values: number[] }[] }>("POST", `runs/${run()}/predict`, { image: rows, lane: lane() });
      const classes = facts().classes;
      replace(out, ...made.layers.map((layer, k) => {
        const final = k === made.layers.length - 1, top = Math.max(...layer.values.map(Math.abs), 1e-9);
        return h("figure", {}, h("figcaption", {}, layer.name), h("div", { class: "values" }, ...layer.values.slice(0, 64).map((v, i) =>
          h("span", { class: final ? "answer" : "cell", title: number(v), style: `--share:${(100 * Math.abs(v)) / top}%;--tone:var(--line${v < 0 ? 1 : 0})` }, final ? `${classes?.[i] ?? ""} ${number(v, 2)}` : ""))));
      }));
    } catch (error) { say(error); }
  };
  const touch = (event: PointerEvent) => {
    if (!(event.buttons & 1)) return;
    const box = pad.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * width, y = ((event.clientY - box.top) / box.height) * height;
    if (width <= 4) {
      if (event.type === "pointerdown") { const i = Math.floor(y) * width + Math.floor(x); cells[i] = cells[i] > (low + high) / 2 ? low : high; }
    } else {
      // A soft pen about two cells wide.
      cells.forEach((v, i) => {
        const d = Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y);
        cells[i] = Math.max(v, low + (high - low) * Math.max(0, Math.min(1, 1.9 - d)));
      });
    }
    paint(); void ask();
  };
  pad.addEventListener("pointerdown", touch); pad.addEventListener("pointermove", touch);
  paint(); void ask();
  const sample = h("button", { onclick: () => {
    const samples = facts().samples ?? [], one = samples[Math.floor(Math.random() * samples.length)];
    if (one) { cells.set(one.x); paint(); void ask(); }
  } }, t("sample"));
  const clear = h("button", { onclick: () => { cells.fill(low); paint(); void ask(); } }, t("clear"));
  return h("div", { class: "drawing" }, h("div", {}, h("p", { class: "hint" }, t("drawHint")), pad, h("div", { class: "row" }, sample, clear)), out);
}

export function landscapeTab(catalogue: Catalogue, say: Say, begin: Balls | null): HTMLElement {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let name = begin?.function ?? catalogue.functions[0].name, start: number[] | null = begin?.start ?? null, steps = begin?.steps ?? 300, playing = 0;
  let rules = begin?.rules ?? catalogue.rules.filter((rule) => ["sgd", "momentum", "nesterov", "adam"].includes(rule.name))
    .map((rule) => ({ rule: rule.name, rate: rule.name === "adam" ? 0.3 : rule.name === "sgd" ? 0.03 : 0.01, options: {} }));
  let plane: { x: number[]; y: number[]; z: (number | null)[][]; minima: number[][]; start: number[] } | null = null;
  let paths: Path[] = [], place: ((event: MouseEvent) => [number, number]) | null = null;
  const canvas = h("canvas", { class: "plane wide", tabindex: 0, role: "img", "aria-label": t("landscape") }), key = h("p", { class: "key" });
  const draw = (upTo = Infinity) => { if (plane) place = heights(canvas, plane, paths, plane.minima, upTo); };
  const run = async () => {
    try {
      const made = await call<{ paths: { rule: string; points: number[][]; values: number[]; diverged_at: number | null }[] }>("POST", `landscape/${name}`, { start, rules, steps });
      paths = made.paths.map((path, k) => ({ label: path.rule, points: path.points, colour: k }));
      replace(key, ...made.paths.map((path, k) => h("span", { style: `color:var(--line${k})` },
        `● ${path.rule} ${number(rules[k].rate)}: ${path.diverged_at === null ? number(path.values[path.values.length - 1]) : t("diverged", { step: path.diverged_at })}  `)));
      const turn = ++playing, longest = Math.max(...paths.map((path) => path.points.length)), began = performance.now();
      const tick = (now: number) => {
        if (turn !== playing || !canvas.isConnected) return;
        const upTo = still ? longest : Math.floor(((now - began) / 4000) * longest);
        draw(upTo);
        if (upTo < longest) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    } catch (error) { say(error); }
  };
  const load = async (fresh: boolean) => {
    try {
      plane = await call("GET", `landscape/${name}?size=81`);
      if (fresh || !start) start = plane!.start;
      draw();
      await run();
    } catch (error) { say(error); }
  };
  const drag = (event: PointerEvent) => {
    if (event.buttons & 1 && place) { start = place(event); void run(); }
  };
  canvas.addEventListener("pointerdown", drag);
  canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1 && place) { start = place(event); paths = []; draw(); } });
  canvas.addEventListener("pointerup", () => void run());
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move || !plane || !start) return;
    event.preventDefault();
    start = [start[0] + (move[0] * (plane.x[80] - plane.x[0])) / 40, start[1] + (move[1] * (plane.y[80] - plane.y[0])) / 40];
    void run();
  });
  const rates = h("div", { class: "row" }, ...rules.map((rule, k) => h("label", { style: `color:var(--line${k})` }, `${rule.rule} `,
    numeric(rule.rate, (value) => { rules = rules.map((each, i) => (i === k ? { ...each, rate: value } : each)); void run(); }, { low: 0, high: 100, label: `${t("rate")} ${rule.rule}` }))));
  void load(false);
  return h("div", {}, h("div", { class: "row" },
    h("label", {}, t("function"), " ", select(name, catalogue.functions.map((f) => [f.name, f.name]), (value) => { name = value; void load(true); })),
    h("label", {}, t("steps"), " ", numeric(steps, (value) => { steps = Math.round(value); void run(); }, { low: 1, high: 10000 })),
    h("button", { onclick: () => void run() }, t("race")), h("span", { class: "hint" }, t("dragHint"))), rates, canvas, key);
}

export function lessonsTab(catalogue: Catalogue, begin: (lesson: Lesson) => void): HTMLElement {
  const box = h("div", { class: "lesson" }), say = language();
  const open = (lesson: Lesson) => {
    const answer = h("p", { class: "said", hidden: true }, lesson.answer[say]);
    replace(box, h("h3", {}, lesson.title[say]), h("p", {}, lesson.text[say]), h("button", { class: "main", onclick: () => begin(lesson) }, t("show")),
      h("p", {}, h("strong", {}, `${t("question")}: `), lesson.question[say]),
      h("button", { onclick: () => { answer.hidden = false; } }, t("showAnswer")), answer);
  };
  const list = h("ol", { class: "lessons" }, ...catalogue.lessons.map((lesson) => h("li", {}, h("button", { onclick: () => open(lesson) }, lesson.title[say]))));
  open(catalogue.lessons[0]);
  void colour;
  return h("div", { class: "split" }, list, box);
}
