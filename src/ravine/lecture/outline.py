"""What a chapter shows at once, and what waits behind a line: text, formulas, one strong figure, print beside ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ravine.view import translator
from ravine.view.blocks import Block, Code, Figure, Fold, Note, Summary, Table

__all__ = ["STRONG", "first_sentence", "outlined"]

STRONG: Mapping[str, str] = MappingProxyType(
    {
        "activations": "activations-curves",
        "vanishing": "vanishing-curves",
        "mnist": "mnist-gallery",
        "mlp": "mlp-curves",
        "deep": "deep-curves",
        "camera": "camera-hand",
        "descent": "descent-clocks",
        "optimisers": "optimisers-ravine-plain",
    }
)
"""The figure of each chapter that stays open; the chapter on layers has none.

No example: a table.
"""


def outlined(blocks: Iterable[Block], strong: str, language: str) -> tuple[Block, ...]:
    """The *blocks* of a chapter with its details folded: code, tables, summaries, figures but *strong*, verdicts.

    Text, formulas, warnings and the comparisons with published numbers stay as they are. The line that is left of a
    fold is the first sentence of its caption; of a verdict, the claim and how it ended.

    >>> from ravine.view.blocks import Text
    >>> [type(each).__name__ for each in outlined((Text("Why"), Code("1 + 1")), "", "en")]
    ['Text', 'Fold']
    """
    return tuple(_folded(block, strong, language) for block in blocks)


def _folded(block: Block, strong: str, language: str) -> Block:
    _ = translator(language)
    match block:
        case Note(kind="supported" | "refuted" | "open" | "untested"):
            return replace(block, folded=True)
        case Figure() if block.id != strong:
            return Fold(first_sentence(block.caption), (block,))
        case Table():
            return Fold(first_sentence(block.caption) or ", ".join(name for name in block.columns if name), (block,))
        case Code():
            return Fold(_("and what it prints") if block.output else _("that made what is shown here"), (block,))
        case Summary():
            return Fold(block.title or _("The layers and their parameters"), (block,))
        case _:
            return block


def first_sentence(markdown: str) -> str:
    """The first sentence of a caption, without its full stop and with the words of links alone.

    >>> first_sentence("The loss $L. A$ of [SGD](#a). Lower is better.")
    'The loss $L. A$ of SGD'
    """
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown.strip())
    for end in re.finditer(r"[.:;](?=\s|$)", text):
        # a stop inside a formula or a bracket ends no sentence
        if text.count("$", 0, end.start()) % 2 == 0 and text.count("(", 0, end.start()) == text.count(
            ")", 0, end.start()
        ):
            return text[: end.start()]
    return text
