"""Third stage: a file dropped on an earlier one's key is that file updated, so uploads of a key come one by one.

Each finds what those before it have counted, whatever the order in which they come, and by that tells the rows that are
counted already from new ones.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor

from meterdrop.domain.codes import FileCode
from meterdrop.domain.earlier_rows import EarlierRows
from meterdrop.domain.identifier import event_id
from meterdrop.domain.row_ranges import read_ranges, write_ranges
from meterdrop.domain.shared_claim import SharedClaim, counted_key
from meterdrop.domain.upload import Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.in_order import chunks, in_order
from meterdrop.pipeline.ports import Events, Ports, SharedClaims
from meterdrop.pipeline.waiting import next_look


def own_key(upload: Upload, row_count: int, ports: Ports, *, now: int) -> Mapping[str, str]:
    """Claim the key of an upload, or for a dry run only look; returns the other uploads of the key, with their rows.

    Raises BusyError while another one is at work. One that is to be processed again, but does not own the key, is not:
    it waits for this one, and what it has stored stays. Of given up and reverted ones among them nothing is stored but
    what their error files brought.
    """
    name = _name(upload)
    found = ports.claims.get(name)
    none_of = {upload.id}
    if found is not None and found.owner != upload.id:
        owner = ports.uploads.get(found.owner)
        if owner is not None and not owner.is_final:
            raise BusyError("another upload of the same key is being processed", next_look(upload, now))
        if owner is None or _was_refused(owner):
            none_of.add(found.owner)
    others = {} if found is None else {id_: rows for id_, rows in found.holders.items() if id_ not in none_of}
    if not upload.dry_run:
        next_ = SharedClaim(
            upload.id, {**others, upload.id: write_ranges(row_count)}, 1 if found is None else found.revision + 1
        )
        if not ports.claims.put(name, next_):
            raise BusyError("another upload of the same key arrives at this moment", 1)
    return others


def read_earlier(upload_id: str, others: Mapping[str, str], events: Events, executor: Executor) -> EarlierRows | None:
    """Read what other uploads of the key have counted, rows corrected by their error files among it."""
    if not others:
        return None
    earlier = EarlierRows(upload_id)
    ids = (event_id(id_, row) for id_, rows in sorted(others.items()) for row in read_ranges(rows))
    for _, found in in_order(executor, events.read, chunks(ids, events.read_limit)):
        for event in found.values():
            earlier.add(event)
    return earlier


def note_matched(upload: Upload, row_count: int, matched: Iterable[int], claims: SharedClaims) -> None:
    """Leave rows out of the claim that have no event of their own, so that the next upload need not look for them.

    Without it a file that is dropped longer and longer would be read as often as it was dropped.
    """
    without = set(matched)
    name = _name(upload)
    found = claims.get(name) if without else None
    if found is None or found.owner != upload.id:
        return
    holders = {**found.holders, upload.id: write_ranges(row_count, without)}
    # Where it fails they are looked for in vain.
    claims.put(name, SharedClaim(upload.id, {id_: rows for id_, rows in holders.items() if rows}, found.revision + 1))


def _was_refused(owner: Upload) -> bool:
    """Tell whether a file was refused. One that was given up may have an error file, corrected rows of which count."""
    return owner.failure is not None and owner.failure.code is not FileCode.INTERNAL_ERROR


def _name(upload: Upload) -> str:
    return f"key#{counted_key(upload.key)}"
