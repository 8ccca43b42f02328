"""Data sets, splits, scaling, and the order of examples."""

from ravine.data._camera import KINDS, NOISE, PATTERNS, camera, camera_images
from ravine.data._digits import digits
from ravine.data._mnist import FASHION_MNIST, MNIST, Images, fashion_mnist, load_images, mnist, mnist_or_digits
from ravine.data._partition import hold_out, partition, partition_rows
from ravine.data._sniff import Layout, sniff
from ravine.data.arrays import encode_labels, from_arrays
from ravine.data.batches import FULL, batch_length, epoch_order, steps_per_epoch
from ravine.data.checks import as_features, as_targets, as_weights, blurred, check_finite
from ravine.data.columns import column_numbers
from ravine.data.dataset import Dataset, Split
from ravine.data.encoder import MOST_CATEGORIES, Column, Encoder
from ravine.data.fetch import DataUnavailableError, IdxSource, cache_folder
from ravine.data.frames import from_file, from_frame
from ravine.data.idx import IdxFile, decode_idx, encode_idx, read_idx
from ravine.data.mirror import UnservedError, received
from ravine.data.packed import read_npy
from ravine.data.preparation import prepare, reshaped
from ravine.data.reading import Reading, read_text
from ravine.data.registry import DATASETS, KINDS_OF_DATA, DatasetRecord, HiddenLayer, load, record_of, register_dataset
from ravine.data.scaling import SCALERS, MinMax, Scaler, Standardizer, one_hot, scale
from ravine.data.sequences import adding, copy_memory
from ravine.data.stream import Stream, Window, replay
from ravine.data.tables import FILES, is_file_name, read_file, read_table, write_table
from ravine.data.toy_classification import blobs, checkerboard, circles, moons, spirals, xor
from ravine.data.toy_regression import plane, sine
from ravine.data.wheel import arrays_alone

__all__ = [
    "DATASETS",
    "FASHION_MNIST",
    "FILES",
    "FULL",
    "KINDS",
    "KINDS_OF_DATA",
    "MNIST",
    "MOST_CATEGORIES",
    "NOISE",
    "PATTERNS",
    "SCALERS",
    "Column",
    "DataUnavailableError",
    "Dataset",
    "DatasetRecord",
    "Encoder",
    "HiddenLayer",
    "IdxFile",
    "IdxSource",
    "Images",
    "Layout",
    "MinMax",
    "Reading",
    "Scaler",
    "Split",
    "Standardizer",
    "Stream",
    "UnservedError",
    "Window",
    "adding",
    "arrays_alone",
    "as_features",
    "as_targets",
    "as_weights",
    "batch_length",
    "blobs",
    "blurred",
    "cache_folder",
    "camera",
    "camera_images",
    "check_finite",
    "checkerboard",
    "circles",
    "column_numbers",
    "copy_memory",
    "decode_idx",
    "digits",
    "encode_idx",
    "encode_labels",
    "epoch_order",
    "fashion_mnist",
    "from_arrays",
    "from_file",
    "from_frame",
    "hold_out",
    "is_file_name",
    "load",
    "load_images",
    "mnist",
    "mnist_or_digits",
    "moons",
    "one_hot",
    "partition",
    "partition_rows",
    "plane",
    "prepare",
    "read_file",
    "read_idx",
    "read_npy",
    "read_table",
    "read_text",
    "received",
    "record_of",
    "register_dataset",
    "replay",
    "reshaped",
    "scale",
    "sine",
    "sniff",
    "spirals",
    "steps_per_epoch",
    "write_table",
    "xor",
]
