// Formulas, which come as MathML from the typesetter of the reports.

import { html } from "./dom.ts";
import { localized } from "./i18n.ts";
import type { Formula } from "./types.ts";

const ELEMENTS = new Set([
  "math", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext",
  "mtr", "munder", "munderover",
]);
const ATTRIBUTES = new Set([
  "accent", "columnalign", "display", "displaystyle", "fence", "form", "lspace", "mathvariant", "rspace", "scriptlevel", "stretchy", "width",
]);

/** A formula in the reader's language; nothing where there is none. */
export function formula(set: Formula | undefined, more: { class?: string; title?: string | null } = {}): HTMLElement {
  const pieces = set ? localized(set) : [];
  return html("span", { class: `formula ${more.class ?? ""}`.trim(), title: more.title }, ...pieces.map((piece) => html("span", {}, copied(piece))));
}

/** Read in a document apart, where nothing runs and nothing is fetched; what is more than a formula is refused. */
function copied(piece: string): Node {
  const { body } = new DOMParser().parseFromString(piece, "text/html");
  const [math] = body.children;
  if (body.childNodes.length !== 1 || math?.localName !== "math") throw new Error(`this is no formula: ${piece}`);
  for (const element of [math, ...math.querySelectorAll("*")]) {
    const strange = ELEMENTS.has(element.localName) ? element.getAttributeNames().find((name) => !ATTRIBUTES.has(name)) : element.localName;
    if (strange) throw new Error(`a formula holds ${strange}, which belongs in none: ${piece}`);
  }
  return document.importNode(math, true);
}
