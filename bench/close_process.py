"""A program that closes a billing period twice, like the ingest function, and prints what each close cost."""

import json
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.clients import json_client
from bench.month import END, START
from bench.peak import peak_bytes
from bench.report_process import ManyMeters, report
from meterdrop.adapters.batching import THREADS
from meterdrop.domain.codes import Status
from meterdrop.domain.periods.period import BillingPeriod, to_closing
from meterdrop.domain.periods.statement import Statement
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.statements.close import LISTED_AFTER_SECONDS, PeriodClosing
from meterdrop.usage.period_usage import PeriodUsage

_ID = "bp_"


class _Periods:
    """Fits the ports `Periods` and `StatementObjects`, with one period."""

    def __init__(self) -> None:
        self.period = BillingPeriod(id=_ID, start=START, end=END, created=END)
        self.made: list[Statement] = []
        self.objects: dict[str, bytes] = {}

    def get(self, _: str) -> BillingPeriod:
        return self.period

    def save(self, period: BillingPeriod) -> bool:
        self.period = period
        return True

    def finish(self, period: BillingPeriod, statement: Statement, status_event: StatusEvent) -> bool:
        assert statement.id in status_event.detail
        self.made.append(statement)
        return self.save(period)

    def statements(self, _: str) -> list[Statement]:
        return list(self.made)

    def write_once(self, key: str, data: bytes) -> tuple[str, bytes]:
        return "version", self.objects.setdefault(key, data)

    def read(self, key: str, _: str) -> bytes:
        return self.objects[key]


class _NoUploads:
    """Fits the part of the port `KnownUploads` that a close needs."""

    def passing(self, _status: Status, _until: int, _after: str | None) -> Iterator[Upload]:
        return iter(())


class _Outbox:
    """Fits the ports `Outbox` and `Publisher`."""

    def send(self, _: StatusEvent) -> None:
        pass

    def delete(self, _: StatusEvent) -> None:
        pass


def run(port: str, meters: int) -> list[dict[str, Any]]:
    """Close the period of all customers and some meters twice; return the cost of each close, and what it made."""
    client = json_client(f"http://127.0.0.1:{port}", connections=THREADS)
    periods, outbox = _Periods(), _Outbox()
    closing = PeriodClosing(
        periods=periods,
        uploads=_NoUploads(),  # type: ignore[arg-type]  # a close reads nothing else
        meters=ManyMeters(meters),
        usage=PeriodUsage(partial(report, client)),
        objects=periods,
        outbox=outbox,  # type: ignore[arg-type]  # a close only deletes
        publisher=outbox,
    )
    return [_close(periods, closing) for _ in range(2)]


def _close(periods: _Periods, closing: PeriodClosing) -> dict[str, Any]:
    now = time.time()
    periods.save(to_closing(periods.period, int(now) - LISTED_AFTER_SECONDS))
    wall, cpu = time.perf_counter(), time.process_time()
    statement = closing.run(_ID, Attempt(ends=now + 3_600))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert statement is not None
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": peak_bytes(),
        "lines": statement.line_count,
        "events": statement.event_count,
        "bytes": statement.size,
    }


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
