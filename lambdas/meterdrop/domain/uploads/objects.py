"""Object versions as S3 stores them, and the walk over the versions of a prefix."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from meterdrop.domain.uploads.keys import INPUT_PREFIXES


class ObjectGoneError(Exception):
    """The object version does not exist (any more), or is a delete marker."""


class Unreadable(Enum):
    """Why S3 does not hand out an object, however often it is asked."""

    ARCHIVED = "it is in an archive storage class and isn't restored"
    CUSTOMER_KEY = "it is encrypted with a customer-provided key (SSE-C)"
    KMS_KEY = "the KMS key that it is encrypted with is disabled, deleted, or doesn't allow kms:Decrypt"


class ObjectUnreadableError(Exception):
    """S3 has the object version and does not hand it out, whatever is retried."""

    def __init__(self, reason: Unreadable) -> None:
        """Say why."""
        super().__init__(reason.name)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What S3 knows of an object version besides its bytes."""

    size: int
    last_modified: int
    """Epoch seconds; of a multipart upload, when it began."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The bytes of an object version, at most one past the limit."""

    data: bytes
    allow_duplicate: bool
    """Whether the object's metadata lets in bytes that are counted already."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """What makes an upload one: a bucket, a key and the version of the object stored there."""

    bucket: str
    key: str
    version_id: str
    sequencer: str = field(default="", compare=False)
    """What S3 tells of its place among the versions of its key; empty where S3 has not told of it."""

    @property
    def upload_id(self) -> str:
        """The same on every delivery: `upl_` and 26 characters derived from the three parts."""
        digest = hashlib.sha256(f"{self.bucket}\0{self.key}\0{self.version_id}".encode()).digest()
        return "upl_" + base64.b32encode(digest).decode().lower()[:26]


def version_order(last_modified: int, sequencer: str) -> str:
    """Return a text by which the versions of one key sort from the oldest to the newest.

    Of versions of one second S3's sequencer decides: hexadecimal digits that compare once the shorter one has zeros
    behind it, which is how texts compare whose last zeros are left out. A version without one, which the sweep found,
    sorts before all others of its second.
    """
    return f"{last_modified:010d}#{sequencer.upper().rstrip('0')}"


@dataclass(frozen=True, slots=True)
class VersionCursor:
    """Where the walk stands: behind a version, or before the first of a prefix."""

    prefix: str = next(iter(INPUT_PREFIXES))
    key: str = ""
    version_id: str = ""

    def next_prefix(self) -> "VersionCursor | None":
        """Return the beginning of the next prefix, None behind the last."""
        prefixes = list(INPUT_PREFIXES)
        later = prefixes[prefixes.index(self.prefix) + 1 :]
        return VersionCursor(later[0]) if later else None


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """An object version as a listing shows it."""

    version: ObjectVersion
    size: int
    last_modified: int
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class VersionPage:
    """What one list call finds."""

    versions: Sequence[ListedVersion]
    next: VersionCursor | None
    """Where the next call goes on; None behind the last version of a prefix."""


@dataclass(frozen=True, slots=True)
class SweepCursor:
    """How far the sweep came."""

    versions: VersionCursor = VersionCursor()
    passing: Mapping[str, str] = field(default_factory=dict)
    """By status: the upload behind which the next run goes on, where one run could not look at all."""
    outbox: str | None = None
    walked_at: int = 0
    """When the last walk over all versions came to its end, in epoch seconds."""
