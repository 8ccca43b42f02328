"""Tables of a family: each line has Keras's name and arguments on the left, and on the right what it is here.

A line is a function whose parameters are Keras's, in its order and with its defaults, and which gives the core's thing:
``"Huber": (lambda delta=1.0: functions.Huber(delta), "Square up to *delta*, straight beyond.")``. What is registered
in the core and stands in no line gets one by itself: its own name, and its own arguments.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ravine.core import RavineError, nearest
from ravine.keras.naming import snake
from ravine.keras.objects import Described, encode, named
from ravine.keras.registration import CustomObjectScope

__all__ = ["Row", "bind", "entered", "lookups", "of_core", "remaining"]

Row = tuple[Callable[..., Any], str]
"""What makes the core's thing of Keras's arguments, and a sentence that says what it is."""
Kind = TypeVar("Kind", bound=Described)
EMPTY = inspect.Parameter.empty


def bind(owner: str, signature: inspect.Signature, given: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, defaults filled in; refuses what the *signature* does not know.

    >>> bind("Huber", inspect.signature(lambda delta=1.0, name=None: 0), (2.0,), {})
    {'delta': 2.0, 'name': None}
    >>> bind("Huber", inspect.signature(lambda delta=1.0: 0), (), {"dleta": 2.0})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Huber: unknown argument 'dleta': did you mean 'delta'? Known: delta
    """
    known = signature.parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        for name in named:
            if name not in known:
                raise RavineError(f"{owner}: unknown argument {name!r}: {nearest(name, known)}")
    try:
        bound = signature.bind(*given, **named)
    except TypeError as cause:
        raise RavineError(f"{owner}: {cause}: the arguments are {', '.join(known)}") from None
    bound.apply_defaults()
    return dict(bound.arguments)


def entered(base: type[Kind], rows: Mapping[str, Row], module: str, **members: Any) -> dict[str, type[Kind]]:
    """The classes that *rows* describe, derived from *base*, at home in *module*, with *members* of their own.

    A row may name arguments that all of the family have, to give them another place or default; the default ``...``
    is the family's.

    >>> from ravine.functions import L2
    >>> from ravine.keras.regularizers import Regularizer
    >>> made = entered(Regularizer, {"Ridge": (lambda by=0.5: L2(by), "The sum of the squares.")}, "here")["Ridge"]
    >>> made(), made(2.0).core(), inspect.signature(made)
    (<Ridge by=0.5>, L2(strength=2.0), <Signature (by=0.5)>)
    """
    return {name: _entered(base, name, make, about, module, members) for name, (make, about) in rows.items()}


def _entered(
    base: type[Kind], name: str, make: Callable[..., Any], about: str, module: str, members: Mapping[str, Any]
) -> type[Kind]:
    # What a class of the core takes by keyword alone, its name, is no argument of Keras's.
    whole = inspect.signature(make).parameters
    given = {key: each for key, each in whole.items() if each.kind is not inspect.Parameter.KEYWORD_ONLY}
    shared = {key: snake(name) if value == "" else value for key, value in base.shared.items()}
    common = [
        inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value)
        for key, value in shared.items()
        if key not in given
    ]
    placed = [each.replace(default=shared[each.name]) if each.default is ... else each for each in given.values()]
    more = [inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)] if base.more else []
    signature = inspect.Signature([*placed, *common, *more])
    passed = (*shared, *(key for key in given if key in base.handed and key not in shared))
    own = tuple(key for key in given if key not in passed)

    def start(self: Any, *arguments: Any, **options: Any) -> None:
        values = bind(type(self).__name__, signature, arguments, options)
        for key in own:
            setattr(self, key, self.reading(key, values[key]))
        base.__init__(self, **{key: values[key] for key in passed}, **values.get("kwargs", {}))
        self.verify()

    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    start.__signature__ = signature.replace(parameters=[itself, *signature.parameters.values()])  # type: ignore[attr-defined]
    return type(
        name,
        (base,),
        {
            "__doc__": f"{about}\n\n    No example: a line of a table; the core documents what it computes.\n    ",
            "__init__": start,
            "__module__": module,
            "_make": staticmethod(make),
            "arguments": tuple(given),
            "options": (*base.options, *(key for key in own if key not in base.unsaved)),
            **members,
        },
    )


def of_core(kind: Any, *, without: Iterable[str] = ("name",)) -> Row:
    """The row of a class of the core that has none: its fields, as they are.

    >>> from ravine import functions
    >>> make, about = of_core(functions.MeanAbsoluteError)
    >>> inspect.signature(of_core(functions.Huber)[0]), make(), about
    (<Signature (delta=1.0)>, MeanAbsoluteError(), 'Mean absolute error; see ...')
    """
    fields = [each for each in dataclasses.fields(kind) if each.init and each.name not in without]
    parameters = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=EMPTY if each.default is dataclasses.MISSING else each.default,
        )
        for each in fields
    ]

    def make(*given: Any, **named: Any) -> Any:
        return kind(*given, **named)

    make.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return make, (inspect.getdoc(kind) or f"{kind.__name__}.").split("\n")[0]


def remaining(registry: Any, known: Iterable[str]) -> dict[str, Row]:
    """A row for each class in the core's *registry* that none of the *known* names of Keras stands for.

    >>> from ravine.functions import LOSSES
    >>> sorted(remaining(LOSSES, [name for name in LOSSES if name != "poisson"]))
    ['Poisson']
    """
    claimed = {id(registry[name]) for name in map(snake, known) if name in registry}
    kinds = {id(registry[name]): registry[name] for name in registry}
    return {kind.__name__: of_core(kind) for key, kind in kinds.items() if key not in claimed}


def lookups(
    family: str, base: type[Described], aliases: Mapping[str, str], module: str
) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """What each family has: get, serialize and deserialize.

    >>> get, serialize, deserialize = lookups("regularizers", Described, {}, "here")
    >>> serialize(get("l2"))["config"], deserialize({"class_name": "L1", "config": {"l1": 0.5}}).l1
    ({'l2': 0.01}, 0.5)
    """
    one = family.removesuffix("s").replace("losse", "loss")

    def get(identifier: Any) -> Any:
        found = named(family, identifier, aliases=aliases)
        if found is not None and not isinstance(found, base) and not callable(found):
            raise RavineError(f"{one} must be a name, a keras.{family} object or a function, got {identifier!r}")
        return found

    def serialize(value: Any) -> Any:
        return encode(value)

    def deserialize(config: Any, custom_objects: Any = None) -> Any:
        with CustomObjectScope(custom_objects):
            return get(config)

    get.__doc__ = f"The {one} of a name, a dictionary, a class, an object or a function; None stays None."
    serialize.__doc__ = f"The dictionary that describes the {one}."
    deserialize.__doc__ = f"The {one} that a dictionary or a name describes."
    for function in (get, serialize, deserialize):
        function.__module__, function.__qualname__ = module, function.__name__
        function.__doc__ = (
            f"{function.__doc__}\n\n    No example: alike for every family, see `ravine.keras.tables`.\n    "
        )
    return get, serialize, deserialize
