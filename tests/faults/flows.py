"""The flows: how the world is before one, and what begins it. The queue does the rest."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from meterdrop.domain.periods.period import BillingPeriod
from meterdrop.domain.uploads.transitions import AUTOMATIC_PAUSES_SECONDS
from tests.faults import files
from tests.faults.state import State, state_of
from tests.support.aws import catalog
from tests.support.aws.account import CarryOut
from tests.support.aws.functions import Functions
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post

Prepare = Callable[[Queues], str]
"""Makes the world, and returns the id that the flow is about."""
Begin = Callable[[Queues, str], object]


def _nothing(_: Queues, __: str) -> None:
    """Leave it to the message that lies in the queue."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One way through the product."""

    prepare: Prepare
    begin: Begin = _nothing
    is_found_late: bool = False
    """Whether the sweep finds what S3 did not tell of: its arrival is then when it is first claimed."""

    def state(self, functions: Functions) -> State:
        """Read what the flow has left behind."""
        return state_of(functions, without_arrival=self.is_found_late)


def _usage(queues: Queues) -> str:
    queues.put("uploads/earlier.csv", files.EARLIER)
    queues.drain()
    return queues.put("uploads/usage.csv", files.USAGE, control=files.USAGE_TOTALS).upload_id


def _of_a_partner(queues: Queues) -> str:
    """Leave files of the owner and of another partner that have the same identifiers, contents and rows."""
    for key in ("uploads/earlier.csv", "uploads/usage.csv", "uploads/limited/usage.csv", "uploads/sample/earlier.csv"):
        queues.put(key, files.EARLIER if "earlier" in key else files.USAGE)
        queues.drain()
    return queues.put("uploads/sample/usage.csv", files.USAGE, control=files.USAGE_TOTALS).upload_id


def _with_duplicates(queues: Queues) -> str:
    """Leave two uploads, the second of which has only duplicates of rows of the first."""
    first = queues.put("uploads/first.csv", files.SHARED)
    queues.drain()
    queues.put("uploads/second.csv", files.SHARED + b"2024-09-25,ai_search_api,@acme,9,another\n")
    queues.drain()
    return first.upload_id


def _ingested(queues: Queues) -> str:
    id_ = _usage(queues)
    queues.drain()
    return id_


def _cancelled(queues: Queues) -> str:
    """Cancel events of an upload: one of a row with an identifier, one of a row in a block."""
    id_ = _ingested(queues)
    for identifier in ("a", f"{id_}:2"):
        _cancel(queues.functions, identifier)
    return id_


def _cancel(functions: Functions, identifier: str) -> None:
    fields = {"type": "cancel", "event_name": "ai_search_api", "cancel": {"identifier": identifier}}
    post(functions, "/v1/billing/meter_event_adjustments", fields, key=f"cancel {identifier}")


def _read_before(queues: Queues) -> str:
    """Leave roll-ups, then a further upload in another bucket, so that they are out of date."""
    id_ = _cancelled(queues)
    _read(queues, id_)
    queues.functions.account.clock.now += 2_000
    queues.put("uploads/shared.csv", files.SHARED)
    queues.drain()
    return id_


def _read(queues: Queues, _: str) -> None:
    """Read a month for all customers and for one, and a window that cuts an hour."""
    for start, end, customer in (
        (1_725_148_800, 1_727_740_800, {}),
        (1_725_148_800, 1_727_740_800, {"customer": "cus_QMJJtcu70R1x46"}),
        (1_727_222_400 - 60, 1_727_222_400 + 60, {}),
    ):
        window = {"start_time": start, "end_time": end, **customer}
        [summary] = get(queues.functions, "/v1/billing/meters/mtr_search/event_summaries", window)["data"]
        assert summary["aggregated_value"], window


def _statement_before(queues: Queues) -> str:
    """Leave a period with a statement, and other usage since."""
    _ingested(queues)
    period = BillingPeriod(
        id="bp_" + "a" * 26, start=1_726_790_400, end=1_727_308_860, created=1, meters=("mtr_cpu", "mtr_search")
    )
    catalog.put_period(queues.functions, period)
    _close(queues, period.id, key="the first close")
    queues.drain()
    _cancel(queues.functions, "a")
    queues.put("uploads/shared.csv", files.SHARED)
    queues.drain()
    return period.id


def _close(queues: Queues, period: str, key: str = "close") -> None:
    post(queues.functions, f"/v1/billing_periods/{period}/close", {}, key=key)


def _stalled_close(queues: Queues) -> str:
    """Leave a period whose close nobody continues."""
    period = _statement_before(queues)
    _close(queues, period)
    queues.functions.account.lose_messages()
    queues.functions.account.clock.now += 2_000
    return period


def _dry_run(queues: Queues) -> str:
    queues.put("uploads/earlier.csv", files.EARLIER)
    queues.drain()
    return queues.put("validate/usage.csv", files.USAGE).upload_id


def _refused(queues: Queues) -> str:
    return queues.put("uploads/usage.csv", files.REFUSED).upload_id


def _customers(queues: Queues) -> str:
    return queues.put("customers/new.csv", files.CUSTOMERS).upload_id


def _before_reprocess(queues: Queues) -> str:
    id_ = _ingested(queues)
    catalog.put_customer(queues.functions, "cus_nobody")
    return id_


def _updated(queues: Queues) -> str:
    _ingested(queues)
    return queues.put("uploads/usage.csv", files.UPDATED).upload_id


def _error_file(queues: Queues) -> str:
    _ingested(queues)
    [error_file] = queues.functions.account.objects("errors/").values()
    rows = list(csv.reader(io.StringIO(error_file.decode(), newline="")))
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows(
        [["cus_QMJJtcu70R1x46" if cell == "cus_nobody" else cell for cell in row] for row in rows]
    )
    return queues.put("uploads/corrected.csv", corrected.getvalue().encode()).upload_id


def _died_on_the_way(queues: Queues) -> str:
    """Leave an upload whose events are stored, and that nobody holds."""
    id_ = _usage(queues)
    _deliver_once(queues, "BatchWriteItem")
    return id_


def _given_up(queues: Queues) -> str:
    id_ = _died_on_the_way(queues)
    functions = queues.functions
    functions.call_service(
        "dynamodb",
        "UpdateItem",
        {
            "TableName": "uploads",
            "Key": {"id": {"S": id_}},
            "UpdateExpression": "SET attempts = :most",
            "ExpressionAttributeValues": {":most": {"N": "30"}},
        },
    )
    return id_


def _before_automatic_run(queues: Queues) -> str:
    """Leave an upload that was given up, and whose automatic run is due."""
    id_ = _given_up(queues)
    queues.drain()
    queues.functions.account.clock.now += AUTOMATIC_PAUSES_SECONDS[0]
    return id_


def _before_sweep(queues: Queues) -> str:
    """Lose all messages: of a version that has no status, and of an upload on its way; and leave an announcement."""
    id_ = _died_on_the_way(queues)
    account = queues.functions.account
    account.lose_messages()
    unannounced(queues)
    queues.put("uploads/lost.csv", files.SHARED)
    account.lose_messages()
    account.clock.now += 2_000
    return id_


def unannounced(queues: Queues) -> str:
    """Leave an upload with a final status, and its announcement in the outbox."""
    id_ = queues.put("uploads/refused.csv", files.REFUSED).upload_id
    _deliver_once(queues, "PutEvents")
    queues.functions.account.lose_messages()
    queues.functions.account.clock.now += 2_000
    return id_


def _deliver_once(queues: Queues, dies_at: str) -> None:
    """Hand over what shows, in processes that die at the first call of an operation."""

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        if call.operation == dies_at:
            raise DiedError
        return carry_out(call)

    with queues.functions.account.disturbed(around):
        queues.deliver()


def _sweep(queues: Queues, _: str) -> None:
    queues.sweep()


def _post(path: str, fields: Mapping[str, object] | None = None) -> Begin:
    return lambda queues, id_: post(queues.functions, path.format(id_), dict(fields or {}))


_STREAMED = [
    {
        "event_name": event_name,
        "timestamp": time,
        "identifier": identifier,
        "payload": {"stripe_customer_id": customer, "value": str(value)},
    }
    for value, (event_name, time, identifier, customer) in enumerate(
        (
            ("ai_search_api", "2024-09-25T00:00:07.5Z", "", "cus_QMJJtcu70R1x46"),
            ("ai_search_api", "2024-09-25T00:00:08Z", "streamed", "cus_QMJJtcu70R1x46"),
            ("ai_search_api", "2024-09-25T00:00:09Z", "", "cus_GAXJtSu6021a6s"),
            ("ai_search_api", "2024-09-24T23:00:00Z", "", "cus_GAXJtSu6021a6s"),
            ("cpu_usage", "2024-08-01T00:00:00+02:00", "", "cus_GAXJtSu6021a6s"),
        )
    )
]
"""Events for several transactions."""
_COUNTED = {
    "event_name": "ai_search_api",
    "timestamp": "2024-09-25",
    "identifier": "a",
    "payload": {"stripe_customer_id": "cus_GAXJtSu6021a6s", "value": "400"},
}
"""An event that a row of the file is already."""


def _stream(queues: Queues, _: str) -> None:
    """Create a session, and send events by it."""
    session = post(queues.functions, "/v2/billing/meter_event_session", {})
    post(
        queues.functions,
        "/v2/billing/meter_event_stream",
        {"events": [*_STREAMED, _COUNTED]},
        authorization=session["authentication_token"],
    )


FLOWS: Mapping[str, Flow] = {
    "usage": Flow(_usage),
    "file of a partner": Flow(_of_a_partner),
    "refused file": Flow(_refused),
    "dry run": Flow(_dry_run),
    "customers": Flow(_customers),
    "updated file": Flow(_updated),
    "corrected error file": Flow(_error_file),
    "revert": Flow(_cancelled, _post("/v1/uploads/{}/revert")),
    "revert, reprocess others": Flow(_with_duplicates, _post("/v1/uploads/{}/revert", {"reprocess_duplicates": True})),
    "reprocess": Flow(_before_reprocess, _post("/v1/uploads/{}/reprocess")),
    "create event": Flow(
        _ingested,
        _post(
            "/v1/billing/meter_events",
            {
                "event_name": "ai_search_api",
                "timestamp": 1_727_222_400,
                "payload": {"stripe_customer_id": "cus_QMJJtcu70R1x46", "value": "25"},
            },
        ),
    ),
    "stream events": Flow(_ingested, _stream),
    "cancel event": Flow(_ingested, lambda queues, _: _cancel(queues.functions, "a")),
    "summary": Flow(_read_before, _read),
    "close period": Flow(_statement_before, _close),
    "stalled close": Flow(_stalled_close, _sweep),
    "recovery": Flow(_given_up),
    "automatic run": Flow(_before_automatic_run, _sweep),
    "publish": Flow(unannounced, _sweep),
    "sweep": Flow(_before_sweep, _sweep, is_found_late=True),
}
