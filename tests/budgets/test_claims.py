"""The claim of a key that is updated again and again: no item of it grows without end, and no update costs more."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from meterdrop import settings
from meterdrop.adapters.uploads.claims import SharedClaimTable
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.ingest.key_account import MAX_VERSIONS, claim_account, release_matched_rows
from tests.budgets.conftest import Busy
from tests.budgets.token_buckets import Kind
from tests.support.api.store import an_upload
from tests.support.aws.sizes import item_size

UPDATES = 500
ROWS = 100_000
KEY = "uploads/log.csv"


@cache
def upload(id_: str) -> Upload:
    """Return an upload that has counted rows."""
    return replace(an_upload(id=id_, status=Status.SUCCEEDED), key=KEY, sha256=None, dry_run=False)


def test_a_key_with_hundreds_of_updates(busy: Busy) -> None:
    """Each update has new rows in as many ranges as a claim holds: its claim is as long as can be."""
    claims = SharedClaimTable(settings.dynamodb(), "uploads")
    ports: Any = SimpleNamespace(claims=claims, uploads=SimpleNamespace(get=upload))
    matched = [(row, b"") for row in range(1, ROWS, ROWS // 40)]
    costs = list[float]()
    for number in range(UPDATES):
        before = busy.budgets.units(Kind.WRITE, "uploads")
        of = upload(f"upl_{number:026d}")
        claimed = claim_account(of, KEY, [(of, ROWS)], ports, now=0)
        release_matched_rows(of, (ROWS, matched), claims)
        costs.append(busy.budgets.units(Kind.WRITE, "uploads") - before)
    assert len(claimed.versions) == UPDATES
    items = busy.functions.call_service("dynamodb", "Scan", {"TableName": "uploads"})["Items"]
    assert len(items) > UPDATES // MAX_VERSIONS
    assert max(map(item_size, items)) < 32 * 1_024
    assert max(costs[UPDATES // 2 :]) == max(costs[: UPDATES // 2]) <= 3 * 32
