"""What the sweep needs of the world. The adapters fit by shape."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import Mark, ObjectVersion, Page, Place
from meterdrop.domain.uploads.upload import Upload


class Versions(Protocol):
    """All object versions of the bucket; see `adapters.object_versions`."""

    def page(self, place: Place) -> Page:
        """List up to a thousand versions of one prefix, older ones too, delete markers aside."""


class KnownUploads(Protocol):
    """The status table, to be searched; see `adapters.known_uploads`."""

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are uploads."""

    def passing(self, status: Status, until: int, after: str | None) -> Iterator[Upload]:
        """Yield uploads in a status that arrived until a time, oldest first, those behind an upload only."""


class Marks(Protocol):
    """Where the sweep notes how far it came; see `adapters.sweep_marks`."""

    def take(self, token: str, now: int, until: int) -> Mark | None:
        """Return the mark and hold it until a time, or None where another run holds it."""

    def put(self, mark: Mark, token: str) -> bool:
        """Note how far this run came; False where it does not hold the mark any more."""

    def give_back(self, token: str) -> None:
        """Let the next run begin."""


class Messages(Protocol):
    """The queue; see `adapters.queue`."""

    def waiting(self) -> int:
        """Return how many messages have not had their turn, about."""

    def send(self, upload_id: str) -> None:
        """Ask for an upload that is on its way to go on."""

    def send_found(self, version: ObjectVersion, size: int, at: int) -> None:
        """Tell of an object version as S3 does."""
