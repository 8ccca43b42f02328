"""The lab in a notebook: a widget for JupyterLab, marimo, VS Code and whatever else shows anywidgets.

The page is the one that `ravine lab` serves. What trains is in the kernel; nothing listens on a port.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice
from ravine.lab import (
    EXPORT_KINDS,
    Channel,
    Configuration,
    LabRun,
    Sessions,
    configuration,
    export,
    model_at,
    page_file,
    table_configuration,
)
from ravine.train import Model
from ravine.view import LANGUAGES, translator

__all__ = ["Lab", "MissingPackageError"]


class MissingPackageError(RavineError, ImportError):
    """A package is not installed that is needed here alone.

    >>> issubclass(MissingPackageError, ImportError)
    True
    """


try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingPackageError('the widget needs the package anywidget: pip install "ravine[notebook]"') from error


class _Sessions(Sessions):
    """The runs of one widget; the latest is remembered after its end, so that a notebook can go on with it."""

    last: LabRun | None = None

    def create_run(self, configuration: Configuration) -> LabRun:
        self.last = super().create_run(configuration)
        # A page that is loaded again, or a second view, begins with what was shown last.
        self.default = configuration
        return self.last


class Lab(anywidget.AnyWidget):
    """The lab as the last expression of a cell.

    *configuration* is what it begins with: a `ravine.lab.Configuration`, a dictionary, or its *parts* by name. *table*
    brings data of one's own: a frame of polars or pandas, or a pair (x, y) of arrays, x (examples, inputs); *target*
    names the column of a frame that is to be predicted. *language* is "en" or "pl".

    >>> lab = Lab(data={"name": "moons", "n": 60}, lanes=[{"rule": "sgd", "rate": 0.1}, {"rule": "adam"}])
    >>> lab.configuration.data.name, [lane.rule for lane in lab.configuration.lanes]
    ('moons', ['sgd', 'adam'])
    >>> lab.weights()
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: nothing runs in this lab yet: show it in a cell, and press Run
    >>> lab.close()
    """

    _esm = page_file("lab.js")
    _css = page_file("lab.css")
    language = traitlets.Unicode("en").tag(sync=True)
    # A widget that could not be made is closed as well, when it is collected.
    _end: Callable[[], Any] = staticmethod(lambda: None)

    def __init__(
        self,
        configuration: Configuration | Mapping[str, Any] | None = None,
        *,
        table: Any = None,
        target: str = "y",
        language: str = "en",
        **parts: Any,
    ) -> None:
        check_choice("Lab", "language", language, LANGUAGES)
        self._sessions = _Sessions()
        self._sessions.default = _first(self._sessions, configuration, parts, table, target)
        super().__init__(language=language)
        here = weakref.ref(self)

        def say(content: dict[str, Any], buffers: list[bytes]) -> None:
            widget = here()
            if widget is None:
                return
            # marimo closes what carries the messages, and says nothing, when the cell is run again.
            if getattr(widget.comm, "_closed", False):
                threading.Thread(target=widget.close, daemon=True).start()
            else:
                widget.send(content, buffers)

        self._channel = Channel(self._sessions, say, language=lambda: language)
        self.on_msg(_heard)
        # Ends the threads at the latest when the interpreter ends.
        self._end = weakref.finalize(self, self._channel.close)

    @property
    def run(self) -> LabRun:
        """The run that the page began last, even where it has ended meanwhile."""
        if self._sessions.last is None:
            raise RavineError("nothing runs in this lab yet: show it in a cell, and press Run")
        return self._sessions.last

    @property
    def configuration(self) -> Configuration:
        """What the page shows now, or what it begins with; another `Lab` can begin with it."""
        run = self._sessions.last
        return self._sessions.default if run is None else run.setup.configuration

    def weights(self, lane: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
        """Kernel and bias of each Dense layer of *lane* at the moment that is shown."""
        run = self.run
        check_choice("weights", "lane", lane, range(len(run.setup.configuration.lanes)))
        return run.trainer.picture.weights(lane)

    def model(self, lane: int = 0) -> Model:
        """What *lane* has learned by the moment that is shown: it takes raw data, such as rows of the table, and
        `ravine.train.save_model` keeps it."""
        return model_at(self.run.trainer.picture, lane)

    def losses(self) -> tuple[np.ndarray, np.ndarray]:
        """Steps (n,) and losses of their batches (lanes, n), of the latest 65,536 steps at most."""
        return self.run.trainer.losses.raw(0)

    def save(self, path: str | os.PathLike[str], *, lane: int = 0) -> Path:
        """Write the run to *path*, as what its suffix says: .html (a report that replays), .ipynb, .py, .json,
        .safetensors (the model of *lane*)."""
        file = Path(path)
        kind = file.suffix.removeprefix(".")
        check_choice("save", "suffix", kind, EXPORT_KINDS)
        file.write_bytes(export(self.run, kind, lane, self.language))
        return file

    def close(self) -> None:
        """End the runs, and take the widget away."""
        self._end()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        _ = translator(self.language)
        # What is read where no kernel runs: a stored notebook, a printed page.
        text = _("The lab of Ravine, which needs a running kernel: run this cell.")
        data, more = bundle
        return data | {"text/plain": text, "text/html": f"<p>{text}</p>"}, more


def _heard(widget: Lab, content: Any, buffers: list[memoryview]) -> None:
    if isinstance(content, dict):
        widget._channel.take(content)


def _first(
    sessions: Sessions,
    given: Configuration | Mapping[str, Any] | None,
    parts: Mapping[str, Any],
    table: Any,
    target: str,
) -> Configuration:
    """The configuration that a widget begins with."""
    if isinstance(given, Configuration):
        given = given.model_dump(mode="json", exclude_unset=True)
    if given is not None and not isinstance(given, Mapping):
        raise RavineError(f"Lab: configuration must be a Configuration or a dictionary, got {type(given).__name__}")
    values = {**(given or {}), **parts}
    if table is not None:
        if "data" in values:
            raise RavineError("Lab: data and table are both given: leave one out")
        upload = sessions.upload("table.csv", _csv(table, target), target)
        values["data"] = table_configuration(upload).data.model_dump(mode="json")
    return configuration(values)


def _csv(table: Any, target: str) -> str:
    """A frame, or a pair of arrays, as the text of a CSV file."""
    if isinstance(table, tuple) and len(table) == 2:
        import polars as pl

        x, y = (np.asarray(each) for each in table)
        if x.ndim != 2 or y.shape not in ((len(x),), (len(x), 1)):
            shapes = f"{x.shape} and {y.shape}"
            raise RavineError(f"Lab: table must be (x, y) of shapes (examples, inputs) and (examples,), got {shapes}")
        columns = {f"x{k + 1}": x[:, k] for k in range(x.shape[1])}
        return pl.DataFrame({**columns, target: y.ravel()}).write_csv()
    if hasattr(table, "write_csv"):
        return str(table.write_csv())
    if hasattr(table, "to_csv"):
        return str(table.to_csv(index=False))
    raise RavineError(f"Lab: table must be a frame of polars or pandas or a pair of arrays, got {type(table).__name__}")
