"""A linter for prose: documentation, comments, docstrings and messages."""
