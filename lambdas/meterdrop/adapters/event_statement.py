"""One event as a PartiQL INSERT in JSON, ready to send."""

import zlib
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted

from meterdrop.domain.contribution import HOUR
from meterdrop.domain.event import Event

_SHARDS = 8
"""Partitions that the events of one meter and hour spread over: eight take 8,000 writes a second."""


class EventStatements:
    """Writes the statements of one upload's events.

    An item has what is asked for at its top, the id, the owner and the index's keys, and the event itself in one map:
    a statement is parsed anew for every event, and this keeps it short.
    """

    def __init__(self, table: str, upload_id: str, received: int) -> None:
        """Take the table's name, the owner of the events and its arrival in epoch seconds."""
        insert = f"INSERT INTO \"{table}\" VALUE {{'id':?,'upload':?,'hour_shard':?,'customer_time':?,'event':?}}"
        self._statement = quoted(insert)
        self._upload = quoted(upload_id)
        self._received = received
        self._hours: dict[int, str] = {}

    def write(self, event: Event) -> str:
        """Return the statement with its parameters as JSON."""
        id_, row, meter, customer, timestamp, value, payload = event
        hour = self._hours.get(timestamp // HOUR) or self._hour(timestamp // HOUR)
        own_id, own_customer = quoted(id_), quoted(customer)
        further = "" if value is None else f',"value":{{"N":"{value:f}"}}'
        if payload:
            entries = ",".join([f'{quoted(key)}:{{"S":{quoted(text)}}}' for key, text in payload.items()])
            further += f',"payload":{{"M":{{{entries}}}}}'
        # A quoted customer ends in a quote, which its time must stand before.
        return (
            f'{{"Statement":{self._statement},"Parameters":[{{"S":{own_id}}},{{"S":{self._upload}}},'
            f'{{"S":"{meter.id}#{hour}#{zlib.crc32(id_.encode()) % _SHARDS}"}},'
            f'{{"S":{own_customer[:-1]}#{timestamp:010d}"}},'
            f'{{"M":{{"row":{{"N":"{row}"}},"meter":{{"S":"{meter.id}"}},"event_name":{{"S":{quoted(meter.event_name)}}},'
            f'"customer":{{"S":{own_customer}}},"timestamp":{{"N":"{timestamp}"}},'
            f'"received":{{"N":"{self._received}"}}{further}}}}}]}}'
        )

    def _hour(self, hour: int) -> str:
        text = self._hours[hour] = datetime.fromtimestamp(hour * HOUR, UTC).strftime("%Y-%m-%dT%H")
        return text
