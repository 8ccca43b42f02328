// Making elements, native and labelled; keeping the focus where a panel is built anew.

import { readNumber, t, written } from "./i18n.ts";

type Child = Node | string | null | undefined | false;
type Handler = (event: never) => void;
type Attributes = Record<string, string | number | boolean | Handler | null | undefined>;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    // Styles go through the object model: the page's policy allows none in attributes.
    if (name === "style") (element as HTMLElement | SVGElement).style.cssText = String(value);
    else if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
}

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

/** Put *children* into *element*; the focus stays on what has the same data-key, and the scrolling stays. */
export function replace(element: Element, ...children: Child[]): void {
  const active = document.activeElement as HTMLElement | null;
  const key = active && element.contains(active) ? active.dataset.key : undefined;
  const open = new Set([...element.querySelectorAll<HTMLElement>("details[open][data-key]")].map((each) => each.dataset.key));
  const top = element.scrollTop;
  element.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  for (const each of element.querySelectorAll<HTMLDetailsElement>("details[data-key]")) {
    if (open.has(each.dataset.key)) each.open = true;
  }
  element.scrollTop = top;
  if (key) element.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** A label beside its control. */
export function field(label: string, control: HTMLElement, hint = ""): HTMLLabelElement {
  return html("label", { class: "field", title: hint || null }, html("span", {}, label), control);
}

export function select(
  value: string, options: readonly (readonly [string, string])[], change: (value: string) => void,
  more: { label?: string; key?: string; title?: string } = {},
): HTMLSelectElement {
  const element = html(
    "select",
    {
      onchange: () => change(element.value), "aria-label": more.label, "data-key": more.key,
      title: more.title,
    },
    ...options.map(([name, text]) => html("option", { value: name, selected: name === value }, text)),
  );
  return element;
}

export interface Bounds { low?: number; high?: number | null; whole?: boolean; log?: boolean; label?: string; key?: string; digits?: number }

/** A field for a number. 0.03 and 0,03 are both read; what is none within the bounds is marked and kept back. */
export function numeric(value: number | null, change: (value: number) => void, bounds: Bounds = {}): HTMLInputElement {
  const { low = -Infinity, whole = false, log = false } = bounds;
  const high = bounds.high ?? Infinity;
  const read = (): number | null => {
    const given = readNumber(element.value);
    if (given === null || given < low || given > high || (whole && !Number.isInteger(given))) return null;
    return given;
  };
  const commit = (): void => {
    const given = read();
    element.setAttribute("aria-invalid", String(given === null));
    element.setCustomValidity(given === null ? limits(low, high) : "");
    if (given === null) {
      element.reportValidity();
      return;
    }
    if (given !== last) {
      last = given;
      change(given);
    }
  };
  let last = value;
  const element = html("input", {
    type: "text", inputmode: whole ? "numeric" : "decimal", value: written(value, bounds.digits), "aria-label": bounds.label,
    "data-key": bounds.key, title: limits(low, high), autocomplete: "off", spellcheck: "false",
    onchange: commit,
    onkeydown: (event: KeyboardEvent) => {
      const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      const now = read();
      if (!direction || now === null) return;
      event.preventDefault();
      const size = whole ? 1 : 10 ** Math.floor(Math.log10(Math.abs(now) || 0.01));
      const next = log ? now * 1.25 ** direction : now + direction * size;
      element.value = written(Math.max(low, Math.min(high, Number(next.toPrecision(3)))));
      commit();
    },
  });
  return element;
}

function limits(low: number, high: number): string {
  if (!Number.isFinite(low)) return "";
  return Number.isFinite(high) ? t("between", { low: written(low), high: written(high) }) : t("least", { low: written(low) });
}

/** How many times the page's letters are as large as those that drawings are laid out for. */
export function enlargement(element: Element): number {
  return (parseFloat(getComputedStyle(element).fontSize) || 14) / 14;
}

/** A canvas made as sharp as the screen; its context, scaled so that drawings grow with the page's letters, and its size. */
export function sharp(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } {
  const ratio = Math.min(3, devicePixelRatio || 1);
  const width = Math.max(1, canvas.clientWidth);
  const height = Math.max(1, canvas.clientHeight);
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const scale = enlargement(canvas);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.setTransform(ratio * scale, 0, 0, ratio * scale, 0, 0);
  context.clearRect(0, 0, width / scale, height / scale);
  return { context, width: width / scale, height: height / scale };
}
