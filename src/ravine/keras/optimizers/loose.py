"""An optimizer at work on variables outside of a model, and weights that are spared the decay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp

from ravine import optim
from ravine.core import Number, RavineError, Tree, cast, pytree, static
from ravine.keras.optimizers.state import optimizer_arrays, optimizer_names, restore
from ravine.keras.variables import Variable
from ravine.optim import Range, Wrapper

__all__ = ["Loose", "Sparing"]

Key = tuple[int, str]


def _place(path: Any) -> Key:
    """The layer and the name that a path into the parameters leads to."""
    return path[0].idx, path[1].key


@pytree
class Sparing(Wrapper):
    """Shrink each weight by eta x *decay* x theta before the step, but those of *spared*, by layer and name.

    Before it, as in Keras: a rule that looks at the weights sees the smaller ones.

    >>> params = ({"kernel": jnp.array(2.0), "bias": jnp.array(2.0)},)
    >>> rule = Sparing(optim.SGD(0.5), 0.25, spared=((0, "bias"),))
    >>> step, _ = rule.update(jax.tree.map(jnp.zeros_like, params), rule.init(params), params)
    >>> float(step[0]["kernel"]), abs(float(step[0]["bias"]))
    (-0.25, 0.0)
    """

    rule: optim.Rule
    decay: Number = 1e-4
    spared: tuple[Key, ...] = static(default=())

    ranges: ClassVar[dict[str, Range]] = {}

    def update(self, grads: Tree, state: Any, params: Tree) -> tuple[Tree, Any]:
        dtype = jax.tree.leaves(params)[0].dtype
        share = cast(self.rule, dtype).rate(jnp.asarray(state.t) + 1).astype(dtype) * cast(self.decay, dtype)

        def shrunk(path: Any, theta: Any) -> Any:
            return theta if _place(path) in self.spared else theta - share * theta

        smaller = jax.tree_util.tree_map_with_path(shrunk, params)
        step, state = self.rule.update(grads, state, smaller)
        return jax.tree.map(lambda step, new, old: step + (new - old), step, smaller, params), state


class _Held(NamedTuple):
    rule_state: Any


class Loose:
    """Variables outside of a model, in the place of one: an optimizer's state is kept, read and written as there.

    >>> from ravine.keras import Variable
    >>> from ravine.keras.optimizers import SGD
    >>> x = Variable([1.0, 2.0])
    >>> SGD(0.5).apply([[1.0, 0.0]], [x]); x.numpy().tolist()
    [0.5, 2.0]
    """

    built = True
    held_state = None

    def __init__(self, optimizer: Any, variables: Iterable[Variable]) -> None:
        self.optimizer, self.free, self.layers = optimizer, list(variables), [self]
        optimizer.model = self
        self.state = _Held(optimizer.rule().init(self.params()))

    def trained_names(self) -> tuple[str, ...]:
        """The names of the variables: their numbers."""
        return tuple(map(str, range(len(self.free))))

    def located(self, key: str) -> str:
        """The path of a variable."""
        return self.free[int(key)].path

    def weight(self, key: str) -> Variable:
        """The variable of a name."""
        return self.free[int(key)]

    def params(self) -> Any:
        """The variables' values, as those of one layer."""
        return ({key: self.weight(key).value for key in self.trained_names()},)

    def rule_state(self) -> Any:
        """What the rule keeps."""
        return self.state.rule_state

    def optimizer_names(self) -> list[str]:
        """Keras's names of the arrays that the optimizer keeps."""
        return optimizer_names(self)

    def optimizer_state(self) -> list[Any]:
        """The arrays of the optimizer, in Keras's order."""
        return optimizer_arrays(self) or []

    def restore_optimizer(self, held: list[Any]) -> None:
        """Take up what `optimizer_state` gave."""
        restore(self, self, held)

    def updates_done(self) -> int:
        """How many updates there were."""
        return int(self.rule_state().t) // (self.optimizer.gradient_accumulation_steps or 1)

    def step(self, grads: Iterable[Any], variables: Iterable[Variable]) -> None:
        """Change *variables* by their gradients; None leaves one as it is, and what the rule keeps for it."""
        numbers = {id(variable): str(place) for place, variable in enumerate(self.free)}
        given: dict[str, Any] = {}
        for grad, variable in zip(grads, variables, strict=True):
            if id(variable) not in numbers:
                raise RavineError(
                    f"{type(self.optimizer).__name__}: the variable {variable.path!r} is unknown: "
                    "build the optimizer with all variables that it is to change"
                )
            if grad is not None:
                given[numbers[id(variable)]] = grad.value if isinstance(grad, Variable) else grad
        if not given:
            raise RavineError(f"{type(self.optimizer).__name__}: no gradient is given for any variable")
        params, before = self.params(), self.rule_state()
        grads_of = {
            key: jnp.asarray(given[key], value.dtype) if key in given else jnp.zeros_like(value)
            for key, value in params[0].items()
        }
        steps, after = self.optimizer.rule().update((grads_of,), before, params)

        def kept(path: Any, old: Any, new: Any) -> Any:
            keys = [each.key for each in path if isinstance(each, jax.tree_util.DictKey)]
            return old if keys and keys[0] not in given else new

        self.state = _Held(jax.tree_util.tree_map_with_path(kept, before, after))
        for key in given:
            variable, limit = self.weight(key), getattr(self.weight(key), "constraint", None)
            value = params[0][key] + steps[0][key]
            variable.assign(value if limit is None else limit(value))
