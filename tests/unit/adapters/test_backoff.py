"""The budget of tries: how long a call goes on that gets a little done each time, and one that gets nothing done."""

from collections.abc import Callable

import pytest

from meterdrop.adapters.dynamodb.batch import get_items, put_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.partiql import execute
from tests.support.dynamodb.small_dynamodb import Fault
from tests.unit.adapters.conftest import Wired

KEYS = [{"id": {"S": f"{number}"}} for number in range(25)]


def insert(client: JsonClient) -> None:
    """Insert all items by statements."""
    text = """INSERT INTO "events" VALUE {'id':?}"""
    assert execute(client, [{"Statement": text, "Parameters": [key["id"]]} for key in KEYS]) == [None] * len(KEYS)


def read(client: JsonClient) -> None:
    """Read all items."""
    assert len(get_items(client, "events", KEYS)) == len(KEYS)


def look(client: JsonClient) -> None:
    """Read items that don't exist, as a file does whose events are new."""
    assert get_items(client, "other", KEYS) == []


BATCHES = [lambda client: put_items(client, "events", KEYS), insert, read, look]


@pytest.fixture(params=BATCHES, ids=["put_items", "execute", "get_items", "get_items of nothing"])
def batch(request: pytest.FixtureRequest, wired: Wired) -> Callable[[JsonClient], None]:
    """Return a call with 25 items; those to read exist."""
    if request.param is read:
        put_items(wired.json_client, "events", KEYS)
    made: Callable[[JsonClient], None] = request.param
    return made


def throttled(*left: int) -> list[Fault | None]:
    """Return what happens to tries that leave so many items."""
    return [Fault(rows=tuple(range(1, 1 + count))) for count in left]


def test_a_call_that_gets_on_goes_on(batch: Callable[[JsonClient], None], wired: Wired) -> None:
    """One item each time is enough: the tries and the pauses begin again."""
    wired.database.faults.extend(throttled(*range(24, 0, -1)))
    batch(wired.json_client)
    assert len(wired.pauses) == 24
    assert max(wired.pauses) < 0.06


def test_a_call_that_gets_nothing_done_gives_up(batch: Callable[[JsonClient], None], wired: Wired) -> None:
    """After eight tries, of which the first one may have got something done."""
    nothing = Fault(rows=tuple(range(12)))
    wired.database.faults.extend([*throttled(12), *[nothing] * 8])
    with pytest.raises(AwsError):
        batch(wired.json_client)
    assert len(wired.pauses) == 7
