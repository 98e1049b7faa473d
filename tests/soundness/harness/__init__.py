"""Small mains around the circuit templates, and a forger that edits their witnesses consistently."""

from harness.build import Build, compile_main, source_digest
from harness.constraints import ConstraintSystem, component_of
from harness.forge import Forger
from harness.groups import GROUPS, build_group
from harness.instances import Instance, load_instance

__all__ = [
    "GROUPS",
    "Build",
    "ConstraintSystem",
    "Forger",
    "Instance",
    "build_group",
    "compile_main",
    "component_of",
    "load_instance",
    "source_digest",
]
