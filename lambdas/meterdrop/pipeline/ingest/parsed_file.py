"""What came of the rows of a file, for the stages that are the same for every kind of file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from meterdrop.domain.files.errors import CellError
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout
from meterdrop.domain.uploads.upload import Counts, ErrorGroup, Sample, Total, Upload
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.row_reference import RowReference
from meterdrop.pipeline.ingest.key_account import ClaimedAccount
from meterdrop.pipeline.ports import Ports


class Tallied(Protocol):
    """Rows added up."""

    @property
    def counts(self) -> Counts:
        """How many rows became what."""

    @property
    def totals(self) -> tuple[Total, ...]:
        """What the successes add up to."""

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first row errors."""

    @property
    def errors(self) -> tuple[ErrorGroup, ...]:
        """The most frequent errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResult:
    """A file whose rows are all settled."""

    form: ErrorFileLayout
    parent: str | None
    """The upload whose error file this is."""
    tally: Tallied
    held: ErrorFileBuffer | None
    """The lines of the error file; None where rows are to be judged again for it."""
    refused: Callable[[], Iterator[RefusedRow]]
    """Returns the refused rows in order, each time anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContext:
    """What storing the rows of an upload needs beside them."""

    upload: Upload
    is_first: bool
    """Whether no attempt before this one can have stored anything."""
    parent: str | None
    """The upload whose error file this is, where rows say so."""
    accounts: Sequence[ClaimedAccount]
    """The accounts that rows of the upload belong to."""
    ports: Ports
    executor: Executor
    show: Callable[[Counts], None]
    """To be told the counts now and then; raises where the attempt has lost its upload."""


class ParsedFile(Protocol):
    """A sound file of one kind. Nothing of it is stored yet."""

    @property
    def references(self) -> Sequence[RowReference]:
        """The rows that say which row of an earlier upload they are."""

    def identify(self, ids: Mapping[int, str | CellError]) -> None:
        """Take the ids of rows, by number, that their identifiers do not tell; before the first row is judged."""

    @property
    def rows_by_content(self) -> int:
        """How many rows there are, where one of them is told from other uploads' rows by its content alone; else 0."""

    def store(self, context: StoreContext) -> StoreResult:
        """Store the good rows and settle all of them."""
