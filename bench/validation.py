"""Validation and the error file: Meterdrop against the baseline, dataframe libraries and `csv.reader` alone."""

import csv
import io
from collections.abc import Callable
from functools import partial

from bench.alternating import alternate, cpu_seconds, ratios
from bench.figures import TIMES_AS_FAST, Figure
from bench.files import ARRIVAL, CUSTOMERS, METERS, ROWS, Shape, file_of
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.files.rows import read_rows
from meterdrop.domain.metering.meter import by_event_name
from meterdrop.domain.uploads.error_cells import ValueCells
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout, ErrorFileRun
from meterdrop.domain.uploads.error_parts import LIMITS
from meterdrop.domain.validation.field_parsers import Parsers
from meterdrop.domain.validation.prescan import prescan
from meterdrop.domain.validation.timestamp import TimeWindow
from meterdrop.domain.validation.usage_header import is_known, read_header
from meterdrop.domain.validation.validator import validate_rows

Validation = Callable[[bytes], tuple[int, bytes]]
"""Takes a file; returns the number of good rows, and the error file with the `row_number` of each other row."""
_UPLOAD = "upl_" + "a" * 26
_CUSTOMERS = frozenset(CUSTOMERS)
_SIZES = (1_000, 10_000, ROWS)
_BAD_SHARES = {0.0: 11, 0.01: 10, 0.5: 6}
"""Shares of bad rows, each with the target for the largest file, in times as fast as the baseline."""
_MIN_ROWS = 10_000
"""Rows for one measurement. A smaller file is validated several times, because a few milliseconds vary too much."""


def meterdrop(data: bytes) -> tuple[int, bytes]:
    """Validate a file in every pass that an upload makes; return the number of good rows, and the error file."""
    file, keys = open_csv(data, is_known), {meter.customer_key for meter in METERS}
    layout = read_header(file.header, keys)
    parsers = Parsers(layout, by_event_name(METERS), TimeWindow.for_upload(ARRIVAL, None))
    summary = prescan(read_rows(file, layout), layout, keys)
    parsers.registered = _CUSTOMERS
    form = ErrorFileLayout(
        upload_id=_UPLOAD,
        file=file,
        layout=layout,
        overflows=summary is not None and summary.overflows,
        values=ValueCells(layout.event_name, parsers),
    )
    good = count = 0
    held = ErrorFileBuffer(form)
    for validated in validate_rows(file, _UPLOAD, layout, parsers):
        good += len(validated.good)
        count += len(validated.refused)
        held.add_rows(validated.refused)
    if not count:
        return good, b""
    writer = ErrorFileRun(form, row_count=count, size=len(data), limits=LIMITS)
    # Like an upload: if the buffer is too small for the refused rows, they are validated again.
    if len(held) == count:
        return good, b"".join(part.data for part in writer.from_buffer(held))
    rows = (row for validated in validate_rows(file, _UPLOAD, layout, parsers) for row in validated.refused)
    return good, b"".join(part.data for part in writer.from_rows(rows, are_ascii=True))


def floor(data: bytes) -> None:
    """Read the same bytes with `csv.reader`, and do nothing else."""
    for _ in csv.reader(io.StringIO(data.decode(), newline="")):
        pass


def ways() -> dict[str, Validation]:
    """Return every way to validate a file. Only `make bench` installs polars and pyarrow."""
    from bench import baseline, polars_validation, pyarrow_validation  # noqa: PLC0415 (only `make bench` has both)

    return {
        "Meterdrop": meterdrop,
        "baseline": baseline.validate,
        "polars": polars_validation.validate,
        "pyarrow": pyarrow_validation.validate,
    }


def figures() -> list[Figure]:
    """Measure files of several sizes, without bad rows and with few and many of them."""
    return [figure for share in _BAD_SHARES for rows in _SIZES for figure in _measure(rows, share)]


def _measure(rows: int, bad_share: float) -> list[Figure]:
    data, validations = file_of(Shape(rows, bad_share=bad_share)), ways()
    _check_results(data, validations)
    times = max(1, _MIN_ROWS // rows)
    costs = alternate(
        {name: partial(_cpu_seconds, way, data, times) for name, way in {**validations, "floor": floor}.items()}
    )
    what = f"{bad_share:.0%} bad, {rows:,} rows"
    return [
        Figure.from_runs(
            f"validate: against the baseline, {what}",
            TIMES_AS_FAST,
            ratios(costs["baseline"], costs["Meterdrop"]),
            _BAD_SHARES[bad_share] if rows == ROWS else None,
        ),
        Figure.from_runs(
            f"validate: against the csv.reader floor, {what}",
            "times as long",
            ratios(costs["Meterdrop"], costs["floor"]),
        ),
        *(
            Figure.from_runs(
                f"validate: {name} against the baseline, {what}", TIMES_AS_FAST, ratios(costs["baseline"], costs[name])
            )
            for name in ("polars", "pyarrow")
        ),
        Figure.from_runs(
            f"validate: rows per second, {what}", "rows/s", [times * rows / cost for cost in costs["Meterdrop"]]
        ),
    ]


def _cpu_seconds(way: Callable[[bytes], object], data: bytes, times: int) -> float:
    return cpu_seconds(lambda: [way(data) for _ in range(times)])


def _check_results(data: bytes, validations: dict[str, Validation]) -> None:
    """Raise AssertionError unless all validations refuse the same rows."""
    results = {}
    for name, validate in validations.items():
        good, errors = validate(data)
        results[name] = (good, _row_numbers(errors))
    if any(result != results["Meterdrop"] for result in results.values()):
        raise AssertionError("All validations must refuse the same rows.")


def _row_numbers(errors: bytes) -> frozenset[int]:
    rows = csv.DictReader(io.StringIO(errors.decode(), newline=""))
    # Each part has the header.
    return frozenset(int(row["row_number"]) for row in rows if row["row_number"] != "row_number")
