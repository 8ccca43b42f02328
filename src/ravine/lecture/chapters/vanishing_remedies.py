"""Chapter 2, last part: what became of each remedy of the slide (claim 8)."""

from __future__ import annotations

import numpy as np

from ravine.lecture.chapters.vanishing_memory import NAMES, eased, gain, more_arrives
from ravine.lecture.chapters.vanishing_training import BESIDE, effects, let_through, names, on_the_edge
from ravine.lecture.claims import RISK, ClaimRecord, Estimate, factor
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.experiments.memory import CELLS
from ravine.lecture.experiments.remedies import REMEDIES
from ravine.lecture.notes import conclude, conditional, judged
from ravine.stats import Interval, interval
from ravine.view import interval_words, listed, number
from ravine.view.blocks import Block

__all__ = ["memory_notes", "remedied", "remedy_notes", "summary"]


def remedied(context: LectureContext, trained: ExperimentResult, cells: ExperimentResult) -> ClaimRecord:
    """Claim 8: how much more of the back-propagated gradient each remedy lets through than its baseline.

    The slide lists "ways for the vanishing gradient". A remedy eases it if it lets more of the gradient through to the
    first layers, before and after training taken together; it is refuted if it lets less through. The seven remedies
    share one risk of error. How well each learns stands beside the claim, on networks of which the baseline learns
    something, so that a remedy can be worse as well as better.

    No example: see the tests, which give it outcomes made by hand.
    """
    found = [effect for effect in effects(trained) if effect.name not in BESIDE]
    measured: dict[str, Interval | Estimate] = {each.name: each.eased for each in found}
    measured |= {f"{each.name}-learns": each.gain for each in found}
    measured |= {"lstm": more_arrives(cells), "lstm-learns": gain(cells), "lstm-start": eased(cells, "start")}
    return conclude(context, "remedies", measured, "vanishing-accuracies")


def remedy_notes(context: LectureContext, trained: ExperimentResult, record: ClaimRecord) -> list[Block]:
    """One note for each remedy on the digits: the verdict is on the gradient, the text tells of the learning as well.

    No example: see the tests.
    """
    _, language, called = context._, context.language, names(context)
    ruled = {each.criterion.key: each for each in record.findings}
    notes: list[Block] = []
    for effect in effects(trained):
        if effect.name in BESIDE:
            continue
        base = REMEDIES[effect.name].against
        before = factor(interval(np.log(let_through(trained, base)))).mean
        words = {
            "gain": interval_words(effect.gain, language, 1, 100),
            "base": called[base],
            "factor": interval_words(effect.factor, language, 2),
            "before": number(before, language, 2),
        }
        said = [
            context.text("vanishing", f"gradient-{ruled[effect.name].verdict}", **words).markdown,
            context.text("vanishing", f"remedy-{ruled[f'{effect.name}-learns'].verdict}", **words).markdown,
            context.text("vanishing", f"about-{effect.name}").markdown,
            on_the_edge(context, trained, (base, effect.name)),
        ]
        title = _("Remedy: {name}").format(name=called[effect.name])
        notes.append(judged(context, record, key=effect.name, title=title, text=" ".join(filter(None, said))))
    return notes


def memory_notes(context: LectureContext, cells: ExperimentResult, record: ClaimRecord) -> list[Block]:
    """The notes on LSTM: whether its gradient vanishes less, also from the start, and how well it learns.

    No example: see the tests.
    """
    _, language = context._, context.language
    words = {
        "more": interval_words(more_arrives(cells)(1 - RISK), language, 2),
        "gain": interval_words(gain(cells), language, 3),
        "before": interval_words(eased(cells, "start"), language, 1),
        "after": interval_words(eased(cells, "end"), language, 1),
    }
    titles = {
        "lstm": _("Remedy: {name}").format(name="LSTM"),
        "lstm-learns": _("LSTM learns better than SimpleRNN"),
        "lstm-start": _("LSTM's gradient vanishes less from the first update on"),
    }
    edges = [NAMES[name] for name in CELLS if cells[name]["edge"]]
    notes: list[Block] = []
    for key, title in titles.items():
        verdict = next(each.verdict for each in record.findings if each.criterion.key == key)
        said = [context.text("vanishing", f"{key}-{verdict}", **words).markdown]
        said += [conditional(context, edges)] if key != "lstm-start" else []
        notes.append(judged(context, record, key=key, title=title, text=" ".join(filter(None, said))))
    return notes


def summary(context: LectureContext, record: ClaimRecord) -> Block:
    """Which remedies eased the vanishing gradient, in one sentence for each verdict.

    No example: see the tests.
    """
    called = {**names(context), "lstm": "LSTM"}
    sentences = []
    for kind in ("supported", "refuted", "open"):
        remedies = [
            called[each.criterion.key] for each in record.findings
            if each.verdict == kind and each.criterion.key in called
        ]  # fmt: skip
        if remedies:
            sentences.append(
                context.text("vanishing", f"summary-{kind}", names=listed(remedies, context.language)).markdown
            )
    sentences.append(context.text("vanishing", "summary").markdown)
    return judged(context, record, text=" ".join(sentences))
