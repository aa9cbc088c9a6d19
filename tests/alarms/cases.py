"""For each alarm a fault that rings it, and what ends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.alarms.operation import Operation, of_events
from tests.faults.files import USAGE
from tests.support.api.client import sample
from tests.support.api.store import SECRET_KEY

_HOUR = 60
_STRANGERS = 1_200


@dataclass(frozen=True, slots=True)
class Case:
    """A fault that rings an alarm once, and its end."""

    fault: str
    """In the words of docs/reliability.md, as `ends`."""
    ends: str
    happen: Callable[[Operation], None]


def _put(operation: Operation, name: str = "a") -> None:
    operation.queues.put(f"uploads/{name}.csv", USAGE)


def _recover_is_denied(operation: Operation) -> None:
    with operation.refused(of_events):
        _put(operation)
        operation.minutes(3 * _HOUR)
    operation.minutes(14 * _HOUR)


def _given_up(operation: Operation) -> None:
    with operation.refused(of_events, "ingest"):
        _put(operation)
        operation.minutes(_HOUR)
    operation.minutes(2 * _HOUR)


def _fails_again_and_again(operation: Operation) -> None:
    with operation.refused(of_events, "ingest"):
        _put(operation)
        operation.minutes(5)
    operation.minutes(2 * _HOUR)


def _trigger_is_disabled(operation: Operation) -> None:
    with operation.stopped("ingest"):
        _put(operation)
        operation.minutes(45)
    operation.minutes(_HOUR)


def _notifications_are_lost(operation: Operation) -> None:
    for name in range(3):
        _put(operation, f"lost-{name}")
        operation.functions.account.lose_messages()
        operation.minutes(15)
    operation.minutes(2 * _HOUR)


def _schedule_is_disabled(operation: Operation) -> None:
    operation.is_sweeping = False
    operation.minutes(3 * _HOUR)
    operation.is_sweeping = True
    operation.minutes(_HOUR)


def _event_is_lost(operation: Operation) -> None:
    functions = operation.functions
    _put(operation)
    operation.minutes(_HOUR)
    [block] = functions.call_service("dynamodb", "Scan", {"TableName": "events", "ConsistentRead": True})["Items"][:1]
    functions.call_service("dynamodb", "DeleteItem", {"TableName": "events", "Key": {"id": block["id"]}})
    operation.minutes(3 * _HOUR)
    functions.call_service("dynamodb", "PutItem", {"TableName": "events", "Item": block})
    operation.minutes(2 * _HOUR)


def _dies_once(operation: Operation) -> None:
    _put(operation)
    with operation.killed():
        operation.minutes(1)
    operation.minutes(3 * _HOUR)


def _recover_dies_once(operation: Operation) -> None:
    with operation.refused(of_events, "ingest"):
        _put(operation)
        while not operation.functions.account.queue(operation.functions.stack.dead_letter_queue_url):
            with operation.stopped("recover"):
                operation.minutes(1)
    with operation.killed():
        operation.minutes(1)
    operation.minutes(3 * _HOUR)


def _api_fails(operation: Operation) -> None:
    with operation.refused(lambda call: call.service == "dynamodb", "api"):
        assert operation.functions.request(read_request()) == 500
        operation.minutes(1)
    operation.minutes(_HOUR)


def _trail_is_away(operation: Operation) -> None:
    with operation.refused(lambda call: call.service == "cloudwatch_logs", "api"):
        event = read_request(path="/v1/uploads")
        event["requestContext"]["http"]["method"] = "POST"
        assert operation.functions.request(event | {"body": "file_name=a.csv"}) == 200
        operation.minutes(1)
    operation.minutes(_HOUR)


def _api_cannot_start(operation: Operation) -> None:
    with operation.broken("api"):
        assert operation.functions.request(read_request()) == 500
        operation.minutes(1)
    operation.minutes(_HOUR)


def read_request(key: str = SECRET_KEY, path: str = "/v1/uploads") -> dict[str, Any]:
    """Return a request that reads."""
    event = sample("without-key")
    event["headers"] |= {"authorization": f"Bearer {key}"}
    event["requestContext"]["http"]["path"] = event["rawPath"] = path
    return event


def _strangers_come(operation: Operation) -> None:
    for _ in range(_STRANGERS):
        assert operation.functions.request(read_request("sk_guessed")) == 401
    operation.minutes(_HOUR)


def _published(namespace: str, metric: str, minutes: int, **dimensions: tuple[str, str]) -> Callable[[Operation], None]:
    """Publish a value every minute for so long: AWS counts what no test can bring about here."""

    def happen(operation: Operation) -> None:
        functions = operation.functions
        of = {name: functions.logical_id(*wanted) for name, wanted in dimensions.items()}
        operation.minutes(minutes, lambda: functions.publish(namespace, metric, 1, **of))
        operation.minutes(3 * _HOUR)

    return happen


def _throttled(table: str, kind: str) -> Case:
    return Case(
        f"DynamoDB throttles {kind.lower()}s of the table for three quarters of an hour",
        "15 minutes without throttling",
        _published("AWS/DynamoDB", f"{kind}ThrottleEvents", 50, TableName=("AWS::DynamoDB::GlobalTable", table)),
    )


CASES: Mapping[str, Case] = {
    "DeadLetters": Case(
        "`AccessDenied` on the events table for both functions: recover can't process a dead letter",
        "recover processes the message after the cause is fixed",
        _recover_is_denied,
    ),
    "RecoverRetries": Case(
        "the same: recover fails three times within 15 minutes",
        "15 minutes with fewer than three failed tries; longer pauses of one dead letter leave only `DeadLetters`",
        _recover_is_denied,
    ),
    "UploadsGivenUp": Case(
        "`AccessDenied` on the events table for ingest alone: an upload fails 30 times and is given up",
        "an hour in which no upload is given up",
        _given_up,
    ),
    "OldMessage": Case(
        "the trigger of ingest is disabled for three quarters of an hour",
        "ingest processes the waiting message",
        _trigger_is_disabled,
    ),
    "UploadsStuck": Case(
        "S3 sends no notifications for three quarters of an hour, and files arrive",
        "the sweep finds nothing more for an hour",
        _notifications_are_lost,
    ),
    "SweepMissing": Case(
        "the schedule of the sweep is disabled for three hours",
        "the next completed run",
        _schedule_is_disabled,
    ),
    "AuditDifferences": Case(
        "somebody deletes an item of the events table, and restores it three hours later",
        "an hour in which no recounted upload differs",
        _event_is_lost,
    ),
    "IngestErrors": Case(
        "the process of an attempt is killed",
        "30 minutes without an invocation that is killed or can't start",
        _dies_once,
    ),
    "RecoverErrors": Case(
        "the process that handles a dead letter is killed",
        "30 minutes without an invocation that is killed or can't start",
        _recover_dies_once,
    ),
    "IngestRetries": Case(
        "`AccessDenied` on the events table for five minutes: an upload fails five times in a row",
        "15 minutes in which no upload fails five times in a row",
        _fails_again_and_again,
    ),
    "ApiErrors": Case(
        "DynamoDB denies a call of the API function, which responds with 500",
        "15 minutes without such a response",
        _api_fails,
    ),
    "GatewayErrors": Case(
        "the API function can't start, so API Gateway responds with 500",
        "15 minutes without such a response",
        _api_cannot_start,
    ),
    "RequestsWithoutKey": Case(
        "1,200 requests with a guessed key within a minute",
        "15 minutes with fewer than 1,000 such requests",
        _strangers_come,
    ),
    "AuditLinesMissed": Case(
        "CloudWatch Logs denies the API function a line of the audit trail",
        "15 minutes without such a line",
        _trail_is_away,
    ),
    **{
        f"LostEmails{rule}": Case(
            "EventBridge can't deliver a status event to the topic for an email",
            "15 minutes without such a failure",
            _published("AWS/Events", "FailedInvocations", 1, RuleName=("AWS::Events::Rule", f"Notifications{rule}")),
        )
        for rule in ("Failed", "SucceededWithErrors")
    },
    "ThrottledIngest": Case(
        "Lambda throttles the ingest function for half an hour",
        "15 minutes without throttling",
        _published("AWS/Lambda", "Throttles", 35, FunctionName=("AWS::Lambda::Function", "IngestFunction")),
    ),
} | {
    f"Throttled{kind}s{table}": _throttled(table, kind)
    for kind in ("Read", "Write")
    for table in ("Catalog", "Events", "Idempotency", "Keys", "Uploads", "Usage")
}
