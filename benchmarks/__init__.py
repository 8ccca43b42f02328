"""Ravine beside its peers: the same work, interleaved in one run, on one machine."""
