"""Uploads on their way that nobody holds, and that no message is under way for: they are asked to go on."""

from dataclasses import replace

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import MOST_ATTEMPTS
from meterdrop.pipeline.pauses import LONGEST_RECOVERY
from meterdrop.pipeline.sweep_ports import KnownUploads
from meterdrop.pipeline.sweep_slice import Slice

MOST_EXAMINED = 1_000
"""Uploads of one passing status that a run reads."""
_PASSING = (Status.PENDING, Status.PROCESSING, Status.REVERTING)
_RECOVERY = 2 * LONGEST_RECOVERY  # seconds in which an upload that is to be given up is tried again at least once


def resume_lost(slice_: Slice, uploads: KnownUploads) -> None:
    """Look at the uploads of every passing status, from where the run before could look no further."""
    slice_.look_for_room()
    for status in _PASSING:
        _one_status(slice_, status, uploads)


def _one_status(slice_: Slice, status: Status, uploads: KnownUploads) -> None:
    last = None
    for examined, upload in enumerate(uploads.passing(status, slice_.until, slice_.mark.passing.get(status.value))):
        slice_.attempt.check()
        if examined == MOST_EXAMINED or not slice_.room:
            break
        if _is_held_by_nobody(upload, slice_):
            slice_.resume(upload.id)
        last = upload.id
    else:
        last = None
    others = {name: id_ for name, id_ in slice_.mark.passing.items() if name != status.value}
    slice_.note(replace(slice_.mark, passing={**others, status.value: last} if last else others))


def _is_held_by_nobody(upload: Upload, slice_: Slice) -> bool:
    quiet = slice_.quiet
    if upload.attempts >= MOST_ATTEMPTS:
        quiet = max(quiet, _RECOVERY)  # its message is among the dead letters, which are tried rarely
    return upload.lease_until <= slice_.attempt.now - quiet
