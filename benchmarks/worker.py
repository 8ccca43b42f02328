"""One contender in a process of its own, driven line by line: prepare, fit, memory, stop.

Each line read is a JSON command and is answered by one JSON line. Whatever libraries print goes to standard error.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import CONTENDERS, LIMITS, Contender, Trainer
from benchmarks.workloads import Workload

__all__ = ["main"]


def _peak_memory() -> int:
    """Most resident memory of this process so far, in bytes (Linux counts in KiB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _prepare(contender: Contender, command: dict[str, Any]) -> tuple[Workload, Trainer]:
    work, folder = Workload.from_json(command["workload"]), Path(command["data"])
    return work, contender.prepare(work, np.load(folder / "x.npy"), np.load(folder / "y.npy"))


def main() -> None:
    """Serve the contender named on the command line until told to stop."""
    contender = {**CONTENDERS, **LIMITS}[sys.argv[1]]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    trainer: Trainer | None = None
    for line in sys.stdin:
        command = json.loads(line)
        begun = time.perf_counter()
        answer: dict[str, Any] = {}
        try:
            if command["do"] == "prepare":
                _, trainer = _prepare(contender, command)
                trainer.fit()
                answer["networks"] = trainer.networks
            elif command["do"] == "fit" and trainer is not None:
                trainer.fit()
            elif command["do"] == "memory":
                answer["bytes"] = _peak_memory()
            elif command["do"] == "stop":
                return
        except Exception as error:  # the driver reports a contender that fails, and goes on with the others
            text = str(error).strip()
            answer["error"] = f"{type(error).__name__}: {text.splitlines()[0] if text else 'no message'}"
        answer["seconds"] = time.perf_counter() - begun
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
