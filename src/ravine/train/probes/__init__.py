"""Instruments: pure functions of one step, computed inside the compiled loop at a stride."""

from ravine.train.probes.backpropagation import backpropagated
from ravine.train.probes.histogram import BINS, histogram_edges
from ravine.train.probes.noise import pooled_noise_scale
from ravine.train.probes.presets import CHEAP, probe_names
from ravine.train.probes.probe import Memory, Probe, Sample, activated
from ravine.train.probes.registry import MEMORIES, PROBES, memories

__all__ = [
    "BINS",
    "CHEAP",
    "MEMORIES",
    "PROBES",
    "Memory",
    "Probe",
    "Sample",
    "activated",
    "backpropagated",
    "histogram_edges",
    "memories",
    "pooled_noise_scale",
    "probe_names",
]
