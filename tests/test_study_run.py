"""A study is carried out, killed, continued, repeated, shared, and short of memory or space."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from ravine.core import RavineError
from ravine.nn import network
from ravine.optim import SGD
from ravine.study import LocalRunner, Pack, Status, Store, Study, problems, read_study, run_study
from ravine.study import execution as work_module
from ravine.study.execution import available_bytes, execute, member_bytes
from ravine.study.packs import packs_of
from ravine.study.run_seeds import final_seeds, tune_seeds
from ravine.train import Plan, train
from waiting import PATIENCE

BASE: dict[str, Any] = {
    "networks": ("*-4:tanh-*",),
    "rules": ("sgd", "adam"),
    "data": ("camera",),
    "options": {"n": 200, "n_test": 60},
    "tune": 3,
    "seeds": 4,
    "epochs": 2,
    "batch_sizes": (20,),
}
TIMES = ("seconds",)
"""Columns that tell of the clock, not of the training."""


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.drop(TIMES).equals(other.drop(TIMES), null_equal=True)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Store, Any]:
    study, store = read_study(BASE), Store(tmp_path_factory.mktemp("runs"))
    return study, store, run_study(study, store=store)


def test_every_rival_gets_the_same_budget_and_the_same_seeds(done: Any) -> None:
    study, _, results = done
    for label in ("sgd", "adam"):
        mine = results.members.filter(pl.col("rival") == label)
        assert mine.filter(pl.col("phase") == "tune").height == (study.tune + 1) * study.tune_seeds
        assert mine.filter(pl.col("phase") == "final")["seed"].to_list() == list(*final_seeds(study))
        assert mine.filter(pl.col("phase") == "tune")["seed"].unique().to_list() == list(tune_seeds(study))


def test_the_best_setting_by_validation_is_judged(done: Any) -> None:
    _, _, results = done
    for label in ("sgd", "adam"):
        tuned = results.members.filter((pl.col("rival") == label) & (pl.col("phase") == "tune"))
        best = tuned.sort("score", descending=True, maintain_order=True)["setting"][0]
        final = results.members.filter((pl.col("rival") == label) & (pl.col("phase") == "final"))
        assert final["setting"].unique().to_list() == [best]


def test_the_test_part_is_read_at_the_end_of_the_last_runs_alone(done: Any) -> None:
    _, _, results = done
    read = results.curves.filter(pl.col("test_accuracy").is_not_nan() & pl.col("test_accuracy").is_not_null())
    assert set(read["phase"]) <= {"final", "default"}
    assert set(read["epoch"]) == {2}
    assert read.height == results.members.filter(pl.col("phase") != "tune").height


def test_rivals_start_from_the_same_weights(done: Any) -> None:
    """Common random numbers: before the first step, rivals with the same seed are one network."""
    _, _, results = done
    begin = results.curves.filter((pl.col("epoch") == 0) & (pl.col("phase") == "final"))
    one, other = (begin.filter(pl.col("rival") == label).sort("seed") for label in ("sgd", "adam"))
    # To float tolerance: two programs may add in another order.
    np.testing.assert_allclose(one["validation_loss"], other["validation_loss"], rtol=1e-6)


def test_a_member_equals_the_run_trained_alone(done: Any) -> None:
    study, _, results = done
    (problem,) = problems(study)
    seed = final_seeds(study)[0][2]
    row = results.curves.filter((pl.col("phase") == "default") & (pl.col("rival") == "sgd") & (pl.col("seed") == seed))
    plan = Plan(epochs=2, batch_size=20, train_eval_examples=0, test="end")
    alone = train(network("4-4:tanh-4:softmax"), SGD(), problem.dataset, plan, seed=seed)
    # The same arithmetic in float32, vectorised: sums in another order over 20 steps.
    np.testing.assert_allclose(row["validation_loss"], alone.history["validation_loss"], rtol=2e-5)
    np.testing.assert_allclose(row["test_loss"][-1], alone.history["test_loss"][-1], rtol=2e-5)


class Refusing(LocalRunner):
    def run(self, packs: Sequence[Pack], *others: Any) -> None:
        raise AssertionError(f"{len(packs)} packs were done again")


def test_what_is_stored_is_not_done_again(done: Any) -> None:
    study, store, results = done
    again = run_study(study, store=store, runner=Refusing())
    assert again.members.equals(results.members, null_equal=True)
    assert again.curves.equals(results.curves, null_equal=True)


def test_two_studies_share_the_packs_they_share(done: Any, tmp_path: Path) -> None:
    _, store, _ = done
    packs = set(store.folder.glob("packs/*.parquet"))
    states: list[tuple[int, int]] = []
    more = read_study(BASE, name="more", rules=("sgd", "adam", "momentum"))
    run_study(more, store=store, progress=lambda status: states.append((status.packs_found, status.packs)))
    assert states[0] == (2, 3)
    assert len(set(store.folder.glob("packs/*.parquet")) - packs) == 3  # tuned, judged and default, of momentum
    assert store.studies() == ("more", "study")
    assert store.delete("more") == 3
    assert set(store.folder.glob("packs/*.parquet")) == packs


def test_a_damaged_pack_is_done_again(done: Any) -> None:
    study, store, results = done
    victim = sorted(store.folder.glob("packs/*.parquet"))[0]
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 2])
    again = run_study(study, store=store)
    assert same(again.curves, results.curves)
    assert pl.read_parquet(victim).height > 0


def test_another_study_of_the_same_name_is_not_overwritten(done: Any) -> None:
    _, store, _ = done
    others: list[tuple[dict[str, Any], str]] = [
        ({"seeds": 3}, "seeds"), ({"seeds": 5, "epochs": 1}, "epochs, seeds"), ({"seed": 1}, "seed"),
    ]  # fmt: skip
    for values, differing in others:
        with pytest.raises(RavineError, match=f"with other {differing}:"):
            run_study(read_study(BASE, **values), store=store)


KILLED = """
import os, signal, sys
from ravine.study import LocalRunner, Store, read_study, run_study
class Killed(LocalRunner):
    done = 0
    def run(self, packs, datasets, done, under):
        def counted(pack, table):
            done(pack, table)
            Killed.done += 1
            if Killed.done == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
        super().run(packs, datasets, counted, under)
run_study(read_study(sys.argv[3]), store=Store(sys.argv[1]), runner=Killed())
"""


@pytest.mark.parametrize("after", [1, 3])
def test_a_killed_study_goes_on_and_ends_the_same(done: Any, tmp_path: Path, after: int) -> None:
    study, _, results = done
    (tmp_path / "study.toml").write_text(study.to_toml())
    command = [sys.executable, "-c", KILLED, str(tmp_path / "runs"), str(after), str(tmp_path / "study.toml")]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(list((tmp_path / "runs" / "packs").glob("*.parquet"))) == after
    redone: list[Pack] = []

    class Counting(LocalRunner):
        def run(self, packs: Sequence[Pack], *others: Any) -> None:
            redone.extend(packs)
            super().run(packs, *others)

    again = run_study(study, store=Store(tmp_path / "runs"), runner=Counting())
    assert len(redone) == 6 - after
    assert same(again.curves, results.curves)


def test_a_full_disk_names_itself_and_keeps_what_is_done(
    done: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _, results = done
    store, plain, written = Store(tmp_path), os.fsync, []

    def full(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):  # folders are synced too
            written.append(handle)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        plain(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RavineError, match="free some space"):
        run_study(study, store=store)
    monkeypatch.undo()
    assert list(tmp_path.rglob("*.parquet"))
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]
    assert same(run_study(study, store=store).curves, results.curves)


def test_two_at_once_in_one_folder_do_not_spoil_each_other(done: Any, tmp_path: Path) -> None:
    study, _, results = done
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(run_study(study, store=Store(tmp_path)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [same(each.curves, results.curves) for each in found] == [True, True]


def test_a_pack_is_split_where_memory_is_short(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(done[0])
    net, rates = network("4-4:tanh-4:softmax"), [{"learning_rate": rate} for rate in (0.01, 0.03, 0.1, 0.3, 1.0)]
    (pack,) = packs_of(
        "camera", "", 200, net, SGD(), rates, (0, 1), Plan(epochs=1, batch_size=20, train_eval_examples=0)
    )
    whole = execute(pack, problem.dataset)
    sizes: list[int] = []
    plain = work_module.population

    def counted(networks: Any, *others: Any, **options: Any) -> Any:
        sizes.append(len(networks))
        return plain(networks, *others, **options)

    monkeypatch.setattr(work_module, "population", counted)
    monkeypatch.setattr(work_module, "available_bytes", lambda: 2 * 2 * 2 * member_bytes(net, SGD(), 20))
    parts = execute(pack, problem.dataset)
    assert sizes == [2, 2, 1]
    assert parts.select("setting", "seed", "epoch").equals(whole.select("setting", "seed", "epoch"))
    # Programs for other numbers of members may add in another order.
    np.testing.assert_allclose(parts["validation_loss"], whole["validation_loss"], rtol=1e-5)


def test_memory_that_runs_out_all_the_same_halves_the_work(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(done[0])
    net, rates = network("4-4:tanh-4:softmax"), [{"learning_rate": rate} for rate in (0.01, 0.03, 0.1, 0.3)]
    (pack,) = packs_of("camera", "", 200, net, SGD(), rates, (0,), Plan(epochs=1, batch_size=20, train_eval_examples=0))
    plain, sizes = work_module.population, []

    def short(networks: Any, *others: Any, **options: Any) -> Any:
        sizes.append(len(networks))
        if len(networks) > room:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes.")
        return plain(networks, *others, **options)

    monkeypatch.setattr(work_module, "population", short)
    room = 1
    assert execute(pack, problem.dataset)["setting"].unique().sort().to_list() == [0, 1, 2, 3]
    assert sizes == [4, 2, 1, 1, 1, 1]
    room = 0
    with pytest.raises(RavineError, match="not enough memory for 1 seeds of one setting"):
        execute(pack, problem.dataset)


def test_free_memory_is_known_here() -> None:
    free = available_bytes()
    assert free is not None
    assert 2**20 < free < 2**50


def test_a_rate_that_diverges_is_counted_and_not_chosen(tmp_path: Path) -> None:
    sweep = {"learning_rate": (0.1, 1e30)}
    study = read_study(BASE, tune=0, sweep=sweep, rules=("sgd",), defaults=False, networks=("*-4:relu-*",))
    states: list[int] = []
    results = run_study(study, store=Store(tmp_path), progress=lambda status: states.append(status.diverged))
    assert results.chosen["camera", "sgd"] == {"learning_rate": 0.1}
    lost = results.members.filter(pl.col("diverged_at").is_not_null())
    assert lost["setting"].to_list() == ['{"learning_rate": 1e+30}']
    assert lost["score"].to_list() == [None]
    assert states[-1] == 1


@pytest.mark.filterwarnings("ignore::ravine.study.FewSeeds")
def test_steps_and_seconds_are_budgets_too(tmp_path: Path) -> None:
    steps = run_study(read_study(BASE, steps=25, tune=0, name="steps"), store=Store(tmp_path))
    assert set(steps.members["step"]) == {24}  # 3 epochs of 8 of the 10 steps
    clock = run_study(read_study(BASE, seconds=0.05, tune=0, seeds=1, name="clock"), store=Store(tmp_path))
    assert all(text.startswith("the time of 0.05 s is up") for text in clock.members["stopped"])
    assert clock.members["measure"].null_count() == 0


def test_progress_tells_of_packs_members_and_time(tmp_path: Path) -> None:
    seen: list[Any] = []

    def look(status: Status) -> None:
        seen.append((status.phase, status.packs_done, status.packs, status.members_done, status.left))

    run_study(read_study(BASE), store=Store(tmp_path), progress=look)
    assert [phase for phase, *_ in seen] == sorted((phase for phase, *_ in seen), reverse=True)
    assert seen[-1][1:4] == (4, 4, 16)
    assert seen[-1][4] == pytest.approx(0)


def test_several_data_sets_are_problems_of_their_own(tmp_path: Path) -> None:
    study = read_study(BASE, data=("xor", "moons"), options={"n": 80, "moons.noise": 0.3}, tune=0)
    results = run_study(study, store=Store(tmp_path))
    assert results.members["problem"].unique(maintain_order=True).to_list() == ["xor", "moons"]
    assert results.values("xor")["sgd"].shape == (4,)


def test_ctrl_c_keeps_finished_packs(tmp_path: Path) -> None:
    """Pressed in the middle of the second pack."""
    script = KILLED.replace("signal.SIGKILL", "signal.SIGINT")
    (tmp_path / "study.toml").write_text(read_study(BASE).to_toml())
    command = [sys.executable, "-c", script, str(tmp_path / "runs"), "2", str(tmp_path / "study.toml")]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert "KeyboardInterrupt" in ended.stderr
    assert len(list((tmp_path / "runs" / "packs").glob("*.parquet"))) == 2


@pytest.mark.filterwarnings("ignore::ravine.study.FewSeeds")
def test_images_are_laid_flat_where_the_network_wants_them_flat(tmp_path: Path) -> None:
    networks = ("*-4:relu-*", "*-flatten-4:relu-*")
    study = read_study({"networks": networks, "rules": ("sgd",), "data": ("digits",), "epochs": 1, "seeds": 1})
    results = run_study(study, store=Store(tmp_path))
    # The same numbers, seeds and order: two descriptions of one network, but for the numbers of the layers.
    assert results.members["network"].to_list() == ["64-4:relu-10:softmax", "8x8-flatten-4:relu-10:softmax"]
    assert results.members["measure"].null_count() == 0
