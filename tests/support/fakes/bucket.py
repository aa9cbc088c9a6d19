"""A versioned bucket in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.objects import (
    ObjectFacts,
    ObjectGoneError,
    ObjectUnreadableError,
    ObjectVersion,
    Unreadable,
    UploadedFile,
)
from tests.support.fakes.crash import Switch

BUCKET = "meterdrop-uploads"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of a dropped file."""

    data: bytes
    allow_duplicate: bool
    last_modified: int
    control: Mapping[str, str] = field(default_factory=dict)
    """The metadata that declares control totals."""


@dataclass(slots=True)
class FakeObjects:
    """Fits `ports.Objects`."""

    switch: Switch = field(default_factory=Switch)
    dropped: dict[ObjectVersion, StoredObject] = field(default_factory=dict)
    gone: set[ObjectVersion] = field(default_factory=set)
    unreadable: dict[ObjectVersion, Unreadable] = field(default_factory=dict)
    """Versions that S3 does not hand out, and why."""
    error_files: dict[str, list[bytes | None]] = field(default_factory=dict)
    """All versions by key, None for a delete marker."""
    _written: int = 0

    def drop(self, key: str, stored: StoredObject) -> ObjectVersion:
        """Store a file as a user does; its VersionId counts what was dropped so far, and so does its sequencer."""
        number = len(self.dropped) + 1
        version = ObjectVersion(BUCKET, key, f"version-{number}", f"0055AED6DC{number:06X}")
        self.dropped[version] = stored
        return version

    def delete(self, version: ObjectVersion) -> None:
        """Delete one version for good, as a user with the right to may."""
        self.gone.add(version)

    def error_file(self, key: str) -> bytes | None:
        """Return the error file that a reader of this key gets now."""
        return self.error_files.get(key, [None])[-1]

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return what is known of a version; raises ObjectGoneError."""
        with self.switch.call("objects.facts"):
            stored = self._find(version)
            return ObjectFacts(len(stored.data), stored.last_modified)

    def read(self, version: ObjectVersion) -> UploadedFile:
        """Read a version, at most one byte past the limit; raises ObjectGoneError."""
        with self.switch.call("objects.read"):
            stored = self._find(version)
            return UploadedFile(stored.data[: SIZE_LIMIT + 1], stored.allow_duplicate, stored.control)

    def write_error_file(self, key: str, data: bytes) -> str:
        """Write a part of an error file; returns its VersionId."""
        with self.switch.call("objects.write_error_file"):
            self.error_files.setdefault(key, []).append(data)
            self._written += 1
            return f"error-file-{self._written}"

    def delete_error_file(self, key: str) -> None:
        """Remove a part of an error file, if there is one."""
        with self.switch.call("objects.delete_error_file"):
            if self.error_file(key) is not None:
                self.error_files[key].append(None)

    def _find(self, version: ObjectVersion) -> StoredObject:
        if version not in self.dropped or version in self.gone:
            raise ObjectGoneError
        if version in self.unreadable:
            raise ObjectUnreadableError(self.unreadable[version])
        return self.dropped[version]
