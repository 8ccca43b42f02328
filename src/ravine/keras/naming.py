"""Names as Keras gives them: ``dense``, ``dense_1``, ... per kind of object."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

__all__ = ["forget_names", "numbered", "snake", "unique"]

_given: Counter[str] = Counter()


def snake(name: str) -> str:
    """Turn the name of a class into the words of a name, with Keras's idea of where a word begins.

    >>> snake("BatchNormalization"), snake("PReLU"), snake("SimpleRNN"), snake("LSTM")
    ('batch_normalization', 'p_re_lu', 'simple_rnn', 'lstm')
    """
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def unique(stem: str) -> str:
    """Number the names built on *stem* from the second on.

    >>> unique("peak"), unique("peak")
    ('peak', 'peak_1')
    """
    count = _given[stem]
    _given[stem] += 1
    return f"{stem}_{count}" if count else stem


def numbered(things: Iterable[object]) -> list[str]:
    """The words of each thing's class, numbered per class from the second on, as files name groups.

    A class that files know by another name says so as *in_files*.

    >>> numbered([1, "a", 2])
    ['int', 'str', 'int_1']
    """
    seen: Counter[str] = Counter()
    names = []
    for thing in things:
        stem = snake(getattr(type(thing), "in_files", type(thing).__name__))
        names.append(f"{stem}_{seen[stem]}" if seen[stem] else stem)
        seen[stem] += 1
    return names


def forget_names() -> None:
    """Begin to number anew, as ``keras.backend.clear_session`` does.

    >>> forget_names(); unique("valley"), forget_names(), unique("valley")
    ('valley', None, 'valley')
    """
    _given.clear()
