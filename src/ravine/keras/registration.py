"""Functions and classes of the user's own, by the names that files know them under."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from typing import Any, Self

from ravine.core import RavineError

__all__ = [
    "CustomObjectScope",
    "custom",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register",
    "registered_as",
]

_custom: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scope: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("scope")


def custom(name: Any) -> Any:
    """The user's own object of exactly this *name*, or None.

    >>> custom("nothing")
    """
    if not isinstance(name, str):
        return None
    return _scope.get({}).get(name, _custom.get(name))


def registered_as(name: str) -> Any:
    """The user's own object that was registered under *name* in any package, or None.

    Keras up to 3.6 wrote the name of a function without its package.

    >>> @register("mine")
    ... def tripled(x):
    ...     return 3 * x
    >>> registered_as("tripled") is tripled, get_custom_objects().pop("mine>tripled") is tripled
    (True, True)
    """
    ending = f">{name}"
    known = {**_custom, **_scope.get({})}
    return next((thing for key, thing in known.items() if key.endswith(ending)), None)


class CustomObjectScope:
    """Make *custom_objects*, functions and classes by name, known while files and configurations are read.

    >>> with CustomObjectScope({"twice": max}):
    ...     custom("twice")
    <built-in function max>
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = dict(custom_objects or {})
        self._tokens: list[contextvars.Token[Mapping[str, Any]]] = []

    def __enter__(self) -> Self:
        self._tokens.append(_scope.set({**_scope.get({}), **self.custom_objects}))
        return self

    def __exit__(self, *raised: object) -> None:
        _scope.reset(self._tokens.pop())


def get_custom_objects() -> dict[str, Any]:
    """Return the table of the user's own objects, which may be changed.

    >>> isinstance(get_custom_objects(), dict)
    True
    """
    return _custom


def register(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Decorate a function or class so that files know it, as *package*>*name*.

    >>> @register(package="mine")
    ... def shifted(x):
    ...     return x + 1
    >>> get_custom_objects().pop("mine>shifted") is shifted, get_registered_name(shifted)
    (True, 'mine>shifted')
    """

    def enter(thing: Any) -> Any:
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise RavineError(
                f"register_keras_serializable: the class {thing.__name__} has no get_config, so no file can hold it: "
                "define get_config, which returns the arguments of its constructor"
            )
        registered = f"{package}>{name or thing.__name__}"
        _custom[registered] = thing
        _names[thing] = registered
        return thing

    return enter


def get_registered_name(obj: Any) -> str:
    """Return the name under which files know a function or class: the registered one, else Python's.

    >>> get_registered_name(max)
    'max'
    """
    return _names.get(obj) or str(obj.__name__)


def get_registered_object(name: str, custom_objects: Any = None, module_objects: Any = None) -> Any:
    """Return what is registered as *name*, in the scope in force first; None where nothing is.

    >>> get_registered_object("mine>nothing", {"mine>nothing": max})
    <built-in function max>
    """
    found = custom(name)
    for table in (custom_objects, module_objects):
        if found is None:
            found = (table or {}).get(name)
    return found
