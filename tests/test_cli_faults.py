"""The command line where its world is broken: output that goes nowhere, signals at any moment, damaged stores."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ravine.cli import main
from ravine.cli.output import plain
from ravine.core import RavineError, read_toml
from ravine.nn import network
from ravine.study import Store, read_study
from ravine.train import Job, Model, run_job, save_model
from slow_marks import often
from waiting import PATIENCE, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors and signals of POSIX")
MAIN = "from ravine.cli import main; main()"


def environment(folder: Path, **more: str) -> dict[str, str]:
    return os.environ | {"RAVINE_CACHE": str(folder / "cache"), "COLUMNS": "200"} | more


def shell(line: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """*line* of a shell, in which ``$RAVINE`` is the command."""
    command = f"{sys.executable} -c '{MAIN}'"
    return subprocess.run(
        ["bash", "-c", line.replace("$RAVINE", command)], cwd=cwd, env=environment(cwd, **more), check=False,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """The command in this process: its status, and what it said."""
    monkeypatch.setattr(sys, "argv", ["ravine", *words])
    monkeypatch.setenv("COLUMNS", "200")
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


NOWHERE = [
    ("$RAVINE data list >&-", "Bad file descriptor"),
    ("$RAVINE data list > /dev/full", "No space left on device"),
    ("$RAVINE data list | true; exit ${PIPESTATUS[0]}", "Broken pipe"),
    ("$RAVINE --version > /dev/full", "No space left on device"),
]


@pytest.mark.parametrize(("line", "reason"), often(NOWHERE, NOWHERE[:2]))
def test_output_that_goes_nowhere_is_said_in_one_sentence(tmp_path: Path, line: str, reason: str) -> None:
    done = shell(line, tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        f"ravine: standard output did not take all that was printed: {reason}: give it a place to go to\n"
    )


@pytest.mark.slow
def test_what_was_to_be_done_is_done_though_nobody_listens(tmp_path: Path) -> None:
    line = "$RAVINE train 2-4:tanh-2:softmax --data xor --option n=60 --epochs 2"
    done = shell(f"{line} > /dev/full", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert len(pl.read_parquet(tmp_path / "model" / "history.parquet")) == 3
    # Nobody hears that either; and no file is ever opened in the place of a closed stream.
    done = shell(f"{line} --out other >&- 2>&- <&-", tmp_path)
    assert done.returncode == 1
    assert len(pl.read_parquet(tmp_path / "other" / "history.parquet")) == 3


def test_what_the_encoding_cannot_say_is_escaped(tmp_path: Path) -> None:
    study = read_study({"networks": ["4-3:softmax"], "rules": ["sgd"]}, name="żółw")
    Store(tmp_path / "runs").enter(study)
    done = shell("$RAVINE runs list", tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u017c\\xf3\\u0142w" in done.stdout


def test_predictions_are_not_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the output cannot take is not another name."""
    made = network("2-2:softmax")
    save_model(tmp_path / "m.safetensors", Model(made, made.init(0), classes=("lew", "żółw")))
    np.save(tmp_path / "x.npy", np.zeros((3, 2), np.float32))
    out = io.TextIOWrapper(io.BytesIO(), "ascii", errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", ["ravine", "predict", str(tmp_path / "m.safetensors"), str(tmp_path / "x.npy")])
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert err.getvalue() == "ravine: standard output takes ascii, which has no '\\u017c': give --out FILE\n"
    assert out.buffer.getvalue() == b""  # type: ignore[attr-defined]


def test_paths_are_printed_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    strange = "[red]x[link]:warning:"
    plain().print(strange)
    assert capsys.readouterr().out == f"{strange}\n"
    words = ["2-4:tanh-2:softmax", "--data", "xor", "--option", "n=60", "--epochs", "1", "--out", strange]
    status, out, _ = call(capsys, monkeypatch, "train", *words)
    assert status == 0 and f"{strange}/model.safetensors after" in out
    status, _, err = call(capsys, monkeypatch, "train", *words)
    assert status == 1 and err.startswith(f"ravine: {strange} holds a run already: --resume goes on with it")
    status, out, _ = call(capsys, monkeypatch, "runs", "list", "--runs", strange)
    assert status == 0 and f"no studies in {strange}:" in out
    for name in (strange, "plain"):
        folder = tmp_path / strange / "studies" / name.replace(":", "")
        folder.mkdir(parents=True)
        (folder / "study.toml").write_text(
            f'name = "{folder.name}"\nnetworks = ["4-3:softmax"]\nrules = ["sgd"]\ndata = ["[b]data"]\n'
        )
    status, out, _ = call(capsys, monkeypatch, "runs", "list", "--runs", strange)
    assert status == 0 and "[red]x[link]warning" in out and "[b]data" in out
    status, out, _ = call(capsys, monkeypatch, "runs", "delete", "[red]x[link]warning", "--runs", strange)
    assert status == 0 and out.startswith("[red]x[link]warning deleted")


def test_a_damaged_study_stands_in_nobodys_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    for name in ("good", "bad", "notes", "later"):
        store.enter(read_study({"networks": ["4-3:softmax"], "rules": ["sgd"]}, name=name))
    bad = store.home("bad") / "study.toml"
    bad.write_bytes(bad.read_bytes().replace(b"sgd", b"sge"))
    (store.home("notes") / "packs.json").write_text("[" * 100_000)
    (store.home("later") / "study.toml").write_text('name = "later"\nnetworks = ["4-3:softmax"]\nwings = 2\n')
    status, out, _ = call(capsys, monkeypatch, "runs", "list", "--runs", str(tmp_path))
    assert status == 0
    assert all(name in out for name in ("good", "bad", "notes", "later")) and out.count("(cannot be read)") == 3
    assert "study.toml is damaged, or was changed by hand" in out and "packs.json is not valid JSON" in out
    assert "unknown key 'wings'" in out
    assert list(store.readable()) == ["good", "notes"]
    for name in ("bad", "notes", "later"):
        assert call(capsys, monkeypatch, "runs", "delete", name, "--runs", str(tmp_path))[0] == 0
    assert store.studies() == ("good",)


ABSURD: list[tuple[list[str], str]] = [
    (["study", "xor", "--network", "*-4:tanh-*", "--seeds", "1000000000"], "seeds x splits must be at most 4096"),
    (["study", "xor", "--network", "*-4:tanh-*", "--tune", "100000000"], "networks would be trained, 1000000 are the"),
    (["study", "xor", "--network", "*-4:tanh-*", "--splits", "1000000"], "must be at most 4096"),
    (["study", "xor", "--network", "*-4:tanh-*", "--sweep", "l2=0..1:1000000000"], "count from 2 to 1000"),
    (["study", "xor", "--network", "*-4:tanh-*", "--sweep", "l2=0..1:999", "--sweep", "l1=0..1:999",
      "--sweep", "dropout=0..0.9:999"], "networks would be trained, 1000000 are the most"),
    (["study", "xor", "--network", "*-4:tanh-*", "--name", "x" * 300], "is too long"),
    (["study", "xor", "--network", "*-4:tanh-*", "--name", "x\udcff"], "has signs that cannot be written"),
    (["study", "deep.toml"], "deep.toml is "),
    (["study", "number.toml"], "number.toml is not valid TOML"),
    (["study", "old.toml"], "networks would be trained, 1000000 are the most"),
    (["train", "deep.toml"], "deep.toml is "),
    (["train", "2-1000000000:relu-2:softmax", "--data", "xor"], "the network has 5000000002 parameters, training"),
    (["train", "2-4:relu-2:softmax", "--data", "xor", "--epochs", "1000000000000"], "steps, 2147483647 can be counted"),
    (["train", "2-4:relu-2:softmax", "--data", "xor", "--out", "x" * 300], "File name too long"),
    (["race", "ravine", "--steps", "1000000000"], "is more than 20000000 places"),
    (["race", "ravine", "--starts", "1000000000"], "is more than 20000000 places"),
    (["race", "ravine", "--tries", "1000000000"], "is more than 20000000 places"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), ABSURD, ids=[" ".join(words)[:60] for words, _ in ABSURD])
def test_what_is_absurd_is_counted_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep.toml").write_text("networks = " + "[" * 100_000)
    Path("number.toml").write_text("seeds = " + "9" * 10_000)
    Path("old.toml").write_text('protocol = 1\nnetworks = ["*-4:tanh-*"]\nrules = ["sgd"]\nseeds = 1000000000\n')
    status, _, err = call(capsys, monkeypatch, *words)
    assert (status, err.count("\n")) == (1, 1), err
    assert err.startswith("ravine: ") and sentence in err
    assert {path.name for path in tmp_path.iterdir()} <= {"deep.toml", "number.toml", "old.toml", "cache"}


def test_a_toml_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for name, content in (("a", b"\xff"), ("b", b"x = "), ("c", b"x = " + b"[" * 50_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RavineError, match=str(tmp_path / name)):
            read_toml(tmp_path / name)
    with pytest.raises(RavineError, match="cannot read"):
        read_toml(tmp_path)


PRESSED = """
import importlib.abc, os, signal, sys
class Press(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == os.environ["PRESS_AT"]:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Press())
import ravine.cli
ravine.cli.main()
"""


@pytest.mark.parametrize(
    "module", often(["typer", "rich.console", "numpy", "jax", "jaxlib.xla_client", "ravine.train"], ["typer", "jax"])
)
def test_ctrl_c_during_imports_ends_at_once_and_says_nothing(tmp_path: Path, module: str) -> None:
    words = ["train", "2-4:tanh-2:softmax", "--data", "xor"]
    done = subprocess.run(
        [sys.executable, "-c", PRESSED, *words], cwd=tmp_path, env=environment(tmp_path, PRESS_AT=module), check=False,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
    assert not (tmp_path / "model").exists()


def test_a_request_to_end_keeps_what_is_done(tmp_path: Path) -> None:
    words = ["train", "2-8:tanh-2:softmax", "--data", "xor", "--epochs", "1000000", "--out", "m", "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    until(lambda: (tmp_path / "m" / "checkpoint.safetensors").exists() or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "what was done is kept; --resume goes on" in errors) == (130, True), errors
    done = len(pl.read_parquet(tmp_path / "m" / "history.parquet")) - 1
    job = Job(network="2-8:tanh-2:softmax", data="xor", epochs=done + 3)
    assert len(run_job(job, tmp_path / "m", resume=True).history["epoch"]) == done + 4


ENDED = """
import os, signal, sys
from ravine.cli import main
from ravine.study import Store
plain, calls = Store.put, []
def put(self, pack, table):
    made = plain(self, pack, table)
    calls.append(made)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGTERM)
    return made
Store.put = put
main()
"""


@pytest.mark.slow
def test_a_study_that_is_asked_to_end_keeps_its_packs_and_says_so(tmp_path: Path) -> None:
    words = ["study", "xor", "--option", "n=80", "--network", "*-4:tanh-*", "--rules", "sgd,adam", "--tune", "1"]
    words += ["--epochs", "1", "--seeds", "3", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", ENDED, *words], cwd=tmp_path, env=environment(tmp_path), check=False,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 130
    assert "interrupted: the packs that are done are kept; the same command goes on" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(list((tmp_path / "runs" / "packs").glob("*.parquet"))) == 2


TWICE = """
import sys
from ravine.cli.start import prepare
prepare()
import jax
print(float(jax.jit(lambda x: (x * 3).sum())(jax.numpy.arange(4.0))))
"""


def test_a_damaged_cache_of_compiled_programs_heals(tmp_path: Path) -> None:
    kept = ("XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR")
    world = {name: each for name, each in environment(tmp_path).items() if name not in kept}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", TWICE], env=world, capture_output=True, text=True, check=True)

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (tmp_path / "cache" / "compiled").iterdir()}

    first, whole = run(), files()
    assert first.stdout == "18.0\n" and len(whole) > 0

    def damage(path: Path, content: bytes, way: Any) -> bytes:
        changed = bytearray(content)
        changed[len(content) // 2] ^= 4
        path.write_bytes([bytes(changed), content[: len(content) // 3], b""][way])
        return path.read_bytes()

    damaged = {path: damage(path, content, place % 3) for place, (path, content) in enumerate(whole.items())}
    again = run()
    assert (again.stdout, again.stderr) == ("18.0\n", "")
    # Compiled anew and put in the place of what was damaged, so that the next process finds it.
    assert set(files()) == set(whole) and all(files()[path] != damaged[path] for path in whole)
    assert (run().stdout, set(files())) == ("18.0\n", set(whole))
