"""Finds what no message is under way for: object versions without a status, uploads that nobody holds, the outbox.

A run does a slice of bounded cost and notes where the next one goes on. All that it does is to send messages, and one
message too many changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from meterdrop.pipeline.attempt import Attempt, OutOfTimeError
from meterdrop.pipeline.lost_uploads import resume_lost
from meterdrop.pipeline.lost_versions import tell_of_lost
from meterdrop.pipeline.sweep_ports import KnownUploads, Marks, Messages, Versions
from meterdrop.pipeline.sweep_slice import QUIET, Slice, Swept

MOST_OUTBOX_PAGES = 10

SendLeft = Callable[[int, str | None], str | None]
"""Sends a page of what has been in the outbox since before a time; returns where the next page begins."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Sweeps one bucket and its uploads."""

    versions: Versions
    uploads: KnownUploads
    marks: Marks
    messages: Messages
    send_left: SendLeft

    def run(self, attempt: Attempt, quiet: int = QUIET) -> Swept | None:
        """Do one slice; None where another run is at work. Raises what AWS raises, once all parts had their turn."""
        mark = self.marks.take(attempt.token, attempt.now, attempt.lease_until)
        if mark is None:
            return None
        slice_ = Slice(self.messages, self.marks, attempt, quiet, mark)
        try:
            self._all_parts(slice_)
        finally:
            self.marks.give_back(attempt.token)
        return slice_.swept

    def _all_parts(self, slice_: Slice) -> None:
        """Do every part; one that fails does not hold up the others, and its trouble is raised in the end."""
        troubles: list[Exception] = []
        for part in (self._outbox, self._uploads, self._versions):
            try:
                part(slice_)
            except OutOfTimeError:
                break
            except Exception as error:  # noqa: BLE001 (raised below)
                troubles.append(error)
        if troubles:
            raise troubles[0]

    def _outbox(self, slice_: Slice) -> None:
        for _ in range(MOST_OUTBOX_PAGES):
            slice_.attempt.check()
            place = self.send_left(slice_.until, slice_.mark.outbox)
            slice_.note(replace(slice_.mark, outbox=place))
            if place is None:
                return

    def _uploads(self, slice_: Slice) -> None:
        resume_lost(slice_, self.uploads)

    def _versions(self, slice_: Slice) -> None:
        tell_of_lost(slice_, self.versions, self.uploads)
