"""Data sets by Keras's names."""

from ravine.keras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)

__all__ = ["boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist", "reuters"]


def __getattr__(name: str) -> object:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)
