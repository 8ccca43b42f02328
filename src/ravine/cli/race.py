"""ravine race."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ravine.cli.options import rules_of
from ravine.cli.output import plain
from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

if TYPE_CHECKING:
    from ravine.landscape import Racer, TestFunction

__all__: list[str] = []  # the command line is the interface

MOST_PLACES = 20_000_000
"""Places of one rival: a third of a gigabyte."""


def command(
    function: Annotated[
        str,
        typer.Argument(
            help="The test function: ravine (quadratic), rosenbrock, beale, himmelblau, rastrigin, saddle, plateau, "
            "cliff, ackley or styblinski_tang."
        ),
    ] = "ravine",
    rules: Annotated[
        str, typer.Option(help="Rivals, apart by commas; a rate that is left out is searched for: sgd:0.01,adam.")
    ] = "sgd,momentum,nesterov,adam",
    steps: Annotated[int, typer.Option(help="Steps of each rival.")] = 500,
    start: Annotated[str | None, typer.Option(help="Where all start, x,y; the function's own if left out.")] = None,
    starts: Annotated[int, typer.Option(help="How many starts: the first, and others spread over the view.")] = 1,
    within: Annotated[float, typer.Option(help="How near to a minimum is there.")] = 1e-3,
    tries: Annotated[int, typer.Option(help="Rates tried for each rule that has none: the same budget for all.")] = 64,
    maps: Annotated[bool, typer.Option("--basins", help="Also draw where each rule ends, for every start.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Determines the rates tried and the other starts.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for pictures, animations and the page.")] = Path(
        "race"
    ),
    lang: Annotated[str, typer.Option("--lang", help="en or pl.")] = "en",
) -> None:
    """Race update rules down a test function, and see who zigzags, who overshoots, who gets stuck.

    Every rule whose rate is left out gets the one that brings it to the minimum soonest, out of the same number of
    tries. The table says how near each came and after how many steps; the folder gets pictures (PNG, SVG, PDF),
    animations (GIF, APNG, and MP4 where ffmpeg is installed) and race.html, which plays the race in any browser.

    Examples:

    ```
    ravine race ravine --rules sgd,momentum,nesterov,adam
    ravine race beale --rules 'sgd:0.01,momentum:0.01,momentum=0.8,adam' --start 1,1.5
    ravine race rastrigin --starts 50 --basins --lang pl --out wyscig
    ```
    """
    prepare()
    from ravine.core import RavineError
    from ravine.landscape import function as named
    from ravine.landscape import race
    from ravine.view import translator

    catch_signals()
    _ = translator(lang)
    console = plain()
    test = named(function)
    _check_budget(steps, starts, tries)
    named_as = function.strip().replace("_", " ").replace("-", " ").capitalize()
    if maps and not test.minima:
        raise RavineError(f"--basins: {test.name} has no minimum to end in: leave the option out")
    first = _starts(test, start, starts, seed)
    with console.status(_("Racing ...")):
        racers = race(test, rules_of(rules), starts=first, steps=steps, tries=tries, within=within, seed=seed)
    _report(console, test, named_as, racers, first, steps, tries, within, seed, lang)
    with console.status("") as status:
        _write(test, named_as, racers, out, lang, status.update)
        if maps:
            _maps(test, named_as, racers, out, steps, lang, status.update)
    if shutil.which("ffmpeg") is None:
        console.print(_("No MP4: the program ffmpeg is not on PATH."), style="yellow")
    console.print(_("{page}: open it in a browser").format(page=out / "race.html"))


def _check_budget(steps: int, starts: int, tries: int) -> None:
    """Refuse more than can be kept and drawn, before any of it is made."""
    from ravine.core import RavineError

    for name, asked, count in (("--starts", starts, steps * starts), ("--tries", tries, steps * tries)):
        if count > MOST_PLACES:
            raise RavineError(f"race: --steps {steps} x {name} {asked} is more than {MOST_PLACES} places: lower them")


def _starts(test: TestFunction, text: str | None, count: int, seed: int) -> Any:
    """The first start, and *count* - 1 others."""
    import numpy as np

    from ravine.core import RavineError, check_count
    from ravine.landscape import random_starts

    check_count("race", "starts", count)
    first = np.array(test.start)
    if text is not None:
        try:
            first = np.array([float(part) for part in text.split(",")])
        except ValueError as error:
            raise RavineError(f"--start {text!r}: write x,y, e.g. --start 1,1.5") from error
        if first.shape != (2,):
            raise RavineError(f"--start {text!r}: write x,y, e.g. --start 1,1.5")
        low, high = np.transpose(np.array(test.domain))
        if not ((first >= low) & (first <= high)).all():
            (x0, x1), (y0, y1) = test.domain
            view = f"x must be in {x0:g} to {x1:g}, y in {y0:g} to {y1:g}"
            raise RavineError(f"--start {text}: outside of the view of {test.name}: {view}")
    others = random_starts(test, count - 1, seed) if count > 1 else np.zeros((0, 2))
    return np.concatenate([first[None], others])


def _report(
    console: Console,
    test: TestFunction,
    name: str,
    racers: tuple[Racer, ...],
    starts: Any,
    steps: int,
    tries: int,
    within: float,
    seed: int,
    lang: str,
) -> None:
    import numpy as np
    from rich.table import Table

    from ravine.landscape import REACH
    from ravine.view import number, translator

    _ = translator(lang)

    def short(value: float) -> str:
        return number(float(f"{value:.2g}"), lang)

    def middle(values: Any) -> float:
        # Between a number and infinity lies infinity: half did not arrive.
        ordered = np.sort(np.where(np.isnan(values), np.inf, values))
        return float(ordered[len(ordered) // 2]) if not np.isnan(values).all() else float("nan")

    several = len(starts) > 1
    place = ("; " if lang == "pl" else ", ").join(number(float(c), lang) for c in starts[0])
    words = _("{name} from ({place}) and {count} other places: medians") if several else _("{name} from ({place})")
    console.print(words.format(name=name, place=place, count=len(starts) - 1), style="bold")
    goal = _("Steps to within {distance}").format(distance=number(within, lang))
    heads = [_("Rule"), _("Rate"), _("Distance"), _("Height"), goal if test.minima else _("Steps to height −1")]
    heads += [_("Overshoot, %"), _("Diverged")] + ([_("Arrived")] if several else [])
    table = Table(*heads, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for each in racers:
        needed = middle(each.steps)
        lost = int((each.lost >= 0).sum())
        # Where there is no minimum, to leave for ever is what was wanted.
        at_step = _("step {step}") if test.minima or not np.isfinite(each.steps[0]) else _("left at step {step}")
        at_step = at_step.format(step=number(int(each.lost[0]), lang)) if lost else _("no")
        cells = [
            _called(each, lang),
            number(float(f"{each.rate:.3g}"), lang) + ("*" if each.edge else ""),
            short(middle(each.distance)) if test.minima else "–",
            short(middle(each.value)),
            number(needed, lang) if np.isfinite(needed) else f"> {number(steps, lang)}",
            "–" if np.isnan(each.overshoot).all() else number(100 * middle(each.overshoot), lang, 1),
            f"{lost} / {len(starts)}" if several else at_step,
        ]
        table.add_row(*cells, *([f"{int(np.isfinite(each.steps).sum())} / {len(starts)}"] if several else []))
    console.print(table)
    if any(each.tuned for each in racers):
        text = _(
            "Rates searched for: {tries} per rule, evenly over the logarithm of its range, whose upper end is "
            "{reach} times that for networks; seed {seed}."
        )
        console.print(text.format(tries=tries, reach=number(REACH, lang), seed=seed), style="dim")
    if any(each.edge for each in racers):
        console.print(_("* the smallest or the largest rate tried: a better one may lie beyond."), style="dim")


def _called(racer: Racer, lang: str) -> str:
    """The rule's name, and its rate where another runs at another."""
    from ravine.view import number, translator

    title = type(racer.rule).title
    apart = f" {number(racer.rate, lang)}" if racer.label != title else ""
    return translator(lang)(title) + apart


def _write(test: TestFunction, name: str, racers: tuple[Racer, ...], out: Path, lang: str, told: Any) -> None:
    import numpy as np

    from ravine.view import figures, write_race

    x, y = (np.linspace(*ends, 181) for ends in test.domain)
    surface = figures.Surface(x, y, np.asarray(test(np.stack(np.meshgrid(x, y), axis=-1))), test.minima)
    routes = [figures.Route(_called(each, lang), each.paths.positions[0]) for each in racers]
    write_race(
        surface,
        routes,
        out,
        values=[each.paths.values[0] for each in racers],
        rates=[each.rate for each in racers],
        title=name,
        language=lang,
        told=told,
    )


def _maps(
    test: TestFunction, name: str, racers: tuple[Racer, ...], out: Path, steps: int, lang: str, told: Any
) -> None:
    from ravine.core import write_file
    from ravine.landscape import basins
    from ravine.view import figures, number, png

    for each in racers:
        made = basins(test, each.rule, steps=steps)
        record = figures.BasinMap(made.x, made.y, made.outcome, made.steps, made.minima.points, made.minima.known)
        title = f"{name}: {_called(each, lang)}, {number(each.rate, lang)}"
        file = f"basins-{'-'.join(each.label.lower().split())}.png"
        told(file)
        write_file(out / file, png(figures.basin_map(record, title=title, language=lang)))
