"""The errors of cells, rows and files. Cell and row errors are values, file errors are exceptions."""

from typing import NamedTuple

from meterdrop.domain.codes import FileCode, RowCode


class CellError(NamedTuple):
    """The error of one cell, whatever its column. `in_file` is advice that concerns only files."""

    code: RowCode
    message: str
    in_file: str = ""


class RowError(NamedTuple):
    """An error of one row. `field` is the column's name, empty if the error has no named column.

    `in_file` is advice that concerns only files.
    """

    code: RowCode
    field: str
    message: str
    in_file: str = ""

    def __str__(self) -> str:
        """Return the message as shown in the error file and in samples."""
        message = f"{self.message} {self.in_file}" if self.in_file else self.message
        return f"{self.field}: {message}" if self.field else message


class FileError(Exception):
    """The error of a whole file. The upload fails and has no meter events."""

    def __init__(self, code: FileCode, message: str) -> None:
        """Create the error with a code for programs and a message for people."""
        super().__init__(message)
        self.code = code
        self.message = message
