// Keys and a word of help, in a native dialog.

import { html } from "../core/dom.ts";
import { t, type Word } from "../core/i18n.ts";

const KEYS: [string, Word][] = [
  ["Space", "keySpace"], [".", "keyDot"], ["R", "keyReset"], ["[  ]", "keyScrub"], ["1 – 8", "keyLanes"],
  ["← → ↑ ↓", "keyNeurons"], ["Enter", "keyEnter"], ["?", "keyHelp"],
];

export function help(root: HTMLElement): void {
  const back = document.activeElement as HTMLElement | null;
  const dialog = html("dialog", { class: "help", "aria-label": t("help") },
    html("h2", {}, t("help")), html("p", {}, t("helpText")),
    html("dl", {}, ...KEYS.flatMap(([key, word]) => [html("dt", {}, html("kbd", {}, key)), html("dd", {}, t(word))])),
    html("form", { method: "dialog" }, html("button", { class: "main" }, t("close"))));
  dialog.addEventListener("close", () => {
    dialog.remove();
    back?.focus();
  });
  root.append(dialog);
  dialog.showModal();
}
