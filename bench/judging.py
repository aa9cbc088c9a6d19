"""Reading, judging and writing the error file: ours against the naive way, against dataframes and against the floor."""

import csv
import io
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

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

Judging = Callable[[bytes], tuple[int, bytes]]
"""From a file to how many of its rows are good, and the error file, which names the others by `row_number`."""
_UPLOAD = "upl_" + "a" * 26
_CUSTOMERS = frozenset(CUSTOMERS)
_SIZES = (1_000, 10_000, ROWS)
_LEAST_ROWS = 10_000
"""Small files are judged again and again until it is as many rows: a few milliseconds cannot be compared."""


class _Bad(NamedTuple):
    """A share of bad rows, how many times as fast as the naive way such a file is to be, and how near to the floor.

    The floor writes nothing: of a file of which half comes back as an error file it says little.
    """

    share: float
    of_naive: float
    of_floor: float | None


_BAD = (_Bad(0.0, 12, 5), _Bad(0.01, 12, 5), _Bad(0.5, 6, None))


def ours(data: bytes) -> tuple[int, bytes]:
    """Return how many rows are good, and the error file; every pass that an upload makes."""
    file, keys = open_csv(data, is_known), {meter.customer_key for meter in METERS}
    layout = read_header(file.header, keys)
    parsers = Parsers(layout, by_event_name(METERS), TimeWindow.for_upload(ARRIVAL, None))
    surveyed = prescan(read_rows(file, layout), layout, keys)
    parsers.registered = _CUSTOMERS
    form = ErrorFileLayout(
        upload_id=_UPLOAD,
        file=file,
        layout=layout,
        overflows=surveyed is not None and surveyed.overflows,
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
    # As an upload does it: refused rows that are too many to be held are judged again.
    if len(held) == count:
        return good, b"".join(part.data for part in writer.from_buffer(held))
    rows = (row for validated in validate_rows(file, _UPLOAD, layout, parsers) for row in validated.refused)
    return good, b"".join(part.data for part in writer.from_rows(rows, are_ascii=True))


def floor(data: bytes) -> None:
    """Read the same bytes with `csv.reader`, and do nothing with them."""
    for _ in csv.reader(io.StringIO(data.decode(), newline="")):
        pass


def ways() -> dict[str, Judging]:
    """Give all that judge; imported here, for the last two are not installed but for `make bench`."""
    from bench import naive, polars_way, pyarrow_way  # noqa: PLC0415 (as above)

    return {"ours": ours, "naive": naive.judge, "polars": polars_way.judge, "pyarrow": pyarrow_way.judge}


def figures() -> list[Figure]:
    """Measure with no, few and many bad rows, in files of several sizes."""
    return [figure for bad in _BAD for rows in _SIZES for figure in _measured(rows, bad)]


def _measured(rows: int, bad: _Bad) -> list[Figure]:
    data, judging = file_of(Shape(rows, bad_share=bad.share)), ways()
    _agree(data, judging)
    times = max(1, _LEAST_ROWS // rows)
    costs = alternate(
        {name: partial(_cpu_seconds, way, data, times) for name, way in {**judging, "floor": floor}.items()}
    )
    what, is_full = f"{bad.share:.0%} bad, {rows:,} rows", rows == ROWS
    return [
        Figure.of(
            f"judge: against naive, {what}",
            TIMES_AS_FAST,
            ratios(costs["naive"], costs["ours"]),
            bad.of_naive if is_full else None,
        ),
        Figure.of(
            f"judge: against the csv.reader floor, {what}",
            "times as long",
            ratios(costs["ours"], costs["floor"]),
            bad.of_floor if is_full else None,
        ),
        *(
            Figure.of(f"judge: {name} against naive, {what}", TIMES_AS_FAST, ratios(costs["naive"], costs[name]))
            for name in ("polars", "pyarrow")
        ),
        Figure.of(f"judge: rows a second, {what}", "rows/s", [times * rows / cost for cost in costs["ours"]]),
    ]


def _cpu_seconds(way: Callable[[bytes], object], data: bytes, times: int) -> float:
    return cpu_seconds(lambda: [way(data) for _ in range(times)])


def _agree(data: bytes, judging: dict[str, Judging]) -> None:
    """Raise AssertionError unless all find the same rows bad."""
    found = {}
    for name, way in judging.items():
        good, errors = way(data)
        found[name] = (good, _row_numbers(errors))
    if any(row_result != found["ours"] for row_result in found.values()):
        raise AssertionError("all must find the same rows good")


def _row_numbers(errors: bytes) -> frozenset[int]:
    rows = csv.DictReader(io.StringIO(errors.decode(), newline=""))
    # Each part has the header.
    return frozenset(int(row["row_number"]) for row in rows if row["row_number"] != "row_number")
