"""ravine race: a table, a folder, and a sentence for what cannot be raced."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from ravine.cli import main
from ravine.cli.options import rules_of
from ravine.core import RavineError


@pytest.fixture
def race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command in this process; what the start sets in the environment is taken back."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["ravine", "race", *words])
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setenv("RAVINE_CACHE", str(tmp_path / "cache"))
        for name in ("XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR"):
            monkeypatch.setenv(name, os.environ.get(name, ""))
        for name in ("COMPILE_TIME_SECS", "ENTRY_SIZE_BYTES"):
            monkeypatch.setenv(f"JAX_PERSISTENT_CACHE_MIN_{name}", "0")
        monkeypatch.setattr("ravine.cli.start.FLAGS", ())
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_race_is_told_and_drawn(race, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no ffmpeg
    rules = "sgd:0.03,sgd:1,momentum:0.02,momentum=0.8"
    code, out, _ = race("ravine", "--rules", rules, "--steps", "40", "--lang", "pl")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "Ravine, start w (−9; 2)"
    rows = {line.split("  ")[0].strip(): line for line in lines[2:5]}
    assert set(rows) == {"SGD 0,03", "SGD 1", "Pęd"}
    # x is multiplied by 0.97, y by -0.5: after 40 steps 9 * 0.97^40 = 2.66 away.
    assert "2,7" in rows["SGD 0,03"] and "> 40" in rows["SGD 0,03"]
    assert "krok 2" in rows["SGD 1"]  # y is multiplied by -49: 2 * 49^2 is farther than 100 diagonals of the view
    assert "ffmpeg" in out
    assert "\ufffd" not in out
    folder = tmp_path / "race"
    assert {file.name for file in folder.iterdir()} == {
        "race.png", "race.svg", "race.pdf", "race.gif", "race-moving.png", "race.html",
    }  # fmt: skip
    with Image.open(folder / "race.gif") as moving:
        assert moving.n_frames > 10
    assert '<html lang="pl">' in (folder / "race.html").read_text()


@pytest.mark.slow
def test_several_starts_and_basins(race, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = race(
        "styblinski-tang", "--rules", "sgd", "--tries", "4", "--steps", "30", "--starts", "5", "--basins", "--out", "o"
    )
    assert code == 0
    assert out.startswith("Styblinski tang from (0.5, 4.5) and 4 other places: medians")
    assert "0 / 5" in out and "4 per rule" in out
    assert (tmp_path / "o" / "basins-sgd.png").read_bytes().startswith(b"\x89PNG")


def test_rules_apart_by_commas() -> None:
    assert rules_of("sgd, adam:0.1,b1=0.8 ,rprop") == ["sgd", "adam:0.1,b1=0.8", "rprop"]
    with pytest.raises(RavineError, match="name at least one rule"):
        rules_of(" , ")


def test_help_teaches(race) -> None:
    code, out, _ = race("--help")
    assert code == 0
    assert "ravine race beale --rules" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rosenbrok"], "unknown test function 'rosenbrok': did you mean 'rosenbrock'"),
        (["beale", "--rules", "sdg"], "unknown rule 'sdg': did you mean 'sgd'"),
        (["beale", "--start", "1"], "--start '1': write x,y, e.g. --start 1,1.5"),
        (["beale", "--start", "a,b"], "--start 'a,b': write x,y"),
        (["beale", "--start", "9,9"], "outside of the view of beale: x must be in -4.5 to 4.5"),
        (["beale", "--starts", "0"], "starts must be a positive integer, got 0"),
        (["beale", "--lang", "de"], "unknown language 'de'"),
        (["saddle", "--basins"], "--basins: saddle has no minimum to end in: leave the option out"),
    ],
)
def test_bad_input_gets_one_sentence(race, words: list[str], sentence: str) -> None:
    code, _, err = race(*words)
    assert code == 1
    assert sentence in err
    assert err.startswith("ravine: ")
    assert err.count("\n") == 1
