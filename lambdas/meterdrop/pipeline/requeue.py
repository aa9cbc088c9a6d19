"""Begins a revert or a reprocess: the status says so first, then a message makes the ingest function go on with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from meterdrop.domain.uploads.objects import ObjectFacts, ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.ports import Uploads


class Versions(Protocol):
    """The upload bucket, to be asked only; see `adapters.objects`."""

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return what is known of a version; raises ObjectGoneError and ObjectUnreadableError."""


class Messages(Protocol):
    """The queue; see `adapters.queue`."""

    def send(self, upload_id: str) -> None:
        """Ask for an upload that is on its way to go on."""


@dataclass(frozen=True, slots=True)
class Requeue:
    """Brings final uploads of one bucket on their way again."""

    uploads: Uploads
    versions: Versions
    messages: Messages
    bucket: str

    def begin(self, upload_id: str, change: Callable[[Upload], Upload]) -> Upload | None:
        """Make an upload what `change` returns of it, and see to it that it is taken up; None where there is none.

        Where it is on that way already only the message is sent, once more: the first may never have been. Raises what
        `change` raises, and ObjectGoneError or ObjectUnreadableError where the file is not to be had, without which
        neither revert nor reprocess can be; nothing is changed then.
        """
        while True:  # each round that fails means that somebody else's write went through
            upload = self.uploads.get(upload_id)
            if upload is None:
                return None
            changed = change(upload)
            self.versions.facts(ObjectVersion(self.bucket, upload.key, upload.version_id))
            if changed is not upload:
                changed = replace(changed, revision=upload.revision + 1)
                if not self.uploads.save(changed):
                    continue
            self.messages.send(upload_id)
            return changed
