"""`make repair` and `make audit` against the tables of a test, and what must hold after them."""

from contextlib import suppress

from meterdrop.adapters.metering import event_items
from tests.model.product import Product
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.event_items import wrong_items
from tools.commands.audit import differences
from tools.repair.command import Repair
from tools.stack.outputs import Outputs

_NAMES = {"events_table": "events", "uploads_table": "uploads", "usage_table": "usage", "catalog_table": "catalog"}


def repair_of(product: Product, *, is_dry_run: bool = False) -> Repair:
    """Return the repair of a test's stack."""
    stack = product.functions.stack
    others = dict.fromkeys(set(Outputs.__dataclass_fields__) - {*_NAMES, "bucket", "queue_url"}, "")
    outputs = Outputs(bucket=stack.bucket, queue_url=stack.queue_url, **_NAMES, **others)
    return Repair(outputs, product.now, is_dry_run=is_dry_run)


def audit(product: Product) -> list[str]:
    """Return what the audit says."""
    found = [product.items(table) for table in ("EVENTS", "USAGE", "UPLOADS", "CATALOG")]
    return [*differences(*found), *wrong_items(found[0], event_items.BLOCK_ROWS)]


def repair_interrupted(product: Product, at: int) -> None:
    """Repair, and be killed at the `at`-th call that writes."""
    left = at

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal left
        if call.operation not in {"Scan", "ListObjectVersions", "HeadObject"}:
            left -= 1
        if left < 0:
            raise DiedError
        return carry_out(call)

    with product.functions.account.disturbed(around), suppress(DiedError):
        list(repair_of(product).run())


def repair(product: Product) -> list[str]:
    """Repair, and see that nothing is left to repair."""
    before = product.functions.account.save()
    planned = list(repair_of(product, is_dry_run=True).run())
    assert product.functions.account.save()[0] == before[0], "a dry run changes something"
    run = repair_of(product)
    lines = list(run.run())
    assert len(planned) == len(lines), (planned, lines)
    if not run.left:
        assert [] == list(repair_of(product).run())
    return lines
