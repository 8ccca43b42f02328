"""Two recurrent layers, one reading from each end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, check_choice, pytree, static
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, sum_of_terms
from ravine.nn.recurrent import Recurrent

__all__ = ["Bidirectional"]

MERGES: dict[str, Callable[[Array, Array], Array]] = {
    "concat": lambda forward, backward: jnp.concatenate([forward, backward], axis=-1),
    "sum": jnp.add,
    "mul": jnp.multiply,
    "ave": lambda forward, backward: (forward + backward) / 2,
}


@LAYERS.register("bidirectional")
@pytree
class Bidirectional(Layer):
    """Read a sequence from both ends and merge the two outputs (Schuster & Paliwal 1997).

    *layer* reads forwards; its like with weights of its own, or *backward_layer*, reads backwards, and its outputs are
    turned round, so that both speak of the same step. *merge_mode* is concat (2 · units features), sum, mul or ave.
    With return_sequences a masked step gives 0, as in Keras. With return_state the output is (y, states of the forward
    layer, states of the backward one).

    >>> from ravine.nn import LSTM
    >>> layer = Bidirectional(LSTM(8), merge_mode="ave")
    >>> params, state = layer.init(np.random.default_rng(0), (20, 3))
    >>> layer.apply(params, state, jnp.ones((5, 20, 3)), Context())[0].shape
    (5, 8)
    >>> sorted(params)[:2]
    ['backward_bias', 'backward_kernel']
    """

    layer: Recurrent
    merge_mode: str = static(default="concat")
    backward_layer: Recurrent | None = None

    def __post_init__(self) -> None:
        check_choice("Bidirectional", "merge_mode", self.merge_mode, MERGES)
        for given in (self.layer, self.backward):
            if not isinstance(given, Recurrent):
                raise RavineError(f"Bidirectional: layer must be a SimpleRNN, an LSTM or a GRU, got {given!r}")
        if self.layer.go_backwards or not self.backward.go_backwards:
            raise RavineError(
                "Bidirectional: layer must have go_backwards=False and backward_layer go_backwards=True, "
                f"got {self.layer.go_backwards} and {self.backward.go_backwards}"
            )
        for name in ("return_sequences", "return_state"):
            if getattr(self.layer, name) != getattr(self.backward, name):
                raise RavineError(f"Bidirectional: {name} must be the same for both layers: set it alike")
        if self.merge_mode != "concat" and self.layer.units != self.backward.units:
            raise RavineError(
                f"Bidirectional: merge_mode {self.merge_mode!r} needs layers of equal units, got {self.layer.units} "
                f"and {self.backward.units}: use merge_mode='concat'"
            )

    @property
    def backward(self) -> Recurrent:
        """The layer that reads backwards."""
        if self.backward_layer is not None or not isinstance(self.layer, Recurrent):
            return self.backward_layer or self.layer
        return replace(self.layer, go_backwards=True)

    @property
    def _parts(self) -> dict[str, Recurrent]:
        return {"forward_": self.layer, "backward_": self.backward}

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        """The forward layer's weights, then the backward one's."""
        return tuple(prefix + name for prefix, part in self._parts.items() for name in part.weights)

    @property
    def return_state(self) -> bool:
        """Whether the output is more than one array."""
        return self.layer.return_state

    def output_shape(self, shape: Shape) -> Shape:
        forward, backward = self.layer.output_shape(shape), self.backward.output_shape(shape)
        return (*forward[:-1], forward[-1] + backward[-1]) if self.merge_mode == "concat" else forward

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        params = {}
        for prefix, part in self._parts.items():
            made = part.init(rng, shape, dtype).params
            params.update({prefix + name: array for name, array in made.items()})
        return Variables(params, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Any, Any]:
        outputs: list[Array] = []
        carries: list[Array] = []
        for branch, (prefix, part) in enumerate(self._parts.items()):
            y, carry = part.run(_under(prefix, params), x, context.inside(branch), zero_masked=part.return_sequences)
            outputs.append(jnp.flip(y, 1) if part.go_backwards and part.return_sequences else y)
            carries.extend(carry)
        y = MERGES[self.merge_mode](*outputs)
        return ((y, *carries) if self.return_state else y), state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return self.layer.mask(x, mask)

    def penalty(self, params: Any) -> Array | None:
        return sum_of_terms([part.penalty(_under(prefix, params)) for prefix, part in self._parts.items()])

    def constrain(self, params: Any) -> Any:
        return {
            prefix + name: array
            for prefix, part in self._parts.items()
            for name, array in part.constrain(_under(prefix, params)).items()
        }

    @property
    def constrained(self) -> bool:
        return any(part.constrained for part in self._parts.values())


def _under(prefix: str, params: Any) -> dict[str, Any]:
    return {name.removeprefix(prefix): array for name, array in params.items() if name.startswith(prefix)}
