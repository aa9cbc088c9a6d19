"""What reading usage needs of the world. The adapters fit by shape; nothing here knows AWS."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Arrival, Scope, StoredContribution


class Usage(Protocol):
    """What is contributed to usage, as it is now; see `adapters.usage_reader`."""

    @property
    def read_limit(self) -> int:
        """Contributions that one call of `read` takes, and parts that one of `parts` takes."""

    def walk(
        self, scope: Scope, hours: range, *, newest_first: bool, expect: int | None = None
    ) -> Iterator[StoredContribution]:
        """Yield contributions and cancels of these hours, hour after hour, lazily.

        `expect` is how many the caller may be content with; None where it takes all.
        """

    def read(self, scope: Scope, at: Sequence[tuple[int, str]]) -> list[StoredContribution]:
        """Return those that exist of the contributions to these hours by these owners, in no order."""

    def parts(self, of: Hour, owner: str, numbers: Sequence[int]) -> dict[int, str]:
        """Return those that exist of the parts, from 0, of an owner's event list of an hour."""

    def arrivals(self, meter: str) -> Iterator[Arrival]:
        """Yield with whom events of a meter arrived, the newest first, lazily."""


class Events(Protocol):
    """The events as they are now; safe to call from many threads."""

    @property
    def read_limit(self) -> int:
        """Ids that one call takes."""

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the events that are stored under these ids."""

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event of an id that a request names."""
