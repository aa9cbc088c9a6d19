"""Object versions in S3, and cursors for listing them."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from meterdrop.domain.uploads.keys import INPUT_PREFIXES

UPLOADED_BY = "uploaded-by"
"""The object metadata with the ID of the API key, in objects of upload forms."""
_KEY_ID = re.compile(r"key_[A-Za-z0-9]{1,40}")


def key_id_in(metadata: Mapping[str, str]) -> str | None:
    """Return the ID of the API key in an object's metadata, or None if there is none or another text."""
    key_id = metadata.get(UPLOADED_BY, "")
    return key_id if _KEY_ID.fullmatch(key_id) else None


class ObjectGoneError(Exception):
    """The object version doesn't exist, or is a delete marker."""


class Unreadable(Enum):
    """The reason why S3 doesn't return an object, even after retries."""

    ARCHIVED = "it is in an archive storage class and isn't restored"
    CUSTOMER_KEY = "it is encrypted with a customer-provided key (SSE-C)"
    KMS_KEY = "the KMS key that it is encrypted with is disabled, deleted, or doesn't allow kms:Decrypt"


class ObjectUnreadableError(Exception):
    """S3 has the object version but doesn't return it, even after retries."""

    def __init__(self, reason: Unreadable) -> None:
        """Create the error with a reason."""
        super().__init__(reason.name)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """The size in bytes, the time and the sender of an object version."""

    size: int
    last_modified: int
    """Epoch seconds. For a multipart upload, the time when it started."""
    uploaded_by: str | None = None
    """The ID of the API key whose form stored it, by its metadata. Anyone with AWS credentials can set this too."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The bytes of an object version, at most one more than the limit."""

    data: bytes
    allow_duplicate: bool
    """Whether the object's metadata allows content that is already counted."""
    control: Mapping[str, str] = field(default_factory=dict)
    """The object's metadata that declares control totals, by name in lower case."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """An object version, which is one upload: bucket, key and version ID."""

    bucket: str
    key: str
    version_id: str
    sequencer: str = field(default="", compare=False)
    """S3's sequencer, which orders the versions of a key. Empty if S3 didn't send it."""

    @property
    def upload_id(self) -> str:
        """The upload's ID: `upl_` and 26 characters derived from the three parts, so each delivery has the same."""
        digest = hashlib.sha256(f"{self.bucket}\0{self.key}\0{self.version_id}".encode()).digest()
        return "upl_" + base64.b32encode(digest).decode().lower()[:26]


def version_order(last_modified: int, sequencer: str) -> str:
    """Return a text that sorts the versions of one key from the oldest to the newest.

    Versions of the same second are sorted by S3's sequencer, a hexadecimal number. To compare two sequencers, pad the
    shorter one with trailing zeros. Removing all trailing zeros has the same effect. Versions without a sequencer,
    found by the sweep, sort first in their second.
    """
    return f"{last_modified:010d}#{sequencer.upper().rstrip('0')}"


@dataclass(frozen=True, slots=True)
class VersionCursor:
    """A cursor for listing versions: after a version, or at the start of a prefix."""

    prefix: str = next(iter(INPUT_PREFIXES))
    key: str = ""
    version_id: str = ""

    def next_prefix(self) -> "VersionCursor | None":
        """Return the cursor for the next prefix, None after the last one."""
        prefixes = list(INPUT_PREFIXES)
        later = prefixes[prefixes.index(self.prefix) + 1 :]
        return VersionCursor(later[0]) if later else None


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """An object version in a listing. `size` is in bytes."""

    version: ObjectVersion
    size: int
    last_modified: int
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class VersionPage:
    """The result of one list call."""

    versions: Sequence[ListedVersion]
    next: VersionCursor | None
    """The cursor for the next call, None after the last version of a prefix."""


@dataclass(frozen=True, slots=True)
class VersionWalk:
    """A walk of the sweep over all object versions. It may take several runs. Times are in epoch seconds."""

    began_at: int = 0
    known_until: int = 0
    """Versions last modified until then aren't checked, because an earlier walk found the uploads of all of them."""
    has_missed: bool = False
    """Whether a version without an upload was found."""


@dataclass(frozen=True, slots=True)
class RecountPlace:
    """How far a recount of all uploads has come."""

    after: str | None = None
    """The last upload that was recounted, or tried; None at the beginning."""
    spare: int = 0
    """Rows that may be read before the next pause. Negative after a large upload: the next runs make up for it."""


@dataclass(frozen=True, slots=True)
class RecountCursor:
    """The cursor of the recount: of uploads that were never recounted, and of all uploads, again and again."""

    first: RecountPlace = RecountPlace()
    again: RecountPlace = RecountPlace()


@dataclass(frozen=True, slots=True)
class SweepCursor:
    """The cursor of the sweep. Times are in epoch seconds."""

    versions: VersionCursor = VersionCursor()
    passing: Mapping[str, str] = field(default_factory=dict)
    """By status, the upload after which the next run continues, if one run couldn't check all uploads."""
    outbox: str | None = None
    walk: VersionWalk = VersionWalk()
    """The current walk over all versions."""
    known_until: int = 0
    """Versions last modified until then had uploads in the last walk that missed none."""
    checked_at: int = 0
    """When the last walk began that checked every version and missed none."""
    recount: RecountCursor = RecountCursor()
