"""Where results lie: one Parquet file per pack, named by the digest of all that determines it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import polars as pl

from ravine.core import BLANK, RavineError, held, intact, read_toml, sealed, write_file
from ravine.study.packs import Pack
from ravine.study.spec import Study, read_study

__all__ = ["RUNS", "Store"]

RUNS = "RAVINE_RUNS"
"""The variable of the environment that names the folder of results; ``runs`` where it is not set."""

KEY = re.compile(r"[0-9a-f]{64}")
"""What a pack's key looks like: nothing else is ever taken for the name of a file."""

LONGEST_NAME = 120


class Store:
    """The folder of results: ``packs/`` for all studies together, ``studies/NAME/`` for what each is and says.

    A file appears whole or not at all, so a process may be killed at any moment, and two may work in one folder. Packs
    are found by what determines them: studies that share packs share files. Each file carries the digest of its bytes
    and says what it is of, and both are compared when it is read: a pack that was damaged, that lies under the name of
    another or that has no digest is done again; a study's own description is refused. One without a digest, written by
    hand or by an earlier version, is taken as it is.

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
        """The results of *pack*, None where they are not here, or not as they were written."""
        try:
            content = self.path(pack).read_bytes()
        except OSError:
            return None
        if not intact(content):
            return None
        try:
            if pl.read_parquet_metadata(io.BytesIO(content)).get("ravine") != _told(pack):
                return None
            return pl.read_parquet(io.BytesIO(content))
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            # Whole, and not what this version of polars can read.
            return None

    def put(self, pack: Pack, table: pl.DataFrame) -> Path:
        """Keep the results of *pack*, with all that determines them in the file's own description."""
        buffer = io.BytesIO()
        table.write_parquet(buffer, metadata={"ravine": _told(pack), "seal": BLANK})
        write_file(self.path(pack), sealed(buffer.getvalue()))
        return self.path(pack)

    def home(self, name: str) -> Path:
        """The folder of the study *name*."""
        if not _names_a_folder(name):
            raise RavineError(f"study: name {name!r} cannot name a folder: use letters, figures and dashes")
        if len(name.encode()) > LONGEST_NAME:
            raise RavineError(f"study: name {name[:20]!r}... is too long: give it at most {LONGEST_NAME} letters")
        return self.folder / "studies" / name

    def used(self) -> AbstractContextManager[None]:
        """While it is entered, nothing here is deleted."""
        return held(self.folder, f"{self._being} deleted from: wait until that is done", shared=True)

    @property
    def _being(self) -> str:
        return f"{self.folder} is just being"

    def enter(self, study: Study) -> Path:
        """Note *study* under its name; another study of that name is not overwritten, it may be given more seeds."""
        file = self.home(study.name) / "study.toml"
        if file.exists() and (there := self.study(study.name)).mark != study.mark and not _grows(there, study):
            differing = _differing(there, study)
            raise RavineError(
                f"{file.parent} holds another study of the name {study.name!r}, with other {', '.join(differing)}: "
                "give this one a name of its own, or delete that one with `ravine runs delete`"
            )
        write_file(file, sealed(f"{study.to_toml()}# {BLANK}\n".encode()))
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
        named = [each for each in self.readable().values() if each.name.startswith(f"{stem}-")]
        found = [each for each in named if each.mark == study.mark or _grows(each, study)]
        return max(found, key=lambda each: each.seeds).name if found else None

    def study(self, name: str) -> Study:
        """The study entered under *name*."""
        file = self.home(name) / "study.toml"
        if not file.exists():
            raise RavineError(f"there is no study {name!r} in {self.folder}: {self._known()}")
        _refuse_changed(file)
        # A file that names no protocol was written when there was one only.
        made = read_study({"protocol": 1} | read_toml(file))
        if made.name != name:
            raise RavineError(f"{file} is of the study {made.name!r}, not of {name!r}: give its folder that name")
        return made

    def studies(self) -> tuple[str, ...]:
        """The names of all studies, in order."""
        names = (file.parent.name for file in self.folder.glob("studies/*/study.toml"))
        return tuple(sorted(filter(_names_a_folder, names)))

    def readable(self) -> dict[str, Study]:
        """All studies that can be read, by name: one that is damaged stands in nobody's way."""
        found = {}
        for name in self.studies():
            try:
                found[name] = self.study(name)
            except RavineError:
                continue
        return found

    def note(self, name: str, keys: Iterable[str]) -> None:
        """Note which packs the study *name* reads, so that deleting it keeps those of others."""
        told = {"study": name, "packs": sorted(set(keys)), "seal": BLANK}
        write_file(self.home(name) / "packs.json", sealed(json.dumps(told, indent=0).encode()))

    def noted(self, name: str) -> set[str]:
        """The packs that the study *name* reads."""
        file = self.home(name) / "packs.json"
        if not file.exists():
            return set()
        _refuse_changed(file)
        try:
            told = json.loads(file.read_bytes())
        except (ValueError, RecursionError) as error:
            raise RavineError(f"{file} is not valid JSON: {error}: {AGAIN}") from error
        # Before it said of which study it is, it was a plain list.
        keys = told if isinstance(told, list) else told.get("packs") if isinstance(told, dict) else None
        if isinstance(told, dict) and told.get("study") != name:
            raise RavineError(f"{file} is of the study {told.get('study')!r}, not of {name!r}: {AGAIN}")
        if not isinstance(keys, list) or not all(isinstance(key, str) and KEY.fullmatch(key) for key in keys):
            raise RavineError(f"{file} names what is no pack: {AGAIN}")
        return set(keys)

    def delete(self, name: str) -> int:
        """Delete the study *name*, readable or not, and the packs that no other study reads; returns how many went.

        Nothing outside the store's folder is touched, and a link is deleted, not what it leads to. Where the notes of
        a study cannot be read, nobody knows which packs it needs, and all packs stay.
        """
        home = self.home(name)
        if name not in self.studies():
            raise RavineError(f"there is no study {name!r} in {self.folder}: {self._known()}")
        with held(self.folder, f"{self._being} used by another process: wait until it is done"):
            try:
                others = {key for other in self.studies() if other != name for key in self.noted(other)}
                gone = self.noted(name) - others
            except RavineError:
                gone = set()
            found = [file for key in sorted(gone) if (file := self.folder / "packs" / f"{key}.parquet").exists()]
            try:
                for file in found:
                    file.unlink()
                if home.is_symlink():
                    home.unlink()
                else:
                    shutil.rmtree(home)
            except OSError as error:
                reason = error.strerror or error
                raise RavineError(f"cannot delete {home}: {reason}: make its folder one that can be written") from error
        return len(found)

    def _known(self) -> str:
        names = self.studies()
        return f"known: {', '.join(names)}" if names else "it holds none yet: begin with `ravine study`"


AGAIN = "give the study once more, and it is written anew"


def _names_a_folder(name: str) -> bool:
    return bool(name) and name[0] != "." and name.isprintable() and not any(sign in name for sign in '/\\:*?"<>|')


def _told(pack: Pack) -> str:
    return json.dumps(pack.record, sort_keys=True)


def _refuse_changed(file: Path) -> None:
    if intact(file.read_bytes()) is False:
        raise RavineError(
            f"{file} is damaged, or was changed by hand: take out ravine-sha256 and its number to have it as it is"
        )


def _differing(one: Study, other: Study) -> list[str]:
    """The keys by which two studies are different ones."""
    a, b = one.record(), other.record()
    return sorted(key for key in {*a, *b} - {"name", "grown", "protocol"} if a.get(key) != b.get(key))


def _grows(there: Study, study: Study) -> bool:
    """Whether *study* is the one that is *there*, with more seeds."""
    return _differing(there, study) == ["seeds"] and study.seeds > there.seeds
