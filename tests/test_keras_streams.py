"""Generators: those that end, those that do not, and those that give what does not fit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ravine import keras
from ravine.core import RavineError
from ravine.keras.models import sources


def model() -> Any:
    made = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones", use_bias=False, input_shape=(2,))])
    made.compile(keras.optimizers.SGD(0.0), "mse")
    return made


def batches(count: int | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batch number i has the loss (2 i)^2 at weights of 1: of two or four of them the mean is exact in float32."""
    for i in itertools.count() if count is None else range(count):
        yield np.full((2, 2), float(i), np.float32), np.zeros((2, 1), np.float32)


def loss_of(*numbers: int) -> float:
    return float(np.mean([(2.0 * i) ** 2 for i in numbers]))


def test_a_generator_that_ends_ends_the_training_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="ran out of data in epoch 1 of 3, and training ends there"):
        history = model().fit(batches(3), epochs=3, verbose=0)
    assert history.epoch == [0]
    assert history.history["loss"] == [loss_of(0, 1, 2)]
    with pytest.warns(UserWarning, match="ran out of data in epoch 3 of 4"):
        history = model().fit(batches(5), epochs=4, steps_per_epoch=2, verbose=0)
    assert history.history["loss"] == [loss_of(0, 1), loss_of(2, 3), loss_of(4)]


def test_a_generator_of_just_enough_batches_ends_without_a_word() -> None:
    history = model().fit(batches(4), epochs=2, steps_per_epoch=2, verbose=0)
    assert history.history["loss"] == [loss_of(0, 1), loss_of(2, 3)]
    assert model().fit(batches(2), verbose=0).history["loss"] == [loss_of(0, 1)]


def test_steps_go_on_through_a_sequence_and_begin_it_anew() -> None:
    class Three(keras.utils.PyDataset):
        ended = 0

        def __len__(self) -> int:
            return 3

        def __getitem__(self, place: int) -> Any:
            return next(itertools.islice(batches(), place, None))

        def on_epoch_end(self) -> None:
            self.ended += 1

    data = Three()
    history = model().fit(data, epochs=3, steps_per_epoch=2, shuffle=False, verbose=0)
    assert history.history["loss"] == [loss_of(0, 1), loss_of(2, 0), loss_of(1, 2)]
    assert data.ended == 1
    history = model().fit(data, epochs=2, shuffle=False, verbose=0, validation_data=data, validation_steps=2)
    assert history.history == {"loss": [loss_of(0, 1, 2)] * 2, "val_loss": [loss_of(0, 1)] * 2}


@pytest.mark.parametrize("what", ["evaluate", "predict", "validation"])
def test_an_endless_generator_is_refused_and_ends_by_its_steps(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MANY", 3)
    monkeypatch.setattr(sources, "ENDLESS", 20)
    made = model()

    def ask(steps: int | None) -> Any:
        if what == "validation":
            history = made.fit(batches(2), validation_data=batches(), validation_steps=steps, verbose=0)
            return history.history["val_loss"][0]
        found = getattr(made, what)(batches(), steps=steps, verbose=0)
        return float((found**2).mean()) if what == "predict" else found

    assert ask(4) == loss_of(0, 1, 2, 3)
    argument = "validation_steps" if what == "validation" else "steps"
    with (
        pytest.warns(UserWarning, match=f"has yielded 3 batches and goes on: give {argument} if it has no end"),
        pytest.raises(RavineError, match=f"has not ended after 20 batches: give {argument}, their number"),
    ):
        ask(None)


def test_training_without_end_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MANY", 3)
    with pytest.warns(UserWarning, match="fit: the generator has yielded 3 batches and goes on: give steps_per_epoch"):
        model().fit(batches(5), verbose=0)


def test_fewer_batches_than_steps_are_told_of() -> None:
    with pytest.warns(UserWarning, match="evaluate: the generator ended after 4 of 5 batches: give fewer steps"):
        assert model().evaluate(batches(4), steps=5, verbose=0) == loss_of(0, 1, 2, 3)


def test_validation_steps_count_batches_of_arrays() -> None:
    x, y = (np.concatenate(parts) for parts in zip(*batches(4), strict=True))
    history = model().fit(x, y, batch_size=2, verbose=0, validation_data=(x, y), validation_steps=2)
    assert history.history["val_loss"] == [loss_of(0, 1)]


def test_batches_of_other_shapes_are_refused() -> None:
    def mixed() -> Iterator[Any]:
        yield np.ones((2, 2)), np.ones((2, 1))
        yield np.ones((2, 3)), np.ones((2, 1))

    for name in ("evaluate", "predict", "fit"):
        with pytest.raises(RavineError, match=rf"{name}: the model takes examples of shape \(2,\), got \(3,\)"):
            getattr(model(), name)(mixed(), verbose=0)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("evaluate", {"batch_size": 0}, "batch_size must be a positive integer, got 0"),
        ("predict", {"batch_size": -1}, "batch_size must be a positive integer, got -1"),
        ("evaluate", {"steps": 0}, "steps must be a positive integer, got 0"),
        ("fit", {"validation_steps": 0}, "validation_steps must be a positive integer, got 0"),
        ("fit", {"validation_batch_size": 0}, "validation_batch_size must be a positive integer, got 0"),
    ],
)
def test_numbers_of_batches_are_judged(method: str, options: dict[str, Any], message: str) -> None:
    x, y = np.ones((4, 2)), np.ones((4, 1))
    parts = (x,) if method == "predict" else (x, y)
    with pytest.raises(RavineError, match=f"{method}: {message}"):
        getattr(model(), method)(*parts, verbose=0, **options)
