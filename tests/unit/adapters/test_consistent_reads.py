"""What decides who goes on is read as it is now: no emulator shows what is read a moment too old."""

from collections.abc import Callable
from typing import Any

import pytest

from meterdrop.adapters.access.api_keys import ApiKeyTable
from meterdrop.adapters.uploads.claims import SharedClaimTable
from meterdrop.adapters.uploads.duplicates import Duplicates
from meterdrop.adapters.uploads.upload_table import UploadTable
from tests.support.api.store import SECRET_KEY
from tests.unit.adapters.conftest import Aws

Reads = Callable[[Aws], object]


@pytest.mark.parametrize(
    "read",
    [
        lambda aws: UploadTable(aws.dynamodb, "uploads").get(f"upl_{'x' * 26}"),
        lambda aws: SharedClaimTable(aws.dynamodb, "uploads").get("key#uploads/a"),
        lambda aws: list(Duplicates(aws.dynamodb, "uploads").duplicates("upl_x")),
        lambda aws: ApiKeyTable(aws.dynamodb, "keys").find(SECRET_KEY),
    ],
    ids=["status", "claim", "duplicates", "API key"],
)
def test_it_is_read_consistently(read: Reads, aws: Aws) -> None:
    """The request says so."""
    asked: list[bool] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(params.get("ConsistentRead", False))

    events = aws.dynamodb.meta.events
    events.register("before-parameter-build.dynamodb.GetItem", note)
    try:
        read(aws)
    finally:
        events.unregister("before-parameter-build.dynamodb.GetItem", note)
    assert [True] == asked
