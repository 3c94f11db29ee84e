"""The demonstration: fictitious people, patients and reports that show a region at work."""

from dcc_core.demo.fill import fill_demonstration

__all__ = ["fill_demonstration"]
