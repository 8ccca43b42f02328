"""ravine study."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ravine.cli.options import goal_of, pairs, range_of, rules_of, value, values_of
from ravine.cli.output import plain
from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

if TYPE_CHECKING:
    from ravine.study import Status

__all__: list[str] = []  # the command line is the interface

STEM = 100
"""Bytes of a study's name that are made of its data and rules: more would not name a folder."""


def command(
    data: Annotated[
        list[str] | None,
        typer.Argument(help="Data sets' names (see `ravine data list`), CSV or Parquet files; or one study.toml."),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="A network as text, * for the data's inputs and outputs: *-32:relu-*. May be repeated."),
    ] = None,
    rules: Annotated[str | None, typer.Option(help="Update rules, e.g. sgd,momentum,adam or sgd:0.1,adam.")] = None,
    batch: Annotated[str | None, typer.Option(help="Examples per step, several with commas, or full.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training part, for each run.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of each run, in place of epochs.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Seconds of training of each run, in place of epochs.")] = None,
    tune: Annotated[int | None, typer.Option(help="Settings drawn for each rival: the budget of its tuning.")] = None,
    tune_seeds: Annotated[
        int | None, typer.Option(help="Seeds for each setting that is tried; above 1, luck chooses less.")
    ] = None,
    sampler: Annotated[
        str | None, typer.Option(help="How settings are drawn: sobol, halton, random; tpe or cmaes (with optuna).")
    ] = None,
    halving: Annotated[
        int | None, typer.Option(help="Go on with the best 1 in HALVING, trained as many times longer.")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Seeds of the runs that decide. Given more than before, only the new ones are trained."),
    ] = None,
    splits: Annotated[
        int | None,
        typer.Option(help="Splits of the data: all is tuned and trained anew on each, and the verdict covers them."),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(help="axis=values, e.g. learning_rate=1e-4..1:9, dropout=0,0.2, activation=relu,tanh, depth=1,2."),
    ] = None,
    range_: Annotated[
        list[str] | None, typer.Option("--range", help="axis=low..high from which settings are drawn.")
    ] = None,
    option: Annotated[list[str] | None, typer.Option(help="name=value for the data set, e.g. n=1000.")] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict, where data are files.")] = None,
    validation: Annotated[float | None, typer.Option(help="Share of the training part held out to choose by.")] = None,
    scale: Annotated[str | None, typer.Option(help="Scale inputs: standard or minmax.")] = None,
    score: Annotated[str | None, typer.Option(help="What chooses settings, e.g. validation_loss.")] = None,
    measure: Annotated[str | None, typer.Option(help="What decides, e.g. test_accuracy.")] = None,
    goal: Annotated[
        str | None,
        typer.Option(
            help="A value of the score to be reached, 0.9 or by data set digits=0.9,moons=0.95: steps and time until "
            "then are compared."
        ),
    ] = None,
    level: Annotated[float | None, typer.Option(help="Confidence of intervals and verdicts.")] = None,
    test: Annotated[
        str | None,
        typer.Option(help="The test that decides: t (Student's), permutation (of signs) or wilcoxon (of ranks)."),
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="The least difference that matters: rivals may be shown to be equal within it.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Determines the parts of the data, the draws and all runs.")] = None,
    name: Annotated[str | None, typer.Option(help="A name for the study; made of data and rules if left out.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Folder of results (else $RAVINE_RUNS, else runs).")] = None,
    on: Annotated[str, typer.Option(help="Where: here, ray (a cluster of this machine), or ray://address.")] = "here",
    lang: Annotated[str, typer.Option(help="Language of the report: en or pl.")] = "en",
    show: Annotated[bool, typer.Option("--plan", help="Only print who would compete and how much work it is.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Hold a fair tournament, and say who won, or that nobody did.

    Every rival gets the same number of settings to try on a validation part; the best of each is trained anew with
    fresh seeds that all share, and the test part is read once. The report opens with the verdict.

    A study that was interrupted goes on where it was when the same command is given again; with more seeds, only the
    new ones are trained. What is found holds on one split of the data: --splits repeats all of it on several.

    Examples:

    ```
    ravine study digits --network '*-32:relu-*' --rules sgd,momentum,adam --tune 8 --seeds 10
    ravine study mnist --network '*-128:relu-*' --rules adam --sweep learning_rate=1e-4..1e-1:7 --sweep dropout=0,0.2
    ravine study digits --network '*-32:relu-*' --rules sgd,adam --tune 8 --splits 10 --seeds 2
    ravine study study.toml
    ```
    """
    prepare(devices=None)
    import warnings

    from ravine.study import FewSeeds, Store, UnequalBudgets, run_study, runner

    catch_signals()
    store = Store(runs)
    study = _study(
        store,
        data,
        networks=tuple(network) if network else None,
        rules=None if rules is None else tuple(rules_of(rules)),
        batch_sizes=None if batch is None else tuple(value(each) for each in batch.split(",")),
        sweep={axis: values_of(text) for axis, text in pairs("--sweep", sweep)} or None,
        ranges={axis: range_of(axis, text) for axis, text in pairs("--range", range_)} or None,
        options={key: value(text) for key, text in pairs("--option", option)} or None,
        epochs=epochs,
        steps=steps,
        seconds=seconds,
        tune=tune,
        tune_seeds=tune_seeds,
        sampler=sampler,
        halving=halving,
        seeds=seeds,
        splits=splits,
        target=target,
        validation=validation,
        scale=scale,
        score=score,
        measure=measure,
        goal=None if goal is None else goal_of(goal),
        level=level,
        test=test,
        margin=margin,
        seed=seed,
        name=name,
    )
    console = plain()
    if show:
        _show(console, study, lang)
        return
    _foresee(console, study, lang)
    with _Progress(console, quiet) as told, warnings.catch_warnings():
        # It has just been said, in the reader's language.
        for each in (FewSeeds, UnequalBudgets):
            warnings.simplefilter("ignore", each)
        try:
            results = run_study(study, store=store, runner=runner(on), progress=told)
        except KeyboardInterrupt:
            told.bar.stop()
            kept = "interrupted: the packs that are done are kept; the same command goes on"
            plain(stderr=True).print(kept, style="yellow")
            raise typer.Exit(130) from None
    report(study, results, store, lang, console)


def report(study: Any, results: Any, store: Any, lang: str, console: Console) -> None:
    """Write what the study found beside it, and say it in a sentence and a table.

    No example: called by the commands.
    """
    from ravine.study import findings
    from ravine.view import edge_words, study_report, study_tables, study_verdict, write

    found = findings(study, results)
    home = store.home(study.name)
    page, *_ = write(study_report(found, lang), home / "report.html", print_too=True)
    study_tables(found, home, lang)
    console.print(study_verdict(found, lang), style="bold")
    for words in edge_words(found, lang):
        console.print(words, style="yellow", markup=False)
    console.print(f"{page}")


def _study(store: Any, data: list[str] | None, **given: Any) -> Any:
    """The study of a file, or of the options; what is given stands over the file.

    Without a name it has that of the study in *store* that it is, or of which it is the same with more seeds.
    """
    from ravine.core import RavineError
    from ravine.study import read_study

    names = data or []
    files = [name for name in names if Path(name).suffix.lower() == ".toml"]
    if files:
        if len(names) > 1:
            raise RavineError(f"{files[0]} describes a whole study: give it alone, and what differs as options")
        return read_study(files[0], **given)
    if given["networks"] is None:
        raise RavineError("study: which network? Give --network, e.g. --network '*-32:relu-*', or a study.toml")
    given["rules"] = given["rules"] or ("sgd", "momentum", "adam")
    values = {key: each for key, each in given.items() if each is not None} | {"data": tuple(names) or ("mnist",)}
    study = read_study(values)
    if given["name"] is not None:
        return study
    stem = "-".join([*(Path(name).stem for name in study.data), *(text.partition(":")[0] for text in study.rules)])
    stem = stem.encode()[:STEM].decode(errors="ignore")
    there = store.fewer(study, stem)
    return read_study(values, name=f"{stem}-{study.mark[:6]}" if there is None else there)


def _show(console: Console, study: Any, lang: str) -> None:
    """Print who would compete, how many networks would be trained, and what that can show."""
    from rich.table import Table

    from ravine.nn import to_text
    from ravine.study import axes_of, budgets, problems, rivals
    from ravine.view import translator

    _ = translator(lang)
    table = Table(_("problem"), _("rival"), _("network"), _("settings tried"), _("drawn from"))
    count = 0
    for problem in (each for each in problems(study) if not each.split):
        those = rivals(study, problem)
        tried = budgets(study, those)
        for rival in those:
            axes = ", ".join(f"{name} {each.low:g}..{each.high:g}" for name, each in axes_of(study, rival).items())
            number = str(tried[rival.label]) if study.tunes else "1"
            table.add_row(problem.data, rival.label, to_text(rival.network), number, axes if study.tune else "")
            count += 1
    console.print(table)
    text = _("{count} rivals, {tune} settings drawn for each with {tune_seeds} seeds, then {seeds} seeds")
    console.print(text.format(count=count, tune=study.tune, tune_seeds=study.tune_seeds, seeds=study.seeds))
    _foresee(console, study, lang)


def _foresee(console: Console, study: Any, lang: str) -> None:
    """Say what so many seeds can show, and whether budgets are unequal, before anything is trained."""
    from ravine.stats import outlook
    from ravine.study import budgets, problems, rivals
    from ravine.view import budget_words, outlook_words

    competing = math.prod(map(len, (study.networks, study.rules, study.batch_sizes, *study.named.values())))
    if competing == 1:
        return
    told = outlook(study.seeds if study.splits == 1 else study.splits, study.level, study.test)
    said = outlook_words(told, lang, splits=study.splits > 1)
    console.print(said, style="yellow" if told.seeds < told.least_lost else None, soft_wrap=True)
    unequal = budget_words(budgets(study, rivals(study, problems(study)[0])), lang) if study.tunes else ""
    if unequal:
        console.print(unequal, style="yellow", soft_wrap=True)


class _Progress:
    """Packs and networks done, those lost, the best score so far, and the time left, on one line."""

    def __init__(self, console: Console, quiet: bool) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}", markup=False))
        self.bar = Progress(*columns, console=console, disable=quiet, transient=True)
        self.task: Any = None

    def __enter__(self) -> _Progress:
        self.bar.__enter__()
        self.task = self.bar.add_task("", total=1.0, said="")
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.__exit__(*error)

    def __call__(self, status: Status) -> None:
        lost = f", {status.diverged} lost" if status.diverged else ""
        best = f", best {status.best[1]:.4g} ({status.best[0]})" if status.best else ""
        left = "" if math.isnan(status.left) else f", {_clock(status.left)} left"
        found = f" ({status.packs_found} found)" if status.packs_found else ""
        packs = f"{status.packs_done}/{status.packs} packs{found}"
        said = f"{packs}, {status.members_done}/{status.members} networks{lost}{best}{left}"
        share = status.work_done / status.work if status.work else 0.0
        phase = {"tune": "tuning", "final": "judging"}[status.phase]
        self.bar.update(self.task, completed=share, description=phase, said=said)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
