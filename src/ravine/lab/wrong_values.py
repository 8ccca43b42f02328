"""Sentences that refuse a value of a request: the lab's own, and pydantic's."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["asked", "typed"]


def asked(_: Callable[[str], str]) -> tuple[str, ...]:
    """The sentences of the lab: what a request must hold, and what there is.

    >>> asked(str)[0]
    'send one of x, image and row, and not more'
    """
    return (
        _("send one of x, image and row, and not more"),
        _("{name} must be a whole number, got {text}"),
        _("{name} must be an integer, got {text}"),
        _("{name} must be a positive integer, got {text}"),
        _("{name} must be a non-negative integer, got {text}"),
        _("{name} must be an integer of at least {low}, got {text}"),
        _("must be an object with keys such as data and lanes, got {text}"),
        _("must be an object, got {text}"),
        _("do must be 'subscribe' or 'ack', got {text}"),
        _("frame {frame} was never sent, the last is {last}"),
        _("points belong to the data set 'painted', and it needs them; the name is {name}"),
        _("point {place} has the class {label}: classes run from 0 to {last}"),
        _("point {place} lies at ({x}, {y}): coordinates are at most 1000 in size"),
        _("a kernel has {most} numbers at most, got {count}"),
        _("each row of a kernel must have {count} numbers, one per bias"),
        _("size is at most {most}, got {text}"),
        _("{name} is no table of your own: send x, {count} numbers"),
        _("there is no layer {layer}: they run from 0 to {last}"),
        _("lane {lane} is off: turn it on first"),
        _("no entry {index} in the {array} of shape {shape} of layer {layer}"),
        _("the lab's page is not in this installation: run npm in web/, or install a released version"),
        _("unknown option {name}: {remedy}"),
        _("unknown data set {name}: {remedy}"),
        _("unknown view {name}: {remedy}"),
        _("unknown key {name}: {remedy}"),
        _("unknown rule {name}: {remedy}"),
        _("unknown activation {name}: {remedy}"),
        _("unknown {name} {value}: {remedy}"),
    )


def typed(_: Callable[[str], str]) -> tuple[str, ...]:
    """The sentences of pydantic, in small letters, each with what was given.

    >>> typed(str)[0]
    'field required, got {text}'
    """
    return (
        _("field required, got {text}"),
        _("extra inputs are not permitted, got {text}"),
        _("input should be a valid dictionary, got {text}"),
        _("input should be a valid dictionary or instance of {kind}, got {text}"),
        _("input should be a valid list, got {text}"),
        _("input should be a valid tuple, got {text}"),
        _("input should be a valid boolean, got {text}"),
        _("input should be a valid string, got {text}"),
        _("input should be a valid string, unable to parse raw data as a unicode string, got {text}"),
        _("input should be a valid number, got {text}"),
        _("input should be a valid number, unable to parse string as a number, got {text}"),
        _("input should be a valid integer, got a number with a fractional part, got {text}"),
        _("input should be a valid integer, got {text}"),
        _("input should be a valid integer, unable to parse string as an integer, got {text}"),
        _("unable to parse input string as an integer, exceeded maximum size, got {text}"),
        _("input should be less than {high}, got {text}"),
        _("input should be greater than {low}, got {text}"),
        _("input should be {names} or {name}, got {text}"),
        _("string should match pattern {values}, got {text}"),
        _("string should have at most {most} character(s), got {text}"),
        _("string should have at least {least} character(s), got {text}"),
        _("list should have at most {most} item(s) after validation, not {count}, got {text}"),
        _("list should have at least {least} item(s) after validation, not {count}, got {text}"),
        _("tuple should have at most {most} item(s) after validation, not {count}, got {text}"),
        _("tuple should have at least {least} item(s) after validation, not {count}, got {text}"),
        _("dictionary should have at most {most} item(s) after validation, not more, got {text}"),
        _("dictionary should have at most {most} item(s) after validation, not {count}, got {text}"),
    )
