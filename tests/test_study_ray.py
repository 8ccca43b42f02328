"""Packs on a real Ray cluster of two nodes on this machine: the same files, whoever is killed on the way.

Each test runs in a process of its own: Ray leaves threads and warnings behind that are not ours to mend.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ravine.core import RavineError
from ravine.study import Store, read_study, run_study, runner
from waiting import PATIENCE

STUDY = """
networks = ["*-4:tanh-*"]
rules = ["sgd", "adam", "momentum"]
data = ["camera"]
batch_sizes = [20]
tune = 3
seeds = 4
epochs = 2
options = {n = 200, n_test = 60}
"""

# A cluster of two nodes of one processor each; the study's packs pass through `execute`, which tells where it is.
SCRIPT = """
import os, sys, threading, time
from pathlib import Path
import ray
from ray.cluster_utils import Cluster
from ravine.study import Store, read_study, run_study, clusters

folder, what = Path(sys.argv[1]), sys.argv[2]
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
other = cluster.add_node(num_cpus=1)
ray.init(address=cluster.address, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
marks = folder / "marks"
marks.mkdir()
struck = folder / "struck"

plain = clusters._task

def told(pack, dataset):
    mark = marks / f"{pack.key}.{os.getpid()}.{ray.get_runtime_context().get_node_id()}"
    mark.touch()
    # Whoever is to be killed is still at work: nobody goes on before somebody was.
    while what != "nothing" and not struck.exists():
        time.sleep(0.05)
    return plain(pack, dataset)

def strike():
    while True:
        for mark in sorted(marks.iterdir()):
            _, pid, node = mark.name.split(".")
            if what == "worker":
                os.kill(int(pid), 9)
                struck.touch()
                return
            if what == "node" and node == other.node_id:
                cluster.remove_node(other, allow_graceful=False)
                struck.touch()
                return
        time.sleep(0.05)

clusters._task = told
if what != "nothing":
    threading.Thread(target=strike, daemon=True).start()
run_study(read_study(folder / "study.toml"), store=Store(folder / "runs"), runner=clusters.RayRunner())
print("attempts", len(list(marks.iterdir())))
ray.shutdown()
cluster.shutdown()
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    folder = tmp_path_factory.mktemp("alone")
    (folder / "study.toml").write_text(STUDY)
    run_study(read_study(folder / "study.toml"), store=Store(folder / "runs"))
    return tables(folder)


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    files = (folder / "runs" / "packs").glob("*.parquet")
    return {file.name: pl.read_parquet(file).drop("seconds") for file in files}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["nothing", "worker", "node"])
def test_a_cluster_leaves_the_same_files(alone: dict[str, pl.DataFrame], tmp_path: Path, what: str) -> None:
    pytest.importorskip("ray")
    (tmp_path / "study.toml").write_text(STUDY)
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(tmp_path), what]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = tables(tmp_path)
    assert set(found) == set(alone)
    assert all(found[name].equals(alone[name], null_equal=True) for name in alone)
    # Ray says things of its own on the same stream, whenever it likes.
    attempts = next(int(line.split()[1]) for line in ended.stdout.splitlines() if line.startswith("attempts "))
    # Whoever was killed left a pack that somebody else had to begin again.
    assert attempts == len(alone) if what == "nothing" else attempts > len(alone)


def test_places_are_named() -> None:
    with pytest.raises(RavineError, match="unknown place 'moon'"):
        runner("moon")


def test_ray_is_asked_for_by_name_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "study.toml").write_text(STUDY)
    with pytest.raises(RavineError, match=r"pip install 'ravine\[ray\]'"):
        run_study(read_study(tmp_path / "study.toml"), store=Store(tmp_path), runner=runner("ray"))
