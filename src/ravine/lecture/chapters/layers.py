"""Chapter 9: the layers and tools that the notebook imported, shown by code that ran."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import LectureContext
from ravine.lecture.notes import whole_mnist
from ravine.view.blocks import Block, Formula, Table

__all__ = ["PART"]

CELLS = {
    "dense": """
    import numpy as np
    from ravine.nn import LSTM, Context, Dense, Dropout, Network, SimpleRNN

    network = Network((Dense(3, "relu"), Dense(2, "softmax", use_bias=False)), input_shape=(4,))
    variables = network.init(seed=0)
    for params in variables.params:
        print({name: value.shape for name, value in params.items()})
    print("outputs:", network.predict(variables, np.ones((5, 4), np.float32)).shape)
    """,
    "dropout": """
    network = Network((Dropout(0.5),), input_shape=(8,))
    params, state = network.init(seed=0)
    x = np.ones((2, 8), np.float32)
    for train in (True, False):
        out, _ = network.apply(params, state, x, Context(train=train, seed=1))
        print("training:" if train else "prediction:", np.asarray(out).tolist())
    """,
    "recurrent": """
    sequences = np.ones((2, 7, 3), np.float32)  # 2 examples, 7 steps, 3 features
    for kind in (SimpleRNN, LSTM):
        for all_steps in (False, True):
            network = Network((kind(5, return_sequences=all_steps),), input_shape=(7, 3))
            variables = network.init(seed=0)
            shapes = {name: value.shape for name, value in variables.params[0].items()}
            output = network.predict(variables, sequences)
            print(f"{kind.__name__:9} return_sequences={all_steps!s:5}", output.shape, shapes)
    """,
    "forget": """
    bias = np.asarray(Network((LSTM(2),), input_shape=(7, 3)).init(seed=0).params[0]["bias"])
    print("bias of an LSTM of 2 units, by gate (input, forget, candidate, output):", bias.reshape(4, 2).tolist())
    """,
    "keras": """
    from ravine import keras
    from ravine.keras.layers import Dense, Dropout
    from ravine.keras import Sequential
    from ravine.keras.optimizers import RMSprop

    keras.utils.set_random_seed(0)
    points = np.random.default_rng(0).uniform(-1, 1, (400, 2)).astype("float32")
    labels = keras.utils.to_categorical(points[:, 0] * points[:, 1] > 0, 2)

    model = Sequential()
    model.add(Dense(16, activation="tanh", input_shape=(2,)))
    model.add(Dropout(0.1))
    model.add(Dense(2, activation="softmax"))
    model.summary()
    model.compile(loss="categorical_crossentropy", optimizer=RMSprop(learning_rate=0.02), metrics=["accuracy"])
    history = model.fit(points[:300], labels[:300], batch_size=20, epochs=4, verbose=2,
                        validation_data=(points[300:], labels[300:]))
    """,
    "after": """
    loss, accuracy = model.evaluate(points[300:], labels[300:], verbose=0)
    print(f"loss {loss:.4f}, accuracy {accuracy:.4f}")
    for point, p in zip(points[300:303], model.predict(points[300:303], verbose=0)):
        print(f"x = {point[0]:5.2f}, y = {point[1]:5.2f}: probability of equal signs {p[1]:.3f}")
    print("layers:", [layer.name for layer in model.layers])
    """,
    "weights": """
    kernel, bias = model.layers[0].get_weights()
    print(kernel.shape, bias.shape)
    model.layers[0].set_weights([np.zeros_like(kernel), bias])
    loss, accuracy = model.evaluate(points[300:], labels[300:], verbose=0)
    print(f"with the first kernel set to 0: accuracy {accuracy:.4f}")
    """,
    "optimizers": """
    from ravine.keras.optimizers import SGD, Adagrad, Adam, RMSprop

    for optimizer in (Adagrad(), Adam(amsgrad=True), RMSprop(), SGD(momentum=0.9, nesterov=True)):
        options = optimizer.get_config()
        kept = {name: options[name] for name in ("momentum", "nesterov", "rho", "beta_1", "amsgrad") if name in options}
        print(f"{type(optimizer).__name__:8} rate {options['learning_rate']:.3g}", kept)
    """,
    "categorical": """
    print(keras.utils.to_categorical([5, 0, 4], 10).astype(int))
    """,
}

MNIST = """
from ravine.keras.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()
print(x_train.shape, x_train.dtype, y_train.shape, x_test.shape)
print("first labels:", y_train[:7].tolist())
"""

OPTIONS = {
    "Dense": ("units", "activation", "use_bias", "kernel_initializer", "kernel_regularizer", "kernel_constraint"),
    "Dropout": ("rate",),
    "SimpleRNN": (
        "units",
        "activation",
        "recurrent_initializer",
        "return_sequences",
        "return_state",
        "go_backwards",
        "dropout",
        "recurrent_dropout",
    ),
    "LSTM": (
        "units",
        "activation",
        "recurrent_activation",
        "unit_forget_bias",
        "return_sequences",
        "return_state",
        "go_backwards",
        "dropout",
        "recurrent_dropout",
    ),
}
"""The options of Keras that each layer takes, as far as the chapter explains them; the test looks for them."""

RNN = r"h_t = \tanh(x_t W + h_{t-1} U + b)"
LSTM = (
    r"\begin{aligned} i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) \\ "
    r"\tilde c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) \\ c_t &= f_t \odot c_{t-1} + i_t \odot \tilde c_t "
    r"\end{aligned} \qquad \begin{aligned} f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) \\ "
    r"o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) \\ h_t &= o_t \odot \tanh c_t \end{aligned}"
)


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    notebook = Notebook()

    def shown(name: str) -> list[Block]:
        return [context.text("layers", name), notebook.run(CELLS[name])]

    def recurrent() -> list[Block]:
        return [context.text("layers", "simple-rnn"), Formula(RNN), context.text("layers", "lstm"), Formula(LSTM)]

    return (
        context.text("layers", "intro"),
        _options(context),
        *shown("dense"),
        *shown("dropout"),
        *recurrent(),
        *shown("recurrent"),
        *shown("forget"),
        *shown("keras"),
        *shown("after"),
        *shown("weights"),
        *shown("optimizers"),
        *shown("categorical"),
        *_mnist(context, notebook),
    )


def _options(context: LectureContext) -> Table:
    rows = tuple(
        (
            f"`{layer}`",
            ", ".join(f"`{option}`" for option in options),
            context.text("layers", f"does-{layer.lower()}").markdown,
        )
        for layer, options in OPTIONS.items()
    )
    columns = (context._("Layer"), context._("Options"), context._("What it does"))
    return Table(columns, rows, context.text("layers", "options-caption").markdown)


def _mnist(context: LectureContext, notebook: Notebook) -> list[Block]:
    """The data set is loaded only where it is known to be there: a report without a network has no such cell."""
    if not whole_mnist(context.digits):
        return [context.text("layers", "mnist-absent")]
    return [context.text("layers", "mnist"), notebook.run(MNIST)]


PART = ChapterSpec(
    "layers", {"en": "Layers and tools of the notebook", "pl": "Warstwy i narzędzia notatnika"}, build, (5.0, 5.0)
)
"""The chapter."""
