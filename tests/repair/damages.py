"""Every kind of damage, one by one: what the audit says of it, and what repair does about it."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.model.files import CustomerRow, Row, customer_file, usage_file
from tests.model.product import Product
from tests.repair.history import History, Items, Name
from tests.repair.script import Script

Do = Callable[[Script, "World"], None]
_CUSTOMER = "cus_a\t"


class World:
    """The tables of a stack that has everything, to be damaged."""

    def __init__(self, product: Product) -> None:
        """Upload two files, revert one, create an event, cancel three, and read usage, so that there are roll-ups."""
        script = Script(product)
        rows = [Row("cus_a", "calls", time, "4") for time in ("2024-09-23", "1727049600", "2024-09-23T01:00:00Z")]
        rows += [Row("cus_b", "seats", "2024-09-30T23:59:59Z", "9"), Row("cus_b", "calls", "2024-09-23", "9", "i1")]
        script.drop("uploads/a.csv", usage_file(rows))
        script.drop("uploads/gone.csv", usage_file([Row("cus_b", "peak", "2024-09-23", "4")]))
        script.drop("customers/c.csv", customer_file([CustomerRow("cus_n", "N")]))
        by_key = {each["key"]: each["id"] for each in script.uploads().values()}
        self.upload, self.reverted = by_key["uploads/a.csv"], by_key["uploads/gone.csv"]
        script.act("add", ("req_1", Row("cus_a", "calls", "2024-09-23", "-2.5")))
        for event in (f"{self.upload}:1", "i1", "req_1:1"):
            script.act("cancel", ("calls", event))
        self.before_revert = History(product.functions).read()
        script.act("revert", self.reverted)
        self.history = History(product.functions)
        self.items: Items = self.history.first
        self.state = product.functions.account.save()

    def names(self, table: str, *parts: str) -> list[Name]:
        """Return the items of a table whose keys have all these parts."""
        found = [name for name in self.items if name[0] == table and all(part in _texts(name) for part in parts)]
        assert found, parts
        return found

    def lose(self, table: str, *parts: str) -> None:
        """Delete the first of these items."""
        del self.items[self.names(table, *parts)[0]]

    def lose_all(self, table: str, *parts: str) -> None:
        """Delete all of them."""
        for name in self.names(table, *parts):
            del self.items[name]

    def change(self, table: str, *parts: str, **values: Any) -> None:
        """Change attributes of the first of them; None deletes one."""
        name = self.names(table, *parts)[0]
        item = {**self.items[name], **values}
        self.items[name] = {key: value for key, value in item.items() if value is not None}

    def bring_back(self, table: str, *parts: str) -> None:
        """Bring back what a revert has deleted."""
        self.items |= {
            name: item
            for name, item in self.before_revert.items()
            if name[0] == table and all(part in _texts(name) for part in parts)
        }


def _texts(name: Name) -> str:
    return " ".join(next(iter(each.values())) for each in json.loads(name[1]).values())


class Damage(NamedTuple):
    """A kind of damage, by its name in the table of docs/reliability.md."""

    name: str
    damage: Callable[[World], None]
    audit: str
    """What the audit says: a part of a line."""
    repair: str
    """What repair says: a part of a line. If it can't fix the damage, what to do instead."""
    is_fixed: bool = True
    is_file_gone: bool = False


_CORRECTED = "Done: correct them"
_LOST_REVERT = Damage(
    "an upload is reverted or failed, and its events are there",
    lambda world: world.bring_back("events", world.reverted),
    "events are stored instead of 0",
    "Done: remove them and their usage",
)


def _orphan(world: World) -> None:
    world.lose("uploads", world.upload)


def _unclaimed(world: World) -> None:
    name = world.names("uploads", world.upload)[0]
    month = world.items[name]["month"]["S"]
    status = {"status": {"S": "processing"}, "status_month": {"S": f"processing#{month}"}}
    world.change("uploads", world.upload, **status, sha256=None)


def _wrong_last(world: World) -> None:
    name = world.names("usage", "mtr_calls#2024-09#", _CUSTOMER, "upload#")[0]
    hours = world.items[name]["hours"]["S"]
    assert " 0 2" in hours
    world.change("usage", "mtr_calls#2024-09#", _CUSTOMER, "upload#", hours={"S": hours.replace(" 0 2", " 0 1")})


def _wrong_rollup(world: World) -> None:
    name = world.names("usage", "mtr_calls#2024-09#rollup", "month")[0]
    hours = world.items[name]["hours"]["S"].replace("\t3\t", "\t4\t")
    world.change("usage", "mtr_calls#2024-09#rollup", "month", hours={"S": hours})


def _stored_twice(world: World) -> None:
    block = world.items[world.names("events", f"{world.upload}/0")[0]]
    key = f"{world.upload}:1"
    line = block["events"]["S"].split("\n")[0]
    item = {**block, "id": {"S": key}, "upload": {"S": "req_2"}, "events": {"S": line}}
    world.items["events", json.dumps({"id": {"S": key}})] = item


def _wrong_arrival(world: World) -> None:
    world.change("uploads", world.upload, created={"N": "1700000000"})


DAMAGES = (
    Damage(
        "an event of an upload is missing",
        lambda world: world.lose("events", f"{world.upload}/1"),
        "events are stored instead of 5",
        "Done: reprocess the upload",
    ),
    Damage(
        "an event from the API is missing, and its usage is there",
        lambda world: world.lose("events", "req_1"),
        "hand 23T00: count 1 instead of 0",
        "Done: count the events again",
    ),
    Damage(
        "figures of an upload are missing",
        lambda world: world.lose("usage", "mtr_calls#2024-09#", _CUSTOMER, "upload#"),
        "count 0 instead of 2",
        _CORRECTED,
    ),
    Damage("figures name another event as the last one", _wrong_last, "order (0, ", _CORRECTED),
    Damage(
        "a part of an event list is missing",
        lambda world: world.lose("usage", "mtr_calls#2024-09#events", "#0001"),
        "the list of events differs",
        _CORRECTED,
    ),
    Damage(
        "the feed item of an upload is missing",
        lambda world: world.lose("usage", "mtr_calls#feed", world.upload),
        "missing instead of (4, ",
        _CORRECTED,
    ),
    Damage(
        "the feed item of an event from the API is missing",
        lambda world: world.lose("usage", "mtr_calls#feed", "req_1"),
        "missing instead of (1, ",
        _CORRECTED,
    ),
    Damage(
        "the list item of an event from the API is missing",
        lambda world: world.lose("usage", "#entries", "req_1"),
        "req_1: missing instead of",
        _CORRECTED,
    ),
    Damage(
        "a counter of events from the API is missing",
        lambda world: world.lose("usage", _CUSTOMER, "hand#"),
        "hand 23T00: count 0 instead of 1",
        "Done: count the events again",
    ),
    Damage(
        "the stamp of a month is missing",
        lambda world: world.lose_all("usage", "mtr_seats#stamps"),
        "the stamp is missing",
        _CORRECTED,
    ),
    Damage("a roll-up differs from its figures", _wrong_rollup, "the roll-up differs", "Done: delete them"),
    Damage(
        "half of a cancel is missing",
        lambda world: world.lose("usage", _CUSTOMER, "cancel#", f"{world.upload}:1"),
        "cancelled for its customer only, or for all customers only",
        _CORRECTED,
    ),
    Damage(
        "half of the cancel of an event from the API is missing",
        lambda world: world.lose("usage", _CUSTOMER, "cancel#", "req_1:1"),
        "cancelled for its customer only, or for all customers only",
        _CORRECTED,
    ),
    Damage(
        "an event is missing, and its cancel is there",
        lambda world: world.lose("events", "i1"),
        "i1 is cancelled in usage, but the event doesn't exist",
        "Done: reprocess the upload",
    ),
    _LOST_REVERT,
    Damage(
        "an upload is reverted or failed, and its figures are there",
        lambda world: world.bring_back("usage", world.reverted),
        "count 1 instead of 0",
        _CORRECTED,
    ),
    Damage(
        "an upload is missing, and its events are there",
        _orphan,
        "the upload doesn't exist",
        "The ingest function stores them again",
    ),
    Damage(
        "an upload has events before its claims",
        _unclaimed,
        "hasn't claimed its content yet",
        "The ingest function stores them again",
    ),
    Damage(
        "an upload is missing, its events are there, and its file is gone",
        _orphan,
        "the upload doesn't exist",
        "Restore the tables to another second",
        is_fixed=False,
        is_file_gone=True,
    ),
    Damage(
        "an event of an upload is missing, and its file is gone",
        lambda world: world.lose("events", f"{world.upload}/1"),
        "events are stored instead of 5",
        "Restore the tables to another second",
        is_fixed=False,
        is_file_gone=True,
    ),
    Damage(
        "an upload has another arrival than its events",
        _wrong_arrival,
        "but its upload",
        "Revert the upload, then upload its file again",
        is_fixed=False,
    ),
    Damage(
        "the totals of an upload are wrong",
        lambda world: world.change("uploads", world.upload, totals={"L": []}),
        "the totals of calls, seats differ",
        "Reprocess the upload",
        is_fixed=False,
    ),
    Damage(
        "an event is stored twice",
        _stored_twice,
        "stored twice",
        "Revert one of the uploads",
        is_fixed=False,
    ),
    Damage(
        "a meter is missing",
        lambda world: world.lose("catalog", "meters", "mtr_calls"),
        "but the meter doesn't exist",
        "Restore the catalog",
        is_fixed=False,
    ),
    Damage(
        "a customer is missing",
        lambda world: world.lose("catalog", "customer#cus_a"),
        "but the customer doesn't exist",
        "Create the customer again",
        is_fixed=False,
    ),
)


def table() -> Iterator[str]:
    """Yield the lines of the table in docs/reliability.md."""
    yield "| damage | the audit says | `make repair` |"
    yield "|---|---|---|"
    for each in DAMAGES:
        told = f"says `{each.repair}`" if each.is_fixed else f"can't fix it. {each.repair}"
        yield f"| {each.name} | `{each.audit}` | {told} |"
