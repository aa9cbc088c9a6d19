"""The account of a key: its whole files (versions) and all error files that descend from them.

A row of a version is *accounted* if it is valid in that version or a corrected error file contains it. For each
content, the account has as many events as the version with the most accounted rows of that content.

To keep this true, each newly accounted row is compared with the account. If its version then has more accounted rows
of the content than the account has events, the row is a new event. Otherwise, it is a duplicate.
`docs/decisions/0015-the-account-of-a-key.md` has the proof.

Contents are compared as digests of 16 bytes, because events would need too much memory. The probability that two
different contents have the same digest is 1 in 10^38.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.event import Content, Event, StoredEvent

RowDigest = tuple[int, bytes]
"""The number of a row in its version, and the digest of its accounted content."""


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The duplicates of one upload."""

    owners: frozenset[str] = frozenset()
    """The uploads that own the events of its duplicates, including those of rows with identifiers."""
    complete: frozenset[str] = frozenset()
    """Versions whose rows are all accounted, so they need no digests."""
    rows: Mapping[str, Sequence[RowDigest]] = field(default_factory=dict)
    """The duplicates, by version."""

    def __bool__(self) -> bool:
        """Return whether there is anything to store."""
        return bool(self.owners or self.complete or self.rows)


_DIGEST_BYTES = 16
_Counted = tuple[str, str]
"""An event of the account: the version of its row, and the upload that owns it."""


class Match(NamedTuple):
    """The match of a row that the account already counts."""

    owner: str
    """The upload that owns the matched event, empty if the event no longer exists."""
    is_same: bool = True
    """Whether the row has the same content as when it was accounted."""


class KeyAccount:
    """The events of an account, and the accounted rows of some versions."""

    def __init__(self, upload_id: str, versions: Iterable[str]) -> None:
        """Create an empty account to match the rows of an upload, which belong to these versions."""
        self._upload_id = upload_id
        self._events: dict[bytes, _Counted | list[_Counted]] = {}
        """The events, by content digest. Most contents have one event, which needs no list."""
        self._accounted: dict[str, dict[int, bytes | None]] = {version: {} for version in versions}
        """The accounted rows by version and number, with their digest. None if an event with the row's ID is stored."""
        self._numbers: dict[str, Counter[bytes]] = {version: Counter() for version in self._accounted}
        self._complete: set[str] = set()
        self._turns: dict[tuple[str, bytes], Iterator[str]] = {}
        self._names: dict[_Counted, _Counted] = {}
        self.matched: dict[str, list[RowDigest]] = {version: [] for version in self._accounted}
        """The duplicates found, by version, in the order of matching."""

    def add_event(self, stored: StoredEvent) -> None:
        """Add a stored event with the ID of a version's row."""
        version, _, row = stored.id.rpartition(":")
        key = digest(stored.content)
        self._count(key, version, stored.upload)
        if version in self._accounted:
            self._accounted[version][int(row)] = None
            self._numbers[version][key] += 1

    def add_matched(self, known: MatchedRows) -> None:
        """Add the stored duplicates of another upload."""
        for version, rows in known.rows.items():
            accounted = self._accounted.get(version)
            if accounted is None:
                continue
            for row, key in rows:
                if row not in accounted:
                    accounted[row] = key
                    self._numbers[version][key] += 1
        self._complete.update(known.complete & self._accounted.keys())

    def match(self, version: str, row: int, content: Content, *, may_be_new: bool = True) -> Match | None:
        """Account a row, and return the event that it duplicates. Return None if the row is new or its ID has an event.

        `may_be_new` is False if the row can't be stored, because its meter or customer is missing. Without a match,
        such a row stays unaccounted.
        """
        accounted, key = self._accounted[version], digest(content)
        if row in accounted:
            known = accounted[row]
            return None if known is None else Match(self._first_owner(key), is_same=known == key)
        if version in self._complete:
            return Match(self._first_owner(key), is_same=key in self._events)
        numbers = self._numbers[version]
        if numbers[key] >= self._number_of_events(key):
            if may_be_new:
                numbers[key] += 1
                self._count(key, version, self._upload_id)
            return None
        numbers[key] += 1
        self.matched[version].append((row, key))
        return Match(self._next_owner(version, key))

    def _count(self, key: bytes, version: str, owner: str) -> None:
        name = (version, owner)
        event = self._names.setdefault(name, name)  # one shared tuple for all events of an upload
        events = self._events.get(key)
        if events is None:
            self._events[key] = event
        elif isinstance(events, list):
            events.append(event)
        else:
            self._events[key] = [events, event]

    def _number_of_events(self, key: bytes) -> int:
        events = self._events.get(key)
        return len(events) if isinstance(events, list) else int(events is not None)

    def _first_owner(self, key: bytes) -> str:
        events = self._events.get(key, ("", ""))
        return (events[0] if isinstance(events, list) else events)[1]

    def _next_owner(self, version: str, key: bytes) -> str:
        """Return the owner of the next event of another version. After each event once, return the first owner."""
        events = self._events[key]
        if not isinstance(events, list):
            return events[1]
        turn = self._turns.get((version, key))
        if turn is None:
            turn = self._turns[version, key] = (owner for event_version, owner in events if event_version != version)
        return next(turn, events[0][1])


class KeyAccounts:
    """The accounts of one upload's rows, by version."""

    def __init__(self, by_version: Mapping[str, KeyAccount]) -> None:
        """Create the collection from accounts by version."""
        self._by_version = by_version

    def match(self, event: Event, *, may_be_new: bool = True) -> Match | None:
        """Match the row that an event's ID names, see `KeyAccount.match`. Rows without an account have no match."""
        version, _, row = event.id.rpartition(":")
        account = self._by_version.get(version)
        return None if account is None else account.match(version, int(row), event.content, may_be_new=may_be_new)

    @property
    def matched(self) -> dict[str, list[RowDigest]]:
        """The duplicates found, by version. Excludes versions without duplicates."""
        matched = {version: account.matched[version] for version, account in self._by_version.items()}
        return {version: rows for version, rows in matched.items() if rows}


def digest(content: Content) -> bytes:
    """Return a digest that is equal for equal contents."""
    event_name, customer, timestamp, value, payload = content
    number = value if value is None else plain(value) if value else "0"  # minus zero equals zero
    text = repr((event_name, customer, timestamp, number, sorted(payload.items())))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


_MAX_RANGES = 16


def write_ranges(row_count: int, without: Collection[int] = ()) -> str:
    """Return the row numbers from 1 to `row_count` as text, except those in `without`.

    If there are too many ranges, the smallest gaps are included.
    """
    ranges: list[tuple[int, int]] = []
    first = 1
    for gap in [*sorted(without), row_count + 1]:
        if first < gap:
            ranges.append((first, gap - 1))
        first = gap + 1
    for index in sorted(_narrowest(ranges), reverse=True):
        ranges[index : index + 2] = [(ranges[index][0], ranges[index + 1][1])]
    return " ".join(f"{first}-{last}" if first < last else str(first) for first, last in ranges)


def read_ranges(text: str) -> Iterator[int]:
    """Yield the row numbers of a text."""
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _narrowest(ranges: list[tuple[int, int]]) -> list[int]:
    """Return the indexes of ranges to merge with the next one, so that at most `_MAX_RANGES` remain."""
    by_gap = sorted(range(len(ranges) - 1), key=lambda index: ranges[index + 1][0] - ranges[index][1])
    return by_gap[: max(0, len(ranges) - _MAX_RANGES)]
