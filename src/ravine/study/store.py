"""Where results lie: one Parquet file per pack, named by the digest of all that determines it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ravine.core import RavineError, read_toml, write_file
from ravine.study.packs import Pack
from ravine.study.spec import Study, read_study

__all__ = ["RUNS", "Store"]

RUNS = "RAVINE_RUNS"
"""The variable of the environment that names the folder of results; ``runs`` where it is not set."""


class Store:
    """The folder of results: ``packs/`` for all studies together, ``studies/NAME/`` for what each is and says.

    A file appears whole or not at all, so a process may be killed at any moment, and two may work in one folder. Packs
    are found by what determines them: studies that share packs share files.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Store(folder).studies()
    ()
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder or os.environ.get(RUNS) or "runs")

    def path(self, pack: Pack) -> Path:
        """The file of *pack*."""
        return self.folder / "packs" / f"{pack.key}.parquet"

    def get(self, pack: Pack) -> pl.DataFrame | None:
        """The results of *pack*, None where they are not here or cannot be read."""
        path = self.path(pack)
        try:
            return pl.read_parquet(path, glob=False)
        except FileNotFoundError:
            return None
        except (OSError, pl.exceptions.PolarsError):
            # Damaged from outside: a pack that cannot be read is done again.
            return None

    def put(self, pack: Pack, table: pl.DataFrame) -> Path:
        """Keep the results of *pack*, with all that determines them in the file's own description."""
        buffer = io.BytesIO()
        table.write_parquet(buffer, metadata={"ravine": json.dumps(pack.record, sort_keys=True)})
        write_file(self.path(pack), buffer.getvalue())
        return self.path(pack)

    def home(self, name: str) -> Path:
        """The folder of the study *name*."""
        if not name or name.startswith(".") or any(sign in name for sign in '/\\:*?"<>|'):
            raise RavineError(f"study: name {name!r} cannot name a folder: use letters, figures and dashes")
        return self.folder / "studies" / name

    def enter(self, study: Study) -> Path:
        """Note *study* under its name; another study of that name is not overwritten, it may be given more seeds."""
        file = self.home(study.name) / "study.toml"
        if file.exists() and (there := self.study(study.name)).mark != study.mark and not _grows(there, study):
            differing = _differing(there, study)
            raise RavineError(
                f"{file.parent} holds another study of the name {study.name!r}, with other {', '.join(differing)}: "
                "give this one a name of its own, or delete that one with `ravine runs delete`"
            )
        write_file(file, study.to_toml().encode())
        return file.parent

    def resumed(self, study: Study) -> Study:
        """*study* as it goes on here: by the protocol it began with, and grown where it now asks for more seeds."""
        file = self.home(study.name) / "study.toml"
        if not file.exists():
            return study
        there = self.study(study.name)
        if there.mark == study.mark:
            return there
        if not _grows(there, study):
            return study
        return study.model_copy(update={"protocol": there.protocol, "grown": (*there.grown, there.seeds)})

    def fewer(self, study: Study, stem: str) -> str | None:
        """The name, *stem* and what was added to it, of a study that is *study* with fewer seeds or as it has grown.

        Of several it is the one with the most seeds; None where there is none.
        """
        named = [self.study(name) for name in self.studies() if name.startswith(f"{stem}-")]
        found = [each for each in named if each.mark == study.mark or _grows(each, study)]
        return max(found, key=lambda each: each.seeds).name if found else None

    def study(self, name: str) -> Study:
        """The study entered under *name*."""
        file = self.home(name) / "study.toml"
        if not file.exists():
            raise RavineError(f"there is no study {name!r} in {self.folder}: {self._known()}")
        # A file that names no protocol was written when there was one only.
        return read_study({"protocol": 1} | read_toml(file))

    def studies(self) -> tuple[str, ...]:
        """The names of all studies, in order."""
        return tuple(sorted(file.parent.name for file in self.folder.glob("studies/*/study.toml")))

    def note(self, name: str, keys: Iterator[str] | list[str]) -> None:
        """Note which packs the study *name* reads, so that deleting it keeps those of others."""
        write_file(self.home(name) / "packs.json", json.dumps(sorted(set(keys)), indent=0).encode())

    def noted(self, name: str) -> set[str]:
        """The packs that the study *name* reads."""
        file = self.home(name) / "packs.json"
        return set(json.loads(file.read_text())) if file.exists() else set()

    def delete(self, name: str) -> int:
        """Delete the study *name* and the packs that no other study reads; returns how many packs went."""
        self.study(name)
        mine = self.noted(name)
        others = {key for other in self.studies() if other != name for key in self.noted(other)}
        gone = [self.folder / "packs" / f"{key}.parquet" for key in sorted(mine - others)]
        found = [file for file in gone if file.exists()]
        for file in found:
            file.unlink()
        home = self.home(name)
        for file in sorted(home.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        home.rmdir()
        return len(found)

    def _known(self) -> str:
        names = self.studies()
        return f"known: {', '.join(names)}" if names else "it holds none yet: begin with `ravine study`"


def _differing(one: Study, other: Study) -> list[str]:
    """The keys by which two studies are different ones."""
    a, b = one.record(), other.record()
    return sorted(key for key in {*a, *b} - {"name", "grown", "protocol"} if a.get(key) != b.get(key))


def _grows(there: Study, study: Study) -> bool:
    """Whether *study* is the one that is *there*, with more seeds."""
    return _differing(there, study) == ["seeds"] and study.seeds > there.seeds
