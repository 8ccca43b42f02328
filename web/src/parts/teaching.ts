// The panels that answer a lesson's question stand first, as high as there is room, so that nothing has to be scrolled.

import type { App } from "../app.ts";

const LEAST = 300;

/** Of the *panels* those that answer come first, side by side. A tab is answered by the instruments. */
export function focus(app: App, lab: HTMLElement, panels: Record<string, HTMLElement>, below: HTMLElement): void {
  const asked = (app.taught?.panels ?? []).map((name) => (name in panels ? name : "instruments"));
  lab.classList.toggle("taught", asked.length > 0);
  const before = lab.dataset.focus;
  lab.dataset.focus = asked.join(" ");
  for (const [name, panel] of Object.entries(panels)) {
    const at = asked.indexOf(name);
    panel.classList.toggle("asked", at >= 0);
    panel.style.order = at < 0 ? "" : String(at - asked.length);
  }
  room(lab, below);
  if (before !== lab.dataset.focus) app.refresh();
}

/** How much of the window there is between what stands above the pictures and what stands below. */
export function room(lab: HTMLElement, below: HTMLElement): void {
  if (lab.hidden) return;
  const above = lab.getBoundingClientRect().top + scrollY;
  const gap = parseFloat(getComputedStyle(lab).rowGap) || 0;
  const free = innerHeight - above - below.offsetHeight - gap;
  lab.parentElement?.style.setProperty("--room", `${Math.max(LEAST, Math.floor(free))}px`);
}
