"""Object versions that have no status though S3 must have told of them: they are told of once more."""

from collections.abc import Iterable
from dataclasses import replace

from meterdrop.domain.uploads.objects import FoundVersion, Place
from meterdrop.pipeline.sweep_ports import KnownUploads, Versions
from meterdrop.pipeline.sweep_slice import Slice

MOST_PAGES = 10
"""List calls of a run, a thousand versions each: a bucket of a million is walked in a day of runs."""


def tell_of_lost(slice_: Slice, versions: Versions, uploads: KnownUploads) -> None:
    """Walk over all versions, from where the run before stopped, to the end at the most."""
    slice_.look_for_room()
    for _ in range(MOST_PAGES):
        slice_.attempt.check()
        place = slice_.mark.versions
        page = versions.page(place)
        slice_.swept.listed += len(page.versions)
        if not _all_told(slice_, _unknown(slice_, page.versions, uploads)):
            return  # the next run looks at this page again
        after = page.next or place.next_prefix()
        walked_at = slice_.mark.walked_at if after else slice_.attempt.now
        slice_.note(replace(slice_.mark, versions=after or Place(), walked_at=walked_at))
        if after is None:
            return


def _unknown(slice_: Slice, versions: Iterable[FoundVersion], uploads: KnownUploads) -> list[FoundVersion]:
    # Folders of the S3 console hold nothing, and their notifications are left out too.
    old = [
        found
        for found in versions
        if found.last_modified <= slice_.until and (found.size or not found.version.key.endswith("/"))
    ]
    known = uploads.known([found.version.upload_id for found in old]) if old else set()
    return [found for found in old if found.version.upload_id not in known]


def _all_told(slice_: Slice, unknown: Iterable[FoundVersion]) -> bool:
    """Tell of each; False where there was no room for all."""
    for found in unknown:
        slice_.attempt.check()
        if not slice_.room:
            return False
        slice_.tell_of(found)
    return True
