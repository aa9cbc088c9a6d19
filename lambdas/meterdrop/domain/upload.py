"""An upload: one object version under an input prefix, from arrival to a final status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from meterdrop.domain.codes import FINAL, FileCode, RowCode, Status

UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")
"""What every upload's id looks like, and nothing else does."""
SIZE_LIMIT = 5_242_880
"""Bytes of the largest file that is taken; Stripe's own limit for a usage file."""
SAMPLE_LIMIT = 10
ERROR_GROUP_LIMIT = 20
ERROR_PREFIX = "errors/"
_KEY_LIMIT = 1_024  # bytes of an S3 object key


class Kind(StrEnum):
    """What the rows of an upload are."""

    USAGE = "usage"
    CUSTOMERS = "customers"


UPLOAD_PREFIX = "uploads/"
DRY_RUN_PREFIX = "validate/"
CUSTOMER_PREFIX = "customers/"
INPUT_PREFIXES = {UPLOAD_PREFIX: Kind.USAGE, DRY_RUN_PREFIX: Kind.USAGE, CUSTOMER_PREFIX: Kind.CUSTOMERS}


def input_prefix(key: str) -> str | None:
    """Return the input prefix that a key lies under, or None for keys that are no uploads."""
    return next((prefix for prefix in INPUT_PREFIXES if key.startswith(prefix)), None)


def error_file_key(key: str, upload_id: str, part: int = 1) -> str:
    """Return the key of a part of an upload's error file, whatever the run. Parts count from 1."""
    prefix = input_prefix(key) or ""
    name = f"{upload_id}.csv" if part == 1 else f"{upload_id}.{part}.csv"
    full = f"{ERROR_PREFIX}{key[len(prefix) :]}/{name}"
    return full if len(full.encode()) <= _KEY_LIMIT else ERROR_PREFIX + name


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
    is_let_in: bool = False
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
