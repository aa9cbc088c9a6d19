"""Many uploads of one meter and month at the same time: no partition key is so hot that they fail."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from math import ceil
from random import Random
from uuid import UUID

import pytest

from meterdrop import settings
from meterdrop.adapters.batching import THREADS, BatchedUsage, Threads
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.codes import Status
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.handlers import bootstrap
from meterdrop.pipeline.attempt import MAX_ATTEMPTS, Attempt, after_failure
from tests.budgets.conftest import Busy
from tests.budgets.token_buckets import OF_A_KEY, Kind
from tests.support.aws import catalog
from tests.support.aws.sizes import item_size
from tests.support.fakes.catalog import CUSTOMERS

HOUR_BEGINS = 1_790_002_800
ROWS = 62_000
"""Of a file of 5 MiB with identifiers."""
FILES = 10


def usage_of(customers: int, rows: int = ROWS) -> Contributions:
    """Return the usage of a file: UUIDs as identifiers, all in one hour."""
    dice, contributions = Random(1), Contributions()
    for row in range(1, rows + 1):
        identifier = str(UUID(int=dice.getrandbits(128)))
        customer = f"cus_{dice.randrange(customers)}"
        contributions.add("mtr_calls", customer, HOUR_BEGINS + row % 3600, Decimal(row % 7), row, identifier)
    return contributions


def put_usage(busy: Busy, contributions: Contributions, upload_id: str, on_done: Callable[[int], None]) -> None:
    """Put the usage of an upload as attempts of the pipeline do, and say how many it took."""
    client = settings.json_client(THREADS)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with Threads() as threads:
                table = UsageTable(client, "usage", upload_id, int(busy.simulation.clock.now))
                BatchedUsage(table, threads).put_contributions(contributions)
        except AwsError:
            busy.simulation.sleep(after_failure(attempt))
        else:
            on_done(attempt)
            return
    raise AssertionError("the upload is given up")


@pytest.mark.parametrize(
    ("customers", "rows"),
    [(1_000, ROWS), (1, ROWS), (ROWS // 10, ROWS // 10)],
    ids=["1,000 customers", "one customer", "a customer for each row, a tenth of the size"],
)
def test_large_files_at_the_same_time(busy: Busy, customers: int, rows: int) -> None:
    """Ten of 5 MiB, all of one meter and hour: each attempt is the last, and no item is paid twice."""
    contributions, taken = usage_of(customers, rows), list[int]()
    dice = Random(2)
    ids = ["upl_" + "".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=26)) for _ in range(FILES)]
    table = UsageTable(settings.json_client(1), "usage", ids[0], HOUR_BEGINS)
    expected = sum(ceil(item_size(item) / 1_024) for stage in table.stages(contributions) for item in stage)
    busy.simulation.run(*(partial(put_usage, busy, contributions, upload_id, taken.append) for upload_id in ids))
    assert taken == [1] * FILES
    assert busy.budgets.units(Kind.WRITE, "usage") <= 1.01 * FILES * expected


HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
A_SECOND = 50
SECONDS = 6


def test_many_small_files(busy: Busy) -> None:
    """50 a second of one meter, customer and month: nobody waits for a partition key, and no attempt fails."""
    functions, clock = busy.functions, busy.simulation.clock
    busy.simulation.run(lambda: catalog.seed(functions))
    config = settings.from_environment(functions.stack.functions["ingest"].environment)
    began, ended = clock.now, list[float]()

    def ingest(number: int) -> None:
        lines = [f"2024-09-{day:02d},ai_search_api,{CUSTOMERS[0]},{number}\n" for day in range(1, 21)]
        data = (HEADER + "".join(lines)).encode()
        version = functions.store(functions.stack.bucket, f"uploads/{number}.csv", data, {})
        busy.simulation.sleep(number / A_SECOND)
        attempt = Attempt(clock.now + 600, clock.time)
        dependencies = bootstrap.IngestDependencies(config)
        found = ObjectVersion(functions.stack.bucket, f"uploads/{number}.csv", version)
        upload = dependencies.ingest.run(found, int(clock.now), attempt)
        assert upload is not None
        assert upload.status is Status.SUCCEEDED
        ended.append(clock.now)

    busy.simulation.run(*(partial(ingest, number) for number in range(A_SECOND * SECONDS)))
    assert len(ended) == A_SECOND * SECONDS
    seconds = max(ended) - began
    assert not [place for place in busy.budgets.throttled if place.key and busy.budgets.throttled[place]]
    for kind in Kind:
        place, paid = busy.budgets.hottest(kind)[0]
        assert paid < OF_A_KEY[kind] * seconds / 2, place
