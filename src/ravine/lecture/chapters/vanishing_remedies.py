"""Chapter 2, last part: what became of each remedy of the slide (claim 8)."""

from __future__ import annotations

from ravine.lecture.chapters.vanishing_memory import eased, gain
from ravine.lecture.chapters.vanishing_training import BESIDE, effects, names
from ravine.lecture.claims import ClaimRecord
from ravine.lecture.context import Context, Outcome
from ravine.lecture.experiments.remedies import REMEDIES
from ravine.lecture.said import conclude, judged, listed
from ravine.view import interval_words, number
from ravine.view.blocks import Block

__all__ = ["memory_notes", "remedied", "remedy_notes", "summary"]


def remedied(context: Context, trained: Outcome, cells: Outcome) -> ClaimRecord:
    """Claim 8: the gain of each remedy over the baseline, seed by seed.

    No example: see the tests, which give it outcomes made by hand.
    """
    measured = {effect.name: effect.gain for effect in effects(trained) if effect.name not in BESIDE}
    measured |= {"lstm": gain(cells), "lstm-start": eased(cells, "start")}
    return conclude(context, "remedies", measured, "vanishing-accuracies")


def remedy_notes(context: Context, trained: Outcome, record: ClaimRecord) -> list[Block]:
    """One note for each remedy on the digits: the verdict is on learning, the text tells of the gradient as well.

    No example: see the tests.
    """
    _, language, called = context._, context.language, names(context)
    notes: list[Block] = []
    for effect in effects(trained):
        if effect.name in BESIDE:
            continue
        words = {"gain": interval_words(effect.gain, language, 1, 100),
                 "factor": interval_words(effect.factor, language, 2),
                 "base": called[REMEDIES[effect.name].against],
                 "before": number(effect.factor.mean - effect.eased.mean, language, 2)}  # fmt: skip
        said = [
            context.text("vanishing", f"remedy-{effect.learns}", **words),
            context.text("vanishing", f"gradient-{effect.eases}", **words),
            context.text("vanishing", f"about-{effect.name}"),
        ]
        title = _("Remedy: {name}").format(name=called[effect.name])
        text = " ".join(each.markdown for each in said)
        notes.append(judged(context, record, key=effect.name, title=title, text=text))
    return notes


def memory_notes(context: Context, cells: Outcome, record: ClaimRecord) -> list[Block]:
    """The notes on LSTM: how well it learns, and whether its gradient vanishes less from the start.

    No example: see the tests.
    """
    _, language = context._, context.language
    words = {
        "gain": interval_words(gain(cells), language, 3),
        "before": interval_words(eased(cells, "start"), language, 1),
        "after": interval_words(eased(cells, "end"), language, 1),
    }
    remedy = _("Remedy: {name}").format(name="LSTM")
    less = _("LSTM's gradient vanishes less from the first update on")
    return [
        judged(context, record, "lstm", key="lstm", title=remedy, **words),
        judged(context, record, "lstm-start", key="lstm-start", title=less, **words),
    ]


def summary(context: Context, record: ClaimRecord) -> Block:
    """Which remedies helped, in one sentence for each verdict.

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
