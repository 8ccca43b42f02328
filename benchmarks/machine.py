"""On what the numbers were taken: processor, memory, system and versions."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

__all__ = ["cores", "describe", "load"]

PACKAGES = ("ravine", "jax", "jaxlib", "optax", "keras", "torch", "scikit-learn", "numpy", "scipy")


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _vectors() -> str:
    listing = Path("/proc/cpuinfo")
    flags = listing.read_text().split() if listing.is_file() else []
    return next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """Processes that wanted a core in the last minute, per core: near 0 on a machine that is free to measure."""
    return os.getloadavg()[0] / cores()


def describe() -> dict[str, str]:
    """The machine and the versions of what was measured, as far as they are installed."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    vectors = _vectors()
    found = {
        "processor": _processor() + (f" ({vectors})" if vectors else ""),
        "cores": str(cores()),
        "memory": f"{gib:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
