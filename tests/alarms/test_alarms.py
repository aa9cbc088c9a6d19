"""Every alarm rings when it should, once, and ends when it is over; and nothing rings while nothing is wrong."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.alarms.cases import CASES, read_request
from tests.alarms.cloudwatch import Alarm
from tests.alarms.operation import Operation, of_events
from tests.faults import files
from tests.support.api.store import SECRET_KEY
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call
from tests.support.fakes.catalog import METERS

_HOUR = 60


def test_every_alarm_has_a_case(alarms: dict[str, Alarm]) -> None:
    """A new alarm needs a fault that rings it, and each case an alarm."""
    assert set(CASES) == set(alarms)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_rings_an_alarm_and_it_ends(name: str, operation: Operation, alarms: dict[str, Alarm]) -> None:
    """Once: an alarm that goes on and off while a fault lasts sends two emails each time."""
    CASES[name].happen(operation)
    assert {tuple(history) for history in operation.histories(alarms[name])} == {("ALARM", "OK")}


def _status_events_are_refused(operation: Operation) -> None:
    with operation.refused(lambda call: call.service == "eventbridge"):
        operation.queues.put("uploads/a.csv", files.USAGE)
        operation.minutes(2 * _HOUR)
    operation.minutes(2 * _HOUR)


def _ingest_cannot_start(operation: Operation) -> None:
    with operation.broken("ingest"):
        operation.queues.put("uploads/a.csv", files.USAGE)
        operation.minutes(5 * _HOUR)
    operation.minutes(3 * _HOUR)


def _attempts_take_ten_minutes(operation: Operation) -> None:
    def slow(call: Call, carry_out: CarryOut) -> AwsResponse:
        if operation.functions.running == "ingest" and of_events(call):
            operation.functions.account.clock.now += 580
        return carry_out(call)

    with operation.functions.account.disturbed(slow):
        operation.queues.put("uploads/a.csv", files.USAGE)
        ends = operation.now + 3 * 3_600
        while operation.now < ends:  # a minute in which an attempt begins takes ten
            operation.minutes(1)
    operation.minutes(_HOUR)


def _every_sweep_fails(operation: Operation) -> None:
    with operation.refused(lambda call: call.service == "s3", "sweep"):
        operation.minutes(3 * _HOUR)
    operation.minutes(_HOUR)


@pytest.mark.parametrize(
    ("name", "happen"),
    [
        ("UploadsStuck", _status_events_are_refused),
        ("IngestErrors", _ingest_cannot_start),
        ("IngestRetries", _attempts_take_ten_minutes),
        ("SweepMissing", _every_sweep_fails),
    ],
)
def test_other_faults_ring_an_alarm_too(
    name: str, happen: Callable[[Operation], None], operation: Operation, alarms: dict[str, Alarm]
) -> None:
    """Those that last, and those that show elsewhere: once, and it ends."""
    happen(operation)
    assert {tuple(history) for history in operation.histories(alarms[name])} == {("ALARM", "OK")}


def test_usage_that_is_changing_rings_nothing(operation: Operation, alarms: dict[str, Alarm]) -> None:
    """The API asks to come back a moment later (503); the gateway counts that as an error of the server."""
    operation.queues.put("uploads/a.csv", files.USAGE)
    operation.minutes(1)
    functions = operation.functions
    stored = functions.call_service("dynamodb", "Scan", {"TableName": "events"})["Items"]
    for item in stored:  # as in the middle of a revert: their usage is still listed
        functions.call_service("dynamodb", "DeleteItem", {"TableName": "events", "Key": {"id": item["id"]}})
    first_minute = {"start_time": "1727222400", "end_time": "1727222460"}
    event = read_request(path=f"/v1/billing/meters/{METERS[0].id}/event_summaries")
    assert functions.request(event | {"queryStringParameters": first_minute}) == 503
    for item in stored:
        functions.call_service("dynamodb", "PutItem", {"TableName": "events", "Item": item})
    operation.minutes(_HOUR)
    assert rung(operation, alarms) == set()


def rung(operation: Operation, alarms: dict[str, Alarm]) -> set[str]:
    """Return the alarms that rang."""
    return {name for name, alarm in alarms.items() if any("ALARM" in each for each in operation.histories(alarm))}


def test_an_idle_day_rings_nothing(operation: Operation, alarms: dict[str, Alarm]) -> None:
    """CloudWatch has no points of what nobody uses."""
    operation.minutes(24 * _HOUR)
    assert rung(operation, alarms) == set()


def test_a_normal_day_rings_nothing(operation: Operation, alarms: dict[str, Alarm]) -> None:
    """Files with and without errors, refused and repeated files, requests with and without a key."""
    bodies = (files.USAGE, files.UPDATED, files.SHARED, files.REFUSED)
    for hour in range(12):
        operation.queues.put(f"uploads/{hour % 5}.csv", bodies[hour % 4])
        operation.queues.put(f"customers/{hour}.csv", files.CUSTOMERS)
        statuses = {operation.functions.request(read_request(key)) for key in (SECRET_KEY, "sk_old")}
        assert statuses == {200, 401}
        operation.minutes(_HOUR)
    assert rung(operation, alarms) == set()


def test_the_first_large_file_rings_nothing(operation: Operation, alarms: dict[str, Alarm]) -> None:
    """A new table is throttled for a quarter of an hour until DynamoDB has split it; a day later so is another."""
    for metric in ("WriteThrottleEvents", "ReadThrottleEvents"):
        operation.minutes(15, partial(operation.functions.publish, "AWS/DynamoDB", metric, 40, TableName="EventsTable"))
        operation.minutes(8 * _HOUR)
    assert rung(operation, alarms) == set()
