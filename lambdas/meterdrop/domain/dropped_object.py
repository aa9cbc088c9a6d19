"""An object version as S3 stores it: what an upload begins with."""

import base64
import hashlib
from dataclasses import dataclass


class ObjectGoneError(Exception):
    """The object version does not exist (any more), or is a delete marker."""


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

    @property
    def upload_id(self) -> str:
        """The same on every delivery: `upl_` and 26 characters derived from the three parts."""
        digest = hashlib.sha256(f"{self.bucket}\0{self.key}\0{self.version_id}".encode()).digest()
        return "upl_" + base64.b32encode(digest).decode().lower()[:26]
