"""What a study is warned of before anything is trained."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from ravine.stats import outlook
from ravine.study._rivals import Rival
from ravine.study.spec import Study
from ravine.study.tuning import budgets

__all__ = ["FewSeeds", "UnequalBudgets", "caution"]


class FewSeeds(UserWarning):
    """A study is about to begin whose seeds can never name a winner, whatever its runs show.

    No example: see `run_study`.
    """


class UnequalBudgets(UserWarning):
    """A study is about to begin in which some rivals try more settings than others.

    No example: see `run_study`.
    """


def caution(study: Study, competing: Sequence[Rival]) -> None:
    """Warn where so few seeds or splits can never name a winner, and where rivals *competing* try unequal numbers.

    No example: see `run_study`.
    """
    unit = "splits" if study.splits > 1 else "seeds"
    told = outlook(getattr(study, unit), study.level, study.test)
    if told.hopeless and len(competing) > 1:
        warnings.warn(
            f"{study.name}: {unit}={told.seeds} can never name a winner at level {told.level:g}, whatever they show: "
            f"give at least {told.least}, better 10",
            FewSeeds,
            stacklevel=5,
        )
    tried = budgets(study, competing)
    if study.tunes and len(set(tried.values())) > 1:
        warnings.warn(
            f"{study.name}: rivals try unequal numbers of settings "
            f"({', '.join(f'{name} {count}' for name, count in tried.items())}): who tries more is more likely to "
            "win; sweep numbers that all have, or draw settings for all with tune",
            UnequalBudgets,
            stacklevel=5,
        )
