"""The site: pages in Markdown, the reference from docstrings. ``make docs`` takes warnings for errors."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import ravine
from ravine.functions import ACTIVATIONS, describe
from ravine.optim import Rule
from ravine.view.maths import mathml

project = "Ravine"
author = "The Ravine developers"
version = release = ravine.__version__

extensions = ["sphinx.ext.autodoc", "myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["cluster/**"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
default_role = "py:obj"  # a name in single backticks is one of Ravine's, and a link where it is
add_module_names = False
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "imported-members": True, "undoc-members": True, "no-value": True}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
maximum_signature_line_length = 90
html_theme = "furo"
html_title = f"Ravine {version}"
templates_path: list[str] = []
# Front matter of pages that GitHub shows as well, and links from them to files that are no pages of the site.
# A type such as Initializer is one of the core and one of the facade: the signature names it, and links to neither.
suppress_warnings = ["myst.xref_missing", "ref.python"]

SPECIAL = re.compile(r"(``.*?``|`[^`]*`)|([|\\]|(?<=\w)_(?![\w{])|(?<![\w*])\*(?![\w*])|\*(?=\w+[),]))", re.DOTALL)


def escaped(line: str) -> str:
    """The *line* with signs escaped that stand for themselves in our docstrings, and for markup in reStructuredText."""
    return SPECIAL.sub(lambda found: found[1] or f"\\{found[2]}", line)


def literal(lines: list[str]) -> list[str]:
    """The docstring's *lines* with equations (paragraphs set in by four spaces) as blocks that keep their form.

    >>> literal(["Adam:", "", "    m = b m + g", "", "with b."])
    ['Adam:', '', '::', '', '    m = b m + g', '', 'with b.']
    """
    made: list[str] = []
    inside = example = listed = False
    for place, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        listed = line.startswith("- ") or (listed and (line.startswith("  ") or not line.strip()))
        before = lines[place - 1].strip() if place else ""
        if line.startswith("    ") and not before and not example and not inside and not listed:
            made += ["::", ""]
            inside = True
        elif line.strip() and not line.startswith("    "):
            inside = False
        # A list begins a paragraph of its own.
        if line.startswith("- ") and before and not before.startswith("- ") and not lines[place - 1].startswith("  "):
            made.append("")
        made.append(line if inside or example else escaped(line))
    return made


def formula(thing: Any) -> list[str]:
    """The formula of a rule or an activation, set."""
    if inspect.isclass(thing) and issubclass(thing, Rule) and getattr(thing, "equation", ""):
        return [*set_formula(thing.equation), f"Source: {escaped(thing.paper)}", ""]
    name = getattr(thing, "__name__", "")
    if callable(thing) and name in ACTIVATIONS and ACTIVATIONS[name] is thing:
        return set_formula(describe(name).formula)
    return []


def set_formula(tex: str) -> list[str]:
    """A formula as MathML, from the source that the report and the lab's page set as well."""
    return ["", ".. raw:: html", "", f'    <p class="formula">{mathml(tex)}</p>', ""]


def constants(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The constants that a package hands on, with the string that stands below each where it is made.

    autodoc knows those alone that a module makes itself.
    """
    tree = ast.parse(inspect.getsource(module))
    places = {
        each.asname or each.name: (node.module, each.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    for name in sorted(module.__all__):
        thing = getattr(module, name)
        if name in places and not (inspect.isroutine(thing) or inspect.isclass(thing) or inspect.ismodule(thing)):
            origin, inner = places[name]
            yield name, string_below(inspect.getsource(importlib.import_module(str(origin))), inner)


def string_below(source: str, name: str) -> str:
    """The string that stands below the assignment to *name* in *source*, "" where there is none.

    >>> string_below("X = 3\\n'Three.'", "X")
    'Three.'
    """
    for node, after in itertools.pairwise(ast.parse(source).body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = getattr(after, "value", None)
            return (
                inspect.cleandoc(value.value)
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
                else ""
            )
    return ""


def described(name: str, said: str) -> list[str]:
    """The constant *name* as an entry of the reference."""
    return [f".. py:data:: {name}", "", *(f"   {line}" for line in literal(said.split("\n"))), ""]


def process(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """What autodoc calls with each docstring, as *lines* to be changed in place."""
    if what == "module":
        lines[:] = [line for constant, said in constants(thing) for line in described(constant, said)]
        return
    made = literal(lines)
    place = next((index for index, line in enumerate(made) if not line.strip()), len(made))
    lines[:] = [*made[:place], *formula(thing), *made[place:]]


def skip(app: Any, what: str, name: str, thing: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out what is only inherited, and fields that the docstring of their class explains."""
    return True if what == "class" and not callable(thing) and not isinstance(thing, property) else None


def setup(app: Any) -> None:
    """Connect what is above."""
    app.connect("autodoc-process-docstring", process)
    app.connect("autodoc-skip-member", skip)
