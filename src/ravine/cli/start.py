"""What must be settled before JAX compiles anything: compiler flags, devices, the cache of compiled programs."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

__all__ = ["prepare"]

FLAGS = ("--xla_cpu_copy_insertion_use_region_analysis=true",)

CACHING: tuple[tuple[str, str | float], ...] = (
    ("jax_compilation_cache_dir", "compiled"),  # below the user's cache folder
    ("jax_persistent_cache_min_compile_time_secs", 0.0),
    ("jax_persistent_cache_min_entry_size_bytes", -1),
)


def prepare(*, devices: int | None = None) -> None:
    """Set the environment from which JAX starts. Only the command line does this, never the library.

    Compiled programs are kept in the user's cache folder. A flag that this version of XLA does not know would end the
    process, so each is tried once, in another process, and the answer is kept. What the user has set stands.
    *devices* cuts the CPU into as many devices, over which a population is spread.

    No example: changes the environment of the process.
    """
    import jax

    from ravine.cli.programs import keep_programs
    from ravine.data import cache_folder

    cache = cache_folder()
    given = os.environ.get("XLA_FLAGS", "")
    wanted = [flag for flag in FLAGS if flag.partition("=")[0] not in given and _known(flag, cache)]
    if devices is not None and "xla_force_host_platform_device_count" not in given:
        wanted.append(f"--xla_force_host_platform_device_count={devices}")
    os.environ["XLA_FLAGS"] = " ".join([given, *wanted]).strip()
    for name, setting in CACHING:
        # JAX has read the environment by now; processes that are started from here have not.
        if name.upper() not in os.environ:
            value = str(cache / setting) if isinstance(setting, str) else setting
            os.environ[name.upper()] = str(value)
            jax.config.update(name, value)  # type: ignore[no-untyped-call]
            if isinstance(setting, str) and not keep_programs(cache / setting):
                # Rather slow than with a cache in which nobody notices damage.
                jax.config.update("jax_enable_compilation_cache", False)  # type: ignore[no-untyped-call]


def _known(flag: str, cache: Path) -> bool:
    """Whether this XLA takes *flag*; the answer is kept per version of jaxlib."""
    mark = cache / "flags" / f"{version('jaxlib')}{flag.partition('=')[0]}"
    for answer in (True, False):
        if mark.with_name(f"{mark.name}={answer}").exists():
            return answer
    code = "import jax; jax.numpy.zeros(1).block_until_ready()"
    environment = os.environ | {"XLA_FLAGS": flag}
    known = (
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False).returncode == 0
    )
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.with_name(f"{mark.name}={known}").touch()
    except OSError:
        pass  # An answer that cannot be kept is asked for again next time.
    return known
