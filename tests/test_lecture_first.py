"""The first half of the lecture: experiments against independent answers, verdicts by the numbers, whole chapters."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ravine.core import RavineError
from ravine.data import Dataset, Split, load
from ravine.functions import ACTIVATIONS, describe
from ravine.lecture.chapters import activations, deep, deep_claim, mlp, mlp_runs, mnist, vanishing
from ravine.lecture.chapters.vanishing_remedies import remedied, summary
from ravine.lecture.chapters.vanishing_training import effects
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.experiments import cost, identities, memory, networks, remedies, signal
from ravine.lecture.notes import VERDICT_WORDS, conclude, images, judged, whole_mnist
from ravine.lecture.published import PUBLISHED, SOURCES, epochs, published
from ravine.lecture.texts import sections
from ravine.nn import LSTM, Dense, Dropout, Network, count_params
from ravine.optim import SGD
from ravine.stats.intervals import Interval, interval, paired, verdict, welch
from ravine.train import Plan
from ravine.view import blocks, html, interval_words
from ravine.view.blocks import Chapter, Report

CHAPTERS = ("activations", "vanishing", "mnist", "mlp", "deep", "common")
LANGUAGES = ("en", "pl")


def context(tmp_path: Path, digits: Dataset | None = None, language: str = "en", **options: object) -> LectureContext:
    data = load("digits", flatten=True) if digits is None else digits
    return LectureContext("quick", 0, language, data, tmp_path, **options)  # type: ignore[arg-type]


def fake_mnist() -> Dataset:
    """As many examples of the same shape as MNIST has, of two grey levels: for what only looks at sizes."""
    rng = np.random.default_rng(0)
    train, test = (Split(np.zeros((n, 784), np.float32), rng.integers(0, 10, n)) for n in (60_000, 10_000))
    return Dataset("mnist", train, None, test, tuple("0123456789"))


# Evidence ------------------------------------------------------------------------------------------------------------


def test_interval_is_students() -> None:
    x = [0.979, 0.981, 0.980, 0.9795]
    low, high = stats.t.interval(0.95, 3, np.mean(x), stats.sem(x))
    made = interval(x)
    assert (made.mean, made.low, made.high, made.count) == pytest.approx((np.mean(x), low, high, 4), rel=1e-12)


def test_pairing_takes_away_what_seeds_share() -> None:
    seeds = np.array([0.1, 0.5, 0.9, 0.3])
    ours, theirs = seeds + np.array([0.011, 0.010, 0.009, 0.010]), seeds
    assert verdict(paired(ours, theirs)) == "supported"
    assert verdict(paired(theirs, ours)) == "refuted"
    assert verdict(welch(ours, theirs)) == "open"


def test_one_seed_proves_nothing() -> None:
    assert verdict(interval([5.0])) == "open"
    assert interval_words(interval([5.0]), "en", 1) == "5.0"
    with pytest.raises(RavineError, match="must be finite"):
        interval([1.0, math.nan])


def test_interval_in_words_of_both_languages() -> None:
    made = Interval(0.9795, 0.979, 0.98, 5)
    assert interval_words(made, "en") == "0.9795 [0.9790, 0.9800]"
    assert interval_words(made, "pl") == "0,9795 [0,9790; 0,9800]"


# Published numbers ---------------------------------------------------------------------------------------------------


def test_published_numbers_have_sources_and_known_values() -> None:
    assert {each.source for each in PUBLISHED.values()} <= set(SOURCES)
    assert all(math.isfinite(each.value) and each.setting for each in PUBLISHED.values())
    known = {
        "dropout.test_loss": 0.0749, "dropout.test_accuracy": 0.9795, "plain.test_loss": 0.0753,
        "plain.test_accuracy": 0.9812,
        "deep.test_loss": 0.1070, "deep.test_accuracy": 0.9718, "camera.hand.test_loss": 0.7656,
        "camera.learned.test_loss": 0.0732,
        "ratio.tanh_standard": 0.538, "ratio.relu_he": 1.0, "quadratic_deep.sgd": 87.282, "fmnist.momentum": 0.92144,
    }  # fmt: skip
    assert {key: round(published(key), 4) for key in known} == pytest.approx(known, abs=6e-4)


@pytest.mark.parametrize(("name", "count"), [("dropout", 5), ("plain", 5), ("deep", 10), ("camera.learned", 8)])
def test_published_curves_end_in_the_published_result(name: str, count: int) -> None:
    for quantity in ("test_loss", "test_accuracy"):
        curve = epochs(name, quantity)
        assert len(curve) == count
        # The progress lines print four figures.
        assert curve[-1] == (count, pytest.approx(published(f"{name}.{quantity}"), abs=5e-5))


def test_published_parameters_are_those_of_our_networks() -> None:
    digits = fake_mnist()
    assert sum(count_params(mlp_runs.network(digits, 0.2))) == published("dropout.parameters")
    assert sum(count_params(mlp_runs.network(digits, None))) == published("plain.parameters")
    assert sum(count_params(deep_claim.deep_network(digits))) == published("deep.parameters")


# Texts ---------------------------------------------------------------------------------------------------------------


def places(text: str) -> set[str]:
    """The names in braces that stand for values: outside of formulas."""
    return set(re.findall(r"\{([a-z_-]+)\}", re.sub(r"\$[^$]*\$", "", text)))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_languages_say_the_same_things(chapter: str) -> None:
    english, polish = (sections(language, chapter) for language in LANGUAGES)
    assert list(english) == list(polish)
    assert {key: places(text) for key, text in english.items()} == {key: places(text) for key, text in polish.items()}
    assert all(text.strip() for text in (*english.values(), *polish.values()))
    same = [key for key in english if english[key] == polish[key]]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "stem", ["depth", "explosion", "dead", "remedy", "gradient", "rectifier", "lstm", "lstm-learns", "lstm-start"]
)
def test_every_verdict_has_its_words(stem: str, language: str) -> None:
    texts = sections(language, "vanishing")
    verdicts = set(VERDICT_WORDS) - {"untested"}
    assert {f"{stem}-{kind}" for kind in verdicts} <= set(texts)
    assert len({texts[f"{stem}-{kind}"] for kind in verdicts}) == 3


@pytest.mark.parametrize("kind", ["untested", "refuted", "open"])
def test_a_note_takes_its_words_from_the_verdict(kind: str, tmp_path: Path) -> None:
    ends = {"untested": (0.3, 0.5), "refuted": (0.1, 0.2), "open": (0.2, 0.3)}[kind]
    here = context(tmp_path)
    record = conclude(here, "sparse", {"zeros": Interval(sum(ends) / 2, *ends, 12)}, "vanishing-silence")
    note = judged(here, record, share="much")
    assert note.kind == kind
    assert note.title == "Claim 4: ReLU makes activations sparse, which speeds up computing"
    said, numbers = note.text.split("\n\n")
    assert said == sections("en", "vanishing")[f"sparse-{kind}"].replace("{share}", "much")
    zeros, speed = numbers.splitlines()
    assert zeros == f"- **{VERDICT_WORDS[record.findings[0].verdict]}**: {record.said(record.findings[0], 'en')}"
    assert speed == "- **Not tested here**: Whether the zeros speed up computing: not tested here."
    assert here.verdicts == [record]


# Shown code ----------------------------------------------------------------------------------------------------------


def test_shown_code_runs_and_shares_names() -> None:
    notebook = Notebook(seven=7)
    assert notebook.run("x = seven * 6").output == ""
    assert notebook.run("  print(x)\n  print(x + 1)").output == "42\n43"
    with pytest.raises(RavineError, match="ZeroDivisionError"):
        notebook.run("1 / 0")


# Experiments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start", [signal.Start("a", "tanh", "glorot_uniform"), signal.Start("b", "logistic", "he_uniform")]
)
def test_gradient_at_the_start_is_that_of_the_formulas(start: signal.Start) -> None:
    """Against the chain rule written out in NumPy, float64: delta_l = g'(z_l) * (W_{l+1}^T delta_{l+1})."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((6, 4)).astype(np.float32), rng.integers(0, 3, 6).astype(np.int32)
    network = start.network(depth=3, width=5, inputs=4, outputs=3)
    kernels = [np.float64(layer["kernel"]) for layer in network.init(7).params if layer]
    g, slope = {
        "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        "logistic": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    }[start.activation]
    sums, a = [], np.float64(x)
    for kernel in kernels[:-1]:
        sums.append(a @ kernel)
        a = g(sums[-1])
    scores = a @ kernels[-1]
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    delta = p - np.eye(3)[y]
    wanted = []
    for z, kernel in zip(reversed(sums), reversed(kernels[1:]), strict=True):
        delta = slope(z) * (delta @ kernel.T)
        wanted.insert(0, np.sqrt((delta**2).mean()))
    # float32 through four layers: a few units in the last place each.
    assert signal.gradients_at_the_start(network, x, y, seed=7) == pytest.approx(wanted, rel=1e-5)


def test_layer_ratios_are_the_published_ones() -> None:
    starts = [
        signal.Start("tanh_standard", "tanh", "torch_linear"),
        signal.Start("tanh_glorot", "tanh", "glorot_uniform"),
        signal.Start("logistic_glorot", "logistic", "glorot_uniform"),
        signal.Start("relu_glorot", "relu", "glorot_uniform"),
        signal.Start("relu_he", "relu", "he_uniform"),
    ]
    ours = signal.layer_ratios(starts, [0, 1])["ratios"].mean(axis=1)
    # Networks differ from each other by about half a per cent; published to three figures.
    assert ours == pytest.approx([published(f"ratio.{start.name}") for start in starts], rel=0.02)


def test_the_logistic_gradient_vanishes_with_depth() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((32, 16), np.float32), rng.integers(0, 10, 32, dtype=np.int32)
    start = signal.Start("logistic", "logistic", "glorot_uniform")
    made = signal.depth_profiles([start], [2, 4, 6], [0, 1], x, y, width=16)
    arriving = [float((made[f"depth {d}"][0, :, 0] / made[f"depth {d}"][0, :, -1]).max()) for d in (2, 4, 6)]
    # At most 1/4 from each derivative, and weights of norm about 1: far below 1/2 per layer.
    assert all(share < 0.5 ** (d - 1) for d, share in zip((2, 4, 6), arriving, strict=True))


def test_a_gradient_that_vanished_through_forty_layers_is_still_measured() -> None:
    """At most 1/4 per layer: about 1e-25 of it is left, whose square float32 cannot hold."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 16), np.float32), rng.integers(0, 10, 8, dtype=np.int32)
    network = signal.Start("logistic", "logistic", "glorot_uniform").network(40, 16, 16, 10)
    made = signal.gradients_at_the_start(network, x, y, seed=0)
    assert 0 < made[0] < 1e-20 < made[-1]


def test_identities_of_activations() -> None:
    tanh = identities.tanh_from_logistic(points=501)
    assert tanh["float64"]["value"] < 1e-15
    assert tanh["float32"]["derivative"] < 1e-6
    gaps = identities.softplus_gap([1.0, 3.0])["gap"]
    assert gaps == pytest.approx([math.log(2), math.log(2) / 3], rel=1e-12)
    made = identities.values(["logistic"], points=5)
    assert made["derivative"][0] == pytest.approx(made["value"][0] * (1 - made["value"][0]), rel=1e-6)


def test_costs_are_positive_times_of_every_round() -> None:
    made = cost.activation_cost(["relu", "tanh"], batch=8, width=16, rounds=4)
    assert made["activation"].shape == (2, 4)
    assert (made["activation"] > 0).all()
    assert (made["product"] > 0).all()


def test_portions_do_not_overlap() -> None:
    digits = load("digits", flatten=True)
    made = remedies.portions(digits, 200, 100)
    assert made.validation is not None
    rows = {row.tobytes() for row in made.train.x}
    assert np.array_equal(made.train.x, digits.train.x[:800])
    assert np.array_equal(made.validation.x, digits.train.x[-100:])
    assert len(rows) == 800
    with pytest.raises(RavineError, match="1438 examples for training, 1500 and a test part are needed"):
        remedies.portions(digits, 350, 100)


def test_every_remedy_changes_one_thing() -> None:
    names = ("activation", "initializer", "rule", "dropout", "data", "updates", "full")
    for name, remedy in remedies.REMEDIES.items():
        if remedy.against:
            base = remedies.REMEDIES[remedy.against]
            changed = {each for each in names if repr(getattr(remedy, each)) != repr(getattr(base, each))}
            assert len(changed) == (2 if name == "relu_he" else 1), name
            assert len(remedy.rates) == len(base.rates), name


@pytest.fixture(scope="module")
def trained() -> ExperimentResult:
    """Two rivals, small and short: the logistic baseline, whose gradient vanishes, and tanh, whose does not."""
    return remedies.remedies(
        load("digits"), [0, 1], names=("base", "tanh"), examples=200, held=200, depth=4, width=16, batch=20, updates=60
    )


def test_remedies_leave_what_they_promise(trained: ExperimentResult) -> None:
    for name in ("base", "tanh"):
        assert trained[f"{name} gradient"].shape == (2, 3, 5)
        assert trained[f"{name} steps"].tolist() == [0, 20, 40]
        assert trained[f"{name} accuracies"].shape == (2, len(trained[f"{name} updates"]))
        assert trained[f"{name} updates"][-1] == 60
        assert trained[f"{name} accuracies"][:, -1] == pytest.approx(trained[f"{name} test_accuracy"])
        assert trained[name]["rate"] in trained[name]["rates"]
    # At the start a logistic layer lets through a quarter at most, tanh with Glorot's weights nearly all.
    assert (trained["base before"] < 0.4).all()
    assert (trained["tanh before"] > 0.6).all()
    assert trained["base after"].shape == (2,)
    assert (trained["tanh spent"] < np.log(10)).all()
    assert trained["tanh test_accuracy"].min() > trained["base test_accuracy"].max()


def made_by_hand(**accuracies: Sequence[float]) -> ExperimentResult:
    """An outcome in which every rival guesses, except those named, and each lets through a quarter of the gradient."""
    arrays = {}
    for place, name in enumerate(remedies.REMEDIES):
        arrays[f"{name} test_accuracy"] = np.array(accuracies.get(name, [0.1, 0.1, 0.1]))
        arrays[f"{name} before"] = np.array([0.25, 0.24, 0.26])
        arrays[f"{name} after"] = np.roll([0.25, 0.24, 0.26], place)
    return ExperimentResult(arrays, {name: {"edge": False} for name in remedies.REMEDIES})


def test_effects_follow_the_numbers() -> None:
    made = made_by_hand(
        relu=[0.8, 0.82, 0.81], data=[0.1, 0.12, 0.09], rprop=[0.05, 0.06, 0.05], softplus=[0.9, math.nan, 0.9]
    )
    learns = {effect.name: verdict(effect.gain) for effect in effects(made)}
    assert (learns["relu"], learns["data"], learns["rprop"], learns["softplus"]) == (
        "supported",
        "open",
        "refuted",
        "open",
    )
    assert all(verdict(effect.eased(0.95), 1.0) == "open" for effect in effects(made))
    made.arrays["relu after"] = made["base after"] * np.array([4.0, 4.1, 3.9])
    eased = next(effect.eased(0.95) for effect in effects(made) if effect.name == "relu")
    # Before and after training count alike: the root of four times as much after it.
    assert eased.mean == pytest.approx(2.0, rel=1e-3)
    assert verdict(eased, 1.0) == "supported"


def test_summary_names_what_eased_the_gradient(tmp_path: Path) -> None:
    arrays = {f"{name} test_loss": np.array([0.17, 0.16]) for name in ("simple_rnn", "lstm")}
    arrays |= {f"{name} {moment}": np.ones((2, 10)) for name in ("simple_rnn", "lstm") for moment in ("start", "end")}
    made, here = made_by_hand(relu=[0.8, 0.82, 0.81], dropout=[0.05, 0.06, 0.05]), context(tmp_path)
    made.arrays["relu after"] = made["base after"] * np.array([4.0, 4.1, 3.9])
    made.arrays["dropout after"] = made["base after"] / np.array([4.0, 4.1, 3.9])
    record = remedied(here, made, ExperimentResult(arrays, {name: {"edge": False} for name in ("simple_rnn", "lstm")}))
    note = summary(here, record)
    assert note.kind == record.verdict == "refuted"
    assert "**Eased the vanishing gradient**: ReLU." in note.text
    assert "**Made it vanish more**: dropout 0.2." in note.text
    assert re.search(r"No effect that these seeds could prove\*\*: RMSprop, .*, LSTM and 4 × the updates\.", note.text)


def test_gradient_through_time_is_that_of_differences() -> None:
    rng = np.random.default_rng(3)
    network = Network((LSTM(3), Dense(1)), (4, 2))
    x, y = rng.standard_normal((2, 4, 2)).astype(np.float32), rng.standard_normal((2, 1)).astype(np.float32)
    variables = network.init(0)
    made = memory.gradient_through_time(network, variables, x, y)
    step, square = 1e-2, np.zeros((2, 4, 2))
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += step
        down[place] -= step
        losses = [((np.float64(network.predict(variables, each)) - y) ** 2).sum() for each in (up, down)]
        square[place] = (losses[0] - losses[1]) / (2 * step)
    # Central differences in float32: an error of about 1e-7 / 1e-2 from rounding and 1e-4 from the step.
    assert made == pytest.approx(np.sqrt((square**2).sum(2).mean(0)), rel=2e-2, abs=2e-4)


@pytest.mark.slow
def test_memory_trains_both_cells() -> None:
    made = memory.memory([0, 1], length=5, units=4, examples=100, batch=25, updates=12, starts=3, rates=(0.01, 0.1))
    for name in memory.CELLS:
        assert made[f"{name} start"].shape == (3, 5)
        assert made[f"{name} end"].shape == (2, 5)
        assert made[f"{name} curve"][:, -1] == pytest.approx(made[f"{name} test_loss"])


def test_learning_curves_pair_networks_and_tell_their_progress() -> None:
    data = load("blobs", n=200, seed=0)
    classes = len(data.classes or ())
    pair = {
        name: Network((Dense(8, "relu"), Dropout(rate), Dense(classes, "softmax")), (2,))
        for name, rate in (("dropout", 0.5), ("plain", 0.0))
    }
    shares: list[float] = []
    made = networks.learning_curves(
        pair, SGD(0.1), data, Plan(epochs=3, batch_size=20, test=True), [4, 5], shares.append
    )
    assert made["plain test_loss"].shape == (2, 4)
    assert np.isnan(made["plain loss"][:, 0]).all()
    assert np.isfinite(made["dropout loss"][:, 1:]).all()
    # Before the first step, at frozen weights, both are the same function.
    assert made["plain train_eval_loss"][:, 0] == pytest.approx(made["dropout train_eval_loss"][:, 0], rel=1e-6)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_experiments_repeat_themselves(trained: ExperimentResult) -> None:
    again = remedies.remedies(
        load("digits"), [0, 1], names=("tanh",), examples=200, held=200, depth=4, width=16, batch=20, updates=60
    )
    for key in ("tanh test_accuracy", "tanh gradient", "tanh losses"):
        assert np.array_equal(again[key], trained[key])


# Chapters ------------------------------------------------------------------------------------------------------------


def test_mnist_is_recognised_by_name_and_size() -> None:
    whole = fake_mnist()
    assert whole_mnist(whole)
    assert not whole_mnist(Dataset("mnist", whole.train.take(slice(0, 100)), None, whole.test, whole.classes))
    assert not whole_mnist(load("digits"))
    assert images(whole.train.x[:2]).shape == (2, 28, 28)


def page(part: object, made: tuple[blocks.Block, ...], language: str) -> str:
    chapter = Chapter(part.slug, "1", part.titles[language], made)  # type: ignore[attr-defined]
    return html(Report("Title", "", language, (chapter,)))


def unfilled(made: tuple[blocks.Block, ...]) -> list[str]:
    texts = [block.markdown for block in made if isinstance(block, blocks.Text)]
    texts += [block.text for block in made if isinstance(block, blocks.Note)]
    texts += [word for block in made if isinstance(block, blocks.Figure) for word in (block.caption, block.alt)]
    texts += [block.caption for block in made if isinstance(block, blocks.Table | blocks.Published)]
    return sorted(name for text in texts for name in places(text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", [activations.PART, mnist.PART], ids=lambda part: part.slug)
def test_short_chapters_build_in_both_languages(part: object, language: str, tmp_path: Path) -> None:
    lecture = context(tmp_path, language=language)
    made = part.build(lecture)  # type: ignore[attr-defined]
    assert unfilled(made) == []
    assert lecture.numbers
    assert page(part, made, language).startswith("<!DOCTYPE html>")


def test_chapter_on_activations_shows_all_of_them(tmp_path: Path) -> None:
    made = activations.PART.build(context(tmp_path))
    listed = [row[0] for block in made if isinstance(block, blocks.Table) for row in block.rows]
    wanted = [describe(name).title for name in ACTIVATIONS if describe(name).elementwise]
    assert set(wanted) <= set(listed)
    verdicts = {block.title: block.kind for block in made if isinstance(block, blocks.Note)}
    assert verdicts["Claim 7: tanh is the logistic function rescaled and shifted"] == "supported"
    assert verdicts["Claim 6: Softplus is ReLU smoothed"] == "supported"


def test_chapter_on_mnist_says_what_stands_in(tmp_path: Path) -> None:
    made = mnist.PART.build(context(tmp_path))
    assert isinstance(made[0], blocks.Note)
    assert made[0].kind == "warning"
    assert "In place of the whole of MNIST this report uses the digits of scikit-learn" in made[0].text
    assert "1,438 examples of 8 × 8" in made[0].text
    shown = [block.output for block in made if isinstance(block, blocks.Code)]
    assert "examples of shape (8, 8)" in shown[0]


def outcome(names: Sequence[str], epochs: int, seeds: int, accuracy: float, frozen: bool = True) -> ExperimentResult:
    """Learning curves without learning: all values at hand."""
    rng = np.random.default_rng(0)
    arrays = {}
    for name in names:
        for quantity in networks.COLUMNS:
            if frozen or not quantity.startswith("train_eval"):
                level = accuracy if quantity.endswith("accuracy") else 0.08 if quantity.startswith("test") else 0.04
                arrays[f"{name} {quantity}"] = level + 1e-4 * rng.standard_normal((seeds, epochs + 1))
        arrays[f"{name} seconds"] = np.full(seeds, 2.0)
    return ExperimentResult(arrays, {"epochs": epochs, "seeds": list(range(seeds))})


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chapters on networks draw outcomes made by hand."""

    def compute(self: LectureContext, name: str, spec: dict[str, object], experiment: object) -> ExperimentResult:
        if name == "mlp":
            return outcome(("dropout", "plain"), 5, 3, 0.98)
        if name == "deep-small":
            alike = outcome(("plain", "tanh"), 10, 4, 0.93).arrays
            deep_ones = outcome(("deeper",), 10, 4, 0.95).arrays | outcome(("deep",), 20, 4, 0.95).arrays
            return ExperimentResult({**alike, **deep_ones})
        if name == "deep-between":
            return outcome(("tanh", "deeper"), 5, 5, 0.98)
        return outcome(("deep",), 1 if self.profile == "quick" else 10, 1 if self.profile == "quick" else 3, 0.97)

    monkeypatch.setattr(LectureContext, "compute", compute)


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("profile", ["quick", "full"])
def test_chapters_on_networks_compare_only_what_compares(profile: str, language: str, tmp_path: Path) -> None:
    for part in (mlp.PART, deep.PART):
        genuine = LectureContext(profile, 0, language, fake_mnist(), tmp_path)  # type: ignore[arg-type]
        other = LectureContext(profile, 0, language, load("digits", flatten=True), tmp_path)  # type: ignore[arg-type]
        with_print, without = part.build(genuine), part.build(other)
        assert unfilled(with_print) == unfilled(without) == []
        assert any(isinstance(block, blocks.Published) for block in with_print)
        assert not any(isinstance(block, blocks.Published) for block in without)
        assert any(number.published is not None for number in genuine.numbers)
        assert all(number.published is None for number in other.numbers)
        assert page(part, with_print, language)


@pytest.mark.usefixtures("untrained")
def test_a_shortened_deep_run_is_marked_and_another_one_judged(tmp_path: Path) -> None:
    quick, full = (
        deep.PART.build(LectureContext(profile, 0, "en", fake_mnist(), tmp_path)) for profile in ("quick", "full")
    )
    kinds = [[block.kind for block in made if isinstance(block, blocks.Note)] for made in (quick, full)]
    assert kinds == [["warning", "refuted"], ["supported"]]
    captions = [block.caption for block in quick if isinstance(block, blocks.Figure)]
    assert "1 of 10 epochs only" in captions[0]
    assert "all widths divided by 8" in captions[1]
    # In small the deep tanh network was made two points better than the shallow one; at full size as good.
    table = next(block for block in quick if isinstance(block, blocks.Published))
    assert [(row.published, row.ours is None) for row in table.rows][:4] == [
        (0.4426, False), (0.8638, False), (pytest.approx(0.1070, abs=1e-4), True), (0.9718, True),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter_on_vanishing_builds(language: str, tmp_path: Path) -> None:
    lecture = context(tmp_path, language=language)
    made = vanishing.PART.build(lecture)
    assert unfilled(made) == []
    assert page(vanishing.PART, made, language)
    assert {number.quantity for number in lecture.numbers} >= {
        "gradient_arriving",
        "layer_ratio",
        "test_accuracy",
        "factor_before",
        "factor_after",
    }
