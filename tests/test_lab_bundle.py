"""The built page belongs to its sources, says the same in both languages, and asks nothing of anyone."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WEB, STATIC = ROOT / "web", ROOT / "src" / "ravine" / "lab" / "static"
BUILT = ("index.html", "lab.js", "lab.css", "icon.svg", "sources.sha256", "uplot.LICENSE.txt")


def digest(web: Path) -> str:
    """As web/stamp.mjs computes it: every source with its name, in order."""
    files = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.js", "stamp.mjs"]
    files += [path.relative_to(web).as_posix() for folder in ("src", "public") for path in (web / folder).iterdir()]
    made = hashlib.sha256()
    for file in sorted(files):
        made.update(file.encode() + b"\0" + (web / file).read_bytes() + b"\0")
    return made.hexdigest()


def test_the_built_page_belongs_to_its_sources() -> None:
    """Without Node: what was built last carries the digest of what it was built from."""
    assert {path.name for path in STATIC.iterdir()} == set(BUILT)
    assert (STATIC / "sources.sha256").read_text().strip() == digest(WEB), "run `npm ci && npm run build` in web/"


def test_a_changed_source_would_be_found(tmp_path: Path) -> None:
    shutil.copytree(WEB, tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "web" / "src" / "main.ts").write_text("changed")
    assert digest(tmp_path / "web") != digest(WEB)


def test_the_page_asks_nothing_of_others_and_is_small() -> None:
    for name in ("index.html", "lab.js", "lab.css"):
        text = (STATIC / name).read_text(encoding="utf-8")
        # The name of a namespace is no address that is asked for.
        addresses = set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
        assert addresses == set()
    assert sum((STATIC / name).stat().st_size for name in BUILT) < 200_000


def test_both_languages_have_the_same_words_and_places() -> None:
    source = (WEB / "src" / "i18n.ts").read_text(encoding="utf-8")
    begins = [source.index(f"  {code}: {{") for code in ("en", "pl")]
    parts = [source[begin : source.index("  },", begin)] for begin in begins]
    words = [dict(re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', part)) for part in parts]
    assert list(words[0]) == list(words[1])
    assert len(words[0]) > 80
    for key, text in words[0].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", words[1][key])), key


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not here")
def test_a_new_build_is_the_same_to_the_byte(tmp_path: Path) -> None:
    web = tmp_path / "web"
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "src" / "ravine" / "lab").mkdir(parents=True)
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        subprocess.run(command, cwd=web, check=True, capture_output=True)
    built = tmp_path / "src" / "ravine" / "lab" / "static"
    assert [name for name in BUILT if (built / name).read_bytes() != (STATIC / name).read_bytes()] == []
