"""Objects as Keras describes them: a class, and the arguments of its constructor."""

from __future__ import annotations

import contextlib
import contextvars
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from ravine.core import RavineError, nearest
from ravine.keras.naming import snake

__all__ = ["Described", "custom_object_scope", "decode", "encode", "get_custom_objects", "named", "register"]

_classes: dict[str, type[Described]] = {}
_custom: dict[str, Any] = {}
_scope: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("scope")


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

    def __init_subclass__(cls, family: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if family is not None:
            cls.family = family
        elif cls.__module__.startswith("ravine.keras.") and "hidden" not in vars(cls) and cls.__name__[0] != "_":
            _classes[f"{cls.family}.{cls.__name__}"] = cls

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the object anew, as plain values."""
        return {name: encode(getattr(self, name)) for name in self.options}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The object that *config* describes."""
        known = {*inspect.signature(cls.__init__).parameters, *cls.common}
        kept = {name: decode(value) for name, value in config.items() if name in known}
        for name in sorted(config.keys() - known - cls.ignored):
            # Options of Keras that are off need not be known here.
            if config[name]:
                raise RavineError(f"{cls.__name__}: {name}={config[name]!r} is not supported: leave it out")
        return cls(**kept)

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"<{type(self).__name__} {listed}>"


def encode(value: Any) -> Any:
    """Turn *value* into what JSON can hold; objects become dictionaries with their class and configuration.

    >>> encode((1, np.float32(0.5), None))
    [1, 0.5, None]
    """
    if isinstance(value, Described):
        public = type(value).__module__.startswith("ravine.keras.")
        return {
            "module": f"keras.{value.family}" if public else None,
            "class_name": type(value).__name__,
            "config": value.get_config(),
            "registered_name": None if public else f"Custom>{type(value).__name__}",
        }
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [encode(each) for each in value]
    if isinstance(value, dict):
        return {key: encode(each) for key, each in value.items()}
    if callable(value):
        name = getattr(value, "__name__", type(value).__name__)
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    return value


def decode(value: Any) -> Any:
    """Turn what `encode` or Keras wrote into objects again.

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
    kind, config = value["class_name"], value["config"]
    if kind == "function":
        return custom(str(config)) or config
    if kind == "DTypePolicy":
        return config["name"]
    registered = str(value.get("registered_name") or kind).rpartition(">")[2]
    found = custom(kind) or custom(registered)
    if found is None:
        family = str(value.get("module") or "").removeprefix("keras.")
        found = _classes.get(f"{family}.{kind}")
        if found is None:
            known = [cls.__name__ for key, cls in _classes.items() if key == f"{family}.{cls.__name__}"]
            where = f"keras.{family}.{kind}" if family else kind
            remedy = nearest(kind, known) if known else "pass it in custom_objects={name: class} if it is your own"
            raise RavineError(f"{where} is not supported by ravine.keras: {remedy}")
    return found.from_config(config)


def named(family: str, value: Any, *, aliases: Mapping[str, str] | None = None) -> Any:
    """Read what Keras takes where an object of *family* is wanted: the object, its name, its dictionary, its class.

    >>> from ravine.keras.regularizers import L2
    >>> [type(named("regularizers", each)).__name__ for each in ("l2", "L2", L2, L2())]
    ['L2', 'L2', 'L2', 'L2']
    >>> named("regularizers", "l3")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown regularizer 'l3': did you mean 'l2'? ...
    """
    if value is None or isinstance(value, Described):
        return value
    if isinstance(value, dict):
        config = value if "module" in value or "registered_name" in value else {**value, "module": f"keras.{family}"}
        return decode(config)
    if isinstance(value, type) and issubclass(value, Described):
        return value()
    if not isinstance(value, str):
        return value
    found = custom(value)
    if found is not None:
        return found() if isinstance(found, type) else found
    own = {snake(cls.__name__): cls for key, cls in _classes.items() if key == f"{family}.{cls.__name__}"}
    plain = {cls.__name__.lower(): cls for cls in own.values()}
    key = value.strip().lower()
    key = (aliases or {}).get(key, key)
    if key not in own | plain:
        singular = family.removesuffix("s").replace("losse", "loss")
        # Optimizers are called by their class in lower case, everything else by its words.
        known = plain if family == "optimizers" else own
        raise RavineError(f"unknown {singular} {value!r}: {nearest(value, {*known, *(aliases or {})})}")
    return (own | plain)[key]()


def custom(name: str) -> Any:
    """The user's own object called *name*, or None.

    >>> custom("nothing")
    """
    return _scope.get({}).get(name, _custom.get(name))


@contextlib.contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any]) -> Iterator[None]:
    """Make *custom_objects*, functions and classes by name, known while files and configurations are read.

    >>> with custom_object_scope({"twice": max}):
    ...     custom("twice")
    <built-in function max>
    """
    token = _scope.set({**_scope.get({}), **custom_objects})
    try:
        yield
    finally:
        _scope.reset(token)


def get_custom_objects() -> dict[str, Any]:
    """Return the table of the user's own objects, which may be changed.

    >>> isinstance(get_custom_objects(), dict)
    True
    """
    return _custom


def register(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Decorate a function or class so that its name is known when files are read.

    >>> @register()
    ... def shifted(x):
    ...     return x + 1
    >>> get_custom_objects().pop("shifted") is shifted
    True
    """

    def enter(thing: Any) -> Any:
        _custom[name or thing.__name__] = thing
        return thing

    return enter
