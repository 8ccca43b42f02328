"""Sequences of different lengths in one training, in evaluation and prediction, compared with Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine.core import RavineError

theirs_keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

RNG = np.random.default_rng(0)
LENGTHS = (5, 7, 5, 2)
BATCHES = [
    (RNG.normal(size=(4, steps, 3)).astype(np.float32), RNG.normal(size=(4, 1)).astype(np.float32)) for steps in LENGTHS
]


def endless() -> Iterator[Any]:
    while True:
        yield from BATCHES


def model(k: Any) -> Any:
    layers = [k.layers.Input((None, 3)), k.layers.Masking(9.0), k.layers.GRU(3), k.layers.Dense(1)]
    made = k.Sequential(layers)
    rng = np.random.default_rng(1)
    made.set_weights([rng.normal(size=w.shape).astype(np.float32) for w in made.get_weights()])
    made.compile(k.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return made


def close(mine: Any, other: Any) -> None:
    """Eight steps in single precision."""
    np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=2e-4, atol=2e-6)


@pytest.mark.slow
def test_a_generator_may_change_the_length() -> None:
    found = []
    for k in (theirs_keras, ours_keras):
        made = model(k)
        history = made.fit(
            endless(),
            steps_per_epoch=4,
            validation_data=endless(),
            validation_steps=4,
            shuffle=False,
            verbose=0,
        ).history
        # A second validation from the same generator starts elsewhere in Keras, which reads ahead.
        history |= made.fit(endless(), steps_per_epoch=4, epochs=1, shuffle=False, verbose=0).history
        found.append((history, made))
    (theirs, their_model), (ours, our_model) = found
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        close(ours[name], values)
    for mine, other in zip(our_model.get_weights(), their_model.get_weights(), strict=True):
        close(mine, other)
    assert int(our_model.optimizer.iterations) == 8
    close(our_model.evaluate(endless(), steps=4, verbose=0), their_model.evaluate(endless(), steps=4, verbose=0))
    for x, _ in BATCHES:
        close(our_model.predict(x, verbose=0), their_model.predict(x, verbose=0))
    whole = our_model.predict((x for x, _ in BATCHES), verbose=0)
    close(whole, np.concatenate([their_model.predict(x, verbose=0) for x, _ in BATCHES]))


def test_a_sequence_may_change_the_length() -> None:
    found = []
    for k in (theirs_keras, ours_keras):

        class Batches(k.utils.PyDataset):  # type: ignore[name-defined, misc]
            def __len__(self) -> int:
                return len(BATCHES)

            def __getitem__(self, place: int) -> Any:
                return BATCHES[place]

        made = model(k)
        found.append(made.fit(Batches(), epochs=2, shuffle=False, verbose=0).history["loss"])
    close(found[1], found[0])


@pytest.mark.slow
def test_arrays_of_another_length_go_on_training() -> None:
    found = []
    for k in (theirs_keras, ours_keras):
        made = model(k)
        losses = [made.fit(x, y, shuffle=False, verbose=0).history["loss"][0] for x, y in BATCHES]
        losses += [made.train_on_batch(x, y)[0] for x, y in BATCHES]
        found.append(losses)
        assert int(made.optimizer.iterations) == 8
    # Keras's train_on_batch goes on averaging since the last reset, so its first value is the one that compares.
    close(found[1][:5], found[0][:5])


def test_dense_layers_take_any_number_of_steps() -> None:
    found = []
    for k in (theirs_keras, ours_keras):
        made = k.Sequential([k.layers.Input((None, 3)), k.layers.Dense(2, kernel_initializer="ones")])
        made.compile("sgd", "mse")
        targets = ((x, np.ones((*x.shape[:2], 2))) for x, _ in BATCHES)
        found.append(made.fit(targets, steps_per_epoch=4, shuffle=False, verbose=0).history["loss"])
        assert made.predict(np.ones((1, 9, 3)), verbose=0).shape == (1, 9, 2)
    close(found[1], found[0])
    with pytest.raises(RavineError, match=r"the outputs have different shapes, \(5, 2\), \(7, 2\), \(2, 2\)"):
        made.predict((x for x, _ in BATCHES), verbose=0)
