"""The built page belongs to its sources, says the same in both languages, and asks nothing of anyone."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ravine.lab import configuration, prepared_setup
from ravine.view.style import COLOURS, DASHES

ROOT = Path(__file__).resolve().parent.parent
WEB, STATIC = ROOT / "web", ROOT / "src" / "ravine" / "lab" / "static"
BUILT = ("index.html", "lab.js", "lab.css", "icon.svg", "sources.sha256", "uplot.LICENSE.txt")
LOOSE = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.js", "stamp.mjs")
IGNORED = shutil.ignore_patterns("node_modules")


def digest(web: Path) -> str:
    """As web/stamp.mjs computes it: every source with its name, in order."""
    found = [path for folder in ("src", "public") for path in (web / folder).rglob("*") if path.is_file()]
    made = hashlib.sha256()
    for file in sorted([*LOOSE, *(path.relative_to(web).as_posix() for path in found)]):
        made.update(file.encode() + b"\0" + (web / file).read_bytes() + b"\0")
    return made.hexdigest()


def test_the_built_page_belongs_to_its_sources() -> None:
    """Without Node: what was built last carries the digest of what it was built from."""
    assert {path.name for path in STATIC.iterdir()} == set(BUILT)
    assert (STATIC / "sources.sha256").read_text().strip() == digest(WEB), "run `npm ci && npm run build` in web/"


@pytest.mark.parametrize("changed", ["src/main.ts", "src/words/pl.ts", "public/index.html", "package-lock.json"])
def test_a_changed_source_would_be_found(changed: str, tmp_path: Path) -> None:
    shutil.copytree(WEB, tmp_path / "web", ignore=IGNORED)
    with (tmp_path / "web" / changed).open("a") as source:
        source.write(" ")
    assert digest(tmp_path / "web") != digest(WEB)


def test_the_page_asks_nothing_of_others_and_is_small() -> None:
    for name in ("index.html", "lab.js", "lab.css"):
        text = (STATIC / name).read_text(encoding="utf-8")
        # The name of a namespace is no address that is asked for.
        addresses = set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
        assert addresses == set()
        assert not re.search(r"@import|\beval\(|new Function\(", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=", (STATIC / "index.html").read_text()), "the policy"
    assert sum((STATIC / name).stat().st_size for name in BUILT) < 220_000


def test_the_page_travels_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["hatch"]["build"]["targets"]["wheel"]["artifacts"]
    # Beside these patterns a wheel holds what git knows: the digest and the licence are committed.
    left = [name for name in BUILT if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert set(left) <= {"sources.sha256", "uplot.LICENSE.txt"}
    assert "Permission is hereby granted" in (STATIC / "uplot.LICENSE.txt").read_text()


def words(language: str) -> dict[str, str]:
    source = (WEB / "src" / "words" / f"{language}.ts").read_text(encoding="utf-8")
    begin = source.index("{", source.index("export const"))
    return dict(re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', source[begin : source.index("\n}", begin)]))


def test_both_languages_have_the_same_words_and_places() -> None:
    english, polish = words("en"), words("pl")
    assert list(english) == list(polish)
    assert len(english) > 150
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", polish[key])), key


@pytest.mark.parametrize("name", ["circles", "moons", "xor", "spirals", "blobs", "checkerboard", "camera"])
def test_the_classes_have_polish_names(name: str) -> None:
    source = (WEB / "src" / "words" / "pl.ts").read_text(encoding="utf-8")
    known = re.findall(r'(\w+): "', source[source.index("plClasses") :])
    classes = prepared_setup(configuration({"data": {"name": name, "n": 40}})).dataset.classes
    assert classes is not None
    assert {re.sub(r" \d+$", "", each) for each in classes} <= set(known)


def test_every_word_is_used() -> None:
    code = "".join(path.read_text() for path in (WEB / "src").rglob("*.ts") if path.parent.name != "words")
    assert [key for key in words("en") if f'"{key}"' not in code] == []


def test_the_colours_and_dashes_are_those_of_the_figures() -> None:
    css = (WEB / "src" / "lab.css").read_text()
    light, dark = (css[css.index(start) :] for start in ("color-scheme: light", "color-scheme: dark"))
    for each in COLOURS:
        if each.name.startswith("line") or each.name in ("ink", "muted", "grid", "paper"):
            for theme, value in ((light, each.light), (dark, each.dark)):
                found = re.search(rf"--{each.name}: (#\w+);", theme)
                assert found is not None and found[1] == value, each.name
    table = (WEB / "src" / "core" / "palette.ts").read_text()
    begin = table.index("= [\n", table.index("DASHES")) + 2
    dashes = re.findall(r"\[([\d., ]*)\]", table[begin : table.index("];", begin)])
    # Eight lanes, told apart by as many patterns; the first is solid as in the figures.
    assert len(dashes) == len(set(dashes)) == 8
    assert (dashes[0], DASHES[0]) == ("", "solid")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not here")
def test_a_new_build_is_the_same_to_the_byte(tmp_path: Path) -> None:
    web = tmp_path / "web"
    shutil.copytree(WEB, web, ignore=IGNORED)
    (tmp_path / "src" / "ravine" / "lab").mkdir(parents=True)
    commands = (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"], ["npm", "test"])
    for command in commands:
        subprocess.run(command, cwd=web, check=True, capture_output=True)
    built = tmp_path / "src" / "ravine" / "lab" / "static"
    assert [name for name in BUILT if (built / name).read_bytes() != (STATIC / name).read_bytes()] == []
