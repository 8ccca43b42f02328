"""Checkers of the code's shape: functions from source text to complaints, tested in test_architecture.py."""

from __future__ import annotations

import ast
import doctest
import importlib.metadata
import inspect
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"

# A part imports from lower levels only; parts of one level never import each other.
LEVELS = {
    part: level
    for level, parts in enumerate(
        [
            ["core"],
            ["functions", "stats"],
            ["nn", "optim", "data"],
            ["train"],
            ["landscape", "diagnosis"],
            ["study"],
            ["view"],
            ["sklearn", "keras", "lecture", "lab"],
            ["cli", "widget"],
            ["__init__", "__main__"],
        ]
    )
    for part in parts
}

# Folders of a person or of one machine; the lookbehind lets addresses and relative paths pass.
MACHINE_PATH = re.compile(r"(?<![\w.\-~}:])/(?:" + "|".join(["work", "home", "root", "Users"]) + r")/\w")


def modules() -> dict[str, Path]:
    """The dotted name of every module of the package, with its file."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
PACKAGES = {name: path for name, path in MODULES.items() if path.name == "__init__.py"}


def part_of(name: str) -> str:
    """The part of Ravine a dotted name belongs to; the root package, from which everybody imports, is at the top."""
    pieces = name.split(".")
    return pieces[1] if len(pieces) > 1 else "__init__"


def imports(source: str, name: str, *, package: bool) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything of Ravine that *source* imports: in functions and under TYPE_CHECKING too."""
    here = name.split(".") if package else name.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            # `from ravine import nn` names a part, `from ravine import Plan` the root.
            parts = [alias.name for alias in node.names] if origin == "ravine" else []
            targets = [f"ravine.{part}" if part in LEVELS else "ravine" for part in parts if part != "__version__"]
            targets = targets if origin == "ravine" else [origin]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            targets = [str(node.args[0].value)] if function in {"import_module", "__import__"} else []
        else:
            continue
        yield from ((node.lineno, target) for target in targets if target.split(".")[0] == "ravine")


def upward(source: str, name: str, *, package: bool = False) -> list[str]:
    """Complaints about imports from a part that is not below."""
    own = part_of(name)
    if own not in LEVELS:
        return [f"{name}: part {own!r} has no level: give it one in LEVELS"]
    complaints = []
    for line, target in imports(source, name, package=package):
        other = part_of(target)
        if other not in LEVELS:
            complaints.append(f"{name}:{line}: imports {target}, a part without a level")
        elif other != own and LEVELS[other] >= LEVELS[own]:
            complaints.append(f"{name}:{line}: {own} imports {target}, which is not below it")
    return complaints


def plain(requirement: str) -> str:
    """The name of a distribution, as package indexes compare it."""
    name = re.split(r"[^\w.\-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


DISTRIBUTIONS = importlib.metadata.packages_distributions()

# What an optional package is called where it is not installed and cannot say so itself.
ABSENT = {"mlflow": "mlflow-skinny"}


def third_party(source: str, *, everywhere: bool) -> set[str]:
    """The distributions that *source* imports at its top, or *everywhere*."""
    tree = ast.parse(source)
    roots = set()
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.split(".")[0])
    foreign = roots - set(sys.stdlib_module_names) - {"ravine"}
    return {plain(name) for root in foreign for name in DISTRIBUTIONS.get(root, [ABSENT.get(root, root)])[:1]}


def does_more(source: str) -> list[str]:
    """Complaints about an `__init__.py` that does more than hand names on."""
    tree = ast.parse(source)
    complaints = [] if ast.get_docstring(tree) else ["no docstring"]
    for node in tree.body:
        match node:
            case ast.Import() | ast.ImportFrom():
                continue
            case ast.Expr(value=ast.Constant(value=str())):
                continue
            case ast.Assign(targets=[ast.Name(id="__version__")]):
                continue
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                try:
                    ast.literal_eval(node.value)
                    continue
                except ValueError:
                    complaints.append(f"line {node.lineno}: computed")
            case ast.FunctionDef(name="__getattr__" | "__dir__"):
                if not re.search(r"^\s*Lazy: \S", ast.get_docstring(node) or "", re.MULTILINE):
                    complaints.append(f"line {node.lineno}: {node.name} says no 'Lazy: <reason>' in its docstring")
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) if all(
                isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body
            ):
                continue
            case _:
                complaints.append(f"line {node.lineno}: {type(node).__name__} in a file that only hands names on")
    return complaints


def attribute_docs(source: str) -> set[str]:
    """Names assigned at the top of *source* that are followed by a string saying what they are."""
    body = ast.parse(source).body
    documented = set()
    for node, after in itertools.pairwise(body):
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            if isinstance(node, ast.Assign):
                documented |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                documented.add(node.target.id)
    return documented


def assigned(source: str) -> set[str]:
    """Names that *source* assigns at its top, rather than importing or defining them."""
    body = ast.parse(source).body
    targets = [t for node in body if isinstance(node, ast.Assign) for t in node.targets]
    targets += [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def undocumented(module: ModuleType, source: str) -> list[str]:
    """Complaints about names in `__all__` that *module* itself makes and that no executed example explains."""
    run = {
        test.name: any(not example.options.get(doctest.SKIP) for example in test.examples)
        for test in doctest.DocTestFinder().find(module, module.__name__)
    }
    described, constants = attribute_docs(source), assigned(source)
    complaints = []
    for name in set(module.__all__) - {"__version__"}:
        thing: Any = getattr(module, name)
        where = f"{module.__name__}.{name}"
        if name in constants:
            complaints += [] if name in described else [f"{where}: no string under it says what it is"]
        elif getattr(thing, "__module__", None) == module.__name__:
            own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
            if not run.get(where) and not re.search(r"^\s*No example: \S", own or "", re.MULTILINE):
                complaints.append(f"{where}: no example that runs, and no line 'No example: <reason>'")
            if inspect.isclass(thing):
                complaints += [f"{where}.{method}: no docstring" for method in bare_methods(thing)]
    return sorted(complaints)


def bare_methods(cls: type) -> list[str]:
    """Public methods and properties of *cls* without a docstring, their own or that of the method they override."""
    kinds = (staticmethod, classmethod, property)
    return [
        name
        for name, member in vars(cls).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, kinds))
        if not any(getattr(vars(base).get(name), "__doc__", None) for base in cls.__mro__)
    ]


def machine_paths(text: str) -> list[str]:
    """Lines of *text* that mention a folder of one machine."""
    return [f"line {n}: {line.strip()}" for n, line in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)]
