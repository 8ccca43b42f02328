"""From results to what they allow one to say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from ravine.core import RavineError
from ravine.stats import rank
from ravine.study._rivals import Problem, problems
from ravine.study.packs import Pack
from ravine.study.protocol import protocol_of
from ravine.study.report_record import Findings
from ravine.study.results import Results
from ravine.study.run_seeds import final_seeds
from ravine.study.spec import Study
from ravine.study.splits import overlap, rank_splits
from ravine.study.store import Store
from ravine.study.tournament import run_study, target_metrics
from ravine.train import rises

__all__ = ["facts", "findings", "fingerprint", "load_results", "merge_studies", "tried"]


def facts(study: Study, problem: Problem) -> dict[str, Any]:
    """What the rivals compete on: data, split, budget, seeds and what decides. Results of other facts do not compare.

    No example: reads data.
    """
    score, measure = target_metrics(study, problem)
    budget = ("epochs", "steps", "seconds", "seeds", "seed", "tune", "tune_seeds", "loss", "dtype")
    splits = {"splits": study.splits} if study.splits > 1 else {}
    return (
        {name: getattr(study, name) for name in budget}
        | splits
        | {
            "data": problem.dataset.fingerprint,
            "score": score,
            "measure": measure,
        }
    )


def fingerprint(study: Study, found: tuple[Problem, ...]) -> str:
    """A digest of the `facts` of all problems.

    No example: reads data.
    """
    text = json.dumps([facts(study, problem) for problem in found], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def findings(study: Study, results: Results) -> Findings:
    """What *results* of *study* say: a ranking for each problem, with the tables and the protocol behind it.

    No example: see `ravine study`.
    """
    study = results.study or study
    all_problems = problems(study)
    score, measure = target_metrics(study, all_problems[0])
    how: dict[str, Any] = {
        "higher": rises(measure), "level": study.level, "margin": study.margin, "test": study.test,
    }  # fmt: skip
    cuts = {name: [each.dataset for each in all_problems if each.data == name] for name in study.data}
    rankings = tuple(
        (name, rank_splits(results.values(name), overlap(parts), **how) if study.splits > 1
         else rank(results.values(name), **how))
        for name, parts in cuts.items()
    )  # fmt: skip
    return Findings(
        title=study.name,
        question="",
        quantity=measure,
        higher=rises(measure),
        level=study.level,
        rankings=rankings,
        members=results.members,
        curves=results.curves,
        protocol=protocol_of(study, all_problems, score, measure, tried(results.members)),
        fingerprint=fingerprint(study, all_problems),
        goal=None if study.goal is None else (score, study.goal),
        splits=study.splits,
    )


def tried(members: pl.DataFrame) -> dict[str, int]:
    """How many settings each rival really tried, by rival; the most of all problems and splits.

    >>> tried(pl.DataFrame({"phase": ["tune", "tune"], "problem": "xor", "rival": "sgd", "setting": ["{}", "{}"]}))
    {'sgd': 1}
    """
    keys = [name for name in ("problem", "split", "rival") if name in members.columns]
    tuned = members.filter(pl.col("phase") == "tune").group_by(keys, maintain_order=True)
    counts = tuned.agg(pl.col("setting").n_unique()).group_by("rival", maintain_order=True).max()
    return dict(counts.select("rival", "setting").iter_rows())


class _Looking:
    """A runner that does nothing, and says how much there is to do."""

    def run(self, packs: Sequence[Pack], *others: Any) -> None:
        raise RavineError(f"the study is not finished, at least {len(packs)} packs are missing")


def load_results(name: str, store: Store) -> tuple[Study, Results]:
    """The study *name* and its results, all of which must be there.

    >>> import tempfile
    >>> load_results("absent", Store(tempfile.mkdtemp()))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: there is no study 'absent' in ...
    """
    study = store.study(name)
    try:
        return study, run_study(study, store=store, runner=_Looking())
    except RavineError as error:
        raise RavineError(f"{name}: {error}: go on with `ravine study {store.home(name) / 'study.toml'}`") from error


def merge_studies(names: Sequence[str], store: Store) -> Findings:
    """The rivals of several finished studies in one ranking, over the seeds that all have; refused on different data.

    No example: see `ravine runs compare`.
    """
    if len(names) < 2:
        raise RavineError(f"compare: give at least two studies, got {', '.join(names) or 'none'}")
    done = [load_results(name, store) for name in names]
    parts = [problems(study) for study, _ in done]
    # How many seeds each has makes no difference: those that all have are compared.
    first = [facts(done[0][0], problem) | {"seeds": None} for problem in parts[0]]
    for (study, _), found in zip(done[1:], parts[1:], strict=True):
        other = [facts(study, problem) | {"seeds": None} for problem in found]
        pairs = zip(first, other, strict=False)
        differing = sorted({key for one, two in pairs for key in {*one, *two} if one.get(key) != two.get(key)})
        if len(other) != len(first) or differing:
            what = ", ".join(differing) or "the number of data sets"
            raise RavineError(
                f"{done[0][0].name} and {study.name} cannot stand side by side, they differ in {what}: "
                "repeat one of them as the other was done"
            )

    def joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        named = [
            frame.with_columns(
                pl.format("{}: {}", pl.lit(name), pl.col("rival")).alias("rival"),
                pl.format("{}-{}", pl.lit(name), pl.col("member")).alias("member"),
            )
            for name, frame in zip(names, frames, strict=True)
        ]
        return pl.concat(named, how="diagonal_relaxed")

    fewest = min((study for study, _ in done), key=lambda study: study.seeds)
    common = {seed for split in range(fewest.splits) for block in final_seeds(fewest, split) for seed in block}
    kept = (pl.col("phase") == "tune") | pl.col("seed").is_in(sorted(common))
    members, curves = (joined([getattr(each, name).filter(kept) for _, each in done]) for name in ("members", "curves"))
    return findings(fewest.model_copy(update={"name": " + ".join(names)}), Results(members, curves, {}))
