"""A CSV to begin with: the columns that a file needs, and rows that show how they are written."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from meterdrop.domain.codes import Formula
from meterdrop.domain.files.cells import guard
from meterdrop.domain.metering.meter import Meter

CUSTOMER = "cus_example"
"""Nobody's id, so that a template dropped as it is bills nobody: its rows are refused."""
_VALUE = "400"
_ANY_METER = Meter(id="", event_name="your_meter", display_name="", formula=Formula.SUM)
_MAX_METERS = 25  # a file may have 50 payload columns, and each meter may have two of its own


def template(meters: Sequence[Meter], now: int) -> str:
    """Return the text of a file with rows for each of these meters, or for a made-up one where there is none.

    The rows tell both usual forms of a time: a day, and an instant with its offset, both of yesterday.
    """
    shown = list(meters[:_MAX_METERS]) or [_ANY_METER]
    yesterday = datetime.fromtimestamp(now, UTC) - timedelta(days=1)
    times = f"{yesterday:%Y-%m-%d}", f"{yesterday:%Y-%m-%d}T13:30:00+0000"
    customers = [meter.customer_column for meter in shown]
    values = [meter.value_column for meter in shown if meter.needs_value]
    columns = list(dict.fromkeys(["timestamp", "event_name", *customers, *values]))
    rows = [
        {"timestamp": time, "event_name": meter.event_name, meter.customer_column: CUSTOMER}
        | ({meter.value_column: _VALUE} if meter.needs_value else {})
        for meter in shown
        for time in times
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([guard(row.get(column, "")) for column in columns] for row in rows)
    return text.getvalue()
