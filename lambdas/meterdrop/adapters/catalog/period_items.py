"""Billing periods and statements as catalog items: their keys, and the mapping in both directions."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from meterdrop.adapters.dynamodb.items import FORM
from meterdrop.domain.changes import change_object, change_of
from meterdrop.domain.periods.period import BillingPeriod, LatePolicy, PeriodStatus
from meterdrop.domain.periods.statement import Statement

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# Ingest reads those that refuse rows before each file, so they are apart.
PARTITIONS = {policy: f"periods#{policy.value}" for policy in LatePolicy}
_NUMBER_LENGTH = 6

Item = dict[str, Any]


def period_key(policy: LatePolicy, period_id: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of a period's item."""
    return {"pk": {"S": PARTITIONS[policy]}, "sk": {"S": period_id}}


def statements_partition(period_id: str) -> str:
    """Return the partition of a period's statements."""
    return f"statements#{period_id}"


def statement_sort_key(number: int) -> str:
    """Return the sort key of a statement, which sorts by number."""
    return f"{number:0{_NUMBER_LENGTH}d}"


def period_item(period: BillingPeriod) -> Item:
    """Return the item in the resource API's types."""
    fields = asdict(period) | {"meters": list(period.meters), "waiting_for": list(period.waiting_for)}
    item = {
        **fields,
        "pk": PARTITIONS[period.late_policy],
        "sk": period.id,
        "form": FORM,
        "late_policy": period.late_policy.value,
        "status": period.status.value,
        "last_change": change_object(period.last_change),
    }
    return {name: value for name, value in item.items() if value is not None}


def period_of(item: Mapping[str, Any]) -> BillingPeriod:
    """Return the period of an item."""
    return BillingPeriod(
        id=item["id"],
        start=int(item["start"]),
        end=int(item["end"]),
        created=int(item["created"]),
        late_policy=LatePolicy(item["late_policy"]),
        meters=tuple(item["meters"]),
        name=item.get("name"),
        status=PeriodStatus(item["status"]),
        statement_count=int(item["statement_count"]),
        closing_at=_int(item.get("closing_at")),
        closed_at=_int(item.get("closed_at")),
        waiting_for=tuple(item["waiting_for"]),
        attempts=int(item["attempts"]),
        lease_token=item.get("lease_token"),
        lease_until=int(item["lease_until"]),
        last_change=change_of(item.get("last_change")),
        revision=int(item["revision"]),
    )


def statement_item(statement: Statement) -> Item:
    """Return the item in the resource API's types."""
    return {
        **asdict(statement),
        "pk": statements_partition(statement.period),
        "sk": statement_sort_key(statement.number),
        "form": FORM,
        "offsets": list(statement.offsets),
        "unfinished_uploads": list(statement.unfinished_uploads),
    }


def statement_of(item: Mapping[str, Any]) -> Statement:
    """Return the statement of an item."""
    return Statement(
        period=item["period"],
        number=int(item["number"]),
        as_of=int(item["as_of"]),
        created=int(item["created"]),
        key=item["key"],
        version_id=item["version_id"],
        size=int(item["size"]),
        sha256=item["sha256"],
        line_count=int(item["line_count"]),
        event_count=int(item["event_count"]),
        offsets=tuple(map(int, item["offsets"])),
        unfinished_uploads=tuple(item["unfinished_uploads"]),
    )


def _int(value: Any) -> int | None:  # noqa: ANN401
    return None if value is None else int(value)
