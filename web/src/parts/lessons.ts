// Guided lessons: a text, a set-up, a question, and its answer once it is asked for.

import type { App } from "../app.ts";
import { html } from "../core/dom.ts";
import { localized, t } from "../core/i18n.ts";

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
    return html("section", { class: "lessons", "aria-label": t("lessons") }, html("ol", {}, ...lessons.map((lesson) =>
      html("li", {}, html("button", { class: "plain", "data-key": `lesson-${lesson.slug}`, onclick: open(lesson.slug) }, localized(lesson.title))))));
  }
  const lesson = lessons[at];
  const answer = html("div", { class: "answer", hidden: !app.revealed }, ...marked(localized(lesson.answer)));
  const reveal = html("button", {
    "aria-expanded": String(app.revealed), "data-key": "reveal",
    onclick: () => {
      app.revealed = !app.revealed;
      answer.hidden = !app.revealed;
      reveal.setAttribute("aria-expanded", String(!answer.hidden));
      reveal.textContent = t(answer.hidden ? "showAnswer" : "hideAnswer");
      answer.scrollIntoView({ block: "nearest" });
    },
  }, t(app.revealed ? "hideAnswer" : "showAnswer"));
  const step = (to: number, key: string, text: string) => html("button", { "data-key": key, disabled: !lessons[to], onclick: open(lessons[to]?.slug ?? null) }, text);
  return html("section", { class: "lessons", "aria-label": t("lessons") },
    html("button", { class: "plain", "data-key": "lesson-list", onclick: open(null) }, `‹ ${t("lessonList")}`),
    html("h2", { class: "title" }, localized(lesson.title)), ...marked(localized(lesson.text)),
    html("button", { class: "main", "data-key": "set-up", onclick: () => app.learn(lesson) }, t("setUp")),
    html("h3", {}, t("question")), ...marked(localized(lesson.question)), reveal, answer,
    html("div", { class: "row spread" }, step(at - 1, "lesson-before", `‹ ${t("previous")}`), step(at + 1, "lesson-after", `${t("next")} ›`)));
}

/** Paragraphs; *words* between asterisks are emphasised, `code` is code. */
export function marked(text: string): HTMLElement[] {
  return text.split(/\n\s*\n/).map((part) => html("p", {}, ...part.split(/(\*[^*\s][^*]*\*|`[^`]+`)/).map((piece) => {
    if (/^\*.+\*$/.test(piece)) return html("em", {}, piece.slice(1, -1));
    if (/^`.+`$/.test(piece)) return html("code", {}, piece.slice(1, -1));
    return piece;
  })));
}
