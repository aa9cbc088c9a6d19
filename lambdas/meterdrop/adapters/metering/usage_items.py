"""Contributions as items of the usage table, in both directions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted

from meterdrop.adapters.dynamodb.batch import Attributes
from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.contributions import HOUR, Contribution, Hour
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Arrival, StoredContribution

FEED_HOURS = 100
"""Newest hours that a feed item names: each holds an event at least, and the feed shows no more without a filter."""
INLINE = 600
"""Bytes of a list within the item: with the figures they make less than the kilobyte that one write unit takes."""
_PART = 64 * 1024  # bytes; an item may have 400 KB, and a call of 25 of them 16 MB


@lru_cache(maxsize=1_024)
def hour_text(hour: int) -> str:
    """Return an hour since 1970 as sort keys begin with it: `2024-09-25T14`."""
    return datetime.fromtimestamp(hour * HOUR, UTC).strftime("%Y-%m-%dT%H")


def figures_partition(of: Hour) -> str:
    """Return the partition of an hour's figures: a customer's, or a month's of all customers."""
    return _partition(of, "customer", "month")


def parts_partition(of: Hour) -> str:
    """Return the partition of the parts of an hour's event lists."""
    return _partition(of, "customer-events", "month-events")


def feed_partition(meter: str) -> str:
    """Return the partition that tells which owners a meter's events came with, by arrival."""
    return f"{meter}#feed"


class UsageItems:
    """Writes the items of one owner as JSON; all have different keys."""

    def __init__(self, owner: str, received: int) -> None:
        """Take the id of the upload or hand entry, and its arrival in epoch seconds."""
        self._owner = owner
        self._received_at = received
        self._received = f'"received":{{"N":"{received}"}}'

    def parts(self, of: Hour, lines: Iterable[str]) -> Iterator[str]:
        """Return the items of an event list that does not fit its figures' item; none where it does."""
        for number, part in enumerate(_split(lines)[1]):
            yield _item(self._part_key(of, number), [f'"events":{{"S":{quoted(part)}}}'])

    def part_keys(self, of: Hour, lines: Iterable[str]) -> Iterator[str]:
        """Return the keys of those items."""
        return (_braced(self._part_key(of, number)) for number in range(len(_split(lines)[1])))

    def figures(self, of: Hour, contribution: Contribution, lines: Iterable[str]) -> str:
        """Return the item of an hour's figures."""
        inline, parts = _split(lines)
        text = f'{self._received},"count":{{"N":"{contribution.count}"}},' + (
            f'"parts":{{"N":"{len(parts)}"}}' if inline is None else f'"events":{{"S":{quoted(inline)}}}'
        )
        if contribution.sum is not None:
            timestamp, row = contribution.last_order
            # Of one event, as most are where there are many, the four are the same.
            least = f"{contribution.min:f}"
            total = least if contribution.sum is contribution.min and "." not in least else plain(contribution.sum)
            greatest = least if contribution.max is contribution.min else f"{contribution.max:f}"
            last = least if contribution.last is contribution.min else f"{contribution.last:f}"
            text += (
                f',"sum":{{"N":"{total}"}},"min":{{"N":"{least}"}},"max":{{"N":"{greatest}"}},'
                f'"last":{{"N":"{last}"}},"last_timestamp":{{"N":"{timestamp}"}},"last_row":{{"N":"{row}"}}'
            )
        return f"{{{self._figures_key(of)},{text}}}"

    def figures_key(self, of: Hour) -> str:
        """Return the key of that item."""
        return _braced(self._figures_key(of))

    def feed(self, meter: str, hours: Sequence[int], count: int) -> str:
        """Return the item that tells a meter's feed of this owner; `hours` are its hours, newest first."""
        newest = ",".join(map(str, hours[:FEED_HOURS]))
        return _item(self._feed_key(meter), [f'"count":{{"N":"{count}"}}', f'"hours":{{"S":"{newest}"}}'])

    def feed_key(self, meter: str) -> str:
        """Return the key of that item."""
        return _braced(self._feed_key(meter))

    def _part_key(self, of: Hour, number: int) -> str:
        return _key(parts_partition(of), f"{hour_text(of.hour)}#{self._owner}#{number:04d}")

    def _figures_key(self, of: Hour) -> str:
        return _key(figures_partition(of), f"{hour_text(of.hour)}#{self._owner}")

    def _feed_key(self, meter: str) -> str:
        return _key(feed_partition(meter), f"{self._received_at:010d}#{self._owner}")


def cancel_item(of: Hour, event: StoredEvent, at: int) -> str:
    """Return the item that takes an event out of an hour's figures, whoever owns it; `at` in epoch seconds."""
    attributes = [
        f'"received":{{"N":"{at}"}}',
        '"count":{"N":"-1"}',
        f'"cancels":{{"S":{quoted(event.id)}}}',
        f'"upload":{{"S":{quoted(event.upload)}}}',
    ]
    if event.value is not None:
        attributes.append(f'"sum":{{"N":"{plain(-event.value)}"}}')
    return _item(_cancel_key(of, event.id), attributes)


def cancel_key(of: Hour, event_id: str) -> str:
    """Return the key of that item."""
    return _braced(_cancel_key(of, event_id))


def _cancel_key(of: Hour, event_id: str) -> str:
    return _key(figures_partition(of), f"{hour_text(of.hour)}#cancel#{event_id}")


def _partition(of: Hour, customer_group: str, month_group: str) -> str:
    group = f"{month_group}#{hour_text(of.hour)[:7]}" if of.customer is None else f"{customer_group}#{of.customer}"
    return f"{of.meter}#{group}"


def _key(partition: str, sort: str) -> str:
    return f'"pk":{{"S":{quoted(partition)}}},"sk":{{"S":{quoted(sort)}}}'


def _braced(key: str) -> str:
    return f"{{{key}}}"


def _item(key: str, attributes: Sequence[str]) -> str:
    return f"{{{key},{','.join(attributes)}}}"


def _split(lines: Iterable[str]) -> tuple[str | None, list[str]]:
    """Return an event list as one short text, or None and texts of at most `_PART` bytes."""
    held = list(lines)
    text = "\n".join(held)
    if len(text) <= INLINE and len(text.encode()) <= INLINE:
        return text, []
    parts: list[str] = []
    begin, size = 0, -1
    for at, line in enumerate(held):
        length = 1 + len(line.encode())
        if at > begin and size + length > _PART:
            parts.append("\n".join(held[begin:at]))
            begin, size = at, -1
        size += length
    return None, [*parts, "\n".join(held[begin:])]


def arrival(item: Attributes) -> Arrival:
    """Return what an item of a meter's feed holds."""
    received, _, owner = item["sk"]["S"].partition("#")
    hours = tuple(map(int, item["hours"]["S"].split(",")))
    return Arrival(int(received), owner, int(item["count"]["N"]), hours)


def contribution(item: Attributes) -> StoredContribution:
    """Return what an item of figures or of a cancel holds."""
    hour, _, owner = item["sk"]["S"].partition("#")
    received, count = int(item["received"]["N"]), int(item["count"]["N"])
    if "cancels" in item:
        return StoredContribution(_hour(hour), "", received, count, _number(item, "sum"), cancels=item["cancels"]["S"])
    named = (item["events"]["S"] if "events" in item else None, int(item["parts"]["N"]) if "parts" in item else 0)
    if "sum" not in item:
        return StoredContribution(_hour(hour), owner, received, count, events=named[0], parts=named[1])
    return StoredContribution(
        _hour(hour),
        owner,
        received,
        count,
        _number(item, "sum"),
        _number(item, "min"),
        _number(item, "max"),
        _number(item, "last"),
        int(item["last_timestamp"]["N"]),
        int(item["last_row"]["N"]),
        *named,
    )


def _number(item: Attributes, name: str) -> Decimal | None:
    return Decimal(item[name]["N"]) if name in item else None


@lru_cache(10_000)
def _hour(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}:00+00:00").timestamp()) // HOUR
