"""The experiments of the lecture: sizes and seeds in, an `Outcome` out. Nothing here draws or writes."""

__all__ = []
