"""What every part of Ravine stands on: errors, pytrees, registries, counter-based randomness."""

from ravine.core._pytree import Array, Number, Tree, cast, pytree, same_structure, static
from ravine.core.arrays import aligned, with_axes
from ravine.core.bounds import (
    MAX_DEPTH,
    MAX_EXPANSION,
    Limits,
    check_depth,
    check_limit,
    check_unpacked,
    is_shallow,
    limits,
    parsed_json,
    understood,
)
from ravine.core.compiled import PerStructure, forget_compiled
from ravine.core.errors import RavineError, check_choice, check_count, check_number, nearest, whole
from ravine.core.files import sweep, write_file
from ravine.core.locks import held
from ravine.core.moved import find_moved
from ravine.core.records import is_description, read_description, read_json, read_toml, record
from ravine.core.registry import Registry
from ravine.core.rng import bits, generator, mix, normal, uniform
from ravine.core.seals import BLANK, intact, sealed

__all__ = [
    "BLANK",
    "MAX_DEPTH",
    "MAX_EXPANSION",
    "Array",
    "Limits",
    "Number",
    "PerStructure",
    "RavineError",
    "Registry",
    "Tree",
    "aligned",
    "bits",
    "cast",
    "check_choice",
    "check_count",
    "check_depth",
    "check_limit",
    "check_number",
    "check_unpacked",
    "find_moved",
    "forget_compiled",
    "generator",
    "held",
    "intact",
    "is_description",
    "is_shallow",
    "limits",
    "mix",
    "nearest",
    "normal",
    "parsed_json",
    "pytree",
    "read_description",
    "read_json",
    "read_toml",
    "record",
    "same_structure",
    "sealed",
    "static",
    "sweep",
    "understood",
    "uniform",
    "whole",
    "with_axes",
    "write_file",
]
