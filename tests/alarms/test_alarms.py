"""Every alarm rings when it should, once, and ends when it is over; and nothing rings while nothing is wrong."""

from functools import partial

import pytest

from tests.alarms.cases import CASES, read_request
from tests.alarms.operation import Operation
from tests.faults import files
from tests.support.aws.cloudwatch import Alarm

_HOUR = 60


def test_every_alarm_has_a_case(alarms: dict[str, Alarm]) -> None:
    """A new alarm needs a fault that rings it, and each case an alarm."""
    assert set(CASES) == set(alarms)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_rings_an_alarm_and_it_ends(name: str, operation: Operation, alarms: dict[str, Alarm]) -> None:
    """Once: an alarm that goes on and off while a fault lasts sends two emails each time."""
    CASES[name].happen(operation)
    assert {tuple(history) for history in operation.histories(alarms[name])} == {("ALARM", "OK")}


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
        statuses = {operation.functions.request(read_request(*key)) for key in ((), ("sk_old",))}
        assert statuses == {200, 401}
        operation.minutes(_HOUR)
    assert rung(operation, alarms) == set()


def test_the_first_large_file_rings_nothing(operation: Operation, alarms: dict[str, Alarm]) -> None:
    """A new table is throttled for a quarter of an hour until DynamoDB has split it; a day later so is another."""
    for metric in ("WriteThrottleEvents", "ReadThrottleEvents"):
        operation.minutes(15, partial(operation.functions.publish, "AWS/DynamoDB", metric, 40, TableName="EventsTable"))
        operation.minutes(8 * _HOUR)
    assert rung(operation, alarms) == set()
