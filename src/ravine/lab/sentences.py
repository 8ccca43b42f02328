"""Sentences of the server in the language of the page: what is said in English when a request is refused, translated.

Errors are written where they arise, in English, with their values in them. Here stand their patterns, a name in braces
for each value; the catalogues of gettext hold the translations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ravine.lab.wrong_values import asked, typed
from ravine.view import translator

__all__ = ["translated"]

LONGEST = 2_000
"""Characters; what is longer holds a value that nobody wants to read, and stays as it is."""
INNER = frozenset({"cause", "remedy"})
"""Values that are sentences themselves."""
WHOLE = INNER | {"reason", "values", "text", "odd"}
"""Values that may hold a colon with a blank behind it, which elsewhere ends what a sentence is about."""


def _entry(_: Callable[[str], str]) -> tuple[str, ...]:
    """Of the door: who may come in, and how much may be sent."""
    return (
        _("the host {host} is not this server's name: use its address"),
        _("the origin {origin} is foreign: use the lab's own page"),
        _("a page of another site may not write here: use the lab's own page"),
        _("no token, or a stale one: open the address that `ravine lab` printed"),
        _("the token is not this start's: open the address that `ravine lab` printed last"),
        _("the body is longer than {most} bytes: send less"),
        _("the body did not come within {seconds} seconds: send it again"),
        _("the content type {kinds} is not taken: send application/json"),
        _("there is no page {path}: begin at the lab's own address"),
        _("{method} is not understood at {path}: see GET openapi.json"),
        _("the request is not JSON (more than {most} levels deep): send a JSON object"),
        _("the request is not JSON ({reason}): send a JSON object"),
        _("the request must be a JSON object, got {value}"),
        _("the request is not JSON (half a character, a surrogate): send whole ones"),
        _("the server failed: {reason}: please report it"),
        _("the stream failed: {reason}: please report it"),
    )


def _runs(_: Callable[[str], str]) -> tuple[str, ...]:
    """Of runs: beginning, training, looking."""
    return (
        _("there is no run {id}: begin one with POST runs"),
        _("there is no export {kind}: known are {names}"),
        _("there is no lane {lane}: ask for one of the configuration's"),
        _("there is no lane {lane}: they run from 0 to {last}"),
        _("lane {lane} is off: choose another"),
        _("the run has ended"),
        _("the run has ended: begin a new one"),
        _("the run ended at step {step}, {left} steps short: begin a new one"),
        _("the lab is closing: start it again with `ravine lab`"),
        _("training ended: {reason}: begin a new run"),
        _("the view {view} cannot be shown: {reason}"),
        _("{count} runs are under way: end one first"),
        _("{count} runs are training already, at most {most}: pause one"),
        _("this run may take {size} MB, and all runs {most} MB at most: take fewer lanes, layers or units, or smaller "
          "batches"),
        _("this run may take {size} MB, and those under way leave {left} MB: end one, or take fewer lanes or units"),
        _("a run is changed by hand {most} times at most: reset it, or begin a new one"),
        _("every lane has diverged: reset, go back, or lower the rates"),
        _("every lane has diverged by step {step}"),
        _("all lanes are off: turn at least one on"),
        _("paused, for nobody was watching"),
        _("stopped: {cause}"),
        _("{step} steps are done"),
        _("a run has {steps} steps at most"),
        _("lane {lane} ({rule}) reached {quantity} {value} at step {step}"),
        _("step {step} is past: fork there first, or play on"),
        _("nothing has been recorded yet: run a few steps first"),
        _("the race has been recorded at one step only: let it run on for a moment"),
        _("two moments of this run take {size} characters, at most {room}: take fewer lanes or units"),
        _("the network has {count} parameters, at most {most}: take fewer units"),
        _("at least 2 points are needed, got {count}: paint more"),
        _("no loss {loss} for {task}: {remedy}"),
        _("activation {name} mixes units: a hidden layer needs an elementwise one"),
        _("{width} layers need as many entries, the last one included, got {given}"),
        _("kernel {number} has the shape {shape}, the network's is {wanted}"),
        _("did you mean {name}? Known: {names}"),
        _("known: {names}"),
        _("{name} must be from {low} to {high}, got {value}"),
        _("input should be greater than or equal to {low}, got {value}"),
        _("input should be less than or equal to {high}, got {value}"),
        _("input should be a finite number, got {value}"),
        _("{name} must be a number in {range}, got {value}"),
        _("network {name}"),
        _("the lab's data say how it begins and ends: write {form}"),
        _("the lab has no hidden {layer} there: take dense layers, each with a normalisation, an activation, a dropout "
          "where wanted"),
    )  # fmt: skip


def _links(_: Callable[[str], str]) -> tuple[str, ...]:
    """Of links that hold a configuration."""
    return (
        _("no configuration can be read from it: copy the whole link once more"),
        _("the link's data are a table, which a link does not hold: bring it again with --data and --target"),
        _("the link's data are {name}, and no table of your own: leave --data and --target out"),
    )


def _tables(_: Callable[[str], str]) -> tuple[str, ...]:
    """Of tables that are brought."""
    return (
        _("column {name}"),
        _("frame"),
        _("request"),
        _("configuration"),
        _("there is no upload {id}: bring the table again"),
        _("longer than {most} bytes: take fewer rows"),
        _("at least {count} columns, at most {most}: leave columns out"),
        _("line {line} has more than {most} characters: give each row a line of its own"),
        _("{count} columns: at most {most}"),
        _("{count} rows: at most {most} are read: leave some out"),
        _("{target} has {count} classes, at most {most}: choose another target"),
        _("the texts make {count} inputs, at most {most}: leave columns out"),
        _("{rows} rows of {inputs} inputs make {cells} numbers, at most {most}: leave columns out, or take fewer rows"),
        _("no column {name}: {remedy}"),
        _("cannot be read (it holds no rows): give a table"),
        _("cannot be read (it holds no rows below the names): give a table"),
        _("cannot be read (it holds zero bytes): give a text file"),
        _("line {line} cannot be read ({reason}): mend its quotes"),
        _("row {row} has {count} value(s) ({values}), the table {width}: mend it, or name the separator"),
        _("no columns left for the inputs: leave at least one"),
        _("no columns left for the inputs, {reason}: keep one"),
        _("{count} missing value(s), the first at row {row}: fill in or drop such rows ({way}); likewise {others}"),
        _("{count} missing value(s), the first at row {row}: fill in or drop such rows ({way})"),
        _("{count} missing value(s), the first at row {row}: fill in or drop such rows"),
        _("{value} at row {row}: fill in or drop such rows"),
        _("unknown category {value} at row {row}: {remedy}"),
        _("{count} different texts in {rows} rows, e.g. {text}: leave out with {way}, turn into numbers, or take as "
          "they are with {categories}"),
        _("dates, e.g. {text}: leave out with {way}, turn into numbers, or take as they are with {categories}"),
        _("{numbers} numbers and {texts} text(s), the first {odd} at row {row} (is it a missing value? {mark}): leave "
          "out with {way}, turn into numbers, or take as they are with {categories}"),
        _("parts of {parts} leave none of the {count} examples for training: ask for less"),
        _("is no table of your own: send x, {count} numbers"),
        _("x must be {count} finite numbers, got {given}: send one example"),
    )  # fmt: skip


def _read(_: Callable[[str], str]) -> tuple[str, ...]:
    """Of tables that were read: what was understood of them."""
    return (
        _("separator tab"),
        _("separator {name}"),
        _("separated by blanks"),
        _("one column"),
        _("encoding {name}"),
        _("decimal comma"),
        _("{count} line(s) before the table left out"),
        _("lines that begin with {mark} left out"),
        _("no line of names, so the columns are called {first} to {last} (header=true if the first line is one)"),
        _("no line of names, so the columns are called {first} (header=true if the first line is one)"),
        _("two columns are called {name}, the later becomes {fresh}"),
        _("column {place} has no name, it becomes {fresh}"),
        _("names taken from the comment above the table"),
        _("percent signs left out"),
        _("{given} is read as {number}"),
        _("{count} values {given} are missing"),
        _("1 value {given} is missing"),
    )


def _pattern(template: str) -> re.Pattern[str]:
    """What the English sentences of *template* look like; "(s)" is an "s" or none."""
    parts = re.split(r"\{(\w+)\}", template)
    made = [
        re.escape(part) if place % 2 == 0 else f"(?P<{part}>{'.' if part in WHOLE else '(?:(?!: ).)'}+?)"
        for place, part in enumerate(parts)
    ]
    return re.compile("".join(made).replace(re.escape("(s)"), "s?"), re.DOTALL)


@lru_cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found, _ = (translator(each) for each in ("en", language))
    templates = [template for part in (_entry, _runs, typed, _links, _read, _tables, asked) for template in part(found)]
    return tuple((_pattern(template), _(template)) for template in templates)


def translated(text: str, language: str) -> str:
    """The sentence *text*, English, in *language*; what is not known stays English.

    What stands before a colon, such as the name of a file or a column, stays, and the sentence behind it is translated.

    >>> translated("people.csv: 612 columns: at most 500", "pl")
    'people.csv: kolumn jest 612, a może być najwyżej 500'
    >>> translated("no such sentence: at all", "pl")
    'no such sentence: at all'
    """
    if language == "en" or len(text) > LONGEST:
        return text
    for pattern, template in _patterns(language):
        if (match := pattern.fullmatch(text)) is not None:
            values = match.groupdict()
            return template.format(**{k: translated(v, language) if k in INNER else v for k, v in values.items()})
    head, colon, rest = text.partition(": ")
    return f"{translated(head, language)}: {translated(rest, language)}" if colon else text
