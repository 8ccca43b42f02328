"""One network on several devices: each batch divided, the same result. In a process with eight devices of the host."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ravine.core import RavineError
from ravine.data import load
from ravine.nn import network
from ravine.optim import rule
from ravine.train import Plan, train

SCRIPT = """
import json, sys
import jax, numpy as np
from ravine.data import load
from ravine.nn import network
from ravine.optim import rule
from ravine.train import Checkpoint, Plan, population, train
assert len(jax.devices()) == 8
data = load("moons", n=320, n_test=64, seed=1)
net = network("2-16:relu-dropout:0.3-batchnorm-2:softmax")
found = {}
for devices in (1, 2, 8):
    plan = Plan(epochs=3, batch_size=32, test=True, devices=devices, probes=("gradient_norm", "dead"), stride=7)
    run = train(net, rule("adam:0.01"), data, plan, seed=3)
    found[devices] = [run.history["loss"][1:].tolist(), run.history["test_loss"].tolist(),
                      run.history.probes["gradient_norm"].values.ravel().tolist(),
                      *[leaf.ravel().tolist() for leaf in jax.tree.leaves(run.variables)]]
members = population(network("2-4:tanh-2:softmax"), [rule(f"sgd:{r}") for r in (0.1, 0.2, 0.3)], data,
                     Plan(epochs=2, batch_size=32), seeds=range(3))
found["members"] = [member.history["loss"][1:].tolist() for member in members]
print(json.dumps(found))
"""


def alone() -> list[list[float]]:
    data = load("moons", n=320, n_test=64, seed=1)
    rules = [rule(f"sgd:{rate}") for rate in (0.1, 0.2, 0.3)]
    plan = Plan(epochs=2, batch_size=32)
    runs = [train(network("2-4:tanh-2:softmax"), each, data, plan, seed=s) for each in rules for s in range(3)]
    return [run.history["loss"][1:].tolist() for run in runs]


def test_several_devices_give_the_result_of_one() -> None:
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=8"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    for devices in ("2", "8"):
        for mine, single in zip(found[devices], found["1"], strict=True):
            # Sums over a batch in parts: rounding, magnified by thirty steps of Adam.
            assert mine == pytest.approx(single, rel=2e-4, abs=2e-6)
    for member, single in zip(found["members"], alone(), strict=True):
        assert member == pytest.approx(single, rel=1e-5)


def test_devices_that_are_not_there_and_batches_that_do_not_divide_are_refused() -> None:
    data, net = load("moons", n=40, seed=1), network("2-2:softmax")
    with pytest.raises(RavineError, match="devices=64: this host has"):
        train(net, rule("sgd"), data, Plan(epochs=1, devices=64))
    with pytest.raises(RavineError, match="devices must be a positive integer, got 0"):
        Plan(devices=0)
