"""The checks of an ordinary file by pyarrow over columns, on one core like a Lambda function."""

import io

import pyarrow as pa
from pyarrow import compute, csv

from bench.files import ARRIVAL, CUSTOMERS, METERS
from bench.vector_rules import AHEAD, DATE, DIGITS, EPOCH, INSIGNIFICANT, NUMBER, OFFSET

_EVENT_NAMES = pa.array([meter.event_name for meter in METERS])
_CUSTOMERS = pa.array(CUSTOMERS)


def validate(data: bytes) -> tuple[int, bytes]:
    """Return the number of good rows, and the error file."""
    header = data.partition(b"\n")[0].decode().split(",")
    table = csv.read_csv(
        io.BytesIO(data),
        read_options=csv.ReadOptions(use_threads=False),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False),
    )
    cells = {name: compute.utf8_trim_whitespace(table[name]) for name in header}
    messages = compute.binary_join_element_wise(
        _unless(_in_window(cells["timestamp"]), "timestamp_invalid"),
        _unless(compute.is_in(cells["event_name"], _EVENT_NAMES), "no_meter"),
        _unless(compute.is_in(cells["payload_stripe_customer_id"], _CUSTOMERS), "meter_event_customer_not_found"),
        _unless(_is_number(cells["payload_value"]), "meter_event_invalid_value"),
        "",
    )
    numbers = pa.array(range(1, len(table) + 1))
    validated = table.append_column("row_number", numbers).append_column("error_message", messages)
    refused = validated.filter(compute.not_equal(messages, ""))
    output = io.BytesIO()
    csv.write_csv(refused, output)
    return len(validated) - len(refused), output.getvalue()


def _in_window(cell: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whether a timestamp has one of the three formats and is in the time window."""
    unified = compute.replace_substring_regex(cell, r"([+-][0-9]{2}):([0-9]{2})$", r"\1\2")
    instant = compute.coalesce(
        _seconds(_where(cell, DATE), "%Y-%m-%d"),
        _seconds(compute.if_else(compute.match_substring_regex(cell, OFFSET), unified, None), "%Y-%m-%dT%H:%M:%S%z"),
        compute.cast(_where(cell, EPOCH), pa.int64()),
    )
    known = compute.and_(compute.greater_equal(instant, 0), compute.less_equal(instant, ARRIVAL + AHEAD))
    return compute.fill_null(known, fill_value=False)


def _where(cell: pa.ChunkedArray, form: str) -> pa.ChunkedArray:
    return compute.if_else(compute.match_substring_regex(cell, form), cell, None)


def _seconds(cell: pa.ChunkedArray, form: str) -> pa.ChunkedArray:
    return compute.cast(compute.strptime(cell, format=form, unit="s", error_is_null=True), pa.int64())


def _is_number(cell: pa.ChunkedArray) -> pa.ChunkedArray:
    digits = compute.utf8_length(compute.replace_substring_regex(cell, INSIGNIFICANT, ""))
    return compute.and_(compute.match_substring_regex(cell, NUMBER), compute.less_equal(digits, DIGITS))


def _unless(holds: pa.ChunkedArray, code: str) -> pa.ChunkedArray:
    return compute.if_else(holds, "", f"{code}; ")
