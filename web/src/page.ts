// The frame around the parts: where they stand, messages, keys, language and theme.

import type { App, Kind, Part } from "./app.ts";
import { dismissing, menus } from "./core/dismiss.ts";
import { html, replace } from "./core/dom.ts";
import { language, setLanguage, t } from "./core/i18n.ts";
import { store, stored } from "./core/memory.ts";
import { setPalette } from "./core/palette.ts";
import { Answers } from "./parts/answers.ts";
import { Curves } from "./parts/curves.ts";
import { help } from "./parts/help.ts";
import { Instruments } from "./parts/instruments.ts";
import { Landscape } from "./parts/landscape.ts";
import { Lanes } from "./parts/lanes.ts";
import { Network } from "./parts/network.ts";
import { Side } from "./parts/sidebar.ts";
import { Timeline } from "./parts/timeline.ts";
import { focus, room } from "./parts/teaching.ts";
import { Top } from "./parts/toolbar.ts";

export class Page {
  private alarm = html("div", { class: "alarm", role: "alert", hidden: true });
  private toast = html("div", { class: "toast", role: "status", "aria-live": "polite" });
  private fading: ReturnType<typeof setTimeout> | undefined;
  private observer: ResizeObserver;
  private listeners: [EventTarget, string, EventListener][] = [];
  private timeline: Timeline | null = null;
  private pressed: HTMLElement | null = null;
  private ending = new AbortController();

  constructor(private app: App) {
    const theme = stored("ravine-theme");
    if (theme && app.page) app.root.dataset.theme = theme;
    this.layout();
    this.observer = new ResizeObserver(() => app.refresh());
    this.observer.observe(app.root);
    // In a notebook the keys are the notebook's wherever the focus is not in the lab.
    this.listen(app.page ? document : app.root, "keydown", (event) => this.key(event as KeyboardEvent));
    this.listen(app.root, "pointerdown", (event) => this.press(event as PointerEvent));
    this.listen(app.root, "pointerup", (event) => this.release(event as PointerEvent));
    dismissing(app.page ? document : app.root, () => [...app.parts.flatMap((part) => part.opened?.() ?? []), ...menus(app.root)], this.ending.signal);
    if (app.page) this.listen(window, "hashchange", () => app.follow());
    this.listen(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.recolour());
    if (app.page) this.listen(window, "pagehide", () => app.close());
  }

  private press(event: PointerEvent): void {
    const target = event.composedPath()[0] as Element;
    this.pressed = target.closest<HTMLElement>("[data-key]");
  }

  /** A panel may be built anew between press and release: then no click comes of it, and the button's successor is clicked. */
  private release(event: PointerEvent): void {
    const { pressed } = this;
    this.pressed = null;
    if (!pressed || pressed.isConnected) return;
    const now = (event.composedPath()[0] as Element).closest<HTMLElement>("[data-key]");
    if (now?.dataset.key === pressed.dataset.key) now?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }

  private listen(target: EventTarget, name: string, listener: EventListener): void {
    target.addEventListener(name, listener);
    this.listeners.push([target, name, listener]);
  }

  /** Everything in the present language. */
  layout(): void {
    const { app } = this;
    for (const part of app.parts) part.gone?.();
    app.root.lang = language();
    if (app.page) {
      document.documentElement.lang = language();
      document.title = t("title");
      document.body.style.margin = "0";
    }
    setPalette(app.root);
    const top = new Top(app, { help: () => this.help(), language: (code) => this.speak(code), theme: () => this.recolour(true) });
    const lanes = new Lanes(app);
    const side = new Side(app);
    const network = new Network(app);
    const answers = new Answers(app);
    const curves = new Curves(app);
    const instruments = new Instruments(app);
    const landscape = new Landscape(app);
    const timeline = new Timeline(app);
    this.timeline = timeline;
    app.parts = [top, lanes, side, network, answers, curves, instruments, landscape, timeline];
    const upper = html("div", { class: "upper" }, network.element, answers.element, curves.element);
    const lab = html("div", { class: "lab" }, upper, instruments.element);
    const skip = html("a", {
      class: "skip", href: "#curves",
      onclick: (event: Event) => {
        event.preventDefault();
        curves.element.focus();
      },
    }, t("skip"));
    replace(app.root, skip, top.element, this.alarm, lanes.element,
      html("main", { class: "body" }, side.element, lab, landscape.element), html("div", { class: "toasts" }, this.toast), timeline.element);
    const panels: Record<string, HTMLElement> = { network: network.element, answers: answers.element, curves: curves.element, instruments: instruments.element };
    const seen: Part = {
      element: lab,
      chosen: () => {
        lab.hidden = app.place !== "lab";
        timeline.element.hidden = lanes.element.hidden = app.place !== "lab";
        focus(app, lab, panels, timeline.element);
      },
      draw: (fresh) => {
        if (fresh.has("size")) room(lab, timeline.element);
      },
    };
    app.parts.push(seen);
    seen.chosen?.();
    if (app.facts) {
      for (const part of app.parts) part.made?.();
      app.choose();
    }
  }

  private speak(code: string): void {
    setLanguage(code);
    store("ravine-language", code);
    this.layout();
    this.app.root.querySelector<HTMLElement>("[data-key=language]")?.focus();
  }

  /** Draw in the colours of another theme; *turn* chooses the other one. */
  recolour(turn = false): void {
    const { root } = this.app;
    if (turn) {
      root.dataset.theme = getComputedStyle(root).colorScheme.includes("dark") ? "light" : "dark";
      store("ravine-theme", root.dataset.theme);
    }
    const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
    this.layout();
    if (focused) root.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  tell(text: string, kind: Kind): void {
    if (kind === "good" || kind === "anew") {
      if (kind === "anew" || this.alarm.dataset.kind === "lost") this.alarm.hidden = true;
      return;
    }
    if (kind === "error" || kind === "lost") {
      this.alarm.dataset.kind = kind;
      this.alarm.hidden = false;
      replace(this.alarm, html("span", {}, text),
        html("button", { "aria-label": t("dismiss"), onclick: () => { this.alarm.hidden = true; } }, "✕"));
      return;
    }
    this.toast.textContent = text;
    this.toast.classList.add("seen");
    clearTimeout(this.fading);
    this.fading = setTimeout(() => this.toast.classList.remove("seen"), 6000);
  }

  private help(): void {
    help(this.app.root);
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type));
    if (typing || target.closest("dialog")) return;
    // Space presses the button or box that has the focus, as everywhere.
    if (event.key === " " && target.closest("button, summary, input, a, [data-space]")) return;
    const { app } = this;
    const lane = /^[1-8]$/.test(event.key) ? Number(event.key) - 1 : -1;
    const actions: Record<string, () => void> = {
      " ": () => app.toggle(),
      ".": () => void app.control("step", { steps: 1 }),
      r: () => app.reset(),
      "[": () => void this.timeline?.jump(-1),
      "]": () => void this.timeline?.jump(1),
      "?": () => this.help(),
    };
    const action = lane >= 0 ? () => app.show(lane) : actions[event.key.toLowerCase()];
    if (!action || (app.place !== "lab" && event.key !== "?")) return;
    event.preventDefault();
    action();
  }

  close(): void {
    for (const [target, name, listener] of this.listeners) target.removeEventListener(name, listener);
    this.observer.disconnect();
    this.ending.abort();
    this.app.close();
  }
}
