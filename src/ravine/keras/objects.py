"""Objects as Keras describes them: a class, and the arguments of its constructor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn, Self

import jax
import numpy as np

from ravine.core import RavineError, nearest
from ravine.keras.naming import snake
from ravine.keras.registration import custom, get_registered_name, registered_as

__all__ = ["Described", "argument", "decode", "encode", "known", "named", "public"]

_classes: dict[str, type[Described]] = {}

OLD_CLASSES = {
    "initializers.IdentityInitializer": "initializers.Identity",
    "initializers.OrthogonalInitializer": "initializers.Orthogonal",
}
"""Classes by the names that they have in older files."""


class Described:
    """An object known to Keras by *family* ("layers") and class, whose configuration are its constructor's arguments.

    >>> class Blur(Described, family="filters"):
    ...     options = ("width",)
    ...     def __init__(self, width=3):
    ...         self.width = width
    >>> Blur(5).get_config(), Blur.from_config({"width": 7}).width
    ({'width': 5}, 7)
    """

    family: ClassVar[str]
    options: ClassVar[tuple[str, ...]] = ()
    """The arguments of the constructor that the configuration holds, in Keras's order."""
    common: ClassVar[tuple[str, ...]] = ()
    """Arguments that the constructor takes as keywords for its base class."""
    ignored: ClassVar[frozenset[str]] = frozenset({"dtype", "name"})
    """Entries of Keras's configurations that change nothing here."""
    shared: ClassVar[dict[str, Any]] = {}
    """Arguments that all of the family have, with their defaults; they follow those of each line of its table.

    The default "" of a name is the words of the class's."""
    handed: ClassVar[frozenset[str]] = frozenset()
    """Arguments of lines of the table that are the base class's."""
    more: ClassVar[bool] = False
    """Whether the base class takes further arguments, such as those of older versions."""
    unsaved: ClassVar[frozenset[str]] = frozenset()
    """Arguments that the configuration leaves out, as Keras's does."""
    _make: ClassVar[Callable[..., Any] | None] = None
    """The line of the table: what makes the core's thing of its *arguments*."""
    arguments: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, family: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if family is not None:
            cls.family = family
        elif cls.__module__.startswith("ravine.keras.") and "hidden" not in vars(cls) and cls.__name__[0] != "_":
            _classes[f"{cls.family}.{cls.__name__}"] = cls

    def reading(self, name: str, value: Any) -> Any:
        """What is kept of an argument: itself, unless its name says that it is a thing of another family."""
        return value

    def verify(self) -> None:
        """Refuse a wrong argument where it is written."""
        self.core()

    def core(self) -> Any:
        """What the object is in the core."""
        return self.made()

    def made(self) -> Any:
        """The core's thing, of the arguments as they are now."""
        assert self._make is not None
        return type(self)._make(**{name: getattr(self, name) for name in self.arguments})  # type: ignore[misc]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the object anew, as plain values."""
        return {name: encode(getattr(self, name)) for name in self.options}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The object that *config* describes."""
        if not public(cls):
            # A class of one's own reads its arguments itself, and its constructor says what it does not know. Options
            # of the class that it derives from, if they are off, need not be known here.
            starts = [vars(kind)["__init__"] for kind in cls.__mro__[:-1] if "__init__" in vars(kind)]
            asked = {name for start in starts for name in inspect.signature(start).parameters}
            known = asked | {*cls.common}
            return cls(
                **{name: argument(value) for name, value in config.items() if value is not None or name in known}
            )
        known = {*inspect.signature(cls).parameters, *cls.common}
        kept = {name: argument(value, deep=True) for name, value in config.items() if name in known}
        for name in sorted(config.keys() - known - cls.ignored):
            # Options of Keras that are off need not be known here.
            if config[name]:
                raise RavineError(f"{cls.__name__}: {name}={config[name]!r} is not supported: leave it out")
        return cls(**kept)

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"<{type(self).__name__} {listed}>"


def public(kind: type) -> bool:
    """Whether a class is one of this package, not of the user.

    >>> public(Described), public(dict)
    (True, False)
    """
    return kind.__module__.startswith("ravine.keras.")


def encode(value: Any) -> Any:
    """Turn *value* into what JSON can hold; objects become dictionaries with their class and configuration.

    >>> encode((1, np.float32(0.5), None))
    [1, 0.5, None]
    """
    if isinstance(value, np.ndarray | np.generic) and not value.ndim:
        return value.item()
    plain = _plain(value)
    if plain is not None:
        kind, config = plain
        return {"class_name": f"__{kind}__", "config": config}
    if isinstance(value, tuple | list):
        return [encode(each) for each in value]
    if isinstance(value, dict):
        return {key: encode(each) for key, each in value.items()}
    return _described(value) if callable(value) or hasattr(value, "get_config") else value


def _plain(value: Any) -> tuple[str, dict[str, Any]] | None:
    """The kind and the parts of a value of Python or NumPy that JSON has no form for, or None."""
    if isinstance(value, np.ndarray | jax.Array):
        kind = "numpy" if isinstance(value, np.ndarray) else "tensor"
        return kind, {"value": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, bytes):
        return "bytes", {"value": value.decode()}
    if isinstance(value, slice):
        return "slice", {name: encode(getattr(value, name)) for name in ("start", "stop", "step")}
    return ("ellipsis", {}) if value is Ellipsis else None


def _described(value: Any) -> dict[str, Any]:
    """The description of an object by its class, of a function by its name."""
    kind = type(value)
    if not hasattr(value, "get_config") or isinstance(value, type):
        name = get_registered_name(value) if hasattr(value, "__name__") else kind.__name__
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    own = None if kind.__module__ == "__main__" else kind.__module__
    return {
        "module": f"keras.{value.family}" if public(kind) else own,
        "class_name": kind.__name__,
        "config": encode(value.get_config()),
        "registered_name": None if public(kind) else get_registered_name(kind),
    }


def decode(value: Any, family: str | None = None) -> Any:
    """Turn what `encode` or Keras wrote into objects again; *family* is that of a description without a module.

    >>> class Sharpen(Described, family="filters"):
    ...     pass
    >>> decode({"module": "keras.filters", "class_name": "Soften", "config": {}})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: keras.filters.Soften is not supported by ravine.keras: ...
    """
    if isinstance(value, list | tuple):
        return [decode(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value or "config" not in value:
        return {key: decode(each) for key, each in value.items()}
    kind, config = str(value["class_name"]), value["config"] or {}
    if kind == "__lambda__" or (kind == "function" and config == "<lambda>"):
        raise RavineError(
            "a lambda in a file is code, which is never run: name the function, and pass it in custom_objects={name: f}"
        )
    if kind in PLAIN:
        read = PLAIN[kind](config)
        if kind == "function" and read is config and value.get("registered_name") not in (None, "", kind, config):
            _refuse_registered(value["registered_name"], config)
        return read
    found = _class(kind, value.get("registered_name"), family or _family(value.get("module")))
    return found.from_config(config) if hasattr(found, "from_config") else found


def _function(name: Any) -> Any:
    """The user's function of that name, else the name, which each place that takes functions knows its own for."""
    if not isinstance(name, str):
        raise RavineError(f"a function is described by its name, a string, got {name!r}: mend the configuration")
    found = custom(name)
    return found or registered_as(name) or name


POLICIES = ("DTypePolicy", "FloatDTypePolicy", "Policy")
"""What files of different ages call the type of a layer's numbers."""
PLAIN: dict[str, Callable[[Any], Any]] = {
    "function": _function,
    "__bytes__": lambda config: config["value"].encode(),
    "__slice__": lambda config: slice(*(decode(config.get(name)) for name in ("start", "stop", "step"))),
    "__ellipsis__": lambda config: Ellipsis,
    **dict.fromkeys(POLICIES, lambda config: config["name"]),
    **dict.fromkeys(("__numpy__", "__tensor__"), lambda config: np.array(config["value"], config["dtype"])),
}
"""How what is no object of a class is read."""


def argument(value: Any, *, deep: bool = False) -> Any:
    """An argument from a configuration: types as names, and where *deep* objects, if they tell their module.

    What does not tell its module is left to the constructor, which knows what it asked for.

    >>> argument({"class_name": "DTypePolicy", "config": {"name": "float32"}}), argument({"class_name": "Zeros"})
    ('float32', {'class_name': 'Zeros'})
    """
    if isinstance(value, list | tuple):
        return [argument(each, deep=deep) for each in value] if deep else value
    if not isinstance(value, dict) or "class_name" not in value:
        return decode(value) if deep else value
    told = "module" in value or "registered_name" in value or str(value["class_name"]).startswith("__")
    return decode(value) if value["class_name"] in POLICIES or (deep and told) else value


def _family(module: Any) -> str:
    """The family that a module of Keras, of any age, belongs to."""
    parts = [part for part in str(module or "").split(".") if part not in ("keras", "tf_keras", "tensorflow", "src")]
    return "optimizers.schedules" if parts[:2] == ["optimizers", "schedules"] else parts[0] if parts else ""


def _class(kind: str, registered: Any, family: str) -> Any:
    """The class, or the function of one's own, that a description names."""
    registered = str(registered or "")
    bare = registered.rpartition(">")[2]
    for found in (custom(registered), custom(kind), custom(bare)):
        if found is not None:
            return found
    found = known(family).get(kind)
    if found is not None and registered in ("", kind):
        return found
    if found is not None:
        _refuse_registered(registered, kind)
    found = known(family).get(kind.rpartition(">")[2].lower()) or registered_as(bare or kind)
    if found is None:
        names = [cls.__name__ for cls in known(family).values()]
        where = f"keras.{family}.{kind}" if family else kind
        remedy = nearest(kind, set(names)) if names else "pass it in custom_objects={name: class} if it is your own"
        raise RavineError(f"{where} is not supported by ravine.keras: {remedy}")
    return found


def _refuse_registered(registered: str, kind: str) -> NoReturn:
    raise RavineError(
        f"registered_name {registered!r} is of an object of your own, and {kind} is one of Keras's: pass yours in "
        "custom_objects={name: object}, or take registered_name out of the configuration"
    )


def known(family: str) -> dict[str, type[Described]]:
    """The classes of a family by all names that descriptions call them: the class's, in words, in small letters.

    >>> import ravine.keras
    >>> known("models")["Sequential"] is ravine.keras.Sequential
    True
    """
    found = {key.removeprefix(f"{family}."): cls for key, cls in _classes.items() if cls.family == family}
    for old, new in OLD_CLASSES.items():
        if old.startswith(f"{family}."):
            found[old.removeprefix(f"{family}.")] = _classes[new]
    words = {snake(name): cls for name, cls in found.items()}
    return {name.lower(): cls for name, cls in found.items()} | words | found


def named(family: str, value: Any, *, aliases: Mapping[str, str] | None = None) -> Any:
    """Read what Keras takes where an object of *family* is wanted: the object, its name, its dictionary, its class.

    >>> from ravine.keras.regularizers import L2
    >>> [type(named("regularizers", each)).__name__ for each in ("l2", "L2", L2, L2())]
    ['L2', 'L2', 'L2', 'L2']
    >>> named("regularizers", {"class_name": "L2", "config": {"l2": 0.5}}).l2
    0.5
    >>> named("regularizers", "l3")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown regularizer 'l3': did you mean 'l2'? ...
    """
    aliases = aliases or {}
    if value is None or isinstance(value, Described):
        return value
    if isinstance(value, dict):
        kind = str(value.get("class_name"))
        alias = {"class_name": aliases[kind.lower()]} if kind.lower() in aliases else {}
        # Where a module is told that is not the family's, the description is of something else, and decode says what.
        found = decode({**value, **alias}, None if value.get("module") or value.get("registered_name") else family)
        return named(family, found, aliases=aliases) if isinstance(found, str) else found
    if isinstance(value, type) and issubclass(value, Described):
        return value()
    if not isinstance(value, str):
        return value
    found = custom(value)
    if found is None:
        key = value.strip().lower()
        found = known(family).get(aliases.get(key, key)) or registered_as(value)
    if found is None:
        singular = family.removesuffix("s").replace("losse", "loss")
        # Optimizers are called by their class in lower case, everything else by its words.
        spelled = str.lower if family == "optimizers" else snake
        own = {spelled(cls.__name__) for cls in known(family).values()}
        raise RavineError(f"unknown {singular} {value!r}: {nearest(value, {*own, *aliases})}")
    return found() if isinstance(found, type) else found
