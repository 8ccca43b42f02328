"""Checkers of the code's shape: functions from source text to complaints, tested in test_architecture.py."""

from __future__ import annotations

import ast
import doctest
import graphlib
import importlib.metadata
import inspect
import itertools
import re
import sys
from collections.abc import Collection, Iterator, Mapping
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


def file_graph(sources: Mapping[str, str], packages: Collection[str]) -> dict[str, set[str]]:
    """Which of the modules *sources*, by dotted name, each of them imports: in functions and under TYPE_CHECKING too.

    Importing a name that is a module is importing that module, not the package it lies in.
    """
    graph: dict[str, set[str]] = {}
    for name, source in sources.items():
        here = name.split(".") if name in packages else name.split(".")[:-1]
        targets = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom):
                base = here[: len(here) - node.level + 1] if node.level else []
                origin = ".".join([*base, *([node.module] if node.module else [])])
                targets |= {whole if (whole := f"{origin}.{each.name}") in sources else origin for each in node.names}
            elif isinstance(node, ast.Import):
                targets |= {each.name for each in node.names}
        graph[name] = {target for target in targets if target in sources and target != name}
    return graph


def script_graph(folder: Path) -> dict[str, set[str]]:
    """Which of the TypeScript files below *folder* each of them imports, types included."""
    graph = {}
    for path in sorted(folder.rglob("*.ts")):
        origins = re.findall(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", path.read_text("utf-8"))
        files = {(path.parent / origin).resolve() for origin in origins}
        graph[path.relative_to(folder).as_posix()] = {
            each.relative_to(folder.resolve()).as_posix() for each in files if each.is_relative_to(folder.resolve())
        }
    return graph


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """A circle of imports, its first file again at the end; empty where there is none.

    >>> circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})
    ['b', 'c', 'b']
    """
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def reaching_inside(source: str, name: str) -> list[str]:
    """Complaints about imports out of another part's inner modules, rather than from a package's public list.

    A module that its package lists (`ravine.view.blocks`) is as public as the package.
    """
    complaints = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or not node.module or not node.module.startswith("ravine."):
            continue
        if part_of(node.module) == part_of(name) or node.module in PACKAGES:
            continue
        package, _dot, inner = node.module.rpartition(".")
        listed = package in PACKAGES and inner in ast_list(PACKAGES[package].read_text())
        # Only the command line may ask the file, so that one command need not load what another one needs.
        if not listed and part_of(name) not in {"cli", "widget"}:
            complaints.append(f"{name}:{node.lineno}: reaches into {node.module}: import from {package}")
    return complaints


def ast_list(source: str) -> list[str]:
    """What a package lists in its `__all__`."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return []


def hidden(source: str, name: str, modules: Collection[str]) -> list[str]:
    """Names that the `__init__.py` of the package *name* hands on and that hide one of its own *modules*.

    >>> hidden("from ravine.nn.network import network", "ravine.nn", ["ravine.nn.network"])
    ['ravine.nn.network']
    """
    handed = {
        f"{name}.{each.asname or each.name}"
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom) and node.module != name  # from there the module itself is handed on
        for each in node.names
    }
    return sorted(handed & set(modules))


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
