"""Ravine: a laboratory for multilayer networks and the algorithms that train them."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("ravine")
