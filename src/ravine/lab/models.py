"""A lane as a model: its weights with all that turns raw data into inputs, and outputs into answers."""

from __future__ import annotations

from ravine.core import RavineError, check_choice
from ravine.lab.picture import Frame
from ravine.nn import Variables
from ravine.train import Model

__all__ = ["model_at"]


def model_at(picture: Frame, lane: int = 0, owner: str = "model") -> Model:
    """What *lane* has learned by the moment of *picture*, as a model that takes raw data and can be saved.

    *owner* is who asks, for the refusal of a lane that is not there or off.

    No example: needs a run; see tests/test_lab_models.py.
    """
    lanes, setup = picture.snapshot.states, picture.setup
    check_choice(owner, "lane", lane, range(len(lanes)))
    state = lanes[lane]
    if state is None:
        raise RavineError(f"{owner}: lane {lane} is off: choose another")
    return Model(
        setup.network,
        Variables(state.params, state.state),
        setup.dataset.classes,
        setup.dataset.encoder,
        setup.scaler,
        {"data": setup.dataset.name, "rule": setup.configuration.lanes[lane].rule, "steps": picture.step},
        setup.target,
    )
