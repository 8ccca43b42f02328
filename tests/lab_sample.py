"""A race small enough to be compiled and run in a moment, for the tests of the lab."""

from __future__ import annotations

from typing import Any

from ravine.lab import Configuration, Engine, ThreadTrainer, configuration, prepared_setup

SMALL: dict[str, Any] = {
    "data": {"name": "moons", "n": 40, "noise": 0.1, "test": 0.25, "seed": 3},
    "batch": {"kind": "mini", "size": 8},
    "network": {"layers": [{"units": 3, "activation": "tanh"}]},
    "lanes": [{"rule": "sgd", "rate": 0.1}, {"rule": "adam", "rate": 0.05}],
    "seed": 5,
    "speed": 0,
}


def small(**changes: Any) -> Configuration:
    return configuration({**SMALL, **changes})


def small_race(**changes: Any) -> Engine:
    return Engine(prepared_setup(small(**changes)))


def small_trainer(idle: float = 60.0, **changes: Any) -> ThreadTrainer:
    return ThreadTrainer(prepared_setup(small(**changes)), idle=idle)
