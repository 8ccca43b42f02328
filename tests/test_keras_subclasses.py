"""Layers, constraints, regularisers and initialisers that users write: the same classes run in Keras and here."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine.core import RavineError

theirs_keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:`build..` was called on layer:UserWarning"),  # Keras, of a layer without build
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 4)).astype(np.float32), RNG.normal(size=(24, 1)).astype(np.float32)


def classes(k: Any) -> dict[str, Any]:
    """The user's classes on top of *k*, Keras or ravine.keras."""

    class Scale(k.layers.Layer):
        def __init__(self, start: float = 1.0, **options: Any) -> None:
            super().__init__(**options)
            self.start = start

        def build(self, input_shape: Any) -> None:
            self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")
            self.factor = self.add_weight(
                shape=(input_shape[-1],),
                initializer=k.initializers.Constant(self.start),
                regularizer=k.regularizers.L2(0.1),
                constraint="non_neg",
                name="factor",
            )

        def call(self, inputs: Any, training: Any = False) -> Any:
            if training:
                self.seen.assign(self.seen + 1.0)
            return inputs * self.factor

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "start": self.start}

    class Block(k.layers.Layer):
        """Layers inside a layer, alone and in a list, built when they are first called."""

        def __init__(self, units: int, **options: Any) -> None:
            super().__init__(**options)
            self.inner = k.layers.Dense(units, activation="tanh", kernel_regularizer="l2")
            self.norm = k.layers.BatchNormalization(momentum=0.5)
            self.scale = Scale(0.5)
            self.more = [k.layers.Dense(3), k.layers.Dense(2, kernel_constraint="unit_norm")]

        def call(self, inputs: Any) -> Any:
            x = self.scale(self.norm(self.inner(inputs)))
            for layer in self.more:
                x = layer(x)
            return x

    class Doubled(k.layers.Dense):
        def call(self, inputs: Any) -> Any:
            return 2 * super().call(inputs)

    class Centred(k.constraints.Constraint):
        def __init__(self, axis: int = 0) -> None:
            self.axis = axis

        def __call__(self, w: Any) -> Any:
            w = jnp.asarray(w)
            return w - jnp.mean(w, axis=self.axis, keepdims=True)

        def get_config(self) -> dict[str, Any]:
            return {"axis": self.axis}

    class Cubes(k.regularizers.Regularizer):
        def __init__(self, strength: float) -> None:
            self.strength = strength

        def __call__(self, x: Any) -> Any:
            return self.strength * jnp.sum(jnp.abs(jnp.asarray(x)) ** 3)

        def get_config(self) -> dict[str, Any]:
            return {"strength": self.strength}

    class Ramp(k.initializers.Initializer):
        def __init__(self, top: float = 1.0) -> None:
            self.top = top

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return jnp.linspace(0, self.top, int(np.prod(shape))).reshape(shape).astype(dtype or "float32")

        def get_config(self) -> dict[str, Any]:
            return {"top": self.top}

    return {each.__name__: each for each in (Scale, Block, Doubled, Centred, Cubes, Ramp)}


def build(k: Any, own: dict[str, Any]) -> Any:
    """A model of all of them, with names that do not depend on what was made before."""
    return k.Sequential(
        [
            k.layers.Input((4,)),
            own["Block"](5, name="block"),
            own["Doubled"](3, name="doubled", kernel_initializer=own["Ramp"](0.5)),
            own["Scale"](name="scale"),
            k.layers.Dense(1, name="out", kernel_constraint=own["Centred"](), kernel_regularizer=own["Cubes"](0.1)),
        ],
        name="model",
    )


def pair() -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
    """The model in Keras and here, with Keras's weights, and the classes on both sides."""
    a, b = classes(theirs_keras), classes(ours_keras)
    theirs, ours = build(theirs_keras, a), build(ours_keras, b)
    np.testing.assert_allclose(ours.layers[1].get_weights()[0], theirs.layers[1].get_weights()[0], rtol=1e-6)
    ours.set_weights(theirs.get_weights())
    return theirs, ours, a, b


def close(mine: Any, other: Any, rtol: float = 2e-5) -> None:
    """A few products, or a few steps, in single precision, computed in another order."""
    for one, two in zip(mine, other, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(two), rtol=rtol, atol=2e-6)


def test_own_classes_train_as_in_keras() -> None:
    theirs, ours, _, _ = pair()
    assert [w.path.split("/")[-1] for w in ours.weights] == [w.path.split("/")[-1] for w in theirs.weights]
    assert [w.shape for w in ours.trainable_weights] == [tuple(w.shape) for w in theirs.trainable_weights]
    assert ours.output_shape == theirs.output_shape
    assert ours.count_params() == theirs.count_params()
    close([ours.predict(X, verbose=0)], [theirs.predict(X, verbose=0)])
    told = []
    for k, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(k.optimizers.SGD(0.01), "mse", metrics=["mae"])
        told.append(model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history)
    close([told[1][name] for name in ("loss", "mae")], [told[0][name] for name in ("loss", "mae")])
    close(ours.get_weights(), theirs.get_weights(), rtol=2e-4)
    close(ours.evaluate(X, Y, verbose=0), theirs.evaluate(X, Y, verbose=0))
    assert float(ours.layers[2].seen) == float(theirs.layers[2].seen.value) == 6
    assert abs(np.asarray(ours.layers[-1].kernel).mean()) < 1e-6


@pytest.mark.parametrize("way", ["to keras", "from keras"])
def test_files_with_own_classes_go_both_ways(way: str, tmp_path: Path) -> None:
    theirs, ours, a, b = pair()
    first, k, own = (ours, theirs_keras, a) if way == "to keras" else (theirs, ours_keras, b)
    first.compile("sgd", "mse")
    first.fit(X, Y, verbose=0)
    first.save(tmp_path / "m.keras")
    read = k.models.load_model(tmp_path / "m.keras", custom_objects=own)
    close([read.predict(X, verbose=0)], [first.predict(X, verbose=0)])
    assert read.layers[2].start == 1.0
    assert read.layers[-1].kernel_regularizer.strength == 0.1
    first.save_weights(tmp_path / "m.weights.h5")
    other = build(k, own)
    other.load_weights(tmp_path / "m.weights.h5")
    close(other.get_weights(), first.get_weights())


def test_frozen_layers_stay() -> None:
    theirs, ours, _, _ = pair()
    for k, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.layers[0].trainable = False
        model.layers[2].trainable = False
        before = [np.asarray(w) for layer in (model.layers[0], model.layers[2]) for w in layer.get_weights()]
        model.compile(k.optimizers.SGD(0.01), "mse")
        model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
        after = [np.asarray(w) for layer in (model.layers[0], model.layers[2]) for w in layer.get_weights()]
        changed = [bool((one != two).any()) for one, two in zip(before, after, strict=True)]
        # A variable that `call` assigns moves in Keras whether or not the layer is frozen; here a frozen layer stays.
        assert sum(changed) <= 2
    close(ours.layers[-1].get_weights(), theirs.layers[-1].get_weights(), rtol=2e-4)
    inner = ours.layers[0].inner
    ours.layers[0].trainable = True
    inner.trainable = False
    assert "kernel" not in [w.name for w in inner.trainable_weights]
    assert len(ours.layers[0].trainable_weights) == 2 + 1 + 4


def test_registered_names_are_written_and_found(tmp_path: Path) -> None:
    k = ours_keras

    @k.utils.register_keras_serializable(package="mine")
    class Shift(k.layers.Layer):
        def __init__(self, by: float, **options: Any) -> None:
            super().__init__(**options)
            self.by = by

        def call(self, inputs: Any) -> Any:
            return inputs + self.by

    @k.saving.register_keras_serializable(package="mine", name="thrice")
    def triple(x: Any) -> Any:
        return 3 * x

    try:
        model = k.Sequential([k.layers.Input((2,)), Shift(2.0), k.layers.Dense(1, activation=triple)])
        entries = model.get_config()["layers"]
        assert entries[1]["registered_name"] == "mine>Shift"
        assert entries[1]["config"]["by"] == 2.0
        assert entries[2]["config"]["activation"]["config"] == "mine>thrice"
        model.save(tmp_path / "m.keras")
        read = k.models.load_model(tmp_path / "m.keras")
        close([read.predict(np.ones((1, 2)), verbose=0)], [model.predict(np.ones((1, 2)), verbose=0)])
        assert k.saving.get_registered_name(Shift) == "mine>Shift"
        assert k.saving.get_registered_object("mine>Shift") is Shift
        # Keras up to 3.6 wrote the function without its package.
        assert k.activations.get("thrice") is triple
    finally:
        for name in ("mine>Shift", "mine>thrice"):
            k.utils.get_custom_objects().pop(name)
    with pytest.raises(RavineError, match=r"Shift is not supported by ravine.keras: pass it in custom_objects"):
        k.models.load_model(tmp_path / "m.keras")
    with k.saving.custom_object_scope({"Shift": Shift, "mine>thrice": triple}):
        assert k.models.load_model(tmp_path / "m.keras").layers[0].by == 2.0
    with pytest.raises(RavineError, match="has no get_config"):
        k.utils.register_keras_serializable()(type("Bare", (), {}))


def test_functions_serve_as_constraint_regulariser_and_initialiser() -> None:
    told = []
    for k in (theirs_keras, ours_keras):
        layer = k.layers.Dense(
            2,
            kernel_initializer=lambda shape, dtype=None: np.full(shape, 2.0, dtype or "float32"),
            bias_initializer=np.array([1.0, -1.0], np.float32),
            kernel_regularizer=lambda w: 0.1 * jnp.sum(jnp.abs(jnp.asarray(w))),
            bias_constraint=lambda w: jnp.maximum(jnp.asarray(w), -1.0),
        )
        model = k.Sequential([k.layers.Input((4,)), layer])
        model.compile(k.optimizers.SGD(0.1), "mse")
        loss = model.fit(X, np.repeat(Y, 2, axis=1) - 20, batch_size=8, shuffle=False, verbose=0).history["loss"]
        told.append([loss, *model.get_weights()])
        assert np.asarray(model.get_weights()[1]).min() >= -1
    close(told[1], told[0], rtol=2e-4)


def test_masks_pass_a_layer_that_supports_them() -> None:
    told = []
    x = RNG.normal(size=(6, 5, 4)).astype(np.float32)
    x[:, 3:] = 0
    for k in (theirs_keras, ours_keras):

        class Same(k.layers.Layer):  # type: ignore[name-defined, misc]
            def __init__(self, supports: bool, **options: Any) -> None:
                super().__init__(**options)
                self.supports_masking = supports

            def call(self, inputs: Any, mask: Any = None) -> Any:
                return inputs if mask is None else inputs * jnp.where(mask, 2.0, 1.0)[..., None]

        for supports in (True, False):
            rnn = k.layers.SimpleRNN(2, kernel_initializer="ones", recurrent_initializer="identity")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # both sides say that a mask ends there
                model = k.Sequential([k.layers.Input((5, 4)), k.layers.Masking(), Same(supports), rnn])
                told.append(np.asarray(model.predict(x, verbose=0)))
    close(told[2:], told[:2])


def test_bad_layers_get_their_sentence() -> None:
    k = ours_keras

    class Empty(k.layers.Layer):
        pass

    class Early(k.layers.Layer):
        def __init__(self) -> None:
            self.w = self.add_weight(shape=(1,))
            super().__init__()

    class Outside(k.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return np.sort(np.asarray(inputs))

    class Summed(k.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return jnp.sum(inputs)

    class Two(k.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs, inputs

    class Losing(k.layers.Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(jnp.sum(inputs))
            return inputs

    class Held(k.layers.Layer):
        def __init__(self, thing: Any, **options: Any) -> None:
            super().__init__(**options)
            self.thing = thing

        def call(self, inputs: Any) -> Any:
            return inputs

    class Wrong(k.initializers.Initializer):
        pass

    def model(layer: Any) -> Any:
        return k.Sequential([k.layers.Input((3,)), layer])

    with pytest.raises(RavineError, match=r"Empty: a layer of your own must define call\(self, inputs\)"):
        model(Empty())
    with pytest.raises(RavineError, match=r"Early.__init__ uses \w+ before it calls super\(\).__init__\(\)"):
        Early()
    with pytest.raises(RavineError, match=r"Outside\.call turns its input into numbers of NumPy or Python"):
        model(Outside())
    with pytest.raises(RavineError, match=r"Summed\.call must keep the batch axis"):
        model(Summed())
    with pytest.raises(RavineError, match=r"Two\.call must return one array, got tuple"):
        model(Two())
    with pytest.raises(RavineError, match="add_loss is not supported"):
        model(Losing())
    with pytest.raises(RavineError, match=r"Held: thing=.* cannot be written to a file: define get_config"):
        model(Held(object())).get_config()
    with pytest.raises(RavineError, match=r"Wrong: an initializer of your own must define __call__"):
        k.layers.Dense(2, kernel_initializer=Wrong())
    with pytest.raises(RavineError, match=r"a constraint of your own must define __call__"):
        k.layers.Dense(2, kernel_constraint=type("Bare", (k.constraints.Constraint,), {})())
    with pytest.raises(RavineError, match=r"a regularizer of your own must define __call__"):
        k.layers.Dense(2, kernel_regularizer=type("Bare", (k.regularizers.Regularizer,), {})())
    with pytest.raises(RavineError, match=r"the shape asked for is \(3, 2\), got \(1,\)"):
        model(k.layers.Dense(2, kernel_initializer=lambda shape, dtype=None: np.ones(1)))


def test_dropout_inside_a_layer_draws_anew_each_step() -> None:
    """With a rate of one half some step of many drops what another keeps: means of a constant input differ."""

    class Noisy(ours_keras.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.one, self.two = ours_keras.layers.Dropout(0.5), ours_keras.layers.Dropout(0.5)
            self.kept = self.add_weight(shape=(16,), initializer="zeros", trainable=False, name="kept")

        def call(self, inputs: Any) -> Any:
            first, second = self.one(inputs), self.two(inputs)
            self.kept.assign_add(jnp.where(first[0] != second[0], 1.0, 0.0))
            return first

    model = ours_keras.Sequential([ours_keras.layers.Input((16,)), Noisy(), ours_keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((1, 16)), np.ones((1, 1)), epochs=4, verbose=0).history["loss"]
    kept = np.asarray(model.layers[0].kept)
    assert 0 < kept.sum() < 64  # the two differ in some places, not in all: they are independent
    assert len(set(history)) == 4
    x = np.ones((2, 16), np.float32)
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_changed_attribute_is_seen() -> None:
    """A compiled program holds the attributes that `call` read; another value makes another program."""

    class Times(ours_keras.layers.Layer):
        def __init__(self, by: float, **options: Any) -> None:
            super().__init__(**options)
            self.by = by

        def call(self, inputs: Any) -> Any:
            self.shape_seen = inputs.shape
            return inputs * self.by

    class Outer(ours_keras.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.inner = Times(2.0)

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    model = ours_keras.Sequential([ours_keras.layers.Input((2,)), Outer(), Times(1.0)])
    one = np.ones((1, 2), np.float32)
    assert model.predict(one, verbose=0)[0, 0] == 2
    edition = model.layers[1].edition
    model.layers[0].inner.by = 3.0
    assert model.predict(one, verbose=0)[0, 0] == 3
    assert model.layers[1].edition == edition
    model.layers[1].by = 5.0
    assert model.predict(one, verbose=0)[0, 0] == 15


def test_weights_may_be_made_in_the_constructor() -> None:
    told = []
    for k in (theirs_keras, ours_keras):

        class Bias(k.layers.Layer):  # type: ignore[name-defined, misc]
            def __init__(self, **options: Any) -> None:
                super().__init__(**options)
                self.bias = self.add_weight(shape=(4,), initializer="zeros", name="bias")

            def call(self, inputs: Any) -> Any:
                return inputs + self.bias

        model = k.Sequential([k.layers.Input((4,)), Bias(), k.layers.Dense(1, kernel_initializer="ones")])
        model.compile(k.optimizers.SGD(0.1), "mse")
        model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
        told.append(model.get_weights())
    close(told[1], told[0], rtol=2e-4)
