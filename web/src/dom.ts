// Making elements, and drawing once per animation frame.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | null | undefined>;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    // Through the object model: the page's policy allows no style in attributes.
    if (name === "style") (element as HTMLElement | SVGElement).style.cssText = String(value);
    else if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => !!child));
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function rgb(text: string): [number, number, number] {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) as [number, number, number];
}

/** A labelled native control. */
export function field(label: string, control: HTMLElement, hint = ""): HTMLLabelElement {
  return h("label", { class: "field", title: hint || null }, h("span", {}, label), control);
}

export function select(
  value: string, options: readonly (readonly [string, string])[], change: (value: string) => void, label = "",
): HTMLSelectElement {
  const element = h(
    "select", { onchange: () => change(element.value), "aria-label": label || null },
    ...options.map(([name, text]) => h("option", { value: name, selected: name === value }, text)),
  );
  return element;
}

/** A field for a number: 0.03 and 0,03 are both read; what is no number within the limits is marked and kept back. */
export function numeric(
  value: number | null, change: (value: number) => void, limits: { low?: number; high?: number; label?: string } = {},
): HTMLInputElement {
  const element = h("input", {
    type: "text", inputmode: "decimal", value: written(value), "aria-label": limits.label ?? null, size: 7,
    onchange: () => {
      const read = Number(element.value.trim().replace(",", "."));
      const good = element.value.trim() !== "" && Number.isFinite(read) &&
        read >= (limits.low ?? -Infinity) && read <= (limits.high ?? Infinity);
      element.setAttribute("aria-invalid", String(!good));
      if (good) change(read);
    },
  });
  return element;
}

export function written(value: number | null): string {
  if (value === null) return "";
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
