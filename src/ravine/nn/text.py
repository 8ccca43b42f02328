"""Networks as short texts such as ``784-512:relu-dropout:0.2-10:softmax``, and back.

The first piece is the shape of one example (``784``, ``28x28``), each other piece a layer: a number of units (a dense
layer), an activation, or the name of a layer, with arguments after colons or commas, by place or as ``name=value``.
``frozen(...)`` and ``bidirectional(...)`` hold a piece.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any, NamedTuple

import numpy as np

from ravine.core import MAX_DEPTH, RavineError, nearest
from ravine.functions import ACTIVATIONS, L1, L1L2, L2, MaxNorm
from ravine.nn._network import Network
from ravine.nn.layer import LAYERS, Layer, Shape

__all__ = ["from_text", "piece", "to_text"]


class Kind(NamedTuple):
    """How a layer is written: its *name*, fields given by place (a tuple: joined by x), and words that set a field."""

    name: str
    places: tuple[str | tuple[str, ...], ...] = ()
    words: tuple[tuple[str, str], ...] = ()


SEQUENCES = (("seq", "return_sequences"), ("back", "go_backwards"))

KINDS: dict[str, Kind] = {
    "dense": Kind("dense", ("units", "activation")),
    "activation": Kind("activation", ("activation",)),
    "prelu": Kind("prelu", ("start",)),
    "dropout": Kind("dropout", ("rate",)),
    "gaussian_noise": Kind("noise", ("stddev",)),
    "flatten": Kind("flatten"),
    "reshape": Kind("reshape", ("target_shape",)),
    "masking": Kind("masking", ("mask_value",)),
    "batch_normalization": Kind("batchnorm"),
    "layer_normalization": Kind("layernorm"),
    "embedding": Kind("embedding", (("input_dim", "output_dim"),), (("mask", "mask_zero"),)),
    "simple_rnn": Kind("rnn", ("units", "activation"), SEQUENCES),
    "lstm": Kind("lstm", ("units", "activation"), SEQUENCES),
    "gru": Kind("gru", ("units", "activation"), SEQUENCES),
    "bidirectional": Kind("bidirectional", ("merge_mode",)),
    "frozen": Kind("frozen"),
    "time_distributed": Kind("each"),
    "rescaling": Kind("rescaling", ("scale", "offset")),
    "repeat_vector": Kind("repeat", ("n",)),
    "permute": Kind("permute", ("dims",)),
    "gaussian_dropout": Kind("gaussian_dropout", ("rate",)),
    "alpha_dropout": Kind("alpha_dropout", ("rate",)),
    "spatial_dropout1d": Kind("spatial_dropout1d", ("rate",)),
    "group_normalization": Kind("groupnorm", ("groups",)),
    "rms_normalization": Kind("rmsnorm"),
}
"""By the name in `LAYERS`. Either name is read; the shorter is written. A layer that is not here has its name alone."""

WRAPPERS = ("bidirectional", "frozen", "time_distributed")
SHORTCUTS = ("l1", "l2", "maxnorm")
HINT = "e.g. '784-512:relu-dropout:0.2-10:softmax'"


def from_text(text: str) -> Network:
    """The network that *text* describes.

    >>> [layer.name for layer in from_text("784-512:relu-dropout:0.2-10:softmax").layers]
    ['dense', 'dropout', 'dense']
    >>> from_text("784-512:relu-dropuot:0.2-10")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: network text, 'dropuot:0.2' at character 14: unknown layer or activation \
'dropuot': did you mean 'dropout'? Known: ...
    """
    (start, first), *rest = _split(text)
    if not rest:
        raise RavineError(f"network text {text!r} has no layers: write the input shape and the layers, {HINT}")
    if not re.fullmatch(r"\d+(x\d+)*", first.strip()):
        raise _error(first, start, f"the first piece must be the shape of one example: begin with numbers, {HINT}")
    return Network(tuple(piece(part, place) for place, part in rest), _shape(first))


def to_text(network: Network) -> str:
    """*network* as the text that `from_text` reads; refused where an option has no place in a text.

    >>> to_text(from_text("20 - embedding:1000x16:mask - bidirectional(lstm:32):sum - dense:10:softmax"))
    '20-embedding:1000x16:mask-bidirectional(lstm:32):sum-10:softmax'
    """
    return "-".join(["x".join(map(str, network.input_shape)), *map(_written, network.layers)])


def piece(text: str, start: int = 0) -> Layer:
    """The layer that one piece of text describes; *start* is its place in the whole text, for errors.

    >>> piece("512:relu,use_bias=false").use_bias
    False
    """
    if text.count("(") > MAX_DEPTH:
        raise _error(text[:40], start, f"more than {MAX_DEPTH} pieces lie inside one another: write them one by one")
    wrapped = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*(?:[:,](.*))?", text)
    if wrapped:
        head, arguments = wrapped[1].lower(), re.split("[:,]", wrapped[3]) if wrapped[3] else []
    else:
        head, *arguments = (part.strip() for part in re.split("[:,]", text))
        head = head.lower()
        if re.fullmatch(r"\d+", head):
            head, arguments = "dense", [head, *arguments]
        elif head in ACTIVATIONS and head not in _names():
            head, arguments = "activation", [head, *arguments]
    name = _names().get(head)
    if name is None:
        remedy = nearest(head, [*(kind.name for kind in KINDS.values()), *ACTIVATIONS])
        raise _error(text, start, f"unknown layer or activation {head!r}: {remedy}")
    if (name in WRAPPERS) != bool(wrapped):
        form = f"{head}(...), with a piece inside" if name in WRAPPERS else f"{head}:..."
        raise _error(text, start, f"{head} is written {form}")
    options = {"layer": piece(wrapped[2], start + wrapped.start(2))} if wrapped else {}
    try:
        return LAYERS[name](**options, **_options(name, [each.strip() for each in arguments]))
    except RavineError as error:
        raise _error(text, start, str(error)) from None
    except TypeError:
        needed = ", ".join(each.name for each in _fields(name).values() if each.default is dataclasses.MISSING)
        raise _error(text, start, f"{head} needs {needed}: write it after a colon") from None


def _names() -> dict[str, str]:
    """Every way to write a layer's name, and its name in `LAYERS`."""
    return {written: name for name in LAYERS for written in (name, _kind(name).name)}


def _kind(name: str) -> Kind:
    """How the layer *name* is written; one that says nothing of itself takes its options by name."""
    return KINDS.get(name, Kind(name))


def _fields(name: str) -> dict[str, Any]:
    return {field.name: field for field in dataclasses.fields(LAYERS[name])}  # type: ignore[arg-type]


def _options(name: str, arguments: list[str]) -> dict[str, Any]:
    """The constructor's arguments out of those written in a piece."""
    kind, fields = _kind(name), _fields(name)
    places, words = list(kind.places), dict(kind.words)
    found: dict[str, Any] = {}
    for argument in arguments:
        key, equals, value = (part.strip() for part in argument.partition("="))
        if equals and key in SHORTCUTS and "kernel_regularizer" in fields:
            found[key] = _number(key, value)
        elif equals:
            if key not in fields:
                raise RavineError(f"unknown option {key!r} of {name}: {nearest(key, fields)}")
            found[key] = _read(key, str(fields[key].type), value)
        elif key in words:
            found[words[key]] = True
        elif places:
            place = places.pop(0)
            if isinstance(place, str):
                found[place] = _read(place, str(fields[place].type), key)
            else:
                found.update(zip(place, _joined(" x ".join(place), key, len(place)), strict=True))
        else:
            known = ", ".join(words) or "none by place, only name=value"
            raise RavineError(f"{name} does not know what to do with {argument!r}: it takes {known}")
    return _with_shortcuts(found)


def _with_shortcuts(found: dict[str, Any]) -> dict[str, Any]:
    """Turn l1, l2 and maxnorm into a regulariser and a constraint of the kernel."""
    l1, l2, limit = (found.pop(name, None) for name in SHORTCUTS)
    if l1 is not None and l2 is not None:
        found["kernel_regularizer"] = L1L2(l1, l2)
    elif l1 is not None or l2 is not None:
        found["kernel_regularizer"] = L1(l1) if l2 is None else L2(l2)
    if limit is not None:
        found["kernel_constraint"] = MaxNorm(limit)
    return found


def _read(name: str, type_: str, value: str) -> Any:
    """*value* of the field *name*, by the way its type is written in the layer's class."""
    if type_ == "bool":
        if value.lower() not in ("true", "false"):
            raise RavineError(f"{name} must be true or false, got {value!r}")
        return value.lower() == "true"
    if type_ == "int":
        return _joined(name, value, 1)[0]
    if type_ in ("Shape", "tuple[int, ...]"):
        return _joined(name, value)
    if type_ in ("float", "Number", "Number | None"):
        return _number(name, value)
    if type_ in ("str", "Function", "str | Initializer") or "Regularizer" in type_ or "Constraint" in type_:
        return value
    raise RavineError(f"{name} has no place in a text: describe the network as a table (from_dict)")


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise RavineError(f"{name} must be a number, got {value!r}") from None


def _joined(name: str, value: str, count: int | None = None) -> Shape:
    if not re.fullmatch(r"-?\d+(x-?\d+)*", value) or count not in (None, value.count("x") + 1):
        form = {None: "whole numbers joined by x", 1: "a whole number"}.get(count, f"{count} whole numbers joined by x")
        raise RavineError(f"{name} must be {form}, got {value!r}")
    return _shape(value)


def _shape(text: str) -> Shape:
    parts = text.strip().split("x")
    if (longest := max(map(len, parts))) > len(str(2**63)):
        raise RavineError(f"a size of {longest} digits is none: write a smaller one")
    return tuple(int(part) for part in parts)


def _split(text: str) -> list[tuple[int, str]]:
    """The pieces between hyphens outside parentheses, with their places; a minus sign of a number is no hyphen."""
    pieces, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            raise _error(text[start:], start, f"')' at character {place + 1} closes nothing: remove it")
        if sign == "-" and depth == 0 and not re.search(r"([:=,(]\s*|\dx|\d\.?e)$", text[start:place]):
            pieces.append((start, text[start:place]))
            start = place + 1
    pieces.append((start, text[start:]))
    if depth:
        raise _error(pieces[-1][1], start, "'(' is not closed: add ')'")
    for place, part in pieces:
        if not part.strip():
            raise _error(part, place, f"a piece is empty: write a layer between two hyphens, {HINT}")
    return pieces


def _error(part: str, start: int, message: str) -> RavineError:
    lead = len(part) - len(part.lstrip())
    return RavineError(f"network text, {part.strip()!r} at character {start + lead + 1}: {message}")


def _written(layer: Layer) -> str:
    """One layer as a piece of text."""
    name = LAYERS.name_of(type(layer))
    if name is None:
        raise RavineError(f"{type(layer).__name__} has no place in a text: use to_dict")
    kind = _kind(name)
    changed = {
        field.name: value
        for field in dataclasses.fields(layer)  # type: ignore[arg-type]
        if not _same(value := getattr(layer, field.name), field.default)
    }
    head = kind.name
    if name in WRAPPERS:
        head = f"{head}({_written(changed.pop('layer'))})"
    parts = [head]
    for place in kind.places:
        names = (place,) if isinstance(place, str) else place
        if names[0] in changed:
            parts.append("x".join(_word(layer, each, changed.pop(each)) for each in names))
        else:
            break
    parts += [word for word, field in kind.words if changed.pop(field, False)]
    parts += _shortened(changed)
    parts += [f"{key}={_word(layer, key, value)}" for key, value in changed.items()]
    if name == "dense" or (name == "activation" and len(parts) == 2):
        parts = parts[1:]
    return ":".join(parts)


def _shortened(changed: dict[str, Any]) -> list[str]:
    """Take from *changed* what l1, l2 and maxnorm stand for, and write it so."""
    parts = []
    regularizer, constraint = changed.get("kernel_regularizer"), changed.get("kernel_constraint")
    if isinstance(regularizer, L1 | L2 | L1L2):
        del changed["kernel_regularizer"]
        values = [getattr(regularizer, field.name) for field in dataclasses.fields(regularizer)]
        names = {L1: ("l1",), L2: ("l2",)}.get(type(regularizer), ("l1", "l2"))
        parts += [f"{name}={_float(value)}" for name, value in zip(names, values, strict=True)]
    if isinstance(constraint, MaxNorm) and _same(constraint, MaxNorm(constraint.limit)):
        del changed["kernel_constraint"]
        parts.append(f"maxnorm={_float(constraint.limit)}")
    return parts


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, np.ndarray) or hasattr(value, "shape"):
        return np.ndim(value) == 0 and np.ndim(default) == 0 and bool(np.asarray(value) == default)
    return bool(value == default)


def _word(layer: Layer, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and all(isinstance(each, int) for each in value):
        return "x".join(map(str, value))
    if callable(value) and (known := ACTIVATIONS.name_of(value)):
        return known
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float) or (hasattr(value, "dtype") and np.ndim(value) == 0):
        return _float(value)
    raise RavineError(f"{layer.name}: {name}={value!r} has no place in a text: use to_dict")


def _float(value: Any) -> str:
    return repr(float(value))
