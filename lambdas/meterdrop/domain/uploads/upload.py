"""An upload: one object version under an input prefix, from arrival to a final status."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from meterdrop.domain.codes import FINAL, FileCode, Kind, RowCode, Status
from meterdrop.domain.ids import LAST_SECOND
from meterdrop.domain.metering.partners import matches_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from meterdrop.domain.changes import Change
    from meterdrop.domain.control.totals import Control

SAMPLE_LIMIT = 10
ERROR_GROUP_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of rows by result. At a final status, `row` is the sum of the others."""

    row: int = 0
    success: int = 0
    duplicate: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """The total of one meter's successes. `value_sum` is a plain decimal, None if no row has a value."""

    event_name: str
    event_count: int
    value_sum: str | None
    first_timestamp: int | None = None
    """Epoch seconds, like `last_timestamp`. Both are None only if an earlier version of Meterdrop stored the upload."""
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
    """The number of refused rows with the same code and field in their first error."""

    code: RowCode
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Failure:
    """The file error of a failed upload."""

    code: FileCode
    message: str


@dataclass(frozen=True, slots=True)
class ErrorFile:
    """The error file of an upload: the key of its first part, and the number of rows in all parts."""

    key: str
    row_count: int
    version_ids: tuple[str, ...]
    """The version IDs of the parts, in order."""
    is_complete: bool = True
    """Whether the error file lists all refused rows."""

    @property
    def part_count(self) -> int:
        """The number of parts. Each is a file that can be uploaded."""
        return len(self.version_ids)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of an upload's history: the change, and the upload's status and run right after it."""

    number: int
    """The position in the whole history, from 1. The middle of a long history is dropped."""
    change: Change
    status: Status
    run: int
    counts: Counts | None = None
    """The counts of the run that ended with this entry. None for other entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload. Times are in epoch seconds, `size` is in bytes."""

    id: str
    kind: Kind
    status: Status
    dry_run: bool
    key: str
    version_id: str
    created: int
    """The arrival, which the first claim sets. Time windows depend on it."""
    run: int = 1
    parent: str | None = None
    updates: str | None = None
    """The earlier upload with the same key that this file updates."""
    partner: str | None = None
    """The partner whose folder the key is in, None for the owner. The first claim sets it."""
    hides_errors: bool = False
    """Whether the error file is directly under `errors/`, see `keys.is_hidden`. The first claim sets it."""
    size: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    """When the last run ended."""
    reverted_at: int | None = None
    counts: Counts = Counts()
    totals: tuple[Total, ...] = ()
    samples: tuple[Sample, ...] = ()
    errors: tuple[ErrorGroup, ...] = ()
    """The most frequent errors, in descending order, at most `ERROR_GROUP_LIMIT`."""
    control: Control | None = None
    """The comparison with the declared totals. None without a declaration, and until they are compared."""
    failure: Failure | None = None
    error_file: ErrorFile | None = None
    allow_duplicate: bool = False
    """Whether it was uploaded with `allow-duplicate`, so that all its rows are new, including corrected ones."""
    error_parts: int = 0
    """The number of error file parts that may exist from this or earlier runs. Stored before the second part."""
    sha256: str | None = None
    """The hash of the file's content. Set before the first event is stored."""
    reprocesses_duplicates: bool = False
    """Whether its revert reprocesses the uploads whose rows are duplicates of its rows."""
    has_ended: bool = False
    """Whether the upload ever had a final status."""
    version_order: str = ""
    """Sorts the uploads of one key by version, see `objects.version_order`."""
    attempts: int = 0
    """The number of attempts without progress."""
    automatic_runs: int = 0
    """The number of runs that the sweep started since the upload was last processed to its end."""
    lease_token: str | None = None
    """The token of the attempt that holds the lease, or held it last."""
    lease_until: int = 0
    """Until this time, no other attempt can claim the upload."""
    revision: int = 0
    """Counts the writes of the item. Each write is conditional on the revision read."""
    history: tuple[HistoryEntry, ...] = ()
    """The arrival and the newest entries, see `transitions.HISTORY_LIMIT`."""

    @property
    def file_name(self) -> str:
        """The last part of the key."""
        return self.key.rsplit("/", 1)[-1]

    @property
    def is_final(self) -> bool:
        """Whether the status is final."""
        return self.status in FINAL

    @property
    def was_given_up(self) -> bool:
        """Whether it failed because Meterdrop could not process it, and not because of its file."""
        return self.failure is not None and self.failure.code is FileCode.INTERNAL_ERROR

    @property
    def ended_at(self) -> int | None:
        """When the status became final: the end of the revert or of the last run."""
        return self.finished_at if self.reverted_at is None else self.reverted_at

    @property
    def month(self) -> str:
        """The UTC month of the arrival, as `YYYY-MM`. It partitions lists of uploads."""
        return datetime.fromtimestamp(self.created, UTC).strftime("%Y-%m")

    @property
    def created_id(self) -> str:
        """A text that sorts uploads by arrival, then by ID."""
        return f"{self.created:010d}#{self.id}"


class UploadFacts(NamedTuple):
    """The attributes of an upload that filters check, with its names for them."""

    status: Status
    kind: Kind
    dry_run: bool
    key: str
    parent: str | None
    partner: str | None
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFilter:
    """Conditions for uploads. None means any. The bounds of `created` are inclusive, in epoch seconds.

    `key_contains` and `file_name` match a part of the object key and of the name. They ignore case and spellings of
    accents. `scope` tells whether an object key is in the list.
    """

    status: Status | None = None
    key: str | None = None
    key_prefix: str | None = None
    key_contains: str | None = None
    file_name: str | None = None
    kind: Kind | None = None
    dry_run: bool | None = None
    parent: str | None = None
    partner: str | None = None
    """A partner's name, or `OWNER`."""
    created_from: int = 0
    created_until: int = LAST_SECOND
    scope: Callable[[str], bool] | None = None

    def matches(self, upload: Upload | UploadFacts) -> bool:
        """Return whether an upload meets all conditions."""
        return (
            self.created_from <= upload.created <= self.created_until
            and self.status in (None, upload.status)
            and self.key in (None, upload.key)
            and self.parent in (None, upload.parent)
            and matches_scope(upload.partner, self.partner)
            and upload.key.startswith(self.key_prefix or "")
            and self.kind in (None, upload.kind)
            and self.dry_run in (None, upload.dry_run)
            and _contains(upload.key, self.key_contains)
            and _contains(upload.key.rsplit("/", 1)[-1], self.file_name)
            and (self.scope is None or self.scope(upload.key))
        )


def _contains(text: str, part: str | None) -> bool:
    return part is None or _comparable(part) in _comparable(text)


def _comparable(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
