"""What uploads contribute to usage, under keys that hold the upload's id."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted

from meterdrop.adapters.batches import WRITE_LIMIT, put_items
from meterdrop.adapters.wire import Wire
from meterdrop.domain.contribution import HOUR, Contribution, Contributions, Hour
from meterdrop.domain.value import plain


class UsageTable:
    """Puts the contributions of one upload; putting them again changes nothing."""

    put_limit = WRITE_LIMIT

    def __init__(self, wire: Wire, table: str, upload_id: str, received: int) -> None:
        """Write under `upload_id`, received at `received` (epoch seconds)."""
        self._wire = wire
        self._table = table
        self._upload_id = upload_id
        self._received = received

    def items(self, contributions: Contributions) -> Iterator[str]:
        """Return every item to put, as JSON; all have different keys."""
        for hour, contribution in contributions.by_customer():
            yield self._item(hour, contribution)
        for hour, contribution in contributions.by_meter():
            yield self._item(hour, contribution)

    def put(self, items: Sequence[str]) -> None:
        """Put at most `put_limit` items."""
        put_items(self._wire, self._table, items)

    def _item(self, hour: Hour, contribution: Contribution) -> str:
        start = datetime.fromtimestamp(hour.hour * HOUR, UTC).strftime("%Y-%m-%dT%H")
        group = f"month#{start[:7]}" if hour.customer is None else f"customer#{hour.customer}"
        figures = [f'"count":{{"N":"{contribution.count}"}}']
        if contribution.sum is not None:
            timestamp, row = contribution.last_order
            figures += [
                f'"sum":{{"N":"{plain(contribution.sum)}"}}',
                f'"min":{{"N":"{contribution.min:f}"}}',
                f'"max":{{"N":"{contribution.max:f}"}}',
                f'"last":{{"N":"{contribution.last:f}"}}',
                f'"last_timestamp":{{"N":"{timestamp}"}}',
                f'"last_row":{{"N":"{row}"}}',
            ]
        return (
            f'{{"pk":{{"S":{quoted(f"{hour.meter}#{group}")}}},"sk":{{"S":"{start}#{self._upload_id}"}},'
            f'"received":{{"N":"{self._received}"}},{",".join(figures)}}}'
        )
