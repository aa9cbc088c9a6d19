"""One event as JSON: its item, and its PartiQL INSERT statement."""

from json.encoder import encode_basestring_ascii as quoted

from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.meter import Meter


class EventStatements:
    """The statements for the events of one owner.

    The top level of an item has only the attributes that conditions need: the ID and the owner. The event itself is one
    map. This keeps the statement short, since DynamoDB parses it for each event.
    """

    def __init__(self, table: str, owner: str, received: int) -> None:
        """Take the name of the table, the owner of the events, and its arrival (epoch seconds)."""
        insert = f"INSERT INTO \"{table}\" VALUE {{'id':?,'upload':?,'event':?}}"
        self._begin = f'{{"Statement":{quoted(insert)},"Parameters":[{{"S":'
        self._delete = quoted(f'DELETE FROM "{table}" WHERE id=? AND upload=?')  # noqa: S608 (the table's name is ours)
        self._owner = quoted(owner)
        self._then = f'}},{{"S":{self._owner}}},'
        self._received = f'"received":{{"N":"{received}"}}'
        self._meters: dict[str, str] = {}
        """The JSON that all events of a meter share, up to the customer, by the ID of the meter."""

    def write(self, event: Event) -> str:
        """Return the INSERT statement of an event, with its parameters."""
        return f"{self._begin}{quoted(event.id)}{self._then}{self._facts(event)}]}}"

    def delete(self, id_: str) -> str:
        """Return the statement that deletes an event if the owner matches."""
        return f'{{"Statement":{self._delete},"Parameters":[{{"S":{quoted(id_)}}},{{"S":{self._owner}}}]}}'

    def item(self, event: Event) -> str:
        """Return the item that the statement inserts."""
        return f'{{"id":{{"S":{quoted(event.id)}}},"upload":{{"S":{self._owner}}},"event":{self._facts(event)}}}'

    def _facts(self, event: Event) -> str:
        _, row, meter, customer, timestamp, value, payload = event
        of_meter = self._meters.get(meter.id) or self._of_meter(meter)
        further = "" if value is None else f',"value":{{"N":"{value:f}"}}'
        if payload:
            entries = ",".join([f'{quoted(key)}:{{"S":{quoted(text)}}}' for key, text in payload.items()])
            further += f',"payload":{{"M":{{{entries}}}}}'
        return (
            f'{{"M":{{"row":{{"N":"{row}"}},{of_meter}{quoted(customer)}}},'
            f'"timestamp":{{"N":"{timestamp}"}},{self._received}{further}}}}}'
        )

    def _of_meter(self, meter: Meter) -> str:
        text = f'"meter":{{"S":"{meter.id}"}},"event_name":{{"S":{quoted(meter.event_name)}}},"customer":{{"S":'
        self._meters[meter.id] = text
        return text
