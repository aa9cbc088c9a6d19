"""Every item says which version of its form it has; another one is refused, never guessed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from meterdrop.adapters.access.api_keys import ApiKeyTable, key_hash
from meterdrop.adapters.access.api_keys import to_item as key_item
from meterdrop.adapters.catalog.customer_bulk import CustomerRegistry, CustomerTable
from meterdrop.adapters.catalog.customer_table import CustomerChanges, CustomerList
from meterdrop.adapters.catalog.meter_table import MeterTable
from meterdrop.adapters.catalog.meter_writes import EventNames, MeterChanges
from meterdrop.adapters.catalog.period_table import PeriodTable
from meterdrop.adapters.dynamodb.items import UnknownFormError, check_form
from meterdrop.adapters.uploads.claims import CustomersClaimTable, SharedClaimTable
from meterdrop.adapters.uploads.duplicates import Duplicates
from meterdrop.adapters.uploads.matched_rows import MatchedRowsTable
from meterdrop.adapters.uploads.outbox import OutboxTable, outbox_item
from meterdrop.adapters.uploads.retries import retry_item
from meterdrop.adapters.uploads.sweep_cursor import SweepCursorTable
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.customers.customer import Customer, StoredCustomer
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.periods.period import LatePolicy
from meterdrop.domain.uploads.claims import CustomersClaim, SharedClaim
from meterdrop.domain.uploads.key_account import MatchedRows
from meterdrop.domain.uploads.objects import SweepCursor
from meterdrop.domain.uploads.status_event import statement_event, status_event
from meterdrop.domain.uploads.transitions import Retry
from tests.periods.test_stores import PERIOD as A_PERIOD
from tests.periods.test_stores import STATEMENT
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import SECRET_KEY, an_api_key
from tests.unit.adapters.conftest import Aws
from tests.unit.adapters.test_uploads import FULL, UPLOAD

METER = Meter(id="mtr_a", event_name="a", display_name="A")
CUSTOMER = StoredCustomer(customer=Customer(id="cus_a", created=1), revision=1)
PERIOD = replace(A_PERIOD, late_policy=LatePolicy.REFUSE)
Use = Callable[[Aws], object]


def write_all(aws: Aws) -> None:
    """Write an item of each kind."""
    uploads = UploadTable(aws.dynamodb, "uploads")
    uploads.create(UPLOAD)
    aws.dynamodb.put_item(TableName="uploads", Item=outbox_item(status_event(FULL)))
    aws.dynamodb.put_item(TableName="uploads", Item=retry_item(Retry("upl_a", 1, 0)))
    SharedClaimTable(aws.dynamodb, "uploads").put("content#a", SharedClaim("upl_a", {"upl_a": "1"}, 1))
    CustomersClaimTable(aws.dynamodb, "uploads").put("customers#a", CustomersClaim("upl_a", "upl_a", "1", 1))
    Duplicates(aws.dynamodb, "uploads").record_duplicate("upl_a", "upl_b")
    rows = MatchedRows(owners=frozenset({"upl_a"}), rows={"upl_a": [(1, bytes(16))]})
    MatchedRowsTable(aws.dynamodb, "uploads").note("upl_b", rows)
    cursors = SweepCursorTable(aws.dynamodb, "uploads")
    cursors.take("token", 0, 1)
    cursors.put(SweepCursor(), "token")
    MeterChanges(aws.dynamodb, "catalog").create(METER, "req_a")
    customers(aws).create(CUSTOMER)
    periods = PeriodTable(aws.dynamodb, "catalog", "uploads")
    periods.create(PERIOD)
    periods.finish(replace(PERIOD, revision=1), STATEMENT, statement_event(STATEMENT))


def customers(aws: Aws) -> CustomerChanges:
    """Make the writes of customers."""
    return CustomerChanges(aws.dynamodb, "catalog", CustomerList(aws.dynamodb, MotoClient(aws.dynamodb), "catalog"))


def put_key(aws: Aws, form: Mapping[str, Any]) -> None:
    """Store a key, as `make key` does."""
    item: Any = {**key_item(an_api_key(SECRET_KEY), key_hash(SECRET_KEY)), **form}
    aws.dynamodb.put_item(TableName="keys", Item=item)


def items(aws: Aws) -> list[tuple[str, dict[str, Any]]]:
    """Return all items of the three tables."""
    return [
        (table, item)
        for table in ("uploads", "catalog", "keys")
        for item in aws.dynamodb.scan(TableName=table)["Items"]
    ]


def test_every_item_has_a_form(aws: Aws) -> None:
    """Whoever writes it, and however."""
    write_all(aws)
    found = items(aws)
    assert len(found) == 17
    assert all(check_form(item) for _, item in found)


@pytest.mark.parametrize("form", [None, {"N": "2"}])
@pytest.mark.parametrize(
    "use",
    [
        lambda aws: UploadTable(aws.dynamodb, "uploads").get(UPLOAD.id),
        lambda aws: UploadTable(aws.dynamodb, "uploads").months(),
        lambda aws: UploadTable(aws.dynamodb, "uploads").create(replace(UPLOAD, id=f"upl_{'z' * 26}")),
        lambda aws: SharedClaimTable(aws.dynamodb, "uploads").get("content#a"),
        lambda aws: CustomersClaimTable(aws.dynamodb, "uploads").get("customers#a"),
        lambda aws: list(Duplicates(aws.dynamodb, "uploads").duplicates("upl_a")),
        lambda aws: Duplicates(aws.dynamodb, "uploads").record_duplicate("upl_a", "upl_c"),
        lambda aws: MatchedRowsTable(aws.dynamodb, "uploads").owners("upl_b"),
        lambda aws: list(MatchedRowsTable(aws.dynamodb, "uploads").of_version("upl_a", besides="upl_c")),
        lambda aws: MatchedRowsTable(aws.dynamodb, "uploads").note("upl_c", MatchedRows(rows={"upl_a": []})),
        lambda aws: OutboxTable(aws.dynamodb, "uploads")._read(outbox_item(status_event(FULL))["id"]["S"]),  # noqa: SLF001
        lambda aws: SweepCursorTable(aws.dynamodb, "uploads").take("other", 5, 6),
        lambda aws: MeterTable(aws.dynamodb, "catalog").find(METER.id),
        lambda aws: MeterTable(aws.dynamodb, "catalog").list_meters(),
        lambda aws: EventNames(aws.dynamodb, "catalog").claim(METER),
        lambda aws: CustomerRegistry(MotoClient(aws.dynamodb), "catalog").read(["cus_a"]),
        lambda aws: CustomerTable(MotoClient(aws.dynamodb), "catalog").registered(["cus_a"]),
        lambda aws: customers(aws).create(CUSTOMER),
        lambda aws: PeriodTable(aws.dynamodb, "catalog").get(PERIOD.id),
        lambda aws: PeriodTable(aws.dynamodb, "catalog").list_periods(),
        lambda aws: PeriodTable(aws.dynamodb, "catalog").closed_periods(),
        lambda aws: PeriodTable(aws.dynamodb, "catalog").statements(PERIOD.id),
        lambda aws: PeriodTable(aws.dynamodb, "catalog").statement(PERIOD.id, 1),
        lambda aws: ApiKeyTable(aws.dynamodb, "keys").find(SECRET_KEY),
        lambda aws: ApiKeyTable(aws.dynamodb, "keys").list_keys(),
    ],
)
def test_another_form_is_refused(aws: Aws, form: dict[str, str] | None, use: Use) -> None:
    """A newer version wrote it, or nobody knows who; no write changes it."""
    write_all(aws)
    put_key(aws, {"form": {"N": "1"}})
    use(aws)
    for table, item in items(aws):
        changed: Any = {name: value for name, value in item.items() if name != "form"}
        aws.dynamodb.put_item(TableName=table, Item=changed if form is None else {**changed, "form": form})
    before = items(aws)
    with pytest.raises(UnknownFormError, match="reads only form 1"):
        use(aws)
    assert items(aws) == before


def test_a_claim_on_an_event_name_of_another_form_is_refused(aws: Aws) -> None:
    """Also if the form of the meter itself is known."""
    write_all(aws)
    names = EventNames(aws.dynamodb, "catalog")
    names.claim(METER)
    [item] = [item for _, item in items(aws) if item.get("pk", {}).get("S") == "meter_names"]
    aws.dynamodb.put_item(TableName="catalog", Item={**item, "form": {"N": "2"}})
    with pytest.raises(UnknownFormError, match="meter_names"):
        names.claim(METER)
