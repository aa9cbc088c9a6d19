"""A month at a company with five customers: what the pictures of the page show."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.commands import sample
from tools.emulator.web import get, post
from tools.setup.places import SAMPLES
from tools.stack.local_stack import LocalStack

_WITHIN = 120.0  # seconds for one file
_FIRST_DAY = datetime(2024, 9, 1, tzinfo=UTC)
_SATURDAY = 5
_CUSTOMERS = """\
id,name,email
cus_babbage,Babbage Mills,finance@babbage.example
cus_hopper,Hopper & Daughters,accounts@hopper.example
cus_noether,Noether Symmetry Ltd.,billing@noether.example
cus_lovelace,"Lovelace, Byron & Co.",ap@lovelace.example
cus_turing,Turing Teashops,office@turing.example
"""
_SHARES = {"cus_babbage": 310, "cus_hopper": 145, "cus_noether": 64, "cus_QMJJtcu70R1x46": 220}
_HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
_MISSPELT = "timestamp,event_name,payload_stripe_customer_id,payload_value,indentifier\n"
_LONG = 100_000  # rows: long enough on their way to be seen there


@dataclass(frozen=True)
class Showcase:
    """A stack to fill, and a folder for the files that are dropped there."""

    stack: LocalStack
    folder: Path

    def fill(self) -> dict[str, str]:
        """Drop files of all sorts; return the ids of a month's, of a week's that it holds, and of the sample."""
        self._drop("customers/2024-09/customers.csv", _CUSTOMERS)
        month = self._drop("uploads/acme/2024-09 (export from billing).csv", _HEADER + "".join(_month()))
        self._drop("uploads/acme/misspelt.csv", _MISSPELT)
        rows = (row for row in _month() if row < "2024-09-08")
        week = self._drop("uploads/acme/2024-09-week-1.csv", _HEADER + "".join(rows))
        self._drop("uploads/sample/2024-10.csv", (SAMPLES / "usage.csv").read_text())
        sample_file = self._drop("uploads/sample/2024-09.csv", (SAMPLES / "2024-09.csv").read_text())
        return {"month": month, "week": week, "sample": sample_file}

    def bill(self) -> str:
        """Create the billing period of September 2024, close it, and return its id."""
        key = self.stack.secret_key
        periods = f"{self.stack.api_url}/v1/billing_periods"
        fields = {"name": "September 2024", "period": "month", "start_time": str(int(_FIRST_DAY.timestamp()))}
        period = f"{periods}/{json.loads(post(periods, fields, bearer=key).body)['id']}"
        post(f"{period}/close", {}, bearer=key)
        gives_up = time.monotonic() + _WITHIN
        while json.loads(get(period, bearer=key).body)["statement_count"] == 0:
            if time.monotonic() > gives_up:
                raise RuntimeError(f"{period} has no statement after {_WITHIN} s.")
            time.sleep(0.5)
        return period.rpartition("/")[2]

    def begin_long_one(self) -> None:
        """Drop a file that is on its way for some seconds."""
        rows = (f"2024-08-{1 + row % 31:02},llm_tokens,cus_turing,{row % 900},{row}\n" for row in range(_LONG))
        header = "timestamp,event_name,payload_stripe_customer_id,payload_tokens,identifier\n"
        sample.upload_file(self.stack, self._file(header + "".join(rows)), "uploads/turing/2024-08 tokens.csv")

    def _drop(self, key: str, text: str) -> str:
        sample.upload_file(self.stack, self._file(text), key)
        return sample.wait_until_final(self.stack, key, _WITHIN, lambda _: None).id

    def _file(self, text: str) -> Path:
        file = self.folder / "dropped.csv"
        file.write_text(text)
        return file


def _month() -> Iterator[str]:
    """Write usage of every day of September 2024: less at weekends, a little more every week."""
    for day in range(30):
        date = _FIRST_DAY + timedelta(days=day)
        for customer, share in _SHARES.items():
            for hour in (9, 14, 20):
                value = share * (40 + hour + 3 * (day % 7) + day) * (3 if date.weekday() < _SATURDAY else 1)
                time = f"{date:%Y-%m-%d}T{hour:02}:00:00Z"
                yield f"{time},ai_search_api,{customer},{value / 100},{customer}-{date:%m%d}-{hour}\n"
