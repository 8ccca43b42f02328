// Formulas, which come as MathML from the typesetter of the reports.

import { h } from "./dom.ts";

const ELEMENTS = new Set([
  "math", "mfrac", "mi", "mn", "mo", "mover", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext",
  "mtr", "munder", "munderover",
]);
const ATTRIBUTES = new Set([
  "accent", "columnalign", "display", "displaystyle", "fence", "form", "lspace", "mathvariant", "rspace", "scriptlevel", "stretchy", "width",
]);

/** A formula in *pieces*, between which a line may break. */
export function formula(pieces: readonly string[], more: { class?: string; title?: string | null } = {}): HTMLElement {
  return h("span", { class: `formula ${more.class ?? ""}`.trim(), title: more.title }, ...pieces.map((piece) => h("span", {}, copied(piece))));
}

/** Read in a document apart, where nothing runs and nothing is fetched; taken over is what a formula is made of. */
function copied(piece: string): Node {
  const math = new DOMParser().parseFromString(piece, "text/html").body.firstElementChild;
  if (!math) return document.createTextNode(piece);
  for (const element of [math, ...math.querySelectorAll("*")]) {
    if (!ELEMENTS.has(element.localName)) throw new Error(`a formula holds the element ${element.localName}, which is none of MathML's`);
    for (const name of element.getAttributeNames()) if (!ATTRIBUTES.has(name)) element.removeAttribute(name);
  }
  return document.importNode(math, true);
}
