"""ravine lecture."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ravine.cli.output import plain
from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

if TYPE_CHECKING:
    from ravine.lecture import ChapterSpec

__all__: list[str] = []  # the command line is the interface


def command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.")] = Path("lecture-report"),
    quick: Annotated[bool, typer.Option("--quick/--full", help="Minutes, or all published sizes and epochs.")] = True,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A chapter (or claim) by name or number; may be repeated.")
    ] = None,
    claims: Annotated[
        bool, typer.Option("--claims", help="Only put the claims to the test: a table of verdicts, a section for each.")
    ] = False,
    language: Annotated[str, typer.Option("--lang", help="en or pl.")] = "en",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Determines weights, order and noise.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--data", help="Folder with MNIST's files, before RAVINE_DATA and the cache.")
    ] = None,
) -> None:
    """Run the lecture and write a report that opens in any browser.

    A second run in the same folder reuses what is done; Ctrl-C keeps it.

    Examples:

    ```
    ravine lecture
    ravine lecture --full --lang pl --out wyklad
    ravine lecture --only camera --only optimisers
    ravine lecture --claims --only adam
    ```
    """
    prepare(devices=os.cpu_count())
    from ravine.data import mnist_or_digits
    from ravine.lecture import chosen, claim_sections, lecture
    from ravine.view import translator

    _ = translator(language)
    console = plain(stderr=True)
    profile: Literal["quick", "full"] = "quick" if quick else "full"
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn(_("left")),
        TimeRemainingColumn(),
        console=console,
    )

    def data() -> Any:
        digits = mnist_or_digits(folder, flatten=True)
        if digits.name != "mnist":
            said = _("The lecture runs on {data}").format(data=digits.note)
            console.print(said, style="yellow", markup=False, soft_wrap=True)
        return digits

    began = time.monotonic()
    watcher = _bars(bars, language, claim_sections(only or []) if claims else chosen(only or []), profile)
    # The chapters that are done are to be written: Ctrl-C must reach the lecture, not end a single training early.
    catch_signals()
    for sign in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(sign) is signal.default_int_handler:
            signal.signal(sign, _interrupt)
    try:
        page = lecture(
            out,
            profile=profile,
            language=language,
            seed=seed,
            only=only or [],
            claims=claims,
            watcher=watcher,
            data=data,
        )
    except KeyboardInterrupt:
        said = _("interrupted: what was done is kept in {out}; the same command goes on")
        console.print(said.format(out=out), style="yellow")
        raise typer.Exit(130) from None
    finally:
        if bars.live.is_started:
            bars.stop()
    said = _("{page} in {seconds} s: open it in a browser")
    console.print(said.format(page=page, seconds=f"{time.monotonic() - began:.0f}"), soft_wrap=True)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _bars(bars: Progress, language: str, parts: list[tuple[int, ChapterSpec]], profile: str) -> Any:
    """A watcher that draws two bars: the whole lecture, and the experiment under way."""
    from ravine.lecture import Watcher

    column = 0 if profile == "quick" else 1
    total = sum(part.weights[column] for _, part in parts)

    class Bars(Watcher):
        def __init__(self) -> None:
            self.whole = bars.add_task("lecture", total=total)
            self.now = bars.add_task("", total=1.0, visible=False)
            self.done_seconds = self.seconds = self.began = 0.0

        def chapter(self, part: ChapterSpec, seconds: float) -> None:
            bars.start()
            self.seconds, self.began = seconds, time.monotonic()
            bars.update(self.whole, description=part.titles[language])

        def experiment(self, name: str) -> Any:
            bars.reset(self.now, description=f"  {name}", total=1.0, visible=True)

            def told(share: float) -> None:
                bars.update(self.now, completed=share)
                # The chapter's own share is not known; its usual time stands for it, never quite to the end.
                spent = min(time.monotonic() - self.began, 0.95 * self.seconds)
                bars.update(self.whole, completed=self.done_seconds + spent)

            return told

        def done(self, part: ChapterSpec) -> None:
            self.done_seconds += self.seconds
            bars.update(self.whole, completed=self.done_seconds)
            bars.update(self.now, visible=False)

    return Bars()
