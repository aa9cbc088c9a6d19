"""The end of a process."""


class DiedError(BaseException):
    """Ends a function's process: nothing that it would do afterwards happens."""
