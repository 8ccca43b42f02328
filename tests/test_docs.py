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


HOWTO = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "howto").glob("*.md"))


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page enters into a registry is known to that page alone."""
    for registry in (ACTIVATIONS, RULES, LAYERS, DATASETS):
        monkeypatch.setattr(registry, "_things", dict(registry._things))
        monkeypatch.setattr(registry, "_aliases", dict(registry._aliases))


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("page", ["README.md", "docs/tour.md", "docs/studies.md", "docs/keras.md", *HOWTO])
def test_python_runs(page: str) -> None:
    names: dict[str, object] = {"__name__": Path(page).stem}
    blocks = python_blocks((ROOT / page).read_text())
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec", dont_inherit=True), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links(page.read_text()) if not (page.parent / target).exists()] == []


def test_a_broken_page_would_be_found() -> None:
    assert python_blocks("a\n```python\nx = 1\n```\n```sh\nls\n```\n") == ["x = 1\n"]
    assert links("[a](b.md#c) ![d](e/f.svg) [g](https://h.org)") == ["b.md", "e/f.svg"]
