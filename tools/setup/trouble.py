"""The error that ends a command with a message for the user."""


class Trouble(Exception):  # noqa: N818 - the user has it: the program itself has no error
    """A message in one line for the user: the problem, the expectation, and what to do."""
