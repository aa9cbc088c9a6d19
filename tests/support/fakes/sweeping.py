"""What the sweep looks at, in memory: listings of the bucket, the status table, its mark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ListedVersion, SweepCursor, VersionCursor, VersionPage
from meterdrop.domain.uploads.upload import Upload
from tests.support.fakes.bucket import FakeObjects


@dataclass(slots=True)
class FakeVersions:
    """Fits `sweep_ports.Versions`."""

    objects: FakeObjects
    page_size: int = 1_000
    calls: int = 0

    def page(self, place: VersionCursor) -> VersionPage:
        """List versions of one prefix, in the order of keys."""
        self.calls += 1
        found = sorted(
            (version.key, version.version_id, version)
            for version in self.objects.dropped
            if version.key.startswith(place.prefix)
            and version not in self.objects.gone
            and (version.key, version.version_id) > (place.key, place.version_id)
        )
        chosen = [version for _, _, version in found[: self.page_size]]
        stored = self.objects.dropped
        versions = [ListedVersion(each, len(stored[each].data), stored[each].last_modified) for each in chosen]
        if len(found) <= self.page_size:
            return VersionPage(versions, None)
        return VersionPage(versions, VersionCursor(place.prefix, chosen[-1].key, chosen[-1].version_id))


@dataclass(slots=True)
class FakeKnown:
    """Fits `sweep_ports.KnownUploads`."""

    stored: dict[str, Upload]
    examined: int = 0
    looked_for: int = 0

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are uploads."""
        self.looked_for += len(ids)
        return {id_ for id_ in ids if id_ in self.stored}

    def passing(self, status: Status, until: int, after: str | None) -> Iterator[Upload]:
        """Yield uploads in a status, oldest first."""
        beyond = self.stored[after].created_id if after else ""
        for upload in sorted(self.stored.values(), key=lambda upload: upload.created_id):
            if upload.status is status and upload.created <= until and upload.created_id > beyond:
                self.examined += 1
                yield upload

    def arrived(self, _until: int, _after: str | None) -> Iterator[Upload]:
        """Yield nothing to recount: `tests/recount` does so on the tables."""
        return iter(())

    def of_key(self, key: str) -> Iterator[Upload]:
        """Yield the uploads of a key, newest first."""
        found = [upload for upload in self.stored.values() if upload.key == key]
        yield from sorted(found, key=lambda upload: upload.created_id, reverse=True)


@dataclass(slots=True)
class FakeMarks:
    """Fits `ports.SweepCursors`."""

    mark: SweepCursor = field(default_factory=SweepCursor)
    token: str | None = None
    until: int = 0

    def take(self, token: str, now: int, until: int) -> SweepCursor | None:
        """Return the mark and hold it, or None where another run holds it."""
        if self.token != token and self.until > now:
            return None
        self.token, self.until = token, until
        return self.mark

    def put(self, mark: SweepCursor, token: str) -> bool:
        """Note how far a run came; False where it does not hold the mark any more."""
        if self.token != token:
            return False
        self.mark = mark
        return True

    def give_back(self, token: str) -> None:
        """Let the next run begin."""
        if self.token == token:
            self.until = 0
