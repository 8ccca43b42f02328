"""The files of a race: pictures for print and page, moving pictures, and the page that plays it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ravine.core import write_file
from ravine.view import figures
from ravine.view.animation import apng, frames, gif, mp4
from ravine.view.export import pdf, png, svg
from ravine.view.player import player

__all__ = ["write_race"]


def write_race(
    surface: figures.Surface,
    routes: Sequence[figures.Route],
    folder: str | Path,
    *,
    values: Sequence[Any] | None = None,
    rates: Sequence[float] | None = None,
    title: str = "",
    language: str = "en",
    told: Callable[[str], None] = lambda name: None,
) -> tuple[Path, ...]:
    """Write the race of *routes* over *surface* into *folder* and return the files; *told* is called before each.

    race.png, race.svg and race.pdf stand still; race.gif and race-moving.png (APNG) move, race.mp4 too where the
    program ffmpeg is on PATH; race.html plays it. *values* and *rates* are as in `ravine.view.player.player`.

    >>> import tempfile
    >>> import numpy as np
    >>> grid = np.linspace(-1, 1, 9)
    >>> bowl = figures.Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_race(bowl, [figures.Route("SGD", [[1, 1], [0.5, 0.5], [0, 0]])], folder)
    >>> [file.name for file in files][:5]
    ['race.png', 'race.svg', 'race.pdf', 'race.gif', 'race-moving.png']
    """
    still = figures.trajectory(surface, routes, title=title, language=language)
    moving = frames(surface, routes, title=title, language=language)

    def page() -> bytes:
        return player(surface, routes, values=values, rates=rates, title=title, language=language).encode()

    makers: dict[str, Callable[[], bytes]] = {
        "race.png": lambda: png(still),
        "race.svg": lambda: svg(still).encode(),
        "race.pdf": lambda: pdf(still),
        "race.gif": lambda: gif(moving),
        "race-moving.png": lambda: apng(moving),
        **({"race.mp4": lambda: mp4(moving)} if shutil.which("ffmpeg") else {}),
        "race.html": page,
    }
    files = []
    for name, make in makers.items():
        told(name)
        files.append(Path(folder) / name)
        write_file(files[-1], make())
    return tuple(files)
