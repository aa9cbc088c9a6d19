"""An upload: one object version under an input prefix, from arrival to a final status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from meterdrop.domain.codes import FINAL, FileCode, Kind, RowCode, Status
from meterdrop.domain.ids import LAST_SECOND

SAMPLE_LIMIT = 10
ERROR_GROUP_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows were judged, and how. At a final status `row` is the sum of the others."""

    row: int = 0
    success: int = 0
    duplicate: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """What the successes of one meter add up to; the sum is a plain decimal, None where no row had a value."""

    event_name: str
    event_count: int
    value_sum: str | None
    first_timestamp: int | None = None
    """Epoch seconds, as `last_timestamp`; both are None only where an earlier version stored the upload."""
    last_timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One of an upload's first row errors."""

    row_number: int
    code: RowCode
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """How many refused rows have the same first error: the code and the field that the error file names."""

    code: RowCode
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a whole file was refused, in the words of the person who dropped it."""

    code: FileCode
    message: str


@dataclass(frozen=True, slots=True)
class ErrorFile:
    """Where the refused rows are. `key` is that of the first part, and `row_count` how many rows all parts list."""

    key: str
    row_count: int
    version_ids: tuple[str, ...]
    """Of the parts, in order."""
    is_complete: bool = True
    """Whether every refused row is listed."""

    @property
    def part_count(self) -> int:
        """How many files there are, each of which can be uploaded by itself."""
        return len(self.version_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The status of one upload, as its table holds it and the API shows it. Times are epoch seconds."""

    id: str
    kind: Kind
    status: Status
    dry_run: bool
    key: str
    version_id: str
    created: int
    """The arrival: what time windows are judged against, fixed by the first claim."""
    run: int = 1
    parent: str | None = None
    updates: str | None = None
    """The earlier upload of the same key that this file updates."""
    size: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    """When the last run ended."""
    reverted_at: int | None = None
    counts: Counts = Counts()
    totals: tuple[Total, ...] = ()
    samples: tuple[Sample, ...] = ()
    errors: tuple[ErrorGroup, ...] = ()
    """The most frequent errors, the most frequent first; at most `ERROR_GROUP_LIMIT`."""
    failure: Failure | None = None
    error_file: ErrorFile | None = None
    allow_duplicate: bool = False
    """Whether it came by `allow-duplicate`: all rows of it, corrected ones too, are new."""
    error_parts: int = 0
    """Parts of an error file that this run or one before it may have written; noted before there is a second one."""
    sha256: str | None = None
    """What names the file's content; set before the first event is stored: without it none can be."""
    has_ended: bool = False
    """Whether the upload has had a final status, whatever its status is now."""
    version_order: str = ""
    """Sorts the uploads of one key as S3 stored their versions; see `domain.dropped_object`."""
    attempts: int = 0
    """Attempts without progress."""
    lease_token: str | None = None
    """Whose attempt holds the upload, or held it last."""
    lease_until: int = 0
    """Epoch seconds; until then nobody else may take the upload up."""
    revision: int = 0
    """Counts the writes of the item: each is conditional on the one it read."""

    @property
    def file_name(self) -> str:
        """The last part of the key."""
        return self.key.rsplit("/", 1)[-1]

    @property
    def is_final(self) -> bool:
        """Whether nothing goes on any more by itself."""
        return self.status in FINAL

    @property
    def ended_at(self) -> int | None:
        """When the status became final: the end of the revert, or else of the last run."""
        return self.finished_at if self.reverted_at is None else self.reverted_at

    @property
    def month(self) -> str:
        """The UTC month of arrival, by which uploads are listed."""
        return datetime.fromtimestamp(self.created, UTC).strftime("%Y-%m")

    @property
    def created_id(self) -> str:
        """Sorts uploads by arrival, then id."""
        return f"{self.created:010d}#{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFilter:
    """All conditions must hold; None asks for nothing. Bounds of `created` are epoch seconds and inclusive.

    `file_name` is a part of the name, whatever its case.
    """

    status: Status | None = None
    key: str | None = None
    key_prefix: str | None = None
    file_name: str | None = None
    parent: str | None = None
    created_from: int = 0
    created_until: int = LAST_SECOND

    def matches(self, upload: Upload) -> bool:
        """Judge one upload as it is now."""
        return (
            self.created_from <= upload.created <= self.created_until
            and self.status in (None, upload.status)
            and self.key in (None, upload.key)
            and self.parent in (None, upload.parent)
            and upload.key.startswith(self.key_prefix or "")
            and (self.file_name or "").casefold() in upload.file_name.casefold()
        )
