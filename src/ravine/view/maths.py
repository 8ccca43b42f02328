"""LaTeX to MathML, so that formulas need no program and no type from outside."""

from __future__ import annotations

import functools
import re
from xml.etree import ElementTree

from latex2mathml import exceptions
from latex2mathml.converter import convert

from ravine.core import RavineError

__all__ = ["mathml", "mathml_pieces"]

_ERRORS: tuple[type[Exception], ...] = (
    IndexError,
    KeyError,
    ValueError,
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)
_CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mroot": 2}
FORMULAS = 1024
"""Formulas kept: a report's, not those of every report that a server writes."""
_FUNCTIONS = "arg|cos|cosh|det|exp|lim|ln|log|max|min|sign|sin|sinh|softmax|softplus|tan|tanh"
_RELATIONS = {"=", "≈", "≤", "≥", "<", ">", "→", "∈"}
_SIGNS = {"+", "\N{MINUS SIGN}"}
_WIDE = {"1em", "2em"}
# The comma of {,} stands in a number, which a power or an index may be set to; one alone stands between two numbers,
# with a space after it.
_DECIMALS = re.compile(r"<mn>(\d+)</mn><mrow><mo>&#x0002C;</mo></mrow>(<m(?:sup|sub|subsup)>)?<mn>(\d+)(?=</mn>)")
# Commands that the converter lacks or sets in the wrong shape, and what says the same to it.
_SAME = ((r"{aligned}", r"{split}"), (r"\mathrm{", r"\text{"), (r"\operatorname*{", r"\operatorname{"))


@functools.lru_cache(maxsize=FORMULAS)
def mathml(latex: str, *, display: bool = False) -> str:
    r"""Return the MathML element of *latex*, in a line or, with *display*, standing alone.

    >>> mathml("x^2")
    '<math display="inline"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
    >>> mathml("0{,}8")
    '<math display="inline"><mrow><mn>0,8</mn></mrow></math>'
    >>> mathml("0{,}8^t")
    '<math display="inline"><mrow><msup><mn>0,8</mn><mi>t</mi></msup></mrow></math>'
    >>> mathml(r"\frac{1}")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: the formula '\\frac{1}' cannot be set: mfrac lacks a part; write it otherwise
    """
    source = latex.strip()
    for theirs, ours in _SAME:
        source = source.replace(theirs, ours)
    try:
        made = convert(source, display="block" if display else "inline")
    except _ERRORS as error:
        raise _refusal(latex, type(error).__name__) from error
    made = _DECIMALS.sub(r"\2<mn>\1,\3", made.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))
    try:
        tree = ElementTree.fromstring(made)
    except ElementTree.ParseError as error:
        raise _refusal(latex, "a sign '&' stands outside of a table") from error
    for element in tree.iter():
        if len(element) != _CHILDREN.get(element.tag, len(element)):
            raise _refusal(latex, f"{element.tag} lacks a part")
        text = element.text or ""
        if element.tag != "mtext" and (text.startswith("\\") or (text in {"{", "}"} and element.tag == "mi")):
            raise _refusal(latex, f"{text!r} is unknown or alone")
    # TeX sets a thin space between the name of a function and its bare argument.
    return re.sub(rf"(<m[io]>(?:{_FUNCTIONS})</m[io]>)(?=<m(?:i|n|sub|sup)\b)", r'\1<mspace width="0.167em"/>', made)


def mathml_pieces(latex: str) -> list[str]:
    r"""Return *latex* set for standing alone, in pieces between which a line may break: browsers break none themselves.

    A line ends after the space between two formulas, or before a relation, a plus or a minus outside of brackets.

    >>> [len(mathml_pieces(each)) for each in (r"a = b, \quad c = d", r"f(x = y)", r"-x + y")]
    [4, 1, 2]
    """
    (row,) = ElementTree.fromstring(mathml(latex, display=True))
    pieces: list[list[ElementTree.Element]] = [[]]
    depth = 0
    for element in row:
        sign = element.text if element.tag == "mo" else None
        last = pieces[-1][-1] if pieces[-1] else None
        inner = depth or last is None
        if not inner and (sign in _RELATIONS or (sign in _SIGNS and last is not None and last.tag != "mo")):
            # A colon is an identifier to the converter.
            colon = sign == "=" and last is not None and last.text == ":"
            pieces.append([pieces[-1].pop()] if colon else [])
            element.set("form", "infix")
        text = "".join(element.itertext())
        # the brace of a distinction of cases has no partner
        depth += sum(text.count(each) for each in "([") - sum(text.count(each) for each in ")]")
        pieces[-1].append(element)
        if element.tag == "mspace" and not depth and element.get("width", "") in _WIDE:
            pieces.append([])
    return [_math(piece) for piece in pieces if piece]


def _math(elements: list[ElementTree.Element]) -> str:
    math = ElementTree.Element("math", {"display": "inline", "displaystyle": "true"})
    ElementTree.SubElement(math, "mrow").extend(elements)
    return ElementTree.tostring(math, encoding="unicode")


def _refusal(latex: str, cause: str) -> RavineError:
    return RavineError(f"the formula {latex!r} cannot be set: {cause}; write it otherwise")
