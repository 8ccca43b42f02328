// Guided lessons: a text, a set-up, a question, and its answer once it is asked for.

import type { App } from "../app.ts";
import { h } from "../core/dom.ts";
import { said, t } from "../core/i18n.ts";

export function lessonsPanel(app: App, again: () => void): HTMLElement {
  const { lessons } = app.catalogue;
  const at = lessons.findIndex((lesson) => lesson.slug === app.lesson);
  const open = (slug: string | null) => () => {
    app.lesson = slug;
    app.revealed = false;
    if (app.taught?.slug !== slug) app.taught = null;
    app.choose();
    again();
  };
  if (at < 0) {
    return h("section", { class: "lessons", "aria-label": t("lessons") }, h("ol", {}, ...lessons.map((lesson) =>
      h("li", {}, h("button", { class: "plain", "data-key": `lesson-${lesson.slug}`, onclick: open(lesson.slug) }, said(lesson.title))))));
  }
  const lesson = lessons[at];
  const answer = h("div", { class: "answer", hidden: !app.revealed }, ...marked(said(lesson.answer)));
  const reveal = h("button", {
    "aria-expanded": String(app.revealed), "data-key": "reveal",
    onclick: () => {
      app.revealed = !app.revealed;
      answer.hidden = !app.revealed;
      reveal.setAttribute("aria-expanded", String(!answer.hidden));
      reveal.textContent = t(answer.hidden ? "showAnswer" : "hideAnswer");
      answer.scrollIntoView({ block: "nearest" });
    },
  }, t(app.revealed ? "hideAnswer" : "showAnswer"));
  const step = (to: number, key: string, text: string) => h("button", { "data-key": key, disabled: !lessons[to], onclick: open(lessons[to]?.slug ?? null) }, text);
  return h("section", { class: "lessons", "aria-label": t("lessons") },
    h("button", { class: "plain", "data-key": "lesson-list", onclick: open(null) }, `‹ ${t("lessonList")}`),
    h("h2", { class: "title" }, said(lesson.title)), ...marked(said(lesson.text)),
    h("button", { class: "main", "data-key": "set-up", onclick: () => app.learn(lesson) }, t("setUp")),
    h("h3", {}, t("question")), ...marked(said(lesson.question)), reveal, answer,
    h("div", { class: "row spread" }, step(at - 1, "lesson-before", `‹ ${t("previous")}`), step(at + 1, "lesson-after", `${t("next")} ›`)));
}

/** Paragraphs; *words* between asterisks are emphasised, `code` is code. */
export function marked(text: string): HTMLElement[] {
  return text.split(/\n\s*\n/).map((part) => h("p", {}, ...part.split(/(\*[^*\s][^*]*\*|`[^`]+`)/).map((piece) => {
    if (/^\*.+\*$/.test(piece)) return h("em", {}, piece.slice(1, -1));
    if (/^`.+`$/.test(piece)) return h("code", {}, piece.slice(1, -1));
    return piece;
  })));
}
