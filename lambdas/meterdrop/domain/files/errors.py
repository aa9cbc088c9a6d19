"""What judging finds: a refusal of a cell, the errors of a row, the fault of a file. The first two are values."""

from typing import NamedTuple

from meterdrop.domain.codes import FileCode, RowCode


class CellError(NamedTuple):
    """Why one cell was refused, wherever it stands."""

    code: RowCode
    message: str


class RowError(NamedTuple):
    """Why one row was refused: the field is a column's name, empty where no named column is at fault."""

    code: RowCode
    field: str
    message: str

    def __str__(self) -> str:
        """Return the message as the error file and the samples show it."""
        return f"{self.field}: {self.message}" if self.field else self.message


class FileError(Exception):
    """The whole file is refused: its upload has no meter events."""

    def __init__(self, code: FileCode, message: str) -> None:
        """Hold the code for programs, and the message for the person who dropped the file."""
        super().__init__(message)
        self.code = code
        self.message = message
