"""What a list costs: which index it reads, how much of it, and what happens when DynamoDB has no time."""

from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.batch import get_items
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.uploads.upload_list import UploadList
from meterdrop.api.http.pagination import PageCursor, read_page
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import UploadFilter
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import Store, an_upload

KEY = "uploads/a.csv"
PARENT = an_upload(98).id


class CountingClient:
    """A client that notes what is read through it."""

    def __init__(self, client: Any) -> None:
        """Read through `client`."""
        self._client = client
        self.queries: list[Any] = []
        self.read = 0

    def query(self, **request: Any) -> Any:
        """Note what is queried."""
        self.queries.append((request["IndexName"], request["ExpressionAttributeValues"][":pk"]["S"]))
        return self._client.query(**request)

    def get_item(self, **request: Any) -> Any:
        """Pass on."""
        return self._client.get_item(**request)

    def batch_get_item(self, **request: Any) -> Any:
        """Count the keys, which must be read consistently."""
        (asked,) = request["RequestItems"].values()
        assert asked["ConsistentRead"] is True
        self.read += len(asked["Keys"])
        return self._client.batch_get_item(**request)


@pytest.mark.parametrize(
    ("wanted", "queried"),
    [
        (UploadFilter(), [("by_month", "2024-12"), ("by_month", "2024-10"), ("by_month", "2024-09")]),
        (
            UploadFilter(status=Status.FAILED),
            [("by_status", f"failed#{month}") for month in ("2024-12", "2024-10", "2024-09")],
        ),
        (UploadFilter(parent=PARENT, status=Status.FAILED), [("by_parent", PARENT)]),
        (UploadFilter(key=KEY, parent=PARENT, status=Status.FAILED), [("by_key", KEY)]),
        (UploadFilter(created_from=1_727_740_800, created_until=1_727_740_801), [("by_month", "2024-10")]),
        (UploadFilter(created_from=10_000_000_000), []),
        (UploadFilter(created_until=-1), []),
    ],
)
def test_the_narrowest_index_is_read(store: Store, wanted: UploadFilter, queried: list[tuple[str, str]]) -> None:
    """A list goes by key, by parent, by status or by month, and through the months that can hold something."""
    for number, created in enumerate((1_727_740_799, 1_727_740_800, 1_735_689_599)):
        store.put_upload(an_upload(number, created=created))
    client = CountingClient(store.client)
    list(UploadList(cast("Any", client), MotoClient(cast("Any", client)), "uploads").walk(wanted))
    assert client.queries == queried


def test_a_page_reads_no_more_than_it_shows(store: Store) -> None:
    """However many uploads there are, a page reads its own and one more, to know whether there is one."""
    for number in range(150):
        store.put_upload(an_upload(number))
    client = CountingClient(store.client)
    uploads = UploadList(cast("Any", client), MotoClient(cast("Any", client)), "uploads")
    read_page(partial(uploads.walk, UploadFilter()), uploads.find, PageCursor(), 20, noun="upload")
    assert client.read == 21


class ThrottledClient:
    """A client that reads one key of each call, as DynamoDB may, or none."""

    def __init__(self, client: Any, *, at_once: int) -> None:
        """Read through `client`, so many keys a call."""
        self._client = client
        self._at_once = at_once

    def batch_get_item(self, **request: Any) -> Any:
        """Leave the rest unprocessed."""
        asked = request["RequestItems"]["uploads"]
        keys = asked["Keys"]
        response: dict[str, Any] = {"Responses": {}}
        if self._at_once:
            response = self._client.batch_get_item(RequestItems={"uploads": {**asked, "Keys": keys[: self._at_once]}})
        rest = keys[self._at_once :]
        return response | {"UnprocessedKeys": {"uploads": {**asked, "Keys": rest}} if rest else {}}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses between tries, which take no time."""
    made: list[float] = []
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=made.append))
    return made


def test_progress_renews_the_tries(store: Store, pauses: list[float]) -> None:
    """Unprocessed keys are read again until none is left: tries are counted only while nothing goes through."""
    ids = [store.put_upload(an_upload(number)).id for number in range(20)]
    client: Any = ThrottledClient(store.client, at_once=1)
    found = get_items(MotoClient(client), "uploads", [{"id": {"S": id_}} for id_ in ids])
    assert {item["id"]["S"] for item in found} == set(ids)
    assert len(pauses) == 19
    assert max(pauses) <= 0.05


def test_what_stays_unread_is_an_error(store: Store, pauses: list[float]) -> None:
    """A throttled read ends: it is never taken for absent items."""
    client: Any = ThrottledClient(store.client, at_once=0)
    with pytest.raises(AwsError, match="BatchGetItem: UnprocessedKeys"):
        get_items(MotoClient(client), "uploads", [{"id": {"S": an_upload().id}}])
    assert len(pauses) == 7
    assert pauses[0] < 0.1 < pauses[-1]
