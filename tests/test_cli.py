"""The commands as people use them: in processes of their own, with good and with bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ravine.cli import main
from ravine.train import load_model
from waiting import PATIENCE, until


def ravine(*words: str, cwd: Path, ok: bool = True) -> subprocess.CompletedProcess[str]:
    code = "from ravine.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=PATIENCE,
        env=os.environ | {"RAVINE_CACHE": str(cwd / "cache"), "COLUMNS": "200"},
    )
    assert (done.returncode == 0) == ok, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with numbers, categories and a target in words, and a model trained on it by the command line."""
    folder = tmp_path_factory.mktemp("flowers")
    rng = np.random.default_rng(0)
    species = rng.choice(["rose", "lily", "iris"], 240)
    size = {"rose": 1.0, "lily": 5.0, "iris": 9.0}
    length = np.array([size[s] for s in species]) + rng.normal(size=240) * 0.3
    colour = np.where(species == "lily", "white", rng.choice(["red", "blue"], 240))
    pl.DataFrame({"length": length, "colour": colour, "species": species}).write_csv(folder / "flowers.csv")
    words = ["train", "4-16:tanh-3:softmax", "--data", "flowers.csv", "--target", "species", "--scale", "standard"]
    ravine(*words, "--epochs", "30", "--batch", "16", "--rule", "adam:0.02", "--out", "model", "--quiet", cwd=folder)
    return folder


def test_a_table_becomes_a_model_and_predictions(flowers: Path) -> None:
    model = load_model(flowers / "model" / "model.safetensors")
    table = pl.read_csv(flowers / "flowers.csv")
    assert np.mean(np.array(model.labels(table.drop("species"))) == table["species"].to_numpy()) > 0.95
    done = ravine("predict", "model", "flowers.csv", "--out", "answers.csv", cwd=flowers)
    assert done.stdout == ""
    answers = pl.read_csv(flowers / "answers.csv")
    assert answers.columns == ["class", "p_iris", "p_lily", "p_rose"]
    assert answers["class"].to_list() == model.labels(table)
    history = pl.read_parquet(flowers / "model" / "history.parquet")
    assert history["epoch"].to_list() == list(range(31))
    assert history["validation_loss"][-1] < history["validation_loss"][0]
    assert len(pl.read_csv(flowers / "model" / "steps.csv")) == history["step"][-1]
    assert (flowers / "model" / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((flowers / "model" / "job.json").read_text())["rule"] == "adam:0.02"


def test_a_job_file_is_a_job(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(
        'data = "moons"\nrule = "sgd:0.1,momentum=0.9"\nepochs = 2\n[options]\nn = 100\n'
        '[network]\ninput_shape = [2]\nlayers = ["8:relu", { kind = "dense", units = 2, activation = "softmax" }]\n'
    )
    ravine("train", "job.toml", "--epochs", "3", "--quiet", cwd=tmp_path)
    assert load_model(tmp_path / "model" / "model.safetensors").facts["epochs"] == 3


def test_help_shows_an_example_for_every_command(tmp_path: Path) -> None:
    for words in (["lecture"], ["train"], ["predict"], ["data", "list"], ["data", "fetch"], ["data", "check"]):
        assert (
            f"ravine {' '.join(words)}"
            in ravine(*words, "--help", cwd=tmp_path).stdout.split("Usage")[1].split("\n", 1)[1]
        )
    assert re.match(r"ravine \d+\.\d+\.\d+", ravine("--version", cwd=tmp_path).stdout)


BAD = [
    (["train", "784-512:rleu-10:softmax"], "unknown activation 'rleu': did you mean 'relu'"),
    (["train", "784-0:relu"], "positive integer, got 0"),
    (["train", "2-2:softmax", "--data", "moonz"], "unknown data set 'moonz': did you mean 'moons'"),
    (
        ["train", "2-2:softmax", "--data", "moons", "--rule", "rmspropp"],
        "unknown rule 'rmspropp': did you mean 'rmsprop'",
    ),
    (
        ["train", "2-2:softmax", "--data", "moons", "--rule", "sgd:-1"],
        "learning_rate must be a number in [0, inf), got -1",
    ),
    (["train", "2-2:softmax", "--data", "moons", "--batch", "0"], "batch_size must be a positive integer, got 0"),
    (["train", "2-2:softmax", "--data", "moons", "--epochs", "-1"], "epochs must be a non-negative integer, got -1"),
    (["train", "2-2:softmax", "--data", "moons", "--option", "n"], "write name=value"),
    (["train", "2-2:softmax", "--data", "moons", "--loss", "hubber"], "unknown loss 'hubber': did you mean 'huber'"),
    (["train", "3-2:softmax", "--data", "moons"], "takes examples of shape (3,), moons has (2,)"),
    (["train", "2-1:softmax", "--data", "moons"], "targets"),
    (["train", "2-2:softmax", "--data", "none.csv", "--target", "a"], "none.csv"),
    (["train", "2-2:softmax", "--data", "none.csv"], "which column is to be predicted? Name it with --target"),
    (["train", "none.toml"], "cannot read none.toml"),
    (["train", "2-2:softmax", "--data", "moons", "--resume"], "there is nothing to resume in model"),
    (["train", "2-8:relu-1", "--data", "plane", "--rule", "sgd:1e9", "--quiet"], "try a smaller learning rate"),
    (["predict", "none", "mnist"], "there is no file none"),
    (["data", "check", "mnits"], "unknown data set 'mnits': did you mean 'mnist'"),
    (["lecture", "--only", "camra"], "unknown chapter 'camra': did you mean 'camera'"),
    (["lecture", "--lang", "de"], "unknown language 'de'"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_gets_one_sentence_and_a_status(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process, which is quicker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ravine", *words])
    monkeypatch.setenv("RAVINE_CACHE", str(tmp_path / "cache"))
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 1
    errors = capsys.readouterr().err
    assert sentence in errors
    assert errors.startswith("ravine: ")
    assert errors.count("\n") == 1


STARTED = """
from ravine.cli.start import prepare
prepare()
import jax
print(jax.config.jax_compilation_cache_dir, jax.config.jax_persistent_cache_min_compile_time_secs)
jax.jit(lambda x: x + 1)(1.0).block_until_ready()
"""


def test_compiled_programs_are_kept_in_the_cache_folder(tmp_path: Path) -> None:
    kept = ("XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in kept}
    environment["RAVINE_CACHE"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", STARTED], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(tmp_path / "compiled"), "0.0"]
    assert list((tmp_path / "compiled").iterdir())


def test_interrupted_and_resumed(tmp_path: Path) -> None:
    words = ["train", "2-8:tanh-2:softmax", "--data", "moons", "--epochs", "100000", "--out", "m", "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from ravine.cli import main; main()", *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    # It trains where there is something to go on from; the test holds for any number of epochs done.
    until(lambda: (tmp_path / "m" / "checkpoint.safetensors").exists() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "what was done is kept" in errors
    done = len(pl.read_parquet(tmp_path / "m" / "history.parquet"))
    words[words.index("100000")] = str(done + 5)
    ravine(*words, "--resume", cwd=tmp_path)
    assert len(pl.read_parquet(tmp_path / "m" / "history.parquet")) == done + 6
