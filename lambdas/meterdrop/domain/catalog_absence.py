"""A row that only the catalog or the age limit keeps out: what it says, which may be counted already.

Its meter or customer was there when an earlier file brought the same row, and is away for a while; or the row has
become too old since. A row that is counted is a duplicate all the same.
"""

from meterdrop.domain.cells import content
from meterdrop.domain.codes import RowCode
from meterdrop.domain.columns import Layout
from meterdrop.domain.event import Event
from meterdrop.domain.judged import Refused
from meterdrop.domain.parsers import Parsers
from meterdrop.domain.timestamp import Window, parse_timestamp
from meterdrop.domain.verdict import Refusal

_MAY_HAVE_BEEN_GOOD = frozenset({RowCode.ARCHIVED_METER, RowCode.CUSTOMER_NOT_FOUND, RowCode.TIMESTAMP_TOO_FAR_IN_PAST})


def event_of(refused: Refused, layout: Layout, parsers: Parsers) -> Event | None:
    """Return the event that a refused row would be if all it names were there; None where it has other errors too."""
    if refused.id is None or not all(error.code in _MAY_HAVE_BEEN_GOOD for error in refused.errors):
        return None
    cells = [*refused.cells, *[""] * (layout.width - len(refused.cells))]
    plan = parsers.plans[cells[layout.event_name]]
    timestamp = parse_timestamp(content(cells[layout.timestamp]), Window(parsers.window.arrival))
    if plan.meter is None or plan.shape is None or plan.shape.customer_at is None or isinstance(timestamp, Refusal):
        return None
    customer = parsers.names[cells[plan.shape.customer_at]]
    value = None if plan.shape.value_at is None else parsers.values[cells[plan.shape.value_at]]
    payload = {key: text for key, at in plan.shape.others if (text := parsers.texts[cells[at]])}
    if isinstance(customer, Refusal) or isinstance(value, Refusal):
        return None
    texts = {key: text for key, text in payload.items() if isinstance(text, str)}
    return Event(refused.id, refused.row, plan.meter, customer, timestamp, value, texts)
