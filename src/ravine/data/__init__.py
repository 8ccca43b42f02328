"""Data sets, splits, scaling, and the order of examples."""

from ravine.data.arrays import encode_labels, from_arrays
from ravine.data.batches import FULL, batch_length, epoch_order, steps_per_epoch
from ravine.data.camera import KINDS, NOISE, PATTERNS, camera, camera_images
from ravine.data.curves import plane, sine
from ravine.data.dataset import Dataset, Split
from ravine.data.digits import digits
from ravine.data.fetch import DataUnavailableError, Source, cache_folder
from ravine.data.idx import IdxFile, decode_idx, encode_idx, read_idx
from ravine.data.mnist import FASHION_MNIST, MNIST, Images, fashion_mnist, load_images, mnist, mnist_or_digits
from ravine.data.partition import partition, partition_rows
from ravine.data.registry import DATASETS, load
from ravine.data.shapes import blobs, checkerboard, circles, moons, spirals, xor

__all__ = [
    "DATASETS",
    "FASHION_MNIST",
    "FULL",
    "KINDS",
    "MNIST",
    "NOISE",
    "PATTERNS",
    "DataUnavailableError",
    "Dataset",
    "IdxFile",
    "Images",
    "Source",
    "Split",
    "batch_length",
    "blobs",
    "cache_folder",
    "camera",
    "camera_images",
    "checkerboard",
    "circles",
    "decode_idx",
    "digits",
    "encode_idx",
    "encode_labels",
    "epoch_order",
    "fashion_mnist",
    "from_arrays",
    "load",
    "load_images",
    "mnist",
    "mnist_or_digits",
    "moons",
    "partition",
    "partition_rows",
    "plane",
    "read_idx",
    "sine",
    "spirals",
    "steps_per_epoch",
    "xor",
]
