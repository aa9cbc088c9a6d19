"""The account of a key: its whole files ("versions") and all error files that descend from them.

A row of a version is *accounted* where it is good in that version, or where a corrected error file brings it. Of each
content the account counts as many events as the version has accounted rows that has the most of them. One step keeps
that true: a row that becomes accounted is new where its version then has more accounted rows of its content than the
account has events, else a duplicate of one of these. `docs/decisions/0015-the-account-of-a-key.md` has the proof.

Contents are compared as digests of 16 bytes, since there may be more of them than fit as events. Two different
contents have one digest with a chance of 1 to 10^38 a pair, and nobody can find two that do.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.event import Content, Event, StoredEvent

RowDigest = tuple[int, bytes]
"""The number of a row in its version, and the digest of the content that it is accounted with."""


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The duplicates of one upload."""

    owners: frozenset[str] = frozenset()
    """The uploads whose events its duplicates are; those of rows with identifiers too."""
    complete: frozenset[str] = frozenset()
    """Versions all of whose rows are accounted: their rows need no digests."""
    rows: Mapping[str, Sequence[RowDigest]] = field(default_factory=dict)
    """By version."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to note."""
        return bool(self.owners or self.complete or self.rows)


_DIGEST_BYTES = 16
_Counted = tuple[str, str]
"""An event of the account: the version whose row it is, and the upload that brought it."""


class Match(NamedTuple):
    """What a row is that the account has already."""

    owner: str
    """The upload whose event it is once more; empty where none is left."""
    is_same: bool = True
    """False where that very row is accounted with other content."""


class KeyAccount:
    """What the account has counted, and which rows of some versions are accounted."""

    def __init__(self, upload_id: str, versions: Iterable[str]) -> None:
        """Begin with nothing, for the rows of an upload, which are rows of these versions."""
        self._upload_id = upload_id
        self._events: dict[bytes, _Counted | list[_Counted]] = {}
        """By content. Most contents have one event, which needs no list."""
        self._accounted: dict[str, dict[int, bytes | None]] = {version: {} for version in versions}
        """Rows by number with what they are accounted as, None where an event of that row's id is stored."""
        self._numbers: dict[str, Counter[bytes]] = {version: Counter() for version in self._accounted}
        self._complete: set[str] = set()
        self._turns: dict[tuple[str, bytes], Iterator[str]] = {}
        self._names: dict[_Counted, _Counted] = {}
        self.matched: dict[str, list[RowDigest]] = {version: [] for version in self._accounted}
        """The rows that turned out to be duplicates, by version, in the order in which they were matched."""

    def add_event(self, stored: StoredEvent) -> None:
        """Take in an event that is stored under the id of a version's row."""
        version, _, row = stored.id.rpartition(":")
        key = digest(stored.content)
        self._count(key, version, stored.upload)
        if version in self._accounted:
            self._accounted[version][int(row)] = None
            self._numbers[version][key] += 1

    def add_matched(self, known: MatchedRows) -> None:
        """Take in what another upload has noted of rows that are accounted without an event of their own."""
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
        """Account a row, and return what it is once more: None for a row that is new, or whose id has an event.

        A row that may not be new (its meter or customer is not there) and is nothing that counts stays unaccounted.
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
        event = self._names.setdefault(name, name)  # one tuple for all events of an upload
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
        """Return whose the next event is that is of another version: each is named once before any is named again."""
        events = self._events[key]
        if not isinstance(events, list):
            return events[1]
        turn = self._turns.get((version, key))
        if turn is None:
            turn = self._turns[version, key] = (owner for event_version, owner in events if event_version != version)
        return next(turn, events[0][1])


class KeyAccounts:
    """The accounts that the rows of one upload belong to, by version; rows of other ids belong to none."""

    def __init__(self, by_version: Mapping[str, KeyAccount]) -> None:
        """Take the accounts in which a row may be a duplicate."""
        self._by_version = by_version

    def match(self, event: Event, *, may_be_new: bool = True) -> Match | None:
        """Do as `KeyAccount.match` for the row that an event's id names."""
        version, _, row = event.id.rpartition(":")
        account = self._by_version.get(version)
        return None if account is None else account.match(version, int(row), event.content, may_be_new=may_be_new)

    @property
    def matched(self) -> dict[str, list[RowDigest]]:
        """The rows that turned out to be duplicates, by version; versions without one are left out."""
        matched = {version: account.matched[version] for version, account in self._by_version.items()}
        return {version: rows for version, rows in matched.items() if rows}


def digest(content: Content) -> bytes:
    """Return what equal contents have in common."""
    event_name, customer, timestamp, value, payload = content
    number = value if value is None else plain(value) if value else "0"  # there is a minus zero, equal to zero
    text = repr((event_name, customer, timestamp, number, sorted(payload.items())))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


_MAX_RANGES = 16


def write_ranges(row_count: int, without: Collection[int] = ()) -> str:
    """Return the rows from 1 to `row_count`, some left out."""
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
    """Return the rows."""
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _narrowest(ranges: list[tuple[int, int]]) -> list[int]:
    """Return after which ranges a gap is to be closed, so that no more ranges are left than may be."""
    by_gap = sorted(range(len(ranges) - 1), key=lambda index: ranges[index + 1][0] - ranges[index][1])
    return by_gap[: max(0, len(ranges) - _MAX_RANGES)]
