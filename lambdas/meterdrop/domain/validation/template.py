"""The CSV template: the columns that a usage file needs, with sample rows."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from meterdrop.domain.codes import Formula
from meterdrop.domain.files.cells import LENGTH_LIMIT, guard
from meterdrop.domain.metering.meter import Meter

CUSTOMER = "cus_example"
"""The ID of no customer, so that the rows are refused if you upload the template unchanged."""
_VALUE = "400"
_ANY_METER = Meter(id="", event_name="your_meter", display_name="", formula=Formula.SUM)
_MAX_METERS = 25  # a file may have 50 payload columns, and each meter may need two


def fits_files(meter: Meter) -> bool:
    """Return whether a file can have the meter's columns. Some keys of the API are too long for that."""
    return max(len(meter.customer_column), len(meter.value_column)) <= LENGTH_LIMIT


def template(meters: Sequence[Meter], now: int) -> str:
    """Return a CSV text with two rows for each meter, or for a sample meter if there is none.

    The rows show two formats of timestamps: a date and a time with offset, both of the day before `now` (epoch
    seconds).
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
    return csv_text(columns, rows)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a CSV text with a header. Cells that a row doesn't have are empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([guard(row.get(column, "")) for column in columns] for row in rows)
    return text.getvalue()
