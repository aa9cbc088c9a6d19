"""The audit names every damage, and repair fixes those that it can."""

import re
from pathlib import Path

import pytest

from meterdrop.domain.uploads.transitions import to_revert
from tests.model.files import Row, usage_file
from tests.model.product import Product
from tests.repair.damages import DAMAGES, Damage, World, table
from tests.repair.history import TABLES, History
from tests.repair.restoring import audit, repair, repair_of
from tests.repair.script import Script, Step
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call

_DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"


@pytest.fixture(scope="module")
def made(product: Product) -> World:
    """Make everything once."""
    return World(product)


@pytest.fixture
def world(made: World, product: Product) -> World:
    """Go back to where nothing is damaged."""
    product.functions.account.restore(made.state)
    made.items = dict(made.history.first)
    return made


def test_nothing_is_damaged(world: World, product: Product) -> None:
    """Neither the audit nor repair has anything to say, except that roll-ups can go."""
    assert [] == audit(product)
    assert [line for line in repair(product) if "roll-ups" not in line] == []
    assert world.items == {**world.history.read(), **_rollups(world)}


def _rollups(world: World) -> dict[tuple[str, str], dict[str, object]]:
    return {name: item for name, item in world.items.items() if "#rollup" in name[1]}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_each_damage(damage: Damage, world: World, product: Product) -> None:
    """The audit names it. Repair fixes it, or it stays named until somebody does what the table says."""
    before = Script(product).facts()
    damage.damage(world)
    world.history.restore(world.items)
    if damage.is_file_gone:
        for version in product.functions.account.versions():
            if version.key.startswith("uploads/"):
                product.functions.remove(version.bucket, version.key, version.version_id)
    named = audit(product)
    assert [line for line in named if damage.audit in line], named
    product.advance(700)
    said = repair(product)
    if not damage.is_fixed:
        assert [line for line in audit(product) if damage.audit in line]
        return
    assert [line for line in said if damage.repair in line], said
    assert [] == audit(product)
    product.queues.record()
    assert [] == audit(product)
    Script(product).read_usage()
    if "event from the API is missing, and" not in damage.name:
        assert before == Script(product).facts()


@pytest.mark.parametrize("one", TABLES)
def test_one_table_alone_is_restored(one: str, world: World, product: Product) -> None:
    """The audit says so, whichever it is. All but the catalog can be repaired."""
    script = Script(product)
    product.create_customer("cus_m")
    script.drop("uploads/new.csv", usage_file([Row("cus_m", "calls", "2024-09-23", "4")]))
    script.act("add", ("req_2", Row("cus_a", "calls", "2024-09-23", "9")))
    script.act("revert", world.upload)
    assert [] == audit(product)
    world.history.restore(world.items, [one])
    assert audit(product)
    product.advance(700)
    repair(product)
    product.queues.record()
    assert (one == "catalog") == bool(audit(product))


@pytest.mark.usefixtures("world")
def test_an_upload_and_its_error_file_that_both_lost_their_status(product: Product) -> None:
    """They don't wait for each other until both are given up."""
    script, history = Script(product), History(product.functions)
    with history.recorded():
        script.drop("uploads/b.csv", usage_file([Row("cus_b", "calls", "2024-09-23", each) for each in ("4", "many")]))
        script.do(Step("error file", 0, "", []))
    before = script.facts()
    history.restore(history.at(0, dict.fromkeys(TABLES, len(history.writes)), lambda: False))
    assert [each["status"] for each in script.uploads().values()].count("processing") == 2
    product.advance(700)
    assert any("may have had a final status" in line for line in repair(product))
    product.queues.record()
    assert not [each for each in script.uploads().values() if each["status"] == "failed"]
    assert before == script.facts()


def test_an_upload_that_an_attempt_may_hold_is_left_alone(world: World, product: Product) -> None:
    """Its lease says so."""
    world.change("uploads", world.upload, status={"S": "processing"}, lease_until={"N": str(product.now + 600)})
    world.lose("usage", "mtr_calls#2024-09#", "cus_a\t", "upload#")
    world.history.restore(world.items)
    assert any("an attempt may hold it" in line for line in repair(product))


def test_an_upload_that_changes_in_the_meantime_is_left_alone(world: World, product: Product) -> None:
    """Nothing is written for an upload that is reverted after repair has read it."""
    world.lose("usage", "mtr_calls#2024-09#", "cus_a\t", "upload#")
    world.history.restore(world.items)
    is_first = True

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal is_first
        if is_first and call.operation == "TransactWriteItems":
            is_first = False
            product.begin(world.upload, to_revert)
        return carry_out(call)

    with product.functions.account.disturbed(around):
        lines = list(repair_of(product).run())
    assert any("it changed in the meantime" in line for line in lines)
    assert [] == [item for item in product.items("USAGE") if item["sk"].startswith("cus_a\tupload#")]


def test_the_document_has_the_table() -> None:
    """It says what these tests say."""
    found = re.search(r"<!-- damages -->\n(.*?)<!-- damages end -->", _DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert "".join(f"{line}\n" for line in table()) == found[1]
