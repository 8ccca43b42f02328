"""The lab: a live page on which networks learn and update rules race, and the server behind it."""

from ravine.lab._configuration import Configuration, configuration
from ravine.lab.limits import LIMITS
from ravine.lab.race import Engine
from ravine.lab.server import Server
from ravine.lab.sessions import Sessions
from ravine.lab.setup import Setup, prepared_setup
from ravine.lab.trainer import ThreadTrainer
from ravine.lab.uploads import prepared, read_upload, table_configuration
from ravine.lab.wire import decode, encode

__all__ = [
    "LIMITS",
    "Configuration",
    "Engine",
    "Server",
    "Sessions",
    "Setup",
    "ThreadTrainer",
    "configuration",
    "decode",
    "encode",
    "prepared",
    "prepared_setup",
    "read_upload",
    "table_configuration",
]
