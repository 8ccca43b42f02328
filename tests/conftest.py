"""What every test stands on: Keras on its jax backend, and no silent change of dtype."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"
# Nearly all the time of the tests goes into compiling thousands of small programs that run once: the compiler's
# expensive passes are left out, in the processes that tests start too, for bits are equal only between programs
# compiled alike. RAVINE_TEST_OPTIMIZED=1 compiles as for users; every test must hold both ways.
if not os.environ.get("RAVINE_TEST_OPTIMIZED"):
    os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"

import ctypes
import gc
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import jax
import pytest

from benchmarks.lab import chromium
from ravine.core import forget_compiled
from waiting import PATIENCE

# float32 meets float32 or a Python number, nothing else: a slip that would pass unseen on float32 fails here.
jax.config.update("jax_numpy_dtype_promotion", "strict")

# What is tested is not how long an example takes: the first one compiles, and the machine may be busy.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("ravine", deadline=None, suppress_health_check=SLOW)
hypothesis.settings.load_profile("ravine")


ROOM = 600 * 2**20
"""Bytes by which a process of tests may grow before its compiled programs, of which most run once, are thrown away."""


def resident() -> int:
    """Bytes of memory that this process holds; where the system tells no more, the most that it ever held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Memory:
    """Watches the size of this process from test to test, for any test may follow any other in it."""

    floor: int | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        made = yield
        self.floor = resident() if self.floor is None else self.floor
        if resident() > self.floor + ROOM:
            forget_compiled()
            jax.clear_caches()
            gc.collect()
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
            if trim is not None:
                # glibc keeps what is freed, in pieces.
                trim(0)
            self.floor = resident()
        return made


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Memory(), "ravine-memory")


@pytest.fixture(autouse=True)
def own_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command called in this process leaves no flag and no cache folder behind for the tests after it."""
    monkeypatch.setattr("ravine.cli.start.FLAGS", ())
    monkeypatch.setattr("ravine.cli.start.CACHING", ())
    monkeypatch.setenv("XLA_FLAGS", os.environ.get("XLA_FLAGS", ""))


@pytest.fixture
def float64() -> Iterator[None]:
    """Arrays are float64 while the test runs, ours and those of Keras."""
    keras = pytest.importorskip("keras")
    before = keras.backend.floatx()
    keras.backend.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            yield
    finally:
        keras.backend.set_floatx(before)


@pytest.fixture
def lenient() -> Iterator[None]:
    """JAX's usual promotion, for oracles that mix dtypes inside themselves."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture(scope="module")
def lab() -> Iterator[Any]:
    """The runs of a server that is not there."""
    from ravine.lab import Sessions  # Most tests need none of it.

    made = Sessions()
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser. What asks for it is skipped where playwright or Chromium is not here."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not here")
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not here: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], timeout=1000 * PATIENCE)
        yield made
        made.close()
