"""Chapter 7 of the lecture: the camera of four pixels, its network set by hand and learnt from examples."""

from __future__ import annotations

import math

import numpy as np

from ravine.data import PATTERNS, load
from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.camera import NETWORK, hand_set, learned, noise_accuracy, prediction
from ravine.lecture.published import epochs, published
from ravine.nn import Context as Pass
from ravine.nn import Variables, count_params, summary
from ravine.stats import interval, proportion
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Formula, Published, PublishedComparison, Summary

__all__ = ["PART"]

ACTIVATIONS = ("tanh", "tanh", "ReLU", "softmax")
NOISES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)

CELLS = (
    """
    from ravine.data import load

    camera = load("camera", n=4000, n_test=1000, seed=seed)
    for pixels, label in zip(camera.train.x[:4], camera.train.y):
        print(pixels, camera.classes[label])
    """,
    """
    import numpy as np
    from ravine.nn import Dense, Network, Variables

    network = Network((Dense(4, "tanh"), Dense(4, "tanh"), Dense(8, "relu"), Dense(4, "softmax")), input_shape=(4,))
    kernels = (
        np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, -1, 0], [0, 1, 0, -1]]),
        np.array([[1, -1, 0, 0], [1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, -1]]),
        np.kron(np.eye(4), [[1, -1]]),
        np.kron(np.eye(4), [[1], [1]]),
    )
    params = tuple({"kernel": k.astype("float32"), "bias": np.zeros(k.shape[1], "float32")} for k in kernels)
    by_hand = Variables(params, ({},) * 4)

    print(network.predict(by_hand, [[1, 1, -1, -1]]))
    answers = network.predict(by_hand, camera.test.x)
    print("loss", -np.log(answers[np.arange(1000), camera.test.y]).mean())
    print("accuracy", (answers.argmax(axis=1) == camera.test.y).mean())
    """,
    """
    from ravine.optim import preset
    from ravine.train import Plan, train

    plan = Plan(epochs=8, batch_size=32, test=True, train_eval_examples=0)
    run = train(network, preset("rmsprop", "lecture"), camera, plan, seed=seed)
    for row in run.history.rows[1:]:
        print("epoch {epoch}  loss {loss:.4f}  accuracy {accuracy:.4f}  "
              "test loss {test_loss:.4f}  test accuracy {test_accuracy:.4f}".format(**row))
    print(run.predict([[1, 1, -1, -1]]))
    """,
    """
    with np.printoptions(precision=1, suppress=True):
        for layer in run.variables.params:
            print(layer["kernel"], layer["bias"], sep="\\n", end="\\n\\n")
    """,
)


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    notebook = Notebook(seed=context.seed)
    seeds = context.seeds(24, 200)
    sizes = {"epochs": 8, "longer": 16}
    made = context.compute(
        "camera", {"seeds": seeds, **sizes}, lambda progress: learned(seeds, progress=progress, **sizes)
    )
    cells = [notebook.run(cell) for cell in CELLS]
    return (
        context.text("camera", "intro"),
        _examples(context),
        cells[0],
        context.text("camera", "network"),
        Summary(summary(NETWORK, [f"dense_{place}" for place in range(16, 20)])),
        context.text("camera", "hand"),
        cells[1],
        _wiring(context, "hand", hand_set()),
        context.text("camera", "exact"),
        Formula(r"p = \frac{1}{1 + 3\,e^{-\tanh(2 \tanh 2)}}, \qquad L = -\ln p"),
        _exact(context),
        context.text("camera", "learned", seeds=str(len(seeds))),
        cells[2],
        *_learned(context, made, len(seeds)),
        context.text("camera", "weights"),
        cells[3],
        _wiring(context, "learnt", _first(made)),
        *_noise(context, made),
    )


def _kinds(context: LectureContext) -> dict[str, str]:
    _ = context._
    return {"solid": _("solid"), "vertical": _("vertical"), "diagonal": _("diagonal"), "horizontal": _("horizontal")}


def _examples(context: LectureContext) -> Figure:
    data, called = load("camera", n=4000, seed=context.seed, flatten=False), _kinds(context)
    captions = [called[(data.classes or ())[label]] for label in data.train.y[:7]]
    drawing = figures.examples(data.train.x[:7], captions, low=-1, high=1, language=context.language)
    return _figure(context, "examples", drawing)


def _figure(context: LectureContext, name: str, drawing: object, **words: str) -> Figure:
    caption, alt = (context.text("camera", f"{name}-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure(f"camera-{name}", drawing, caption, alt)  # type: ignore[arg-type]


def _wiring(context: LectureContext, name: str, variables: Variables) -> Figure:
    image = PATTERNS["horizontal"]
    outputs, _ = NETWORK.activations(*variables, image.reshape(1, 4), Pass())  # type: ignore[arg-type]
    wiring = figures.Wiring(
        [layer["kernel"] for layer in variables.params], ACTIVATIONS, [layer["bias"] for layer in variables.params],
        [image.ravel(), *(np.asarray(out)[0] for out in outputs)], image, list(_kinds(context).values()),
    )  # fmt: skip
    return _figure(context, name, figures.network_diagram(wiring, language=context.language))


def _first(made: ExperimentResult) -> Variables:
    params = tuple({kind: made[f"{kind} {index}"] for kind in ("kernel", "bias")} for index in range(len(ACTIVATIONS)))
    return Variables(params, tuple({} for _ in params))


def _exact(context: LectureContext) -> Published:
    """Claim of part 7: weights set by hand predict what the closed form says."""
    test, _ = load("camera", seed=context.seed).parts["test"], context._
    answer = NETWORK.predict(hand_set(), PATTERNS["horizontal"].reshape(1, 4))[0]
    probabilities = NETWORK.predict(hand_set(), test.x)
    ours = {
        "other": float(answer[0]),
        "horizontal": float(answer[3]),
        "test_loss": float(-np.log(probabilities[np.arange(len(test)), test.y]).mean()),
        "test_accuracy": float(np.mean(probabilities.argmax(axis=1) == test.y)),
    }
    right = prediction()[3]
    closed = {"other": (1 - right) / 3, "horizontal": right, "test_loss": -math.log(right), "test_accuracy": 1.0}
    words = {
        "other": _("Probability of each other kind"), "horizontal": _("Probability of the right kind"),
        "test_loss": _("Test loss"), "test_accuracy": _("Test accuracy"),
    }  # fmt: skip
    rows = []
    for name, value in ours.items():
        digits = {"test_accuracy": 1, "test_loss": 7}.get(name, 8)
        note = _("closed form {value}").format(value=number(closed[name], context.language, digits))
        rows.append(PublishedComparison(words[name], published(f"camera.hand.{name}"), value, note=note, digits=digits))
        context.record(Number("camera", name, value, "hand", published=published(f"camera.hand.{name}")))
    parameters = sum(count_params(NETWORK))
    rows.append(PublishedComparison(_("Parameters"), published("camera.parameters"), parameters, digits=0))
    return Published(tuple(rows), context.text("camera", "exact-caption").markdown)


def _learned(context: LectureContext, made: ExperimentResult, count: int) -> list[Block]:
    language, _ = context.language, context._
    end, longer = made["epochs"], made["longer"]
    titles = {"test_loss": _("Test loss"), "test_accuracy": _("Test accuracy")}
    for quantity in ("loss", "accuracy", *titles):
        in_print = dict(epochs("camera.learned", quantity))
        context.record(*(
            Number("camera", quantity, float(value), "learned", float(epoch), context.seed + row, in_print.get(epoch))
            for row, curve in enumerate(made[quantity])
            for epoch, value in enumerate(curve)
        ))  # fmt: skip
    at = np.arange(1, longer + 1)
    label = _("{count} seeds").format(count=count)
    panels = [
        figures.Panel(title, [figures.Runs(label, at, made[quantity][:, 1:], epochs("camera.learned", quantity))])
        for quantity, title in titles.items()
    ]
    losses = made["test_loss"][:, end]
    mean = interval(losses)
    sample = figures.SeedValues(label, losses, mean.bounds, published("camera.learned.test_loss"))
    accuracies = made["test_accuracy"][:, end]
    # Student's interval would reach beyond 1; the range says what there is to say.
    reach = _("from {low} to {high}").format(
        low=number(accuracies.min(), language, 3), high=number(accuracies.max(), language, 3)
    )
    rows = [
        PublishedComparison(titles["test_loss"], published("camera.learned.test_loss"), mean.mean, mean.bounds, count),
        PublishedComparison(
            titles["test_accuracy"],
            published("camera.learned.test_accuracy"),
            float(accuracies.mean()),
            None,
            count,
            reach,
        ),
    ]
    whole = {epoch: int((made["test_accuracy"][:, epoch] == 1).sum()) for epoch in (end, longer)}
    shares = {epoch: proportion(hits, count) for epoch, hits in whole.items()}
    for epoch, share in shares.items():
        context.record(Number("camera", "share_of_seeds_without_error", share.mean, "learned", float(epoch)))
    words = {
        "count": str(count), "end": str(end), "longer": str(longer), "hits": str(whole[end]),
        "later": str(whole[longer]),
        "share": interval_words(shares[end], language, 0, 100),
        "later-share": interval_words(shares[longer], language, 0, 100),
        "below": str(int((losses <= published("camera.learned.test_loss")).sum())),
        "print": number(published("camera.learned.test_loss"), language, 4),
        "lowest": number(float(losses.min()), language, 3), "highest": number(float(losses.max()), language, 3),
    }  # fmt: skip
    every = "all" if whole[end] == count else "some" if whole[longer] < count else "later"
    return [
        _figure(context, "curves", figures.learning_curves(panels, language=language), **words),
        _figure(context, "spread", figures.spread([sample], quantity=titles["test_loss"], language=language), **words),
        Published(tuple(rows), context.text("camera", "learned-caption", **words).markdown),
        context.text("camera", "print", **words),
        context.text("camera", f"share-{every}", **words),
    ]


def _noise(context: LectureContext, made: ExperimentResult) -> list[Block]:
    weights = [hand_set(), _first(made)]
    found = noise_accuracy(weights, NOISES, images=context.size(4000, 40_000), seed=context.seed)
    labels = (context._("set by hand"), context._("learnt without noise"))
    runs = [figures.Runs(label, NOISES, row) for label, row in zip(labels, found["accuracy"], strict=True)]
    runs.append(figures.Runs(context._("best possible"), NOISES, found["best"]))
    for label, row in zip(("hand", "learned", "best"), (*found["accuracy"], found["best"]), strict=True):
        pairs = zip(NOISES, row, strict=True)
        context.record(*(Number("camera", "noisy_accuracy", float(value), label, noise) for noise, value in pairs))
    panel = figures.Panel(context._("Accuracy"), runs)
    axis = context._("Standard deviation of the noise on a pixel")
    drawing = figures.learning_curves([panel], x_label=axis, columns=1, language=context.language)
    middle = NOISES.index(1.0)
    words = {
        name: number(100 * float(value[middle]), context.language, 0)
        for name, value in zip(("hand", "learnt", "best"), (*found["accuracy"], found["best"]), strict=True)
    }
    return [context.text("camera", "noise", **words), _figure(context, "noise", drawing)]


PART = ChapterSpec("camera", {"en": "The 4-pixel camera", "pl": "Aparat 4-pikselowy"}, build, (6.0, 20.0))
"""The chapter."""
