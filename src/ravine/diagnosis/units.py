"""Troubles of single units: those that no example moves, and those that sit at a bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ravine.diagnosis.evidence import RunEvidence
from ravine.diagnosis.finding import N_, Finding

__all__ = ["DEAD", "SATURATED", "dead", "grown_dead", "saturated"]

DEAD = 0.5
"""Share of dead units in a layer: most of what was paid for is gone; in narrow layers some always are."""

SATURATED = 0.5
"""Share of saturated outputs early in training: most of the layer has next to no slope left to learn by."""

MANY = 5
"""Readings below which a unit that was never active may just not have met its example yet."""


def dead(case: RunEvidence) -> Iterator[Finding]:
    """Units of unbounded activations whose output no example changes.

    No example: see `diagnose`.
    """
    if (found := _worst(case)) is None:
        return
    place, share, begun, instrument = found
    numbers = {"first": case.label(place), "share": 100 * share}
    if begun is not None and begun > DEAD / 2:
        numbers |= {"begun": 100 * begun}
        sentence = N_(
            "Of the units of layer {first}, {share}% answer every example alike; at the start it was {begun}%."
        )
        advice = N_("Take an activation that cannot die, such as leaky ReLU, and scale the inputs.")
        changes = {"activation": "leaky_relu"}
    else:
        sentence = N_("Of the units of layer {first}, {share}% answer every example alike, and so cannot learn.")
        advice = N_("Lower the learning rate: steps too long have thrown the units to where they are always 0.")
        changes = case.slower()
    severity = "serious" if share > 0.9 else "mild"
    yield Finding("dead_units", severity, instrument, sentence, advice, numbers, changes)  # type: ignore[arg-type]


def grown_dead(case: RunEvidence) -> tuple[int, float] | None:
    """The place of the layer most of whose units died during the run, and their share; None where none did.

    No example: see `diagnose`.
    """
    found = _worst(case)
    return None if found is None or found[2] is None or found[2] > DEAD / 2 else found[:2]


def _worst(case: RunEvidence) -> tuple[int, float, float | None, str] | None:
    """The layer with the most dead units, if they are most of it: its place, share, share at the start, instrument."""
    places = tuple(place for place in case.hidden if not case.bounded(place))
    if not places or case.run.diverged_at is not None:
        return None
    now, instrument = _dead_now(case, places)
    if now is None or now.max() <= DEAD:
        return None
    worst = int(np.argmax(now))
    first = case.first("dead", places)
    return places[worst], float(now[worst]), None if first is None else float(first[worst]), instrument


def _dead_now(case: RunEvidence, places: tuple[int, ...]) -> tuple[np.ndarray | None, str]:
    """The share of dead units in each layer at the end, and the instrument that tells it."""
    if case.end is not None:
        return case.end["dead"][[case.hidden.index(place) for place in places]], "dead"
    readings = case.columns("dead", places)
    # A batch may lack the examples that move a unit: the least of several readings is nearest to the truth.
    if readings is not None and len(readings) >= MANY:
        return readings[-MANY:].min(axis=0), "dead"
    silent = case.recorded("never_active")
    if silent is not None and len(silent.steps) >= MANY:
        return silent.values[-1][[case.hidden.index(place) for place in places]], "never_active"
    return None, "dead"


def saturated(case: RunEvidence) -> Iterator[Finding]:
    """Most outputs of a bounded activation lie in the outer twentieth of its range, early in training.

    No example: see `diagnose`.
    """
    places = tuple(place for place in case.hidden if case.bounded(place))
    if not places or (shares := case.columns("saturated", places)) is None:
        return
    # Late in training a sure network saturates rightly.
    early = np.median(shares[: max(1, len(shares) // 4)], axis=0)
    worst = int(np.argmax(early))
    if early[worst] <= SATURATED:
        return
    first = case.first("saturated", places)
    at_start = first is not None and first[worst] > SATURATED
    if at_start and case.unscaled:
        advice, changes = N_("Scale the inputs: their spread is far from 1."), {"scale": "standard"}
    elif at_start:
        advice = N_("Start with smaller weights: Glorot's initialisation.")
        changes = {"kernel_initializer": "glorot_uniform"}
    else:
        advice, changes = N_("Lower the learning rate: the first steps drove the units to their bounds."), case.slower()
    sentence = N_("Of the outputs of layer {first}, {share}% are at the bounds of its activation early in training.")
    numbers = {"share": 100 * float(early[worst]), "first": case.label(places[worst])}
    yield Finding("saturated_units", "serious", "saturated", sentence, advice, numbers, changes)
