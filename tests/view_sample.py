"""A small report that holds one of everything, made of numbers from formulas: nothing is trained here."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure as Drawing

from ravine.view import blocks, figures

NAN = float("nan")
RULES = ("SGD", "Momentum", "Nesterov", "Adagrad", "Adadelta", "RMSprop", "Adam", "Nadam", "AMSGrad")


def activation_curves(language: str) -> Drawing:
    x = np.linspace(-3, 3, 241)
    logistic, tanh = 1 / (1 + np.exp(-x)), np.tanh(x)
    step = np.where(x == 0, NAN, (x > 0).astype(float))
    curves = [
        figures.ActivationCurve("logistic", x, logistic, logistic * (1 - logistic)),
        figures.ActivationCurve("tanh", x, tanh, 1 - tanh**2),
        figures.ActivationCurve("ReLU", x, np.maximum(x, 0), step),
        figures.ActivationCurve("softplus", x, np.logaddexp(x, 0), logistic),
        figures.ActivationCurve("softsign", x, x / (1 + abs(x)), 1 / (1 + abs(x)) ** 2),
        figures.ActivationCurve("ELU", x, np.where(x > 0, x, np.expm1(x)), np.where(x > 0, 1, np.exp(x))),
    ]
    return figures.activation_curves(curves, language=language)


def gradient_by_layer(language: str) -> Drawing:
    rng = np.random.default_rng(0)
    ratios = {"logistic": 0.23, "tanh": 0.80, "ReLU": 1.0, "softplus": 0.62}

    def profile(name: str, depth: int) -> figures.Profile:
        norms = 0.3 * ratios[name] ** np.arange(depth)[::-1] * rng.lognormal(0, 0.12, (5, depth))
        return figures.Profile(name, norms, f"{depth} layers")

    return figures.gradient_by_layer([profile(name, n) for n in (5, 10, 20) for name in ratios], language=language)


def probe_over_time(language: str) -> Drawing:
    rng = np.random.default_rng(1)
    x = np.arange(0, 2000, 20)
    growth = 0.4 * (1 + x / 400) ** 0.4
    traces = [
        figures.LayerTrace(name, x, ratio ** np.arange(9)[::-1, None] * growth * rng.lognormal(0, 0.2, (9, 100)))
        for name, ratio in (("logistic", 0.25), ("tanh", 0.8), ("ReLU", 0.97))
    ]
    traces[2].values[:, 60:] = NAN
    return figures.probe_over_time(traces, language=language)


def _digits() -> np.ndarray:
    y, x = np.mgrid[:28, :28]
    radii = [np.hypot((x - 13.5) * (1 + 0.1 * k), y - 13.5) for k in range(7)]
    return np.stack([np.clip(1.6 - abs(radius - 8) / 1.6, 0, 1) for radius in radii])


def examples(language: str) -> Drawing:
    return figures.examples(_digits(), [str(digit) for digit in (5, 0, 4, 1, 9, 2, 1)], language=language)


def learning_curves(language: str) -> Drawing:
    rng = np.random.default_rng(2)
    epoch = np.arange(1, 6)
    base = 0.05 + 0.25 * epoch**-1.4
    published = [(e, v) for e, v in zip(epoch, (0.1005, 0.0861, 0.0733, 0.0713, 0.0749), strict=True)]
    wild = base * rng.normal(1, 0.1, (3, 5)) + 0.05
    wild[1, 3:] = (1e20, NAN)
    loss = [
        figures.Runs("784-512-512-10, dropout", epoch, base * rng.normal(1, 0.05, (5, 5)), published),
        figures.Runs("784-512-512-10", epoch, 1.1 * base * rng.normal(1, 0.05, (5, 5)), 0.0753),
        figures.Runs("tanh, 5 × 2500–500", epoch, wild),
    ]
    accuracy = [figures.Runs(runs.label, epoch, 1 - 0.26 * runs.y, colour=i) for i, runs in enumerate(loss)]
    panels = [figures.Panel("Test loss", loss), figures.Panel("Test accuracy", accuracy)]
    return figures.learning_curves(panels, language=language)


def spread(language: str) -> Drawing:
    rng = np.random.default_rng(3)
    samples = [
        figures.SeedValues("with dropout", rng.normal(0.9803, 0.0008, 10), (0.9798, 0.9808), 0.9795),
        figures.SeedValues("without dropout", rng.normal(0.9801, 0.0010, 10), (0.9795, 0.9807), 0.9812),
        figures.SeedValues("deep tanh", [0.9718, 0.9705, NAN, 0.9731, 0.9699], (0.9700, 0.9726), 0.9718),
    ]
    return figures.spread(samples, quantity="Test accuracy", language=language)


def hand_set_network(language: str) -> Drawing:
    """A camera of four pixels with weights set by hand, most of them zero."""
    first = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, -1, 0, 0], [0, 0, 1, -1]], float)
    second = np.array([[1, 1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, 1, 1]], float)
    third = np.kron(np.eye(4), [[1.0, -1.0]])
    fourth = np.repeat(np.eye(4), 2, axis=0)
    image = np.array([[1.0, 1.0], [-1.0, -1.0]])
    values = [image.ravel()]
    for weight, f in zip((first, second, third), (np.tanh, np.tanh, lambda z: np.maximum(z, 0)), strict=True):
        values.append(f(values[-1] @ weight))
    powers = np.exp(values[-1] @ fourth)
    values.append(powers / powers.sum())
    wiring = figures.Wiring(
        [first, second, third, fourth],
        ["tanh", "tanh", "ReLU", "softmax"],
        values=values,
        image=image,
        outputs=["solid", "vertical", "diagonal", "horizontal"],
    )
    return figures.network_diagram(wiring, language=language)


def learned_network(language: str) -> Drawing:
    rng = np.random.default_rng(4)
    sizes = (4, 4, 4, 8, 4)
    weights = [rng.normal(0, 1.1, shape) for shape in itertools.pairwise(sizes)]
    biases = [rng.normal(0, 0.3, size) for size in sizes[1:]]
    wiring = figures.Wiring(
        weights,
        ["tanh", "tanh", "ReLU", "softmax"],
        biases,
        image=[[1, -1], [-1, 1]],
        values=[[1, -1, -1, 1], *(rng.uniform(-1, 1, size) for size in sizes[1:])],
        outputs=["solid", "vertical", "diagonal", "horizontal"],
    )
    return figures.network_diagram(wiring, language=language)


def trajectory(language: str) -> Drawing:
    x, y = np.linspace(-2, 2, 160), np.linspace(-1, 3, 160)
    z = (1 - x) ** 2 + 100 * (y[:, None] - x**2) ** 2
    t = np.linspace(0, 1, 300)
    valley = np.stack([-1.5 + 2.4 * t**1.5, (-1.5 + 2.4 * t**1.5) ** 2], axis=1)
    zigzag = valley + np.stack([0 * t, 0.35 * np.cos(40 * t) * np.exp(-6 * t) * (t > 0)], axis=1)
    lost = np.array([[-1.5, 2.25], [-1.1, 0.4], [0.6, 1.9], [40, -3000], [NAN, NAN]])
    start = np.array([-1.5, 2.25])
    routes = [
        figures.Route("SGD", np.concatenate([[start], zigzag[:160]])),
        figures.Route("Momentum", np.concatenate([[start], zigzag])),
        figures.Route("Adam", np.concatenate([[start], valley])),
        figures.Route("SGD, rate × 10", lost),
    ]
    surface = figures.Surface(x, y, z, minima=[(1.0, 1.0)])
    return figures.trajectory(surface, routes, marks=(10, 100), names=("θ₁", "θ₂"), language=language)


def ravine(language: str) -> Drawing:
    """A wide, flat window, as of the quadratic with a large condition number."""
    x, y = np.linspace(-10, 10, 200), np.linspace(-2.5, 2.5, 80)
    z = 0.05 * x**2 + y[:, None] ** 2
    k = np.arange(60)
    route = np.stack([-9 * 0.93**k, 2 * (-0.85) ** k], axis=1)
    smooth = np.stack([-9 * 0.9**k, 2 * 0.8**k * np.cos(k / 2)], axis=1)
    routes = [figures.Route("SGD", route), figures.Route("Momentum", smooth)]
    surface = figures.Surface(x, y, z, minima=[(0.0, 0.0)])
    return figures.trajectory(surface, routes, marks=(10, 50), names=("θ₁", "θ₂"), language=language)


def batch_comparison(language: str) -> Drawing:
    rng = np.random.default_rng(5)
    runs = []
    for label, size, cost, last in (
        ("batch", 60000, 0.5, 40),
        ("mini-batch 128", 128, 2e-3, 1875),
        ("mini-batch 16", 16, 1e-3, 15000),
        ("stochastic", 1, 6e-4, 60000),
    ):
        updates = np.concatenate([[0], np.unique(np.geomspace(1, last, 60).astype(int))])
        loss = 0.08 + 2.2 / (1 + updates / 12) ** 0.8 * rng.lognormal(0, 0.02 + 0.15 / size**0.5, len(updates))
        variance = 0.4 / size * rng.uniform(0.8, 1.25)
        runs.append(figures.BatchRun(label, size, updates * cost, updates, updates * size, loss, variance))
    return figures.batch_comparison(runs, language=language)


def _rules() -> list[figures.Runs]:
    rng = np.random.default_rng(6)
    x = np.arange(1, 1200, 5)
    made = []
    for index, name in enumerate(RULES):
        y = (0.04 + 2.3 * (1 + x / (8 + 6 * index)) ** -(1.1 - 0.06 * index)) * rng.lognormal(0, 0.35, (3, len(x)))
        if name == "Nesterov":
            y[:, 90:] = NAN
        made.append(figures.Runs(name, x, y))
    return made


def rule_curves(language: str) -> Drawing:
    return figures.rule_curves(_rules(), smoothing=0.9, language=language)


def rule_curves_one(language: str) -> Drawing:
    return figures.rule_curves(_rules(), smoothing=0.95, layout="one", language=language)


def counterexample(language: str) -> Drawing:
    t = np.arange(1, 100_001)
    adam, amsgrad = 1 - 1.5 / t**0.3, -1 + 1.4 / t**0.4
    curves = [figures.Curve("Adam", t, adam), figures.Curve("AMSGrad", t, amsgrad)]
    return figures.counterexample(curves, language=language)


def confusion(language: str) -> Drawing:
    rng = np.random.default_rng(7)
    matrix = np.diag(rng.integers(880, 1130, 10)) + rng.poisson(2.0, (10, 10)) * (1 - np.eye(10, dtype=int))
    return figures.confusion(matrix, language=language)


FIGURES: dict[str, Callable[[str], Drawing]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        activation_curves,
        gradient_by_layer,
        probe_over_time,
        examples,
        learning_curves,
        spread,
        hand_set_network,
        learned_network,
        trajectory,
        ravine,
        batch_comparison,
        rule_curves,
        rule_curves_one,
        counterexample,
        confusion,
    )
}

SUMMARY = """
Layer (type)              Output shape      Parameters
dense_1 (Dense)           (512,)               401,920
dropout_1 (Dropout)       (512,)                     0
dense_2 (Dense)           (512,)               262,656
dropout_2 (Dropout)       (512,)                     0
dense_3 (Dense)           (10,)                  5,130
Total parameters: 669,706
"""


def report(language: str = "en", *, only: tuple[str, ...] = tuple(FIGURES)) -> blocks.Report:
    """One of each block, and the figures named in *only*."""
    words = blocks.Chapter(
        "words",
        "1",
        "Words & formulas",
        (
            blocks.Text(
                """
                The rule keeps a running mean $m_t$ of the gradient and $v_t$ of its square; the *step* is scaled by
                $1/\\sqrt{\\hat v_t}$. See [Kingma & Ba](https://arxiv.org/abs/1412.6980). Prices of $5 and
                <b>tags</b> are text.

                ### What to watch

                - the rate `learning_rate` in $[10^{-4}, 10^{-1}]$,
                - **both** decay rates $\\beta_1$ and $\\beta_2$.
                """
            ),
            blocks.Formula(r"\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{\hat v_t} + \epsilon}\hat m_t", "Adam's step"),
            blocks.Formula(
                r"\begin{aligned} m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t \\"
                r"v_t &= \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \end{aligned}"
            ),
            blocks.Formula(r"g(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"),
            blocks.Code(
                'import ravine\n\n# one network\nnet = ravine.network("784-512:relu-10:softmax")\n'
                'print(net.summary(), 3.14, "text")',
                output="Epoch 1/5\n469/469 - 2s - loss: 0.2489 - accuracy: 0.9224",
            ),
            blocks.Summary(SUMMARY, "The network with *dropout*"),
            blocks.Table(
                ("Rule", "Rate", "Test loss", "Remark"),
                (
                    ("SGD", 0.01, 0.1312, "slow"),
                    ("Adam", 0.001, 0.0749, "see `Adam`"),
                    ("Rprop", None, NAN, "batch only"),
                ),
                "Three rules, seven seeds each.",
            ),
            blocks.Published(
                (
                    blocks.PublishedComparison("Test loss, dropout", 0.0749, 0.0731, (0.0716, 0.0752), 5),
                    blocks.PublishedComparison(
                        "Test accuracy, dropout", 0.9795, 0.9803, (0.9797, 0.9809), 5, "one run"
                    ),
                    blocks.PublishedComparison("Parameters", 669706, 669706, digits=0),
                    blocks.PublishedComparison("Time", None, None),
                ),
                "The published number is one run; ours is a mean over seeds with a 95 % interval.",
            ),
            blocks.Note("supported", "The gradient falls by $0.23$ from layer to layer with the logistic function."),
            blocks.Note("refuted", "No difference of speed was seen."),
            blocks.Note("open", "Five seeds do not separate the two."),
            blocks.Note("warning", "The deep network ran at **fewer epochs**."),
            blocks.Note("note", "All seeds share the batches.", "A word on seeds"),
        ),
    )
    drawings = tuple(
        blocks.Figure(name, FIGURES[name](language), f"The figure *{name}*, $\\eta = 0.1$.", f"A drawing named {name}")
        for name in only
    )
    return blocks.Report(
        "Multilayer networks",
        "Figures, formulas and *numbers* of a sample",
        language,
        (words, blocks.Chapter("drawings", "2", "Drawings", drawings)),
        "Made by a test.",
        (("Seeds", "5"), ("Mode", "quick")),
    )
