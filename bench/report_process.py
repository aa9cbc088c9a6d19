"""A program that writes a usage report as CSV, like the job of the ingest function, and prints what it cost."""

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

from bench.clients import json_client
from bench.month import END, START
from bench.peak import peak_bytes
from meterdrop.adapters.batching import THREADS
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.report_file import ReportFile
from meterdrop.usage.report_file import ReportJob
from meterdrop.usage.usage_report import UsageReport


class ManyMeters:
    """Fits the port `Meters`."""

    def __init__(self, count: int) -> None:
        """Have meters that all sum."""
        self._meters = [
            Meter(id=f"mtr_{number}", event_name=f"meter_{number}", display_name="") for number in range(count)
        ]

    def list_meters(self) -> list[Meter]:
        """Return all meters."""
        return self._meters


class _Files:
    """Fits the port `ReportFiles`, and keeps the content."""

    def __init__(self, meters: ManyMeters) -> None:
        ids = tuple(meter.id for meter in meters.list_meters())
        self._file = ReportFile(id="urf_", created=0, meters=ids, customer=None, start=START, end=END)
        self.data = b""

    def find(self, _: str) -> ReportFile | None:
        return self._file

    def save(self, file: ReportFile) -> None:
        self._file = file

    def write(self, _: str, data: bytes) -> str:
        self.data = data
        return "version"


@contextmanager
def report(client: JsonClient) -> Iterator[UsageReport]:
    """Read usage like the ingest function."""
    with ThreadPoolExecutor(THREADS) as executor:
        yield UsageReport(UsageReader(client, "usage", executor), EventReader(client, "events"), executor)


def run(port: str, meters: int) -> dict[str, Any]:
    """Write the report of all customers and some meters; return its cost, and the sum of its values."""
    client = json_client(f"http://127.0.0.1:{port}", connections=THREADS)
    all_meters = ManyMeters(meters)
    files = _Files(all_meters)
    job = ReportJob(files, all_meters, partial(report, client), lambda _: nullcontext())
    wall, cpu = time.perf_counter(), time.process_time()
    file = job.run("urf_", receives=1, ends=time.time() + 3_600)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    _, units, _ = client.call("Counts", {})["counts"]
    rows = files.data.decode().splitlines()[1:]
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": peak_bytes(),
        "units": units,
        "lines": file.line_count if file else 0,
        "bytes": len(files.data),
        "sum": sum(int(row.rpartition(",")[2]) for row in rows),
    }


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
