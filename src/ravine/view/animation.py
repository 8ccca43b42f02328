"""A race as a moving picture: frames, and the files GIF, APNG and MP4."""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from PIL import Image, PngImagePlugin

from ravine.core import RavineError, check_count
from ravine.view.figures._trajectory import Route, Surface, finite_part, near, scene
from ravine.view.figures.layout import key
from ravine.view.figures.records import require
from ravine.view.i18n import number, translator
from ravine.view.style import INK, MUTED, PAPER, styled

__all__ = ["Frames", "apng", "frames", "gif", "moments", "mp4"]

STILL = 0.002
"""A path that moves less than this share of the view until its end stands still to the eye."""
SHADES = ((INK, 72), (MUTED, 16))
"""Colours of what stands still, and in how many steps each goes over into white, in a GIF's palette."""


@dataclass(frozen=True, eq=False)
class Frames:
    """*images*, RGB and of one size, and for how many milliseconds each is shown: *times*, of the same length.

    *colours* are those of the lines, which a palette must not lose.

    No example: made by `frames`.
    """

    images: tuple[Image.Image, ...]
    times: tuple[int, ...]
    colours: tuple[str, ...] = ()


def moments(surface: Surface, routes: Sequence[Route], count: int = 80) -> list[int]:
    """The steps shown by *count* frames: dense at the beginning, up to the step from which on nothing moves any more.

    >>> grid = np.linspace(-1, 1, 9)
    >>> bowl = Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    >>> moments(bowl, [Route("a", np.linspace([1, 1], [0, 0], 101))], count=6)
    [0, 9, 25, 46, 72, 100]
    """
    check_count("moments", "count", count, least=2)
    require("moments", "routes", routes)
    view = np.array([surface.x[-1] - surface.x[0], surface.y[-1] - surface.y[0]])
    last = 1
    for route in routes:
        kept = near(surface, finite_part(route.points))
        moving = (np.abs(kept - kept[-1]) > STILL * view).any(axis=1)
        last = max(last, len(kept) - int(np.argmax(moving[::-1])) if moving.any() else 1)
    last = min(last, max(len(route.points) for route in routes) - 1)
    shares = np.linspace(0.0, 1.0, count) ** 1.5
    return [int(step) for step in np.unique(np.round(shares * last))]


@styled
def frames(
    surface: Surface,
    routes: Sequence[Route],
    *,
    count: int = 80,
    seconds: float = 6.0,
    hold: float = 2.0,
    title: str = "",
    dpi: int = 100,
    language: str = "en",
) -> Frames:
    """Draw *routes* as they grow over *surface*, in about *count* frames within *seconds*; the last is held for *hold*.

    What stands still is drawn once. A path that diverged stops where it left.

    >>> grid = np.linspace(-1, 1, 9)
    >>> bowl = Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    >>> made = frames(bowl, [Route("a", np.linspace([1, 1], [0, 0], 101))], count=4, dpi=40)
    >>> len(made.images), made.times
    (4, (1500, 1500, 1500, 2000))
    """
    _ = translator(language)
    steps = moments(surface, routes, count)
    figure, axes, styles, handles = scene(surface, routes, title=title, language=language)
    key(figure, [(route.label, style) for route, style in zip(routes, styles, strict=True)], handles)
    figure.set_dpi(dpi)
    # The encoders want even sizes.
    wide, high = (2 * round(side * dpi / 2) / dpi for side in figure.get_size_inches())
    figure.set_size_inches(wide, high)
    figure.patch.set(facecolor="white", alpha=1.0)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    engine: Any = figure.get_layout_engine()
    engine.execute(figure)
    figure.set_layout_engine("none")
    canvas.draw()
    behind = canvas.copy_from_bbox(figure.bbox)
    still = list(axes.lines)
    lines = [axes.plot([], [], zorder=4, **{**style, "linewidth": 1.7})[0] for style in styles]
    heads = [
        axes.plot([], [], marker="o", markersize=6, color=style["color"], markeredgecolor=PAPER, zorder=8)[0]
        for style in styles
    ]
    box = {"facecolor": PAPER, "alpha": 0.85, "linewidth": 0, "pad": 2.5}
    clock = axes.text(0.985, 0.97, "", transform=axes.transAxes, ha="right", va="top", color=INK, zorder=9, bbox=box)
    paths = [near(surface, finite_part(route.points)) for route in routes]
    images = []
    for step in steps:
        canvas.restore_region(behind)
        clock.set_text(_("step {step}").format(step=number(step, language)))
        for path, line, head in zip(paths, lines, heads, strict=True):
            line.set_data(*path[: step + 1].T)
            head.set_data(*path[min(step, len(path) - 1)][:, None])
        # Starts and minima are drawn again, for paths go over them.
        for artist in (*lines, *still, *heads, clock):
            axes.draw_artist(artist)
        images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    each = max(20, 10 * round(100 * seconds / len(images)))
    colours = tuple(dict.fromkeys(style["color"] for style in styles))
    return Frames(tuple(images), (*[each] * (len(images) - 1), round(1000 * hold)), colours)


def _painted(made: Frames) -> list[Image.Image]:
    """The images in one palette: the style's own colours on their way to white, for lines are drawn smooth."""
    room = (255 - sum(count for _, count in SHADES)) // max(1, len(made.colours))
    table = [(255, 255, 255)]
    for colour, count in (*SHADES, *((colour, min(room, 16)) for colour in made.colours)):
        first = 255 * np.array(to_rgb(colour))
        table += [tuple(round(c) for c in first + (255 - first) * k / count) for k in range(count)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for entry in table[:256] for channel in entry])
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in made.images]


def gif(made: Frames) -> bytes:
    """The *made* frames as a GIF, in the style's colours, that repeats for ever.

    >>> gif(Frames((Image.new("RGB", (4, 4)), Image.new("RGB", (4, 4), "white")), (100, 200)))[:6]
    b'GIF89a'
    """
    first, *rest = _painted(made)
    buffer = io.BytesIO()
    first.save(
        buffer, "GIF", save_all=True, append_images=rest, duration=list(made.times), loop=0, optimize=True, disposal=1
    )
    return buffer.getvalue()


def apng(made: Frames) -> bytes:
    """The *made* frames as an animated PNG, in full colour, that repeats for ever.

    After the first, each frame holds what changed and is clear elsewhere: files are a tenth as large. A program that
    knows no moving PNG shows the first frame.

    >>> apng(Frames((Image.new("RGB", (4, 4)), Image.new("RGB", (4, 4), "white")), (100, 200)))[1:4]
    b'PNG'
    """
    whole = [np.asarray(image.convert("RGBA")) for image in made.images]
    changed = [whole[0]]
    for before, after in itertools.pairwise(whole):
        same = (before == after).all(axis=-1, keepdims=True)
        changed.append(np.where(same, 0, after).astype(np.uint8))
    first, *rest = (Image.fromarray(each) for each in changed)
    buffer = io.BytesIO()
    over = PngImagePlugin.Blend.OP_OVER
    first.save(buffer, "PNG", save_all=True, append_images=rest, duration=list(made.times), loop=0, blend=over)
    return buffer.getvalue()


def mp4(made: Frames, *, rate: int = 25) -> bytes:
    """The *made* frames as an MP4 (H.264) of *rate* pictures per second, by the program ffmpeg, which must be on PATH.

    >>> import os
    >>> path, os.environ["PATH"] = os.environ["PATH"], ""
    >>> mp4(Frames((Image.new("RGB", (4, 4)),), (100,)))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: MP4 needs the program ffmpeg, which is not on PATH: install it, or take GIF or APNG
    >>> os.environ["PATH"] = path
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise RavineError("MP4 needs the program ffmpeg, which is not on PATH: install it, or take GIF or APNG")
    wide, high = made.images[0].size
    # Pictures are repeated for as long as they are shown: one rate for all.
    ends = np.round(np.cumsum(made.times) * rate / 1000).astype(int)
    counts = np.diff(ends, prepend=0)
    raw = b"".join(image.tobytes() * int(count) for image, count in zip(made.images, counts, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "race.mp4"
        words = [
            *(program, "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{wide}x{high}"),
            *("-r", str(rate), "-i", "-", "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", "-threads", "1"),
            *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", "-y", str(target)),
        ]
        done = subprocess.run(words, input=raw, capture_output=True, check=False)
        if done.returncode or not target.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise RavineError(f"ffmpeg could not make the MP4: {said[0]}: take GIF or APNG")
        return target.read_bytes()
