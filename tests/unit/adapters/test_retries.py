"""The contract of the retries, in memory and on moto: each is stored with the failure that it follows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.uploads.retries import RetryTable
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.transitions import AUTOMATIC_PAUSES_SECONDS, Retry
from meterdrop.domain.uploads.upload import Failure
from meterdrop.pipeline.ports import Retries, Uploads
from tests.support.fakes.crash import Switch
from tests.support.fakes.status import FakeRetries, FakeUploads
from tests.unit.adapters.test_outbox import TABLE, make_table
from tests.unit.adapters.test_uploads import FULL, UPLOAD

if TYPE_CHECKING:
    from tests.unit.adapters.conftest import Aws

NEW_YEAR = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
FIRST = AUTOMATIC_PAUSES_SECONDS[0]


@pytest.fixture(params=["in memory", "on moto"])
def dependencies(request: pytest.FixtureRequest) -> tuple[Uploads, Retries]:
    """Make the table of uploads and the retries in it."""
    if request.param == "in memory":
        uploads = FakeUploads()
        return uploads, FakeRetries(Switch(), uploads.retries)
    aws: Aws = request.getfixturevalue("aws")
    return UploadTable(aws.dynamodb, make_table(aws)), RetryTable(aws.dynamodb, TABLE)


def failed(uploads: Uploads, letter: str, at: int, *, code: FileCode = FileCode.INTERNAL_ERROR, runs: int = 0) -> str:
    """Let an upload fail at a time."""
    upload = replace(UPLOAD, id="upl_" + letter * 26)
    final = replace(
        FULL,
        id=upload.id,
        status=Status.FAILED,
        failure=Failure(code, "-"),
        finished_at=at,
        automatic_runs=runs,
        reverted_at=None,
        revision=1,
    )
    uploads.create(upload)
    assert uploads.finish(final, status_event(final))
    return upload.id


def test_those_that_waited_longest_come_first_also_around_new_year(dependencies: tuple[Uploads, Retries]) -> None:
    """A list by month would lose them: the month of an upload is that of its arrival."""
    uploads, retries = dependencies
    later, sooner = failed(uploads, "b", NEW_YEAR + 60), failed(uploads, "c", NEW_YEAR - 60)
    expected = [Retry(sooner, 1, NEW_YEAR - 60 + FIRST), Retry(later, 1, NEW_YEAR + 60 + FIRST)]
    assert list(retries.due(NEW_YEAR + FIRST - 61, 10)) == []
    assert list(retries.due(NEW_YEAR + FIRST - 60, 10)) == expected[:1]
    assert list(retries.due(NEW_YEAR + FIRST + 60, 10)) == expected
    assert list(retries.due(NEW_YEAR + FIRST + 60, 1)) == expected[:1]
    retries.remove(expected[0])
    assert list(retries.due(NEW_YEAR + FIRST + 60, 10)) == expected[1:]


def test_a_fault_of_the_file_and_the_last_failure_have_none(dependencies: tuple[Uploads, Retries]) -> None:
    """Only a service error is over by itself, and not for ever."""
    uploads, retries = dependencies
    failed(uploads, "b", NEW_YEAR, code=FileCode.EMPTY)
    failed(uploads, "c", NEW_YEAR, runs=len(AUTOMATIC_PAUSES_SECONDS))
    assert list(retries.due(NEW_YEAR * 2, 10)) == []


@pytest.mark.parametrize("form", [None, {"N": "2"}])
def test_one_of_another_form_is_refused(aws: "Aws", form: dict[str, str] | None) -> None:
    """A newer version stored it, and may mean another time, or no run at all."""
    uploads, retries = UploadTable(aws.dynamodb, make_table(aws)), RetryTable(aws.dynamodb, TABLE)
    failed(uploads, "b", NEW_YEAR)
    [retry] = retries.due(NEW_YEAR * 2, 10)
    key: Any = {"id": {"S": f"retry#{retry.upload_id}#{retry.revision}"}}
    item = aws.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    changed: Any = {name: value for name, value in item.items() if name != "form"} | ({"form": form} if form else {})
    aws.dynamodb.put_item(TableName=TABLE, Item=changed)
    with pytest.raises(UnknownFormError, match="retry#"):
        list(retries.due(NEW_YEAR * 2, 10))
