"""Reading, judging and writing the error file: ours against the naive way, alternating in one process."""

import statistics
import time
from collections.abc import Callable, Iterator

from bench import naive
from bench.figures import Figure
from bench.files import ARRIVAL, CUSTOMERS, METERS, ordinary
from meterdrop.domain.columns import Layout, read_header
from meterdrop.domain.error_file import Form, error_file
from meterdrop.domain.judge import Judged, Refused, judge
from meterdrop.domain.meter import by_event_name
from meterdrop.domain.parsers import Parsers
from meterdrop.domain.reader import CsvFile, open_csv
from meterdrop.domain.row_tally import HELD
from meterdrop.domain.rows import read_rows
from meterdrop.domain.survey import survey
from meterdrop.domain.timestamp import Window

_UPLOAD = "upl_" + "a" * 26
_RUNS = 5


def ours(data: bytes) -> tuple[int, bytes]:
    """Return how many rows are good, and the error file; every pass that an upload makes."""
    file, keys = open_csv(data), {meter.customer_key for meter in METERS}
    layout = read_header(file.header, keys)
    survey(read_rows(file, layout), layout, keys, _UPLOAD)
    good = count = 0
    held: list[Refused] = []
    for judged in _judged(file, layout):
        good += len(judged.good)
        count += len(judged.refused)
        held += judged.refused[: HELD - len(held)]
    if not count:
        return good, b""
    # As an upload does it: many refused rows are judged again instead of held.
    rows = held if len(held) == count else (row for judged in _judged(file, layout) for row in judged.refused)
    form = Form(upload_id=_UPLOAD, layout=layout, delimiter=file.delimiter, overflows=False, ascii_only=True)
    return good, b"".join(error_file(rows, form))


def _judged(file: CsvFile, layout: Layout) -> Iterator[Judged]:
    parsers = Parsers(layout, by_event_name(METERS), frozenset(CUSTOMERS), Window.until(ARRIVAL, None))
    for chunk in read_rows(file, layout):
        yield judge(chunk, _UPLOAD, layout, parsers)


def figures() -> list[Figure]:
    """Measure with no, few and many bad rows."""
    return [_against_naive(share, target) for share, target in ((0.0, 8.0), (0.01, 8.0), (0.5, 6.0))]


def _against_naive(bad_share: float, target: float) -> Figure:
    data = ordinary(bad_share=bad_share)
    if ours(data)[0] != naive.judge(data)[0]:
        raise AssertionError("both must find the same rows good")
    runs = [_seconds(naive.judge, data) / _seconds(ours, data) for _ in range(_RUNS)]
    lines = data.count(b"\n")
    name = f"judge against naive, {bad_share:.0%} bad rows, {lines:,} lines"
    return Figure(name, statistics.median(runs), "times as fast", target, at_least=True, runs=tuple(runs))


def _seconds(call: Callable[[bytes], object], data: bytes) -> float:
    start = time.perf_counter()
    call(data)
    return time.perf_counter() - start
