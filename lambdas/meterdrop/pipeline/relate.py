"""What an upload's rows are duplicates of is noted before it is final, so that a revert can tell who was left out."""

from collections.abc import Sequence
from concurrent.futures import Executor

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.in_order import in_order
from meterdrop.pipeline.ports import Ports

_WAIT = {Status.REVERTING: 30, Status.REVERTED: 1, Status.FAILED: 1}
"""Seconds after which the rows of an upload may be free, by its status."""


def relate(upload: Upload, owners: Sequence[str], ports: Ports, executor: Executor) -> None:
    """Note an upload with each of the uploads that own what its rows are duplicates of.

    Raises BusyError where one of those is being reverted, or was taken back since the rows were settled: they are free
    then, and the next attempt counts them. One whose revert begins after this look finds the note.
    """

    def look(owner: str) -> Upload | None:
        ports.relations.note_duplicate(owner, upload.id)
        return ports.uploads.get(owner)

    found = [owner for _, owner in in_order(executor, look, owners)]
    if wait := max((_WAIT.get(owner.status, 0) for owner in found if owner is not None), default=0):
        raise BusyError("an upload that has rows of this one is being reverted", wait)
