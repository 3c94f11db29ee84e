"""Synthetic population: deterministic French-looking patients who exist nowhere."""

from dcc_core.patients.synth.load import load_people
from dcc_core.patients.synth.people import Person, Population
from dcc_core.patients.synth.sources import Sources, read_sources

__all__ = ["Person", "Population", "Sources", "load_people", "read_sources"]
