"""Single events, cancels, summaries, reverts, and the audit."""

import time
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from tools.commands.audit import read_differences
from tools.verify.checks.files import counts, expected, row, to_csv
from tools.verify.outcome import Outcome, expect, expect_equal, not_tried
from tools.verify.verification import Verification

_AUDIT_BYTES = 500_000_000  # a larger table costs more to read than the rest of the run
_ROWS, _LOCAL_ROWS = 62_000, 3_000
_COUNTING = frozenset({"succeeded", "succeeded_with_errors"})


def check(run: Verification) -> Iterator[Outcome]:
    """Check that single events, repeated requests and cancels change summaries exactly."""
    before = summary(run)
    identifier = f"{run.run}-single"
    fields = {
        "event_name": run.meter.event_name,
        "identifier": identifier,
        "timestamp": run.timestamp,
        "payload[stripe_customer_id]": run.customers[1],
        "payload[value]": "0.25",
    }
    made = [run.api.post("/v1/billing/meter_events", fields, Idempotency_Key=f"{run.run}-event") for _ in range(2)]
    yield expect(
        "a single event is created, and a repeated request creates no second one",
        [each.status for each in made] == [HTTPStatus.OK] * 2 and made[0].body == made[1].body,
        made[1],
    )
    count, total = before
    yield expect_equal("the summary has it", (count + 1, total + Decimal("0.25")), summary(run))
    yield expect_equal("its customer's summary too", (1, Decimal("0.25")), summary(run, run.customers[1]))
    cancel = {"type": "cancel", "event_name": run.meter.event_name, "cancel[identifier]": identifier}
    run.must(run.api.post("/v1/billing/meter_event_adjustments", cancel))
    yield expect_equal("a cancel takes it out again", before, summary(run))


def summary(run: Verification, customer: str | None = None) -> tuple[int, Decimal]:
    """Return the number and sum of the events of the run's meter, for all customers or for one."""
    window = {"start_time": run.timestamp, "end_time": run.timestamp + 3600}
    query: dict[str, Any] = window | ({"customer": customer} if customer else {})
    response = run.api.get(f"/v1/billing/meters/{run.meter.id}/event_summaries", query)
    data = run.must(response)["data"]
    if not data:
        return 0, Decimal(0)
    return data[0]["event_count"], Decimal(data[0]["aggregated_value_decimal"])


def check_load(run: Verification) -> Iterator[Outcome]:
    """Check a file whose rows all have identifiers, and which therefore writes the most items."""
    number = _LOCAL_ROWS if run.is_local else _ROWS
    body = to_csv([row(run, "1", f"{run.run}-load-{each}") for each in range(number)])
    before = summary(run)
    began = time.monotonic()
    upload = run.upload(run.key("load.csv"), body)
    seconds = time.monotonic() - began
    yield expect(
        f"a file with {number:,} identifiers counts completely",
        counts(upload) == expected(number, number),
        counts(upload),
        note=f"{seconds:.1f} seconds, {number / seconds:,.0f} rows per second",
    )
    yield expect_equal("the summary has all of it", (before[0] + number, before[1] + number), summary(run))


def check_revert(run: Verification) -> Iterator[Outcome]:
    """Revert all uploads of the run, and check that nothing is left of them."""
    counting = []
    for id_ in run.uploads:
        upload = run.must(run.api.get(f"/v1/uploads/{id_}"))
        if upload["error_file"]:
            run.hide_at_end(upload["error_file"]["key"])
        if upload["kind"] == "usage" and not upload["dry_run"] and upload["status"] in _COUNTING:
            counting.append(id_)
            run.must(run.api.post(f"/v1/uploads/{id_}/revert"), HTTPStatus.ACCEPTED)
    for id_ in counting:
        run.final_by_id(id_, "reverted")
    yield expect_equal(f"after {len(counting)} reverts, the summary is empty", (0, Decimal(0)), summary(run))


def check_audit(run: Verification) -> Iterator[Outcome]:
    """Recount the tables, unless they are so large that this is a job of its own."""
    statement = "the audit finds no difference"
    dynamodb = run.clients.dynamodb()
    tables = (run.outputs.events_table, run.outputs.usage_table, run.outputs.uploads_table)
    size = sum(dynamodb.describe_table(TableName=table)["Table"].get("TableSizeBytes", 0) for table in tables)
    if size > _AUDIT_BYTES:
        yield not_tried(statement, f"the tables have {size / 1e9:,.1f} GB; run make audit when it suits you")
        return
    found = set(read_differences(dynamodb, run.outputs))
    if found:
        # Another upload may have finished between the reads of two tables. Then the difference is gone.
        found &= set(read_differences(dynamodb, run.outputs))
    yield expect(statement, not found, "; ".join(sorted(found)[:3]))
