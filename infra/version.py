"""The version of Meterdrop that a stack shows."""

VERSION = "0.1.0"
"""As in `pyproject.toml`."""
