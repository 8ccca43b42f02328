"""Data sets by Keras's names."""

from ravine.keras.datasets import fashion_mnist, mnist

__all__ = ["fashion_mnist", "mnist"]


def __getattr__(name: str) -> object:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)
