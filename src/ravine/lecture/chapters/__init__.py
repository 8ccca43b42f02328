"""The chapters of the lecture: each module has its `PART`."""

__all__ = []
