"""Contributions as items of the usage table, with the mapping in both directions."""

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
"""Newest hours in a feed item. Each has at least one event, and an unfiltered feed page needs no more."""
INLINE = 600
"""Maximum bytes of an event list inside its figures item, so that the item fits one write unit (1 KB)."""
_PART = 64 * 1024  # bytes; DynamoDB allows 400 KB for an item, and 16 MB for a call with 25 items


@lru_cache(maxsize=1_024)
def hour_text(hour: int) -> str:
    """Return the start of a sort key for `hour` (hours since 1970), such as `2024-09-25T14`."""
    return datetime.fromtimestamp(hour * HOUR, UTC).strftime("%Y-%m-%dT%H")


def figures_partition(of: Hour) -> str:
    """Return the partition key of an hour's figures: of one customer, or of a month over all customers."""
    return _partition(of, "customer", "month")


def parts_partition(of: Hour) -> str:
    """Return the partition key of the parts of an hour's event lists."""
    return _partition(of, "customer-events", "month-events")


def feed_partition(meter: str) -> str:
    """Return the partition key of a meter's feed: the owners of its events, by arrival."""
    return f"{meter}#feed"


class UsageItems:
    """The usage items of one owner as JSON. All have different keys."""

    def __init__(self, owner: str, received: int) -> None:
        """Take the ID of the owner (an upload, or an event created with the API), and its arrival (epoch seconds)."""
        self._owner = owner
        self._received_at = received
        self._received = f'"received":{{"N":"{received}"}}'

    def parts(self, of: Hour, lines: Iterable[str]) -> Iterator[str]:
        """Yield the items of an event list that is too long for its figures item, or no items if it fits."""
        for number, part in enumerate(_split(lines)[1]):
            yield _item(self._part_key(of, number), [f'"events":{{"S":{quoted(part)}}}'])

    def part_keys(self, of: Hour, lines: Iterable[str]) -> Iterator[str]:
        """Return the keys of the items that `parts` yields."""
        return (_braced(self._part_key(of, number)) for number in range(len(_split(lines)[1])))

    def figures(self, of: Hour, contribution: Contribution, lines: Iterable[str]) -> str:
        """Return the figures item of an hour."""
        inline, parts = _split(lines)
        text = f'{self._received},"count":{{"N":"{contribution.count}"}},' + (
            f'"parts":{{"N":"{len(parts)}"}}' if inline is None else f'"events":{{"S":{quoted(inline)}}}'
        )
        if contribution.sum is not None:
            timestamp, row = contribution.last_order
            # With one event, all four values are equal. Most items of a large upload have one event.
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
        """Return the key of the figures item of an hour."""
        return _braced(self._figures_key(of))

    def feed(self, meter: str, hours: Sequence[int], count: int) -> str:
        """Return this owner's item in a meter's feed. `hours` are the hours of its events, newest first."""
        newest = ",".join(map(str, hours[:FEED_HOURS]))
        return _item(self._feed_key(meter), [f'"count":{{"N":"{count}"}}', f'"hours":{{"S":"{newest}"}}'])

    def feed_key(self, meter: str) -> str:
        """Return the key of this owner's item in a meter's feed."""
        return _braced(self._feed_key(meter))

    def _part_key(self, of: Hour, number: int) -> str:
        return _key(parts_partition(of), f"{hour_text(of.hour)}#{self._owner}#{number:04d}")

    def _figures_key(self, of: Hour) -> str:
        return _key(figures_partition(of), f"{hour_text(of.hour)}#{self._owner}")

    def _feed_key(self, meter: str) -> str:
        return _key(feed_partition(meter), f"{self._received_at:010d}#{self._owner}")


def cancel_item(of: Hour, event: StoredEvent, at: int) -> str:
    """Return the item that subtracts a cancelled event of any owner from an hour's figures; `at` in epoch seconds."""
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
    """Return the key of the cancel item of an event."""
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
    """Return an event list as one short text, or as None and parts of at most `_PART` bytes."""
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
    """Return the arrival in an item of a meter's feed."""
    received, _, owner = item["sk"]["S"].partition("#")
    hours = tuple(map(int, item["hours"]["S"].split(",")))
    return Arrival(int(received), owner, int(item["count"]["N"]), hours)


def contribution(item: Attributes) -> StoredContribution:
    """Return the contribution in a figures item or a cancel item."""
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
