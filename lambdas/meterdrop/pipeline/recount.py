"""The recount: compares some final uploads each time with their events and usage. It only reads."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from meterdrop.domain.codes import Status
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.uploads.objects import (
    ObjectGoneError,
    ObjectUnreadableError,
    ObjectVersion,
    RecountCursor,
    RecountPlace,
)
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.ingest.identify import Identify
from meterdrop.pipeline.ingest.undo import Owned, may_have_events, row_ids_of
from meterdrop.pipeline.ports import KnownUploads, Objects, StoredUsage, Uploads

FIRST_ROWS = 20_000
"""Rows of a run, on average, in uploads that were never recounted."""
AGAIN_ROWS = 200
"""Rows of a run, on average, in uploads that are recounted again, from the oldest one on."""
ROWS_OF_UPLOAD = 10
"""Rows that an upload counts for besides its own: its file and its item are read too."""
_COUNTED = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}


class Events(Protocol):
    """The events table, read only; see `adapters.metering.event_table`."""

    def read_events(self, ids: Iterable[str]) -> Iterator[StoredEvent]:
        """Yield the events that are stored under distinct IDs."""


@dataclass(frozen=True, slots=True)
class Recount:
    """The recount of one bucket's uploads."""

    known: KnownUploads
    uploads: Uploads
    objects: Objects
    events: Callable[[Upload], Events]
    usage: Callable[[Upload], StoredUsage]
    bucket: str
    on_difference: Callable[[str, str, int], None] = lambda _, __, ___: None
    """Receives the ID of an upload, what is wrong, and how often."""

    def run(
        self, cursor: RecountCursor, attempt: Attempt, until: int, note: Callable[[RecountCursor], None]
    ) -> Iterator[bool]:
        """Recount uploads that arrived until `until`, in epoch seconds. Yields for each whether it differs.

        `note` stores the cursor. It does so before each upload, so that an upload that can't be recounted in time is
        passed over, and doesn't hold up the others.
        """
        for name, rows in (("first", FIRST_ROWS), ("again", AGAIN_ROWS)):
            place: RecountPlace = getattr(cursor, name)
            spare = min(rows, place.spare + rows)
            place = RecountPlace(place.after, spare)
            for upload in self.known.arrived(until, place.after) if spare > 0 else ():
                attempt.check()
                place = RecountPlace(upload.id, place.spare - _cost(upload))
                cursor = replace(cursor, **{name: place})
                note(cursor)
                yield self._differs(upload)
                if place.spare <= 0:
                    break
            else:
                if spare > 0 and name == "again":
                    place = RecountPlace(None, place.spare)
            cursor = replace(cursor, **{name: place})
            note(cursor)

    def _differs(self, upload: Upload) -> bool:
        if not upload.is_final or not may_have_events(upload):
            return False
        try:
            found = Counter(self._differences(upload))
        except (ObjectGoneError, ObjectUnreadableError):
            return False  # only its file says which events it may have
        # A revert or a reprocess changes the status first, and events or usage later.
        if not found or self.uploads.get(upload.id) != upload:
            return False
        for what, count in found.items():
            self.on_difference(upload.id, what, count)
        return True

    def _differences(self, upload: Upload) -> Iterator[str]:
        data = self.objects.read(ObjectVersion(self.bucket, upload.key, upload.version_id)).data
        ids = row_ids_of(upload, data, Identify(upload, self.bucket, self.uploads, self.objects, 0, waits=False))
        owned = Owned(upload.id)
        for event in self.events(upload).read_events(dict.fromkeys(ids)):
            owned.add(event)
        expected = upload.counts.success if upload.status in _COUNTED else 0
        if owned.count != expected:
            yield "events missing" if owned.count < expected else "events too many"
        yield from self.usage(upload).differences(owned.contributions)


def _cost(upload: Upload) -> int:
    return ROWS_OF_UPLOAD + (upload.counts.row if may_have_events(upload) else 0)
