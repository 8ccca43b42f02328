"""What the ecosystem expects of a package: `python -m`, types, completion, and archives that hold everything."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from architecture import ROOT


def run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=os.environ | {"COLUMNS": "200"} | variables,
    )


def test_the_package_is_a_command(tmp_path: Path) -> None:
    """It calls itself `ravine`, whatever it was started with: so do its help and its errors."""
    done = run("-m", "ravine", "--help", cwd=tmp_path)
    assert done.returncode == 0 and "Usage: ravine " in done.stdout, done.stderr
    bad = run("-m", "ravine", "nonsense", cwd=tmp_path)
    assert bad.returncode == 2 and "Usage: ravine " in bad.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str, tmp_path: Path) -> None:
    """The script that a shell loads, and what it then asks the command for."""
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # the shell is named, not guessed
    script = run("-m", "ravine", "--show-completion", shell, cwd=tmp_path, **named)
    assert script.returncode == 0 and "_RAVINE_COMPLETE" in script.stdout, script.stderr
    asked = {"_RAVINE_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "ravine le", "COMP_WORDS": "ravine le"}
    asked |= {"COMP_CWORD": "1", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    answer = run("-m", "ravine", cwd=tmp_path, **asked)
    assert "lecture" in answer.stdout and "lab" not in answer.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel and source archive, built as for a release."""
    folder = tmp_path_factory.mktemp("archives")
    wheel = run("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    assert wheel.returncode == 0, wheel.stderr
    builder = folder / "builder"
    assert run("-m", "pip", "install", "--quiet", "--target", str(builder), "hatchling", cwd=folder).returncode == 0
    source = run("-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT, PYTHONPATH=str(builder))
    assert source.returncode == 0, source.stderr
    return folder


@pytest.mark.slow
def test_types_travel_with_the_wheel(archives: Path, tmp_path: Path) -> None:
    """mypy, which believes an installed package only where it says that it is typed, sees a wrong argument."""
    (wheel,) = archives.glob("*.whl")
    assert run("-m", "venv", "--without-pip", "own", cwd=tmp_path).returncode == 0
    (packages,) = (tmp_path / "own" / "lib").glob("python3*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(packages)
    assert {"ravine/py.typed", "ravine/__main__.py", "ravine/locale/pl/LC_MESSAGES/ravine.mo"} <= names
    assert {"ravine/lab/static/lab.js", "ravine/lab/static/index.html"} <= names
    (tmp_path / "script.py").write_text("from ravine.train import Plan\nPlan(epochs='three')\n")
    words = ["--python-executable", str(tmp_path / "own" / "bin" / "python"), "--config-file", os.devnull, "script.py"]
    seen = run("-m", "mypy", *words, cwd=tmp_path, PYTHONPATH="", MYPYPATH="")
    assert 'incompatible type "str"; expected "int"' in seen.stdout and "import-untyped" not in seen.stdout, seen


@pytest.mark.slow
def test_the_source_archive_holds_the_page(archives: Path) -> None:
    """What the page is built from, for those who may change it, and none of what lies beside it by chance."""
    (source,) = archives.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"web/package.json", "web/src/main.ts", "web/vite.config.js", "README.md", "LICENSE", "Makefile"} <= names
    assert {"constraints.txt", "tests/conftest.py", "benchmarks/__main__.py", "docs/tour.md"} <= names
    assert not any("node_modules" in name for name in names)
