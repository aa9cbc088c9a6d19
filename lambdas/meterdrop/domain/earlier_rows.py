"""What earlier files of the same key have counted: rows without identifier that equal it are the same rows again.

Kept as digests, 16 bytes for a row, since there may be more of them than fit as events. Two different rows have one
digest with a chance of 1 to 10^38 a pair, and nobody can find two that do; so equal digests are equal rows.
"""

from collections import Counter
from hashlib import blake2b

from meterdrop.domain.event import Content, Event, StoredEvent
from meterdrop.domain.identifier import event_id
from meterdrop.domain.value import plain

_DIGEST = 16  # bytes


class EarlierRows:
    """The events under the ids of earlier uploads' rows, each to be matched with one row at most.

    Matched are, in file order, the rows whose own event is not stored. Of one content, be `stored` the rows whose
    events an attempt before left, `left` the other good rows, and `others` the earlier events. Then min(left, others)
    rows are duplicates, and others + stored + left - min(left, others) events count: the greater of what was there
    before this attempt, others + stored, and of what the file has, stored + left. What an attempt stores goes from
    `left` to `stored`, so the next one comes to the same sum. That is why a stored row must not use up a match.
    """

    def __init__(self, upload_id: str) -> None:
        """Begin with nothing, for the rows of an upload."""
        self._upload_id = upload_id
        self._by_owner: dict[str, Counter[bytes]] = {}
        self.matched: list[int] = []
        """The numbers of the rows that were, in file order."""

    def add(self, stored: StoredEvent) -> None:
        """Add an event. One that is this upload's own is none of the others': it has come by an identifier."""
        if stored.upload != self._upload_id:
            self._by_owner.setdefault(stored.upload, Counter())[digest(stored.content)] += 1

    def match(self, event: Event) -> str | None:
        """Return whose event a row is once more, and use that up; None for a row that is new or has an identifier."""
        if event.id != event_id(self._upload_id, event.row):
            return None
        wanted = digest(event.content)
        for owner, counted in self._by_owner.items():
            if counted.get(wanted):
                counted[wanted] -= 1
                self.matched.append(event.row)
                return owner
        return None


def digest(content: Content) -> bytes:
    """Return what equal contents have in common."""
    event_name, customer, timestamp, value, payload = content
    number = value if value is None else plain(value) if value else "0"  # there is a minus zero, equal to zero
    text = repr((event_name, customer, timestamp, number, sorted(payload.items())))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
