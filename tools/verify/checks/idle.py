"""A call after the functions have been idle for so long that AWS has frozen them and their connections are dead."""

import time
from collections.abc import Iterator
from http import HTTPStatus

from tools.verify.checks.files import counts, expected, row, to_csv
from tools.verify.checks.usage import summary
from tools.verify.outcome import Outcome, expect, expect_equal, not_tried
from tools.verify.verification import Verification

_IDLE_SECONDS = 600
_SOON_SECONDS = 15


def check(run: Verification) -> Iterator[Outcome]:
    """Wait for ten minutes, then call the API and upload a file."""
    statement = "after ten idle minutes, the API answers and a file counts at the first attempt"
    if run.is_local:
        yield not_tried(statement, "the emulator doesn't freeze processes")
        return
    before = summary(run)  # with many connections to DynamoDB
    time.sleep(_IDLE_SECONDS)
    began = time.monotonic()
    response = run.api.get(f"/v1/billing/meters/{run.meter.id}")
    yield expect("after ten idle minutes, the API answers", response.status == HTTPStatus.OK, f"{response.status}")
    yield expect_equal("its summary is the same", before, summary(run))
    seconds = time.monotonic() - began
    yield expect("both within 15 seconds", seconds < _SOON_SECONDS, f"{seconds:.1f} seconds")
    began = time.monotonic()
    upload = run.upload(run.key("after-idling.csv"), to_csv([row(run, "6")]))
    seconds = time.monotonic() - began
    yield expect_equal("a file counts", expected(1, 1), counts(upload))
    yield expect("at the first attempt", seconds < _SOON_SECONDS, f"{seconds:.1f} seconds")
