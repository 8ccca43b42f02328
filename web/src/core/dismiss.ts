// What opens over the page closes at Escape and at a press elsewhere.

/** Something open over the page: where it is, and what closes it. *within*: what does not count as elsewhere. */
export interface Open { element: Element; within?: Element; close(): void }

/**
 * See to it that what *open* gives at that moment closes at Escape, the last of it first, and at a press outside of it.
 * Escape is heard by *keys*, a press by the whole document. Ends with *signal*.
 */
export function dismissing(keys: EventTarget, open: () => Open[], signal: AbortSignal): void {
  keys.addEventListener("keydown", (event) => {
    const key = event as KeyboardEvent;
    // A dialog closes by itself, and first.
    if (key.key !== "Escape" || key.defaultPrevented || (key.target as Element).closest?.("dialog")) return;
    const last = open().pop();
    if (!last) return;
    key.preventDefault();
    last.close();
  }, { signal });
  // Heard before what is pressed acts on it, so that what it opens stays open.
  document.addEventListener("pointerdown", (event) => {
    const path = event.composedPath();
    for (const each of open()) if (!path.includes(each.within ?? each.element)) each.close();
  }, { signal, capture: true });
}

/** The menus that are open within *root*. The focus goes back to what opened one, where it was in it. */
export function menus(root: Element): Open[] {
  return [...root.querySelectorAll<HTMLDetailsElement>("details.menu[open]")].map((element) => ({
    element,
    close: () => {
      const inside = element.contains((element.getRootNode() as Document | ShadowRoot).activeElement);
      element.open = false;
      if (inside) element.querySelector<HTMLElement>("summary")?.focus();
    },
  }));
}
