"""The lab: a live page on which networks learn and update rules race, and the server behind it."""

from ravine.lab._configuration import Configuration, configuration, read_configuration
from ravine.lab.exports import EXPORT_KINDS, export
from ravine.lab.in_process import Channel
from ravine.lab.limits import LIMITS
from ravine.lab.links import configuration_of_link
from ravine.lab.models import model_at
from ravine.lab.race import Engine
from ravine.lab.replay import page_file
from ravine.lab.server import Server
from ravine.lab.sessions import LabRun, Sessions
from ravine.lab.setup import Setup, prepared_setup
from ravine.lab.trainer import ThreadTrainer
from ravine.lab.uploads import prepared, read_upload, table_configuration
from ravine.lab.wire import decode, encode

__all__ = [
    "EXPORT_KINDS",
    "LIMITS",
    "Channel",
    "Configuration",
    "Engine",
    "LabRun",
    "Server",
    "Sessions",
    "Setup",
    "ThreadTrainer",
    "configuration",
    "configuration_of_link",
    "decode",
    "encode",
    "export",
    "model_at",
    "page_file",
    "prepared",
    "prepared_setup",
    "read_configuration",
    "read_upload",
    "table_configuration",
]
