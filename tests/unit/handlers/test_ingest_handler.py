"""The ingest function: what becomes of a message, by what becomes of its upload."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from meterdrop.adapters.deadline import check_deadline
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.metering.report_file import ReportFailure, ReportFile, ReportStatus
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from meterdrop.handlers import ingest
from meterdrop.handlers.observability import error_fields
from meterdrop.handlers.sqs import Record, SqsBatchResponse
from meterdrop.pipeline.attempt import Attempt, BusyError, OutOfTimeError
from tests.support.fakes.lambda_context import FakeLambdaContext
from tests.support.fakes.world import World
from tests.unit.handlers.test_sqs import record

FILE = (
    b"timestamp,event_name,payload_stripe_customer_id,payload_value\n2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n"
)
SECRET = "cus_QMJJtcu70R1x46"


@dataclass(slots=True)
class FakeDependencies:
    """`IngestDependencies` that keep when messages show again, and whose pipeline returns what the test says."""

    response: Callable[[ObjectVersion], Upload | None]
    shown_in: list[tuple[str, float]] = field(default_factory=list)
    report_job: Callable[[], Any] | None = None

    @property
    def queue(self) -> "FakeDependencies":
        """Return the queue."""
        return self

    @property
    def ingest(self) -> "FakeDependencies":
        """Return the pipeline."""
        check_deadline()
        return self

    def show_again_in(self, receipt: str, seconds: float) -> None:
        """Remember."""
        self.shown_in.append((receipt, seconds))

    def run(self, version: ObjectVersion, _: int, __: Attempt) -> Upload | None:
        """Answer."""
        return self.response(version)

    def resume(self, upload_id: str, _: Attempt) -> Upload | None:
        """Answer, to a version that is named as the upload."""
        return self.response(ObjectVersion("", upload_id, ""))


@pytest.fixture
def handle(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., tuple[SqsBatchResponse, list[tuple[str, float]]]]]:
    """Give a function that hands messages over, one for each key, and returns the answer and the queue's times."""

    def handle(
        response: Callable[[ObjectVersion], Upload | None], *keys: str
    ) -> tuple[SqsBatchResponse, list[tuple[str, float]]]:
        dependencies = FakeDependencies(response)
        monkeypatch.setattr(ingest, "ingest_dependencies", lambda: dependencies)
        records: list[Record] = [
            {"messageId": f"m-{key}", "receiptHandle": f"r-{key}", "body": json.dumps({"Records": [record(key)]})}
            for key in keys
        ]
        return ingest.handler({"Records": records}, FakeLambdaContext(600_000)), dependencies.shown_in

    return handle  # type: ignore[return-value]


Handle = Callable[..., tuple[SqsBatchResponse, list[tuple[str, float]]]]


def raising(error: BaseException) -> Callable[[ObjectVersion], Upload | None]:
    """Make a pipeline that fails."""

    def fail(_: ObjectVersion) -> Upload | None:
        raise error

    return fail


def test_a_final_upload_is_acknowledged(handle: Handle) -> None:
    """What came to an end is not delivered again. Until then the message is hidden for as long as an attempt lasts."""
    response, shown_in = handle(lambda _: World().ingest(FILE).upload, "uploads/a")
    assert response == {"batchItemFailures": []}
    assert [(receipt, 600 < seconds < 660) for receipt, seconds in shown_in] == [("r-uploads/a", True)]


def test_nothing_to_do_is_acknowledged(handle: Handle) -> None:
    """A later delivery of a final upload is done as well."""
    assert handle(lambda _: None, "uploads/a")[0] == {"batchItemFailures": []}


def test_a_message_of_our_own(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The upload that it names goes on, and what becomes of it is logged as of any other."""
    upload, asked = World().ingest(FILE).upload, list[str]()

    def response(version: ObjectVersion) -> Upload:
        asked.append(version.key)
        return upload

    monkeypatch.setattr(ingest, "ingest_dependencies", lambda: FakeDependencies(response))
    message: Record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps({"upload": upload.id})}
    assert ingest.handler({"Records": [message]}, FakeLambdaContext(600_000)) == {"batchItemFailures": []}
    assert asked == [upload.id]
    assert "upload succeeded" in caplog.messages


@pytest.mark.parametrize("failure", [None, ReportFailure.SUM_NOT_EXACT])
def test_a_report_is_written(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: ReportFailure | None
) -> None:
    """It has the deliveries of its message, and stops long before the function does. Its end is logged."""
    status = ReportStatus.FAILED if failure else ReportStatus.SUCCEEDED
    asked = []

    class FakeJob:
        def run(self, id_: str, *, receives: int, ends: float) -> ReportFile:
            asked.append((id_, receives, 500 < ends - time.time() < 540))
            return ReportFile(
                id=id_, created=0, meters=(), customer=None, start=0, end=1, status=status, failure=failure
            )

    dependencies = FakeDependencies(lambda _: None)
    dependencies.report_job = FakeJob
    monkeypatch.setattr(ingest, "ingest_dependencies", lambda: dependencies)
    id_ = f"urf_{'a' * 26}"
    message: Record = {
        "messageId": "m",
        "receiptHandle": "r",
        "body": json.dumps({"report": id_}),
        "attributes": {"ApproximateReceiveCount": "3"},
    }
    assert ingest.handler({"Records": [message]}, FakeLambdaContext(600_000)) == {"batchItemFailures": []}
    assert asked == [(id_, 3, True)]
    assert f"report {status.value}" in caplog.messages


def test_a_live_lease_is_never_acknowledged_away(handle: Handle) -> None:
    """The message comes back when the lease ends."""
    response, shown_in = handle(raising(BusyError("held", 321)), "uploads/a")
    assert response == {"batchItemFailures": [{"itemIdentifier": "m-uploads/a"}]}
    assert shown_in[-1][0] == "r-uploads/a"
    assert 321 <= shown_in[-1][1] <= 330


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDenied", "Message": SECRET}}, "GetObject"),
        AwsError("BatchExecuteStatement", "ThrottlingError"),
        OutOfTimeError(),
        RuntimeError(SECRET),
        KeyError(SECRET),
    ],
)
def test_trouble_is_for_the_queue_to_try_again(
    handle: Handle, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it is, it is tried again in 5 to 30 seconds, and the log holds nothing of a file."""
    response, shown_in = handle(raising(error), "uploads/a")
    assert response == {"batchItemFailures": [{"itemIdentifier": "m-uploads/a"}]}
    assert 5 <= shown_in[-1][1] <= 30
    logged = str([vars(line) for line in caplog.records])
    assert "upload retried later" in logged
    assert SECRET not in logged


def test_one_message_of_several(handle: Handle) -> None:
    """One that fails takes no other with it."""

    def response(version: ObjectVersion) -> Upload | None:
        if version.key == "uploads/b":
            raise ValueError
        return None

    assert handle(response, "uploads/a", "uploads/b", "uploads/c")[0] == {
        "batchItemFailures": [{"itemIdentifier": "m-uploads/b"}]
    }


def test_what_may_be_logged_of_an_exception() -> None:
    """Its kind, AWS's code and operation, and where it came from; never its text."""
    cell_error = ClientError({"Error": {"Code": "AccessDenied", "Message": SECRET}}, "GetObject")
    with pytest.raises(ClientError) as caught:
        raising(cell_error)(ObjectVersion("b", "k", "v"))
    fields = error_fields(caught.value)
    assert (fields["error"], fields["code"], fields["operation"]) == ("ClientError", "AccessDenied", "GetObject")
    assert fields["where"][-1].startswith("test_ingest_handler.py:")
    assert SECRET not in str(fields)
