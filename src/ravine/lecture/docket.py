"""The claims in their order, each as a short section of its own: for the report that tries them and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.activations_claims import cheaper, rescaled, smoothed
from ravine.lecture.chapters.deep_claim import layers
from ravine.lecture.chapters.descent_noise import noise
from ravine.lecture.chapters.descent_speed import speed
from ravine.lecture.chapters.mlp import overfitting
from ravine.lecture.chapters.mlp_runs import train_mlps
from ravine.lecture.chapters.optimisers_digits import NAMES
from ravine.lecture.chapters.optimisers_games import against_adam
from ravine.lecture.chapters.optimisers_kinship import related
from ravine.lecture.chapters.optimisers_paths import brakes, drawing, walked, zigzags
from ravine.lecture.chapters.optimisers_rates import falling, rare_features
from ravine.lecture.chapters.vanishing_memory import train_cells
from ravine.lecture.chapters.vanishing_rectifier import exploding, rectifier, silence, sparse
from ravine.lecture.chapters.vanishing_remedies import remedied, summary
from ravine.lecture.chapters.vanishing_start import deeper
from ravine.lecture.chapters.vanishing_training import accuracies, curves, train_all
from ravine.lecture.claims import CLAIMS, Claim
from ravine.lecture.claims import claim as found
from ravine.lecture.context import LectureContext
from ravine.lecture.texts import sections
from ravine.view.blocks import Block, Figure, Note, Text

__all__ = ["DOCKET", "claim_sections"]

Trial = Callable[[LectureContext], Sequence[Block]]
RULES = (*NAMES, "rprop")


def _rectifier(context: LectureContext) -> list[Block]:
    made = train_all(context)
    return [curves(context, made), *rectifier(context, made)]


def _sparse(context: LectureContext) -> list[Block]:
    made = train_all(context)
    return [*silence(context, made), *sparse(context, made)]


def _remedies(context: LectureContext) -> list[Block]:
    trained, cells = train_all(context), train_cells(context)
    return [accuracies(context, trained), summary(context, remedied(context, trained, cells))]


def _zigzag(context: LectureContext) -> list[Block]:
    made = walked(context, RULES)
    return [drawing(context, made, "ravine", RULES, "plain"), *zigzags(context)]


TRIALS: dict[str, tuple[Trial, float, float]] = {
    "depth": (deeper, 6, 30),
    "rectifier": (_rectifier, 20, 150),
    "cost": (cheaper, 2, 4),
    "sparse": (_sparse, 1, 1),
    "explosion": (lambda context: exploding(context, train_all(context)), 3, 8),
    "softplus": (smoothed, 1, 1),
    "tanh": (rescaled, 1, 1),
    "remedies": (_remedies, 12, 90),
    "overfitting": (lambda context: overfitting(context, train_mlps(context)), 50, 200),
    "deeper": (layers, 10, 1500),
    "variants": (speed, 20, 180),
    "escape": (noise, 6, 20),
    "typical": (speed, 1, 1),
    "zigzag": (_zigzag, 8, 8),
    "brakes": (brakes, 2, 2),
    "rare": (rare_features, 4, 15),
    "fall": (falling, 4, 15),
    "cure": (falling, 1, 1),
    "adam": (related, 18, 150),
    "nadam": (related, 1, 1),
    "games": (against_adam, 3, 3),
}
"""What tries each claim, and the seconds it takes in the quick and the full profile where nothing is stored yet."""


def _part(claim: Claim) -> ChapterSpec:
    trial, *seconds = TRIALS[claim.slug]

    def build(context: LectureContext) -> tuple[Block, ...]:
        language, heard = context.language, len(context.verdicts)
        blocks = trial(context)
        # A trial may conclude several claims, of which this section takes its own.
        new = context.verdicts[heard:]
        context.verdicts[heard:] = [record for record in new if record.claim == claim]
        (record,) = context.verdicts[heard:]
        criterion = sections(language, "claims")["declared"].format(criterion=claim.criterion[language])
        own = (each for each in blocks if isinstance(each, Figure) and each.id == record.figure)
        said = (each for each in blocks if isinstance(each, Note) and each.claim == claim.slug)
        return (Text(criterion), *own, *said)

    return ChapterSpec(f"claim-{claim.slug}", claim.statement, build, (float(seconds[0]), float(seconds[1])))


DOCKET: tuple[ChapterSpec, ...] = tuple(_part(each) for each in CLAIMS)
"""A section for each claim.

No example: a table.
"""


def claim_sections(only: Sequence[str]) -> list[tuple[int, ChapterSpec]]:
    """The claims named in *only*, by slug or number, with their numbers; all of them where it is empty.

    >>> [part.slug for _, part in claim_sections(["rare", "1"])]
    ['claim-depth', 'claim-rare']
    """
    wanted = {found(name).number for name in only}
    return [(index, part) for index, part in enumerate(DOCKET, 1) if not wanted or index in wanted]
