"""One event as a PartiQL INSERT in JSON, ready to send."""

import zlib
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted

from meterdrop.domain.contribution import HOUR
from meterdrop.domain.event import Event

_SHARDS = 8
"""Partitions that the events of one meter and hour spread over: eight take 8,000 writes a second."""
_ALWAYS = (
    "id",
    "upload",
    "row",
    "meter",
    "event_name",
    "customer",
    "timestamp",
    "received",
    "hour_shard",
    "customer_time",
)


class EventStatements:
    """Writes the statements of one upload's events."""

    def __init__(self, table: str, upload_id: str, received: int) -> None:
        """Take the table's name, the owner of the events and its arrival in epoch seconds."""
        self._upload = quoted(upload_id)
        self._received = received
        self._hours: dict[int, str] = {}
        self._plain = _statement(table, ())
        self._with_value = _statement(table, ("value",))
        self._with_payload = _statement(table, ("payload",))
        self._with_both = _statement(table, ("value", "payload"))

    def write(self, event: Event) -> str:
        """Return the statement with its parameters as JSON."""
        id_, row, meter, customer, timestamp, value, payload, _ = event
        hour = self._hours.get(timestamp // HOUR) or self._hour(timestamp // HOUR)
        own_id, own_customer = quoted(id_), quoted(customer)
        # The same order as _ALWAYS; a quoted customer ends in a quote, which its time must stand before.
        parameters = (
            f'[{{"S":{own_id}}},{{"S":{self._upload}}},{{"N":"{row}"}},{{"S":"{meter.id}"}},'
            f'{{"S":{quoted(meter.event_name)}}},{{"S":{own_customer}}},{{"N":"{timestamp}"}},'
            f'{{"N":"{self._received}"}},{{"S":"{meter.id}#{hour}#{zlib.crc32(id_.encode()) % _SHARDS}"}},'
            f'{{"S":{own_customer[:-1]}#{timestamp:010d}"}}'
        )
        if value is not None:
            parameters += f',{{"N":"{value:f}"}}'
        if payload:
            entries = ",".join([f'{quoted(key)}:{{"S":{quoted(text)}}}' for key, text in payload.items()])
            parameters += f',{{"M":{{{entries}}}}}'
            statement = self._with_payload if value is None else self._with_both
        else:
            statement = self._plain if value is None else self._with_value
        return f'{{"Statement":{statement},"Parameters":{parameters}]}}'

    def _hour(self, hour: int) -> str:
        text = self._hours[hour] = datetime.fromtimestamp(hour * HOUR, UTC).strftime("%Y-%m-%dT%H")
        return text


def _statement(table: str, further: tuple[str, ...]) -> str:
    names = ", ".join(f"'{name}': ?" for name in (*_ALWAYS, *further))
    return quoted(f'INSERT INTO "{table}" VALUE {{{names}}}')
