"""The items of the usage and events tables that these events have, in plain types; written out from their format."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from meterdrop.domain.metering.event import StoredEvent
from tests.support.fakes.contributed import arrivals, contributions, cut, events_of, hour_text, lines_of, sort_key

Item = dict[str, Any]


def usage_items(events: Sequence[StoredEvent]) -> Iterator[Item]:
    """Return the items of the usage table."""
    for scope, found in contributions(events):
        month = hour_text(found.hour)[:7]
        group = f"customer#{scope.customer}" if scope.customer is not None else f"month#{month}"
        item = {
            "pk": f"{scope.meter}#{group}",
            "sk": sort_key(found),
            "received": found.received,
            "count": found.event_count,
            "sum": found.sum,
            "cancels": found.cancels,
        }
        if found.cancels is None:
            item |= {"events": found.events} if found.events is not None else {"parts": found.parts}
            if found.sum is not None:
                item |= {"min": found.min, "max": found.max, "last": found.last}
                item |= {"last_timestamp": found.last_timestamp, "last_row": found.last_row}
        yield {name: value for name, value in item.items() if value is not None}
        if found.parts:
            kind, _, name = group.partition("#")
            lines = lines_of(events_of(events, scope, found.hour, found.owner))
            for number, part in enumerate(cut(lines)):
                pk, sk = f"{scope.meter}#{kind}-events#{name}", f"{sort_key(found)}#{number:04d}"
                yield {"pk": pk, "sk": sk, "events": part}
    for meter in {event.meter for event in events}:
        for each in arrivals(events, meter):
            yield {
                "pk": f"{meter}#feed",
                "sk": f"{each.received:010d}#{each.owner}",
                "count": each.event_count,
                "hours": ",".join(map(str, each.hours)),
            }


def event_items(events: Sequence[StoredEvent]) -> Iterator[Item]:
    """Return the items of the events table: single events."""
    for event in events:
        value = "" if event.value is None else str(event.value)
        payload = json.dumps(event.payload, ensure_ascii=False, separators=(",", ":")) if event.payload else ""
        fields = (event.row, 0, event.customer, event.timestamp, value, payload)
        yield {
            "id": event.id,
            "upload": event.upload,
            "form": 1,
            "received": event.received,
            "meters": f"{event.meter}\t{event.event_name}",
            "events": "\t".join(map(str, fields)).rstrip("\t"),
        }
