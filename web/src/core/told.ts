// What the trainer notes in English, in the reader's language.

import { t, whole, type Word } from "./i18n.ts";

const NOTES: [RegExp, Word][] = [
  [/^stopped: (\d+) steps are done$/, "stoppedSteps"],
  [/^stopped: a run has (\d+) steps at most$/, "stoppedMost"],
  [/^stopped: lane (\d+) \(.*\) reached (?:train|test)_(?:loss|accuracy) .* at step (\d+)$/, "stoppedReached"],
  [/^every lane has diverged by step (\d+)$/, "allDiverged"],
  [/^paused, for nobody was watching$/, "unwatched"],
];

/** *note* in the page's words; one that is not known stays as it is. */
export function told(note: string): string {
  for (const [pattern, word] of NOTES) {
    const found = pattern.exec(note);
    if (found) return t(word, { a: whole(Number(found[1] ?? 0)), b: whole(Number(found[2] ?? 0)) });
  }
  return note;
}
