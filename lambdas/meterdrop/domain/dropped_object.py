"""An object version as S3 stores it: what an upload begins with."""

import base64
import hashlib
from dataclasses import dataclass, field
from enum import Enum


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
class DroppedFile:
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
