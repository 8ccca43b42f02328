"""What training writes and reads again: arrays, checkpoints, run folders, forks, models."""

__all__ = ()
