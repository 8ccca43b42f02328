"""The 4-pixel camera of the lecture (after Brandon Rohrer): images of 2 x 2 in four kinds, either polarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ravine.core import RavineError, check_choice
from ravine.data.dataset import Dataset
from ravine.data.registry import register_dataset
from ravine.data.toy_classification import Drawn, generated

__all__ = ["KINDS", "NOISE", "PATTERNS", "camera", "camera_images"]

PATTERNS: dict[str, np.ndarray] = {
    "solid": np.array([[1, 1], [1, 1]], np.float32),
    "vertical": np.array([[1, -1], [1, -1]], np.float32),
    "diagonal": np.array([[1, -1], [-1, 1]], np.float32),
    "horizontal": np.array([[1, 1], [-1, -1]], np.float32),
}
"""The four kinds in one polarity; the other is its negative."""

KINDS = tuple(PATTERNS)
"""The names of the four kinds, in the order of their labels."""
NOISE = "noise"
"""A fifth kind, as the lecture's generator has it: four pixels uniform in [-1, 1]."""


def camera_images(kinds: Sequence[str], noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return one image per entry of *kinds*, float32 (n, 2, 2), each in a random polarity.

    *noise* is the standard deviation of the normal noise on each pixel. "noise" is a kind too: uniform pixels.

    >>> abs(camera_images(["solid"], 0.0, np.random.default_rng(0))).tolist()
    [[[1.0, 1.0], [1.0, 1.0]]]
    """
    n = len(kinds)
    polarity = rng.choice(np.array([1, -1], np.float32), n)
    uniform = rng.uniform(-1, 1, (n, 2, 2)).astype(np.float32)
    images = np.empty((n, 2, 2), np.float32)
    for row, kind in enumerate(kinds):
        images[row] = uniform[row] if kind == NOISE else polarity[row] * PATTERNS[kind]
    return images + np.float32(noise) * rng.standard_normal((n, 2, 2), np.float32) if noise else images


@register_dataset(
    "camera",
    "four_pixel_camera",
    title="The 4-pixel camera",
    kind="image",
    inputs=4,
    classes=4,
    hidden=((4, "tanh"), (4, "tanh"), (8, "relu")),
)
def camera(
    n: int = 4000,
    *,
    n_test: int | None = None,
    n_validation: int = 0,
    noise: float = 0.0,
    kinds: Sequence[str] = KINDS,
    flatten: bool = True,
    seed: int = 0,
) -> Dataset:
    """Return *n* training images of the 4-pixel camera, float32 (n, 4), or (n, 2, 2) unless *flatten*.

    A quarter of *n* more are for testing, unless *n_test* says otherwise. Pixels are -1 or 1 plus normal *noise*; the
    labels number *kinds*, each equally likely: solid 0, vertical 1, diagonal 2, horizontal 3 by default, and "noise"
    may be added as one more.

    >>> camera(100, seed=1).classes
    ('solid', 'vertical', 'diagonal', 'horizontal')
    """
    for kind in kinds:
        check_choice("camera", "kind", kind, (*KINDS, NOISE))
    if not kinds or len(set(kinds)) != len(kinds):
        raise RavineError(f"camera: kinds must be different and at least one, got {tuple(kinds)}: see KINDS")

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        labels = rng.integers(len(kinds), size=size)
        images = camera_images([kinds[label] for label in labels], noise, rng)
        return images.reshape(size, 4) if flatten else images, labels

    return generated("camera", draw, (n, n_test, n_validation), noise, seed, tuple(kinds))
