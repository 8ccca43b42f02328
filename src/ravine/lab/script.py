"""Python that runs a race again: data, network, rivals, edits, through the same `ravine.train.Session`."""

from __future__ import annotations

import json
import pprint
import textwrap
from typing import TYPE_CHECKING, Any

from ravine.lab._configuration import rule_of
from ravine.lab.datasets import recipe
from ravine.lab.rules import with_rate
from ravine.nn import to_dict
from ravine.view import translator

if TYPE_CHECKING:
    from ravine.lab.sessions import LabRun

__all__ = ["labels", "notebook", "script", "sections"]

IMPORTS = """\
from dataclasses import replace
from pathlib import Path

import numpy as np

from ravine.data import epoch_order, from_arrays, load, one_hot, replay
from ravine.lab import prepared, read_upload
from ravine.nn import network as network_of
from ravine.optim import *
from ravine.train import Model, Session, objective, save_model"""

TRAINING = '''\
def batches(epoch):
    """{of_batches}"""
{batches}


def trained(name, rule):
    """{of_trained}"""
    session = Session(network, rule, aim, seed={seed}, variables=start)
    examples = session.examples(data.train.x, targets)
    losses, step = [], 0
    while True:
        for at, who, kind, *what in edits:
            if (at, who) == (step, name) and kind == "rule":
                session.rule = what[0]
            elif (at, who) == (step, name):
                layer, array, index, value = what
                variables = session.variables
                variables.params[layer][array][index] = value
                session.variables = variables
        if step == steps:
            return session, np.concatenate([np.zeros(0), *losses])
        epoch, row = divmod(step, per_epoch)
        until = min([steps, (epoch + 1) * per_epoch, *(at for at, *_ in edits if at > step)])
        records = session.run(examples, batches(epoch), row, until - step)
        losses.append(np.asarray(records.loss)[row : row + until - step])
        step = until


results, losses, models = {{}}, {{}}, {{}}
for name, rule in rivals.items():
    session, losses[name] = trained(name, rule)
{of_models}
    models[name] = Model(network, session.variables, data.classes, data.encoder, scaler, target=target)
    results[name] = {{part: session.evaluate(split.x, aim.loss.check(split.y, network.output_shape))
                     for part, split in data.parts.items()}}
    print(name, *(f"{told} {{each.loss:.6g}}" for part, each in results[name].items()), sep="  ")'''

PLOT = """\
import matplotlib.pyplot as plt

figure, axes = plt.subplots(layout="constrained")
for name, values in losses.items():
    axes.semilogy(values, label=name, linewidth=0.8)
axes.set(xlabel={step!r}, ylabel={loss!r})
axes.legend()
plt.show()"""


def labels(run: LabRun) -> dict[int, str]:
    """A name for each lane that is on: its number and its rule.

    No example: needs a run.
    """
    lanes = run.setup.configuration.lanes
    return {place: f"{place + 1} {lane.rule}" for place, lane in enumerate(lanes) if lane.on}


def _batches(run: LabRun) -> str:
    choice, n = run.setup.configuration.batch, len(run.setup.dataset.train)
    seed, size = run.setup.configuration.seed, choice.length(n)
    if choice.kind != "stream":
        given = "'full'" if choice.kind == "full" else str(size)
        return f"    return epoch_order({n}, {given}, {seed}, epoch + 1)"
    return (
        f"    numbers = replace(data.train, x=np.arange({n}.0)[:, None])\n"
        f"    rows = np.full((per_epoch, {size}), -1, np.int32)\n"
        f"    for row, window in zip(rows, replay(numbers, {size}, window={size}, seed={seed} + epoch)):\n"
        f"        here = window.x[window.order({size}, only_fresh=True)[0], 0]\n"
        "        row[: len(here)] = here\n"
        "    return rows"
    )


def _edits(run: LabRun) -> str:
    names, end = labels(run), run.trainer.latest.step
    rules = {place: rule_of(lane) for place, lane in enumerate(run.setup.configuration.lanes)}
    lines = []
    for edit in list(run.trainer.race.edits):
        if edit.lane not in names or edit.step > end:
            continue
        head = f"{edit.step}, {names[edit.lane]!r}"
        if edit.kind == "rate":
            rules[edit.lane] = with_rate(rules[edit.lane], edit.value)
            lines.append(f"    ({head}, 'rule', {rules[edit.lane]!r}),")
        else:
            place = run.setup.dense[edit.layer]
            lines.append(f"    ({head}, 'weight', {place}, {edit.array!r}, {edit.index!r}, {edit.value!r}),")
    return "edits = [" + ("\n" + "\n".join(lines) + "\n" if lines else "") + "]"


def _network(run: LabRun) -> str:
    setup = run.setup
    lines = [
        f"network = network_of({pprint.pformat(to_dict(setup.network), width=110, sort_dicts=False)})",
        f"start = network.init({setup.configuration.seed})",
    ]
    for place, given in zip(setup.dense, setup.configuration.network.weights or (), strict=False):
        kernel, bias = [list(row) for row in given.kernel], list(given.bias)
        lines.append(f"start.params[{place}].update(kernel=np.array({kernel!r}, np.float32), "
                     f"bias=np.array({bias!r}, np.float32))")  # fmt: skip
    lines.append(f"aim = objective(network, {setup.plan.loss!r}, {list(setup.plan.metrics or ())!r})")
    lines.append("targets = aim.loss.check(data.train.y, network.output_shape)")
    return "\n".join(lines)


def sections(run: LabRun, language: str = "en") -> list[tuple[str, str]]:
    """Titles and code of the parts of the script; run one after another they make ``results``, ``losses`` and
    ``models``. Titles, comments and what is printed are in *language*.

    No example: needs a run; see tests/test_lab_exports.py.
    """
    _ = translator(language)
    setup = run.setup
    configuration = setup.configuration
    data = recipe(configuration.data, run.uploads)
    if setup.scaler is None:
        data += "\nscaler = target = None"
    if setup.dataset.classes is not None and setup.dataset.train.y.ndim > 1:
        data += (
            "\nparts = {n: replace(s, y=one_hot(s.y, len(data.classes))) for n, s in data.parts.items()}"
            "\ndata = replace(data, train=parts['train'], test=parts.get('test'))"
        )
    rivals = [f"    {name!r}: {rule_of(configuration.lanes[place])!r}," for place, name in labels(run).items()]
    numbers = f"steps, per_epoch = {run.trainer.latest.step}, {run.trainer.race.order.steps}"
    remark = _(
        "A model takes raw data and answers in the target's own units: "
        '`save_model("model.safetensors", models[name])` keeps it, and `ravine predict` reads it.'
    )
    training = TRAINING.format(
        batches=_batches(run),
        seed=configuration.seed,
        of_batches=_(
            "The rows of an epoch, or of a pass of the stream: the places of examples, -1 where none is left."
        ),
        of_trained=_("The session after all steps, and the losses of its batches."),
        of_models=textwrap.fill(remark, 110, initial_indent="    # ", subsequent_indent="    # "),
        told=_("{part} loss"),
    )
    return [
        (_("What is used"), IMPORTS),
        (_("The data"), data),
        (_("The network, its first weights, and its loss"), _network(run)),
        (_("The rivals"), "rivals = {\n" + "\n".join(rivals) + "\n}"),
        (_("What was changed by hand: step, rival, what"), f"{numbers}\n{_edits(run)}"),
        (_("The race"), training),
    ]


def script(run: LabRun, language: str = "en") -> str:
    """The race as one Python file.

    No example: needs a run; see tests/test_lab_exports.py.
    """
    head = translator(language)("A race of Ravine's lab, run again: the same data, weights, batches and edits.")
    parts = "\n\n".join(f"# {title}\n{code}" for title, code in sections(run, language))
    return f'"""{head}"""\n\n{parts}\n'


def notebook(run: LabRun, language: str = "en") -> bytes:
    """The race as a Jupyter notebook (nbformat 4.5), with a plot of the losses at its end.

    No example: needs a run; see tests/test_lab_exports.py.
    """
    _ = translator(language)

    def lines(text: str) -> list[str]:
        return text.splitlines(keepends=True)

    cells: list[dict[str, Any]] = []
    head = f"# {_('A race in the lab')}\n\n{_('The same data, weights, batches and edits.')}"
    cells.append({"cell_type": "markdown", "id": "head", "metadata": {}, "source": lines(head)})
    plot = PLOT.format(step=_("step"), loss=_("loss of the batch"))
    for number, (title, code) in enumerate([*sections(run, language), (_("The losses"), plot)]):
        cells.append({"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": lines(f"## {title}")})
        cells.append(
            {
                "cell_type": "code",
                "id": f"code-{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": lines(code),
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False).encode()
