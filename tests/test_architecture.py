"""The shape of the code: imports run downward, `__init__.py` hands names on, public names are documented by examples.

Every checker is itself tested on a small piece of bad code.
"""

from __future__ import annotations

import ast
import importlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from architecture import (
    MODULES,
    PACKAGES,
    ROOT,
    SOURCE,
    circle,
    does_more,
    file_graph,
    hidden,
    machine_paths,
    plain,
    reaching_inside,
    script_graph,
    third_party,
    undocumented,
    upward,
)

LONGEST = 400


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_downward(name: str) -> None:
    assert upward(MODULES[name].read_text(), name, package=name in PACKAGES) == []


def test_no_files_import_each_other() -> None:
    """In a circle no file can be read, tested or moved by itself."""
    assert circle(file_graph({name: path.read_text() for name, path in MODULES.items()}, PACKAGES)) == []
    assert circle(script_graph(ROOT / "web" / "src")) == []


@pytest.mark.parametrize("name", MODULES)
def test_what_another_part_needs_is_public(name: str) -> None:
    assert reaching_inside(MODULES[name].read_text(), name) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_no_name_hides_a_module(name: str) -> None:
    """Where it does, ``import ravine.nn.network`` gives a function."""
    assert hidden(PACKAGES[name].read_text(), name, MODULES) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_only_hand_names_on(name: str) -> None:
    assert does_more(PACKAGES[name].read_text()) == []


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_public_names_exist_and_are_explained(name: str) -> None:
    module = importlib.import_module(name)
    assert len(module.__all__) == len(set(module.__all__))
    assert [public for public in module.__all__ if not hasattr(module, public)] == []
    assert undocumented(module, MODULES[name].read_text()) == []


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {plain(requirement) for requirement in project["dependencies"]}
    extras = {plain(each) for extra in project["optional-dependencies"].values() for each in extra}
    sources = [path.read_text() for path in MODULES.values()]
    always = {name for source in sources for name in third_party(source, everywhere=False)}
    sometimes = {name for source in sources for name in third_party(source, everywhere=True)}
    assert always - needed == set(), "imported at the top of a module, and not in dependencies"
    assert sometimes - needed - extras == set(), "imported inside a function, and not in dependencies or an extra"
    assert needed - sometimes == set(), "in dependencies, and never imported"


def test_what_the_tests_import_is_declared() -> None:
    """What a fresh `make test` installs must be enough: an undeclared package may lie here by chance."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    given = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    files = [*(ROOT / "tests").glob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    own = {plain(path.stem) for path in files} | {"benchmarks"}
    imported = {name for path in files for name in third_party(path.read_text(), everywhere=False)}
    # What only some modules need, and import where they ask for it (torch), is not counted.
    assert imported - own - {plain(each) for each in given} == set()


def test_third_party_import_is_found() -> None:
    source = "import os, sklearn.svm\nfrom ravine import nn\nfrom . import x\ndef f():\n    import numpy as np"
    assert third_party(source, everywhere=False) == {"scikit-learn"}
    assert third_party(source, everywhere=True) == {"scikit-learn", "numpy"}
    assert plain("Typing_Extensions[x] >= 4; python_version < '4'") == "typing-extensions"


def test_no_module_is_two_things() -> None:
    files = [*SOURCE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in files}
    assert [path for path, text in texts.items() if too_long(text)] == []


def too_long(text: str) -> bool:
    """A concept may need more than LONGEST lines: then the module says in its first lines why it is one file."""
    return len(text.splitlines()) > LONGEST and "One file, though a long one: " not in (
        ast.get_docstring(ast.parse(text)) or ""
    )


def test_a_long_module_without_a_reason_is_found() -> None:
    lines, reason = "x = 1\n" * (LONGEST + 1), '"""Things.\n\nOne file, though a long one: they are one.\n"""\n'
    assert too_long(lines)
    assert not too_long(reason + lines)
    assert not too_long("x = 1\n" * LONGEST)


def test_no_tracked_file_mentions_one_machine() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    texts = {path: path.read_bytes() for path in files}
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path, raw in texts.items()
        if b"\0" not in raw and (lines := machine_paths(raw.decode("utf-8", "replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("ravine.core.errors", "from ravine.nn import Dense"),
        ("ravine.nn.dense", "import ravine.optim.rule"),
        ("ravine.nn.dense", "from ravine import optim"),
        ("ravine.nn.dense", "from ravine import Plan"),
        ("ravine.nn.dense", "from ..train import Plan"),
        ("ravine.nn.dense", "from .. import optim"),
        ("ravine.keras.layers", "def f():\n    from ravine.lecture import text"),
        ("ravine.view.figures", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ravine.keras"),
        ("ravine.data.load", "import importlib\nimportlib.import_module('ravine.cli')"),
        ("ravine.unheard", "import numpy"),
        ("ravine.train.run", "from ravine.unheard import thing"),
    ],
)
def test_upward_import_is_found(name: str, source: str) -> None:
    assert len(upward(source, name)) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("ravine.nn.dense", "from ravine.functions import relu\nfrom ravine.nn.layer import Layer\nimport numpy"),
        ("ravine.nn.dense", "from .layer import Layer\nfrom . import noise"),
        ("ravine.cli", "from ravine import __version__, lecture, train"),
        ("ravine.sklearn", "import sklearn\nfrom ravine import train"),
    ],
)
def test_downward_import_passes(name: str, source: str) -> None:
    assert upward(source, name) == []


def test_a_circle_of_files_is_found(tmp_path: Path) -> None:
    sources = {"ravine.a": "from ravine import b", "ravine.b": "def f():\n    from .a import g", "ravine": ""}
    assert sorted(set(circle(file_graph(sources, ["ravine"])))) == ["ravine.a", "ravine.b"]
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.ts").write_text('import type { B } from "../b.ts";')
    (tmp_path / "b.ts").write_text("const a = await import('./parts/a.ts');")
    assert sorted(set(circle(script_graph(tmp_path)))) == ["b.ts", "parts/a.ts"]


def test_a_hidden_module_is_found() -> None:
    modules = ["ravine.nn.network", "ravine.nn.layer", "ravine.nn.text"]
    source = "from ravine.nn.record import network\nfrom ravine.nn import text\nfrom ravine.nn.layer import Layer"
    assert hidden(source, "ravine.nn", modules) == ["ravine.nn.network"]


def test_reaching_inside_is_found() -> None:
    source = "from ravine.optim.adam import Adam\nfrom ravine.optim import SGD\nfrom ravine.view.blocks import Text"
    assert len(reaching_inside(source, "ravine.lecture.front")) == 1
    assert reaching_inside(source, "ravine.optim.adamax") == []


def test_relative_import_in_a_package_counts_from_the_package() -> None:
    assert upward("from .layer import Layer", "ravine.nn", package=True) == []
    assert len(upward("from ..optim import Rule", "ravine.nn", package=True)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "x = 1",
        "def f(): pass",
        "if True:\n    import os",
        "__all__ = [n for n in dir()]",
        "def __getattr__(name): 'Nothing said.'",
        "print('hello')",
    ],
)
def test_init_that_does_more_is_found(line: str) -> None:
    assert does_more(f'"""A package."""\n{line}') != []


def test_init_that_hands_on_passes() -> None:
    good = '"""A package."""\nfrom ravine.core import cast\n__all__ = ["cast"]\n'
    assert does_more(good) == []
    reasoned = "def __getattr__(name):\n    '''Find.\n\n    Lazy: torch is slow to import.\n    '''\n"
    assert does_more(good + reasoned) == []
    assert does_more("from ravine.core import cast") == ["no docstring"]


@pytest.mark.parametrize(
    ("source", "complaints"),
    [
        ("def f():\n    '''Say.\n\n    >>> 1\n    1\n    '''", 0),
        ("def f():\n    '''Say.\n\n    No example: it needs a screen.\n    '''", 0),
        ("f = 3\n'''Three.'''", 0),
        ("f = 3", 1),
        ("def f():\n    '''Say.'''", 1),
        ("def f():\n    '''Say.\n\n    No example:\n    '''", 1),
        ("def f():\n    '''Say.\n\n    >>> 1  # doctest: +SKIP\n    1\n    '''", 1),
        ("def f(): pass", 1),
        ("import dataclasses\n@dataclasses.dataclass\nclass f:\n    x: int", 1),
        ("class f:\n    '''Say.\n\n    >>> 1\n    1\n    '''\n    def go(self): pass", 1),
        ("class b:\n    def go(self):\n        '''Go.'''\nclass f(b):\n    '''Say.\n\n    >>> 1\n    1\n    '''\n"
         "    def go(self): pass", 0),
    ],
)  # fmt: skip
def test_unexplained_name_is_found(source: str, complaints: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sample")
    monkeypatch.setitem(sys.modules, "sample", module)
    exec(compile(source, "sample", "exec"), vars(module))
    vars(module)["__all__"] = ["f"]
    assert len(undocumented(module, source)) == complaints


def test_machine_path_is_found() -> None:
    for folder in ("work/x", "home/ann", "root/x", "Users/ann"):
        assert machine_paths(f"ok\nopen('/{folder}')") == [f"line 2: open('/{folder}')"]
    assert machine_paths("https://example.org/home/page ../work/x src/home/y /usr/lib") == []
