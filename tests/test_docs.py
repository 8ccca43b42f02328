"""The pages for people: their Python runs, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ravine.data import DATASETS
from ravine.functions import ACTIVATIONS
from ravine.nn import LAYERS
from ravine.optim import RULES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))


def python_blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def links(text: str) -> list[str]:
    """Targets of Markdown links inside the project."""
    return [target for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in target]


RUN = [page for page in PAGES if python_blocks(page.read_text())]


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page enters into a registry is known to that page alone."""
    for registry in (ACTIVATIONS, RULES, LAYERS, DATASETS):
        monkeypatch.setattr(registry, "_things", dict(registry._things))
        monkeypatch.setattr(registry, "_aliases", dict(registry._aliases))


def test_pages_that_teach_have_code() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in RUN}
    assert {"README.md", "docs/tour.md", "docs/studies.md", "docs/keras.md"} <= names
    assert {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs" / "howto").glob("*.md")} <= names


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_python_runs(page: Path) -> None:
    names: dict[str, object] = {"__name__": page.stem}
    for block in python_blocks(page.read_text()):
        exec(compile(block, str(page), "exec", dont_inherit=True), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links(page.read_text()) if not (page.parent / target).exists()] == []


def test_a_broken_page_would_be_found() -> None:
    assert python_blocks("a\n```python\nx = 1\n```\n```sh\nls\n```\n") == ["x = 1\n"]
    assert links("[a](b.md#c) ![d](e/f.svg) [g](https://h.org)") == ["b.md", "e/f.svg"]
