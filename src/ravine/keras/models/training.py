"""fit, evaluate, predict, and their forms for single batches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from numbers import Integral
from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.core import RavineError, check_count, generator, whole
from ravine.keras.callbacks import CallbackList, History, ProgbarLogger, listens
from ravine.keras.models.arguments import as_numbers, count_of, is_due, listed, sizes, verbosity, with_first
from ravine.keras.models.batchwise import batches_of, measured, predict_batches
from ravine.keras.models.compiling import Compiled
from ravine.keras.models.inputs import Arrays, arrays, as_array, is_stream, part_of, split_off, unpacked
from ravine.keras.models.lengths import predict_parts, uneven
from ravine.keras.models.loop import Tally, run_epoch
from ravine.keras.models.sources import BlockSource, FromArrays, FromStream, gathered, joined, passes, ran_out
from ravine.keras.progress import bar as progress_bar
from ravine.keras.settings import next_seed
from ravine.train.engine import ChunkSizer, OneByOne, Order, advance, interrupts

__all__ = ["Training"]

BATCH = 32


class Training(Compiled):
    """What trains a model and asks it.

    No example: the base of `ravine.keras.Sequential`.
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        self.history: History | None = None
        self.stop_evaluating = self.stop_predicting = False
        super().__init__(layers, trainable, name)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train for *epochs* epochs, and return what each left. The optimizer goes on from where it was.

        *x* are arrays, frames, or a stream of batches (x, y) or (x, y, weights). *validation_data* is (x, y), (x, y,
        weights) or a stream; *validation_split* takes the last share of the arrays, before they are shuffled.
        """
        self._require_compiled("fit")
        verbose = verbosity(verbose)
        epochs = whole("fit", "epochs", epochs, least=0)
        batch_size = count_of("fit", "batch_size", batch_size)
        steps_per_epoch = count_of("fit", "steps_per_epoch", steps_per_epoch)
        validation_steps = count_of("fit", "validation_steps", validation_steps)
        validation_batch_size = count_of("fit", "validation_batch_size", validation_batch_size)
        if isinstance(validation_freq, Integral):
            check_count("fit", "validation_freq", validation_freq)
        source: BlockSource
        if is_stream(x):
            if y is not None or sample_weight is not None:
                raise RavineError("fit: x is a stream of batches, which holds y and the weights itself: leave them out")
            if validation_split:
                raise RavineError("fit: validation_split needs arrays: give validation_data")
            source = self._stream(x, class_weight, steps_per_epoch, shuffle)
        else:
            data = arrays("fit", x, y, sample_weight)
            if validation_split and validation_data is None:
                data, held = split_off("fit", data, validation_split)
                validation_data = held
            session, data = self._start("fit", data, class_weight)
            size, unpadded = batch_size or BATCH, self.whole_batches
            source = FromArrays(session, data, size, steps_per_epoch, bool(shuffle), next_seed(), unpadded)
        size = validation_batch_size or batch_size or BATCH
        seen = self.whole_batches or listens(callbacks, "test")
        blocks = self._blocks("fit", validation_data, validation_steps, size, seen)
        return self._epochs(source, blocks, validation_freq, callbacks, verbose, initial_epoch, epochs)

    def _stream(self, stream: Any, class_weight: Any, limit: int | None, shuffle: bool) -> BlockSource:
        seed, count = next_seed(), iter(range(2**31))
        sequence = hasattr(stream, "__getitem__") and hasattr(stream, "__len__")
        shuffled = (lambda n: generator(seed, "order", next(count)).permutation(n)) if shuffle and sequence else None
        reader = passes(stream, shuffled)
        first = next(reader(), None) if not isinstance(stream, Iterator) else next(stream, None)
        if first is None:
            raise RavineError("fit: the generator yields nothing: give data")

        def prepare(batch: Any) -> Arrays:
            return self.fitted("fit", arrays("fit", *unpacked("fit", batch)), class_weight)

        session, _ = self._start("fit", arrays("fit", *unpacked("fit", first)), class_weight)
        if isinstance(stream, Iterator):
            reader = with_first(first, stream)
        length = len(stream) if hasattr(stream, "__len__") else None
        source = FromStream(session, reader, prepare, length, limit, self.whole_batches)
        source.session_of = self.session_of
        return source

    def _blocks(self, owner: str, data: Any, steps: int | None, size: int, seen: bool) -> Any:
        """Validation data on the device, or in batches of *size* where each of them is to be *seen*."""
        if data is None:
            return None
        if not isinstance(data, Arrays):
            if isinstance(data, list | tuple):
                data = arrays(owner, *unpacked(f"{owner}: validation_data", tuple(data)))
                data = data if steps is None else part_of(data, slice(steps * size))
            else:
                if not is_stream(data):
                    raise RavineError(
                        f"{owner}: validation_data must be (x, y), (x, y, weights) or a stream, got {data!r}"
                    )
                parts = gathered(f"{owner}: validation_data", data, steps, "validation_steps")
                if seen or uneven(parts):
                    return [self.fitted(owner, part) for part in parts]
                data = joined(f"{owner}: validation_data", parts)
        data = self.fitted(owner, data)
        apart = seen or data.x.shape[1:] != self.session.network.input_shape
        return list(batches_of(data, size)) if apart else self._held(data, size)

    def _held(self, data: Arrays, size: int) -> Any:
        """*data* on the device. With masks Keras's loss is the mean over batches of *size*, not over all steps."""
        return self.session.blocks(*data, size if self.session.network.masks else None)

    def _epochs(
        self, source: BlockSource, blocks: Any, freq: Any, given: Any, verbose: int, first: int, epochs: int
    ) -> History:
        callbacks = CallbackList(given, model=self, verbose=verbose, epochs=epochs, steps=source.steps)
        bar = None
        if verbose:
            bar = ProgbarLogger(verbose)
            bar.set_params({"epochs": epochs, "steps": source.steps})
        self.stop_training = False
        self.session.go_on()
        self.history = callbacks.history
        self.epochs_done = 0
        callbacks.tell("on_train_begin", {})
        first = max(first, self.epochs_done)  # a callback may have taken up an earlier training
        logs: dict[str, Any] = {}
        pace = ChunkSizer(self.count_params())
        pressed: list[bool] = []
        told = False
        with interrupts(lambda: pressed.append(True)):
            for epoch in range(first, epochs):
                if not source.ready():
                    ran_out(epoch, epochs)
                    break
                if bar is not None:
                    bar.on_epoch_begin(epoch)
                callbacks.tell("on_epoch_begin", epoch, {})
                self.upload()
                logs = run_epoch(self, source, callbacks, bar, pace, pressed)
                if not (told or self.stop_training or np.isfinite(logs["loss"])):
                    told = True
                    warnings.warn(
                        f"fit: the loss was not finite in epoch {epoch + 1}, and no step was made after it: choose a "
                        "smaller learning rate, clip the gradients (clipnorm=1.0) or scale the data",
                        stacklevel=3,
                    )
                if blocks is not None and is_due(freq, epoch):
                    callbacks.tell("on_test_begin", {})
                    self.upload()
                    found = dict(sorted(measured(self, blocks, callbacks).items()))
                    logs |= {f"val_{name}": value for name, value in found.items()}
                    callbacks.tell("on_test_end", found)
                if bar is not None:
                    bar.on_epoch_end(epoch, logs)
                callbacks.tell("on_epoch_end", epoch, logs)
                if source.short:
                    ran_out(epoch + 1, epochs)
                if self.stop_training or source.short:
                    break
        callbacks.tell("on_train_end", logs)
        return callbacks.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics: a list, the loss alone where there are no metrics, or a dictionary."""
        self._require_compiled("evaluate")
        verbose = verbosity(verbose)
        size = sizes("evaluate", batch_size, steps)
        if is_stream(x):
            parts = gathered("evaluate", x, steps)
        else:
            data = arrays("evaluate", x, y, sample_weight)
            data = data if steps is None else part_of(data, slice(steps * size))
            parts = list(batches_of(data, size))
        total = len(parts)
        told = CallbackList(callbacks, model=self, verbose=verbose, epochs=1, steps=total)
        told.tell("on_test_begin", {})
        bar = progress_bar(total, verbose)
        _, first = self._start("evaluate", parts[0])
        if self.whole_batches or listens(callbacks, "test") or uneven(parts):
            found: Any = [first, *(self.fitted("evaluate", part) for part in parts[1:])]
        else:
            together = joined("evaluate", parts) if is_stream(x) else data
            found = self._held(self.fitted("evaluate", together), len(parts[0].x))
        values = measured(self, found, told)
        shown = dict(sorted(values.items()))
        bar.update(total, shown.items(), finalize=True)
        told.tell("on_test_end", shown)
        return shown if return_dict else listed(values)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> np.ndarray:
        """The outputs for all examples of *x*."""
        verbose = verbosity(verbose)
        size = sizes("predict", batch_size, steps)
        if is_stream(x):
            parts = gathered("predict", x, steps)
            if uneven(parts):
                return predict_parts(self, parts)
            given, size = joined("predict", parts).x, len(parts[0].x)
        else:
            given = arrays("predict", x, finite=False).x
            given = given if steps is None else given[: steps * size]
        total = -(-len(given) // size)
        told = CallbackList(callbacks, model=self, verbose=verbose, epochs=1, steps=total)
        told.tell("on_predict_begin", {})
        if not self.built and self.layers:
            self.build((None, *given.shape[1:]))
        self._require_built("predict")
        given = self.examples("predict", given)
        bar = progress_bar(total, verbose)
        if listens(callbacks, "predict"):
            out = predict_batches(self, given, size, told)
        else:
            out = self.network(given.shape[1:]).predict(self.newest(), given)
        bar.update(total, finalize=True)
        told.tell("on_predict_end", {})
        return out

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Make one update, and return loss and metrics of the batch before it."""
        session, data = self._start("train_on_batch", arrays("train_on_batch", x, y, sample_weight), class_weight)
        n = len(data.x)
        session.go_on()
        executor = OneByOne((session,), session.examples(*data))
        made = advance(executor, Order(np.arange(n, dtype=np.int32)[None], 1), 0, 1)
        self.on_device()
        tally = Tally()
        tally.add(made, np.array([n]))
        logs = tally.logs(executor)
        return logs if return_dict else listed({name: logs[name] for name in ("loss", *session.objective.names)})

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Loss and metrics of one batch."""
        session, data = self._start("test_on_batch", arrays("test_on_batch", x, y, sample_weight))
        values = measured(self, [data] if self.whole_batches else session.blocks(*data), CallbackList(None))
        return dict(sorted(values.items())) if return_dict else listed(values)

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """The outputs for one batch."""
        return self.predict(x, verbose=0)

    def reset_metrics(self) -> None:
        """Do nothing: every call's values are its own."""

    def __call__(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        """The outputs for *x* as an array of JAX, layer after layer."""
        given = as_numbers(x if hasattr(x, "get_config") else as_array("model(x)", "x", x))
        if not self.built and self.layers:
            self.build((None, *given.shape[1:]))
        self._require_built("model(x)")
        out = jnp.asarray(self.examples("model(x)", given))
        for layer in self.layers:
            out = layer(out, training=training)
        return out
