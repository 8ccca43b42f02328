"""torch: the usual training loop, eager or with forward and backward through `torch.compile`; one network at a time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from benchmarks.contenders.table import Trainer
from benchmarks.workloads import Workload

__all__ = ["prepare"]


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, *, compiled: bool = False) -> Trainer:
    """Build model and optimiser; a fit runs all epochs over shuffled batches."""
    torch.manual_seed(0)
    activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[work.activation]
    layers: list[torch.nn.Module] = []
    for wide, narrow in pairwise(work.widths[:-1]):
        layers += [torch.nn.Linear(wide, narrow), activation()]
        layers += [torch.nn.Dropout(work.dropout)] if work.dropout else []
    model = torch.nn.Sequential(*layers, torch.nn.Linear(*work.widths[-2:]))
    rule = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    measure = torch.nn.CrossEntropyLoss()
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y).long()

    def forward(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return measure(model(x), y)

    loss_of = torch.compile(forward) if compiled else forward

    def fit() -> None:
        for _ in range(work.epochs):
            for rows in torch.randperm(len(inputs)).split(work.batch):
                rule.zero_grad()
                loss_of(inputs[rows], labels[rows]).backward()
                rule.step()

    return Trainer(fit, 1)
