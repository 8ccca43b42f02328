"""What a study may say, how it is written, and who competes in it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine.core import RavineError
from ravine.data import load
from ravine.nn import network, to_text
from ravine.optim import SGD, Adam
from ravine.study import Study, packs_of, problems, read_study, rivals
from ravine.study.packs import MOST_MEMBERS
from ravine.study.tuning import axes_of, draws, tuning
from ravine.train import Plan, network_for, with_parts, with_setting

BASE: dict[str, Any] = {"networks": ("*-4:tanh-*",), "rules": ("sgd", "adam"), "data": ("camera",)}


def competing(**values: Any) -> list[str]:
    study = read_study(BASE | values)
    return [rival.label for problem in problems(study) for rival in rivals(study, problem)]


@given(
    st.builds(
        lambda rules, seeds, tune, epochs, halving, level, rates, ranged: read_study(
            BASE
            | {"rules": rules, "seeds": seeds, "tune": tune, "epochs": epochs, "halving": halving, "level": level}
            | ({"sweep": {"learning_rate": rates, "activation": ("relu", "tanh")}} if rates else {})
            | ({"ranges": {"momentum": (0.1, 0.9)}} if ranged and "momentum" in rules else {})
        ),
        st.lists(st.sampled_from(["sgd", "momentum", "adam", "rmsprop:0.01"]), min_size=1, unique=True).map(tuple),
        st.integers(1, 50),
        st.integers(0, 64),
        st.integers(1, 9),
        st.integers(1, 4),
        st.floats(0.5, 0.99),
        st.lists(st.floats(1e-6, 10.0), max_size=3, unique=True).map(tuple),
        st.booleans(),
    )
)
@settings(max_examples=40)
def test_toml_and_json_give_the_same_study_back(study: Study) -> None:
    assert Study.from_toml(study.to_toml()) == study
    assert read_study(json.loads(json.dumps(study.record()))) == study
    assert Study.from_toml(study.to_toml()).mark == study.mark


def test_a_name_does_not_change_what_is_studied() -> None:
    one, other = read_study(BASE, name="one"), read_study(BASE, name="other")
    assert one.mark == other.mark
    assert one.mark != read_study(BASE, seeds=11).mark


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rules": ("adma",)}, "unknown rule 'adma': did you mean 'adam'?"),
        ({"rules": ()}, "rules are empty"),
        ({"networks": ()}, "networks are empty"),
        ({"rules": ("adam", "adam")}, 'rules: "adam" stands there twice'),
        ({"seed": -1}, "seed must be a non-negative integer, got -1"),
        ({"seeds": 0}, "seeds must be a positive integer, got 0"),
        ({"tune": -1}, "tune must be a non-negative integer, got -1"),
        ({"level": 1.0}, "level must be a number in"),
        ({"sampler": "sobel"}, "did you mean 'sobol'"),
        ({"sweep": {"learning_rat": (0.1,)}}, "unknown axis 'learning_rat': did you mean 'learning_rate'?"),
        ({"sweep": {"learning_rate": ()}}, "learning_rate has no values"),
        ({"sweep": {"learning_rate": ("fast",)}}, "learning_rate must be numbers, got 'fast'"),
        ({"sweep": {"activation": ("rely",)}}, "did you mean 'relu'"),
        ({"sweep": {"width": (0,)}}, "width must be positive integers, got 0"),
        ({"sweep": {"momentum": (0.9,)}, "rules": ("adam",)}, "unknown axis 'momentum'"),
        ({"ranges": {"learning_rate": (1.0, 0.1)}}, "runs from 1.0 to 0.1"),
        ({"ranges": {"learning_rate": (0.1, 1.0)}, "sweep": {"learning_rate": (0.1,)}}, "sweep and in ranges"),
        ({"steps": 10, "seconds": 1.0}, "steps and seconds are both given"),
        ({"defaults": False}, "there is no setting to train"),
        ({"epoch": 3}, "unknown key 'epoch': did you mean 'epochs'?"),
        ({"epochs": "many"}, "epochs: input should be a valid integer"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RavineError) as caught:
        read_study(BASE | values)
    assert sentence in str(caught.value)


def test_labels_name_what_tells_rivals_apart_and_nothing_else() -> None:
    assert competing() == ["sgd", "adam"]
    assert competing(batch_sizes=(8, "full"))[:2] == ["sgd, batch 8", "sgd, batch full"]
    assert competing(rules=("sgd",), sweep={"activation": ("relu", "tanh")}) == ["activation relu", "activation tanh"]
    labels = competing(networks=("*-4:tanh-*", "*-8:relu-*"), sweep={"depth": (1, 3)})
    assert len(set(labels)) == len(labels) == 8


def test_stars_stand_for_what_the_data_ask_for() -> None:
    digits = load("digits")
    assert to_text(network_for("*-8:relu-*", digits)) == "64-8:relu-10:softmax"
    assert to_text(network_for("*-flatten-8:relu-*", digits)).startswith("8x8-flatten")
    assert to_text(network_for("*-8:tanh-*", load("sine", n=20))) == "1-8:tanh-1"


def test_a_network_that_does_not_fit_names_both_sizes() -> None:
    with pytest.raises(RavineError, match="takes 5 inputs, camera has 4"):
        competing(networks=("5-4:tanh-4:softmax",))


def test_parts_of_the_network_are_varied() -> None:
    base = network("4-8:relu-dropout:0.2-6:relu-3:softmax")
    assert to_text(with_parts(base, {"width": 5})) == "4-5:relu-dropout:0.2-5:relu-3:softmax"
    assert to_text(with_parts(base, {"depth": 1})) == "4-8:relu-dropout:0.2-3:softmax"
    assert "he_normal" in repr(with_parts(base, {"initializer": "he_normal"}).layers[0])
    assert "he_normal" not in repr(with_parts(base, {"initializer": "he_normal"}).layers[-1])


def test_gain_multiplies_the_spread_of_initial_weights() -> None:
    base = network("50-80:tanh-3:softmax")
    louder, _ = with_setting(base, SGD(0.1), {"gain": 3.0})
    ratio = louder.init(0).params[0]["kernel"] / base.init(0).params[0]["kernel"]
    np.testing.assert_allclose(ratio, 3, rtol=1e-6)


def test_rivals_draw_the_same_points_of_their_own_ranges() -> None:
    """The same share of the way along each rule's range: no rival has luckier draws."""
    study = read_study(BASE, tune=8)
    places = []
    for rival in rivals(study, problems(study)[0]):
        axis = axes_of(study, rival)["learning_rate"]
        drawn = [each["learning_rate"] for each in draws(study, rival)]
        places.append(np.log(np.array(drawn) / axis.low) / np.log(axis.high / axis.low))
    np.testing.assert_allclose(places[0], places[1], rtol=1e-9)
    # Eight points of a Sobol' sequence lie one in each eighth.
    assert sorted((places[0] * 8).astype(int)) == list(range(8))


@pytest.mark.parametrize("sampler", ["sobol", "halton", "random", "tpe", "cmaes"])
def test_every_sampler_spends_the_budget_and_finds_the_best_it_saw(sampler: str) -> None:
    if sampler in ("tpe", "cmaes"):
        pytest.importorskip("optuna")
    study = read_study(BASE, tune=12, sampler=sampler, rules=("sgd",))
    rival = rivals(study, problems(study)[0])[0]

    def play() -> tuple[list[Any], Any]:
        asked: list[Any] = []
        under = tuning(study, rival, 5)
        ask = next(under)
        try:
            while True:
                assert ask.epochs == 5
                asked += ask.settings
                scores = [-abs(np.log(each.get("learning_rate", 1.0) / 0.03)) for each in ask.settings]
                ask = under.send(scores)
        except StopIteration as end:
            return asked, end.value

    asked, best = play()
    assert len(asked) == 13  # the rule's own setting competes as well
    assert asked[0] == {}
    assert best == min(asked, key=lambda each: abs(np.log(each.get("learning_rate", 1.0) / 0.03)))
    assert play() == (asked, best)


def test_halving_trains_many_briefly_and_few_long() -> None:
    study = read_study(BASE, tune=17, halving=3, rules=("sgd",))
    rival = rivals(study, problems(study)[0])[0]
    under = tuning(study, rival, 9)
    lengths, counts, ask = [], [], next(under)
    try:
        while True:
            lengths.append(ask.epochs)
            counts.append(len(ask.settings))
            ask = under.send([each.get("learning_rate", 0.0) for each in ask.settings])
    except StopIteration as end:
        best = end.value
    assert (lengths, counts) == ([1, 3, 9], [18, 6, 2])
    assert best["learning_rate"] == max(each["learning_rate"] for each in draws(study, rival))


def test_lost_settings_are_never_chosen_over_living_ones() -> None:
    study = read_study(BASE, tune=3, rules=("sgd",), defaults=False)
    under = tuning(study, rivals(study, problems(study)[0])[0], 1)
    settings = next(under).settings
    with pytest.raises(StopIteration) as end:
        under.send([-np.inf, -5.0, -np.inf])
    assert end.value.value == settings[1]


def test_packs_hold_one_structure_and_are_cut_by_the_study_alone() -> None:
    net = network("4-3:softmax")
    rates = [{"learning_rate": float(rate)} for rate in np.geomspace(1e-3, 1, 700)]
    cut = packs_of("toy", "", 100, net, SGD(0.1), rates, (0, 1), Plan())
    assert [pack.members for pack in cut] == [MOST_MEMBERS, MOST_MEMBERS, 1400 - 2 * MOST_MEMBERS]
    assert [setting for pack in cut for setting in pack.settings] == rates
    mixed = packs_of("toy", "", 100, net, SGD(0.1), [{}, {"l2": 1e-4}, {"l2": 1e-3}], (0,), Plan())
    assert sorted(pack.members for pack in mixed) == [1, 2]
    large = packs_of("toy", "", 60_000, network("784-2000:relu-10:softmax"), SGD(0.1), [{}], tuple(range(40)), Plan())
    assert len(large) > 1
    assert sum(pack.members for pack in large) == 40


def test_the_key_tells_apart_all_that_changes_the_results() -> None:
    net = network("4-3:softmax")

    def key(**values: Any) -> str:
        given = {
            "data": "toy",
            "fingerprint": "a",
            "examples": 100,
            "network": net,
            "rule": SGD(0.1),
            "settings": [{}],
            "seeds": (0,),
            "plan": Plan(),
        } | values
        return packs_of(**given)[0].key

    others = [
        key(fingerprint="b"),
        key(network=network("4-3:linear")),
        key(rule=Adam(0.1)),
        key(rule=SGD(0.2)),
        key(settings=[{"learning_rate": 0.3}]),
        key(seeds=(1,)),
        key(plan=Plan(epochs=6)),
        key(plan=Plan(batch_size=7)),
    ]
    assert len({key(), *others}) == 1 + len(others)
    # What a data set is called does not change what is trained.
    assert key(data="other") == key()
