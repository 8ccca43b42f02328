"""How well the rivals of a regression fit, in numbers that do not depend on the loss they were trained with."""

from __future__ import annotations

import numpy as np

from ravine.lab.evaluation import SQUARED
from ravine.lab.limits import LIMITS
from ravine.lab.picture import Frame

__all__ = ["fitted"]


def fitted(picture: Frame, lane: int) -> dict[str, float]:
    """The root of the mean squared error of *lane*, in the target's own units, and R², of both parts.

    R² = 1 - MSE / var(y): the share of the spread of the numbers to predict that is explained. NaN where there is
    none; nothing for classes. Of at most the first thousand examples of each part, as losses are.

    No example: needs a picture; see tests/test_lab_uploads.py.
    """
    setup = picture.setup
    if setup.task != "regression":
        return {}
    scale = 1.0 if setup.target is None else float(setup.target.scale[0])
    made = {}
    for part, error in zip(SQUARED, picture.snapshot.squared[lane], strict=True):
        split = setup.dataset.parts.get(part)
        spread = 0.0 if split is None else float(np.var(split.y[: LIMITS.measured_examples], dtype=np.float64))
        made[f"{part}_rmse"] = float(np.sqrt(error)) * scale
        made[f"{part}_r2"] = 1 - float(error) / spread if spread else float("nan")
    return made
