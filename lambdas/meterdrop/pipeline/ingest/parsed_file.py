"""A parsed file of either kind, and the result of storing its rows."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from meterdrop.domain.control.totals import Totals
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout
from meterdrop.domain.uploads.key_account import MatchedRows, RowDigest
from meterdrop.domain.uploads.upload import Counts, ErrorGroup, Sample, Total, Upload
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.row_reference import RowReference
from meterdrop.pipeline.ingest.key_account import ClaimedAccount
from meterdrop.pipeline.ports import Ports


class Tallied(Protocol):
    """The totals of an upload's rows."""

    @property
    def counts(self) -> Counts:
        """The number of rows by result."""

    @property
    def totals(self) -> tuple[Total, ...]:
        """The sum of the successes of each meter."""

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first row errors."""

    @property
    def errors(self) -> tuple[ErrorGroup, ...]:
        """The most frequent errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResult:
    """A file whose rows all have a result, as the later stages need it."""

    form: ErrorFileLayout
    parent: str | None
    """The upload whose error file this is."""
    tally: Tallied
    held: ErrorFileBuffer | None
    """The rows of the error file, encoded; None if rows must be validated again for it."""
    refused: Callable[[], Iterator[RefusedRow]]
    """Yields the refused rows in order. Each call starts again."""
    contributions: Contributions = field(default_factory=Contributions)
    """The usage of the rows that count; empty for customers."""
    duplicates_of: Sequence[str] = ()
    """The uploads that own the events that rows are duplicates of."""
    matched: MatchedRows | None = None
    """The duplicates to record for the account of the key; None if the file belongs to no account."""
    own_matched: tuple[int, Sequence[RowDigest]] | None = None
    """The number of rows, and those of them without an event of their own, for the claim of the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContext:
    """The upload and the services that storing its rows needs."""

    upload: Upload
    is_first: bool
    """Whether no earlier attempt can have stored anything."""
    parent: str | None
    """The upload whose error file this is, if rows say so."""
    accounts: Sequence[ClaimedAccount]
    """The accounts that rows of the upload belong to."""
    ports: Ports
    show: Callable[[Counts], None]
    """Shows the counts so far in the status. Raises LeaseLostError if the attempt has lost its upload."""


class ParsedFile(Protocol):
    """A valid file of one kind. None of its rows is stored yet."""

    @property
    def references(self) -> Sequence[RowReference]:
        """The rows that name a row of an earlier upload."""

    def identify(self, ids: Mapping[int, str | CellError]) -> None:
        """Set the IDs of rows, by number, that differ from their identifiers. Call it before `store_rows`."""

    @property
    def rows_by_content(self) -> int:
        """The number of rows if at least one has no identifier and is compared by content, else 0."""

    @property
    def is_error_file(self) -> bool:
        """Whether every row names a row of an earlier upload."""

    def totals(self, event_names: Collection[str]) -> Totals:
        """Return the number of rows, and the sums of some event names. Raises FileError if it can't add them up."""

    def store_rows(self, context: StoreContext) -> StoreResult:
        """Validate the rows, store the valid ones, and return a result for every row."""
