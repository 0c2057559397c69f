"""Custodes, the open platform for governing security forces."""

__version__ = "0.1.0"
