// Keys and a word of help, in a native dialog.

import { h } from "../core/dom.ts";
import { t, type Word } from "../core/i18n.ts";

const KEYS: [string, Word][] = [
  ["Space", "keySpace"], [".", "keyDot"], ["R", "keyReset"], ["[  ]", "keyScrub"], ["1 – 8", "keyLanes"],
  ["← → ↑ ↓", "keyNeurons"], ["Enter", "keyEnter"], ["?", "keyHelp"],
];

export function help(root: HTMLElement): void {
  const back = document.activeElement as HTMLElement | null;
  const dialog = h("dialog", { class: "help", "aria-label": t("help") },
    h("h2", {}, t("help")), h("p", {}, t("helpText")),
    h("dl", {}, ...KEYS.flatMap(([key, word]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(word))])),
    h("form", { method: "dialog" }, h("button", { class: "main" }, t("close"))));
  dialog.addEventListener("close", () => {
    dialog.remove();
    back?.focus();
  });
  root.append(dialog);
  dialog.showModal();
}
