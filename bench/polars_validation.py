"""The checks of an ordinary file as polars expressions over columns, on one core like a Lambda function."""

import io
import os

os.environ["POLARS_MAX_THREADS"] = "1"  # read when polars is imported

import polars as pl

from bench.files import ARRIVAL, CUSTOMERS, METERS
from bench.vector_rules import AHEAD, DATE, DIGITS, EPOCH, INSIGNIFICANT, NUMBER, OFFSET

_BETWEEN = "; "


def validate(data: bytes) -> tuple[int, bytes]:
    """Return the number of good rows, and the error file."""
    text = pl.read_csv(
        io.BytesIO(data),
        infer_schema=False,
        empty_string_is_null=False,
        row_index_name="row_number",
        row_index_offset=1,
    )
    cells = text.with_columns(pl.col(pl.String).str.strip_chars())
    errors = [
        pl.when(_in_window(_instant())).then(None).otherwise(pl.lit("timestamp_invalid")),
        _unless(pl.col("event_name").is_in([meter.event_name for meter in METERS]), "no_meter"),
        _unless(pl.col("payload_stripe_customer_id").is_in(CUSTOMERS), "meter_event_customer_not_found"),
        _unless(_is_number(pl.col("payload_value")), "meter_event_invalid_value"),
    ]
    validated = cells.with_columns(pl.concat_str(errors, separator=_BETWEEN, ignore_nulls=True).alias("error_message"))
    refused = validated.filter(pl.col("error_message") != "")
    return len(validated) - len(refused), refused.write_csv().encode()


def _instant() -> pl.Expr:
    """Return the timestamp in epoch seconds, or null if it has none of the three formats."""
    cell = pl.col("timestamp")
    date = cell.str.to_date("%Y-%m-%d", strict=False).dt.epoch("s")
    offset = cell.str.to_datetime("%Y-%m-%dT%H:%M:%S%#z", strict=False, time_unit="ms").dt.epoch("s")
    return (
        pl.when(cell.str.contains(DATE))
        .then(date)
        .when(cell.str.contains(OFFSET))
        .then(offset)
        .when(cell.str.contains(EPOCH))
        .then(cell.str.to_integer(strict=False))
    )


def _in_window(instant: pl.Expr) -> pl.Expr:
    return instant.is_not_null() & instant.is_between(0, ARRIVAL + AHEAD)


def _is_number(cell: pl.Expr) -> pl.Expr:
    return cell.str.contains(NUMBER) & (cell.str.replace_all(INSIGNIFICANT, "").str.len_chars() <= DIGITS)


def _unless(holds: pl.Expr, code: str) -> pl.Expr:
    return pl.when(holds).then(None).otherwise(pl.lit(code))
