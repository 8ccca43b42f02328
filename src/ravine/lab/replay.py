"""A recording as a part of a report: the lab's page, its style sheet and the frames, all inside one HTML file."""

from __future__ import annotations

import re
from importlib import resources

from ravine.core import RavineError
from ravine.lab.recording import Recording
from ravine.view import number, translator
from ravine.view.blocks import Live

__all__ = ["page_file", "replay"]

_ENDING = re.compile(r"<(?=/script|!--)", re.IGNORECASE)


def page_file(name: str) -> str:
    """The text of the built page's file *name*.

    >>> ".ravine-lab" in page_file("lab.css"), "export" in page_file("lab.js")
    (True, True)
    """
    file = resources.files("ravine.lab").joinpath("static", name)
    if not file.is_file():
        raise RavineError("the lab's page is not in this installation: run npm in web/, or install a released version")
    return file.read_text(encoding="utf-8")


def replay(recording: Recording, language: str = "en", *, name: str = "replay") -> Live:
    """The *recording* as a part that plays, pauses and is scrubbed; *name* is its anchor.

    >>> from ravine.lab.recording import pack
    >>> part = replay(Recording({}, (0, 8), pack([])), "pl")
    >>> part.caption
    'Nagranie wyścigu do kroku 8: odtwórz je albo przesuń suwak osi czasu.'
    """
    _ = translator(language)
    markup = (
        f'<div data-ravine="record" data-source="{name}-data"><template><style>{_style()}</style></template></div>'
        f'<script type="application/json" id="{name}-data">{recording.json()}</script>'
    )
    caption = _("The race as it was recorded, up to step {step}: play it, or drag the slider of the time line.")
    step = number(recording.steps[-1], language)
    alt = _("Playing the recording takes JavaScript.")
    return Live(name, markup, _ENDING.sub(r"<\\", page_file("lab.js")), caption.format(step=step), alt)


def _style() -> str:
    return page_file("lab.css").replace("</", r"<\/")
