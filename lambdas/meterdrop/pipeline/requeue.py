"""Starts a revert or a reprocess: stores the new status, then sends a message to the ingest function."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from meterdrop.domain.changes import Change
from meterdrop.domain.uploads.objects import ObjectFacts, ObjectVersion
from meterdrop.domain.uploads.transitions import with_change
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.ports import ResumeMessages, Uploads


class Versions(Protocol):
    """The upload bucket, read only; see `adapters.aws.s3_objects`."""

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return the facts of a version. Raises ObjectGoneError and ObjectUnreadableError."""


@dataclass(frozen=True, slots=True)
class Requeue:
    """A restart of final uploads of one bucket."""

    uploads: Uploads
    versions: Versions
    messages: ResumeMessages
    bucket: str

    def begin(self, upload_id: str, change: Callable[[Upload], Upload], cause: Change) -> Upload | None:
        """Store the upload that `change` returns and send its message. Returns None if there is no such upload.

        `cause` becomes an entry of the upload's history, with the author of the request.

        If `change` returns the same upload, only sends the message again, because the first one may never have been
        sent. Raises the exceptions of `change`. Raises ObjectGoneError or ObjectUnreadableError if the file cannot be
        read: revert and reprocess both need it. After an exception nothing is changed.
        """
        while True:  # a failed round means that another writer succeeded
            upload = self.uploads.get(upload_id)
            if upload is None:
                return None
            changed = change(upload)
            self.versions.facts(ObjectVersion(self.bucket, upload.key, upload.version_id))
            if changed is not upload:
                changed = replace(with_change(changed, cause), revision=upload.revision + 1)
                if not self.uploads.save(changed):
                    continue
            self.messages.send(upload_id)
            return changed
