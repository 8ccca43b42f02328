"""The site of pages and reference: every public name is on it, and it is built without a warning."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from architecture import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
PAGES = {path.stem: path for path in (ROOT / "docs" / "reference").glob("*.md")}

# Packages whose names a package above them hands on, or that are for the command line alone.
WITHIN = re.compile(r"ravine(\.cli|\.keras\.datasets\..*|\.lecture\..*|\.view\.study|\.train\.(files|engine))?")


@pytest.fixture(scope="module")
def conf() -> ModuleType:
    pytest.importorskip("sphinx", reason="Sphinx is not here: pip install 'ravine[docs]'")
    spec = importlib.util.spec_from_file_location("conf", ROOT / "docs" / "conf.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", [name for name in PACKAGES if not WITHIN.fullmatch(name)])
def test_every_package_has_a_page(name: str) -> None:
    page = PAGES[name.removeprefix("ravine.")].read_text()
    assert f".. automodule:: {name}\n" in page
    assert name.removeprefix("ravine.") in (ROOT / "docs" / "reference" / "index.md").read_text().split()


def test_equations_keep_their_form_and_stray_signs_are_no_markup(conf: ModuleType) -> None:
    assert conf.literal(["Adam:", "", "    m = b m", "", "with b."]) == [
        "Adam:",
        "",
        "::",
        "",
        "    m = b m",
        "",
        "with b.",
    ]
    assert conf.literal([">>> f(1)", "    2"]) == [">>> f(1)", "    2"], "an example's answer is no equation"
    assert conf.escaped("of |x|, shape (n, *shape), *rate* in `f` and ``a|b``") == (
        "of \\|x\\|, shape (n, \\*shape), *rate* in `f` and ``a|b``"
    )


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_has_every_public_name(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="Sphinx is not here: pip install 'ravine[docs]'")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "--fail-on-warning",
        "--keep-going",
        "-q",
        "-b",
        "html",
        "docs",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    missing = []
    for page, source in PAGES.items():
        if page == "index":
            continue
        module, html = importlib.import_module(f"ravine.{page}"), (tmp_path / "reference" / f"{page}.html").read_text()
        for name in module.__all__:
            is_module = isinstance(getattr(module, name), ModuleType)
            told = is_module and (f"{page}.{name}" in PAGES or f":: ravine.{page}.{name}\n" in source.read_text())
            missing += [] if told or f">{name}<" in html else [f"{page}.{name}"]
    assert missing == []
