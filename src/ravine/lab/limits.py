"""What the lab allows at most: every limit stands here once, and the page is told of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMITS", "LabLimits"]


@dataclass(frozen=True)
class LabLimits:
    """Bounds of configurations, sessions and messages. Sizes are in bytes, times in seconds.

    *memory* is the budget of all runs together, beside which a server takes what its libraries, compiled programs of
    *structures* kinds (some 30 MB each), tables (*uploads*) and one export at a time need.

    >>> LIMITS.lanes
    8
    """

    examples: int = 20_000
    painted: int = 2_000
    classes: int = 10
    layers: int = 8
    units: int = 512
    units_drawn: int = 64
    matrix_drawn: int = 4_096
    parameters: int = 2_000_000
    weights: int = 4_096
    lanes: int = 8
    steps: int = 50_000_000
    steps_at_once: int = 10_000
    speed: float = 100_000.0
    fps: float = 60.0
    frame_losses: int = 5_000
    backlog: int = 20_000
    losses: int = 65_536
    bins: int = 4_096
    snapshots: int = 512
    snapshot_bytes: int = 64 * 2**20
    gradient_examples: int = 256
    measured_examples: int = 1_000
    map_side: int = 100
    unit_side: int = 20
    surface_side: int = 81
    landscape_side: int = 201
    landscape_steps: int = 20_000
    series_points: int = 10_000
    recording_bytes: int = 128 * 2**20
    memory: int = 2 * 2**30
    runs: int = 16
    runs_playing: int = 4
    structures: int = 24
    sockets: int = 32
    uploads: int = 8
    columns: int = 500
    cells: int = 4_000_000
    edits: int = 10_000
    body: int = 256 * 2**10
    message: int = 64 * 2**10
    upload: int = 5 * 2**20
    idle: float = 60.0
    credit: int = 2
    waiting: int = 64
    strangers: int = 200
    stranger_seconds: float = 10.0
    header_seconds: float = 30.0
    body_seconds: float = 60.0
    header: int = 128 * 2**10


LIMITS = LabLimits()
"""The limits in force."""
