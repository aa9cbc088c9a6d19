"""The audit's recount: books that agree, and each way in which they do not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tools.commands.audit import differences
from tools.setup.trouble import Trouble

Books = dict[str, list[dict[str, Any]]]
TIME = 1_727_222_400  # 2024-09-25T00:00:00Z
RECEIVED = 1_727_308_800  # in bucket 00
MONTH, SHARD = "mtr_a#2024-09", "mtr_a#2024-09#c"
KEY = "upload#00#upl_a"


def agreeing() -> Books:
    """Make an upload with a block, a single event and a cancel, an upload that failed, and a hand entry."""
    blocks = [
        {
            "id": "upl_a/0",
            "upload": "upl_a",
            "received": Decimal(RECEIVED),
            "meters": "mtr_a\tcalls",
            "events": f"1\t0\tcus#1\t{TIME + 1}\t1\n2\t0\tcus#1\t{TIME + 2}\t2",
        },
        {
            "id": "named",
            "upload": "upl_a",
            "received": Decimal(RECEIVED),
            "meters": "mtr_a\tcalls",
            "events": f'3\t0\tcus#1\t{TIME + 3}\t\t{{"region":"eu"}}',
        },
        {
            "id": "hand/1",
            "upload": "req_a",
            "received": Decimal(RECEIVED),
            "meters": "mtr_a\tcalls",
            "events": f"1\t0\tcus#1\t{TIME}\t7",
        },
    ]
    figures, hand = "25T00\t3\t3 1 2 2 2 2", f"25T00\t1\t7 7 7 7 0 1 {RECEIVED} req_a"
    received = Decimal(RECEIVED)
    cancel = {"event": "upl_a:2", "customer": "cus#1", "cancelled": received, "hours": "25T00\t-1\t-2"}
    arrival, hours = f"{RECEIVED:010d}", str(TIME // 3_600)
    usage: list[dict[str, Any]] = [
        {"pk": SHARD, "sk": f"cus#1\t{KEY}", "received": received, "hours": f"{figures}\t1-2\t=named"},
        {"pk": MONTH, "sk": KEY, "received": received, "hours": figures},
        {
            "pk": f"{MONTH}#events#0",
            "sk": "25#upl_a#0000",
            "received": received,
            "total": 3,
            "hours": "25T00\t1-2\t=named",
        },
        {"pk": SHARD, "sk": "cus#1\thand#25T00#00", "hours": hand},
        {"pk": MONTH, "sk": "hand#25T00#03", "hours": hand},
        {"pk": f"{SHARD}#entries", "sk": "25T00#cus#1\treq_a", "received": received, "event": "hand/1"},
        {"pk": SHARD, "sk": "cus#1\tcancel#upl_a#upl_a:2", **cancel},
        {"pk": MONTH, "sk": "cancel#upl_a#upl_a:2", **cancel},
        {"pk": "mtr_a#stamps", "sk": "2024-09#00", "token": "t"},
        {"pk": "mtr_a#stamps", "sk": "2024-09#hand#", "token": ""},
        {"pk": f"{MONTH}#rollup", "sk": "month", "stamps": "00=t", "hours": f"{figures} {RECEIVED} upl_a"},
        {"pk": f"{MONTH}#rollup", "sk": "bucket#00", "stamps": "00=old", "hours": ""},
        {"pk": "mtr_a#feed", "sk": f"{arrival}#upl_a", "count": 3, "hours": hours},
        {"pk": "mtr_a#feed", "sk": f"{arrival}#req_a", "count": 1, "hours": hours, "event": "hand/1"},
    ]
    upload: dict[str, Any] = {"kind": "usage", "dry_run": False, "key": "uploads/a.csv", "created": Decimal(RECEIVED)}
    upload |= {"sha256": "0", "totals": []}
    totals = {"event_name": "calls", "event_count": Decimal(3), "value_sum": "3"}
    totals |= {"first_timestamp": Decimal(TIME + 1), "last_timestamp": Decimal(TIME + 3)}
    books: Books = {
        "events": blocks,
        "usage": usage,
        "uploads": [
            {**upload, "id": "upl_a", "status": "succeeded", "success_count": Decimal(3), "totals": [totals]},
            {**upload, "id": "upl_b", "status": "failed", "success_count": Decimal(0)},
            {"id": "#months"},
        ],
        "catalog": [{"pk": "meters", "sk": "mtr_a"}, {"pk": "customer#cus#1", "sk": "customer"}],
    }
    return {table: [{**item, "form": Decimal(1)} for item in items] for table, items in books.items()}


def _lose_a_block(books: Books) -> None:
    del books["events"][0]


def _lose_a_figure(books: Books) -> None:
    del books["usage"][0]


def _lose_all_figures(books: Books) -> None:
    """Delete the figures of an upload as a revert does, which then puts a new stamp."""
    books["usage"] = [item for item in books["usage"] if not str(item["sk"]).endswith(KEY)]


def _double_a_sum(books: Books) -> None:
    books["usage"][0]["hours"] = books["usage"][0]["hours"].replace("\t3 1", "\t6 1")


def _lose_an_upload(books: Books) -> None:
    del books["uploads"][0]


def _revert_by_name_only(books: Books) -> None:
    books["uploads"][0]["status"] = "reverted"


def _lose_a_list(books: Books) -> None:
    del books["usage"][2]


def _lose_an_entry(books: Books) -> None:
    del books["usage"][5]


def _count_twice(books: Books) -> None:
    books["usage"].append({**books["usage"][4], "sk": "hand#25T00#09"})


def _cancel_for_one_only(books: Books) -> None:
    del books["usage"][7]


def _cancel_more(books: Books) -> None:
    for cancel in books["usage"][6:8]:
        cancel["hours"] = "25T00\t-1\t-3"


def _cancel_nothing(books: Books) -> None:
    books["events"][0]["events"] = f"1\t0\tcus#1\t{TIME + 1}\t1"
    books["uploads"][0]["success_count"] = Decimal(2)


def _keep_figures_of_nobody(books: Books) -> None:
    books["usage"].append({**books["usage"][0], "sk": "x\tupload#00#upl_b", "hours": "25T00\t1\t"})


def _corrupt_a_rollup(books: Books) -> None:
    books["usage"][10]["hours"] = books["usage"][10]["hours"].replace("\t3\t", "\t4\t")


def _change(index: int, name: str, old: str, new: str) -> Callable[[Books], None]:
    """Replace a text in an item of usage."""

    def change(books: Books) -> None:
        item = books["usage"][index]
        assert old in item[name]
        item[name] = item[name].replace(old, new)

    return change


def _set(table: str, index: int, **values: object) -> Callable[[Books], None]:
    return lambda books: books[table][index].update(values)


def _lose(table: str, index: int) -> Callable[[Books], object]:
    return lambda books: books[table].pop(index)


def _store_twice(books: Books) -> None:
    """Store a row of the block as a single event too, by another upload whose count says so."""
    row = {**books["events"][1], "id": "upl_a:2", "upload": "upl_c", "events": f"2\t0\tcus#1\t{TIME + 2}\t2"}
    books["events"].append(row)


def _claim_nothing(books: Books) -> None:
    books["uploads"][0]["status"] = "processing"
    del books["uploads"][0]["sha256"]


def _corrupt_a_rollup_beside_requests(books: Books) -> None:
    """Say in the roll-up of a month, which has events from the API too, another sum."""
    _change(10, "hours", "\t3 1 2", "\t4 1 2")(books)


NEW = [
    (_change(0, "hours", "2 2 2\t", "2 1 2\t"), ["order (1, ", "instead of (2, "]),
    (_change(0, "hours", "2 2 2\t", "2 2 1\t"), [f"'upl_a', 1) instead of (2, {RECEIVED}, 'upl_a', 2)"]),
    (_set("usage", 1, received=Decimal(RECEIVED + 1)), [f"{MONTH} {KEY}: arrived at {RECEIVED + 1}"]),
    (_set("usage", 2, received=Decimal(RECEIVED + 1)), ["25#upl_a#0000: arrived at"]),
    (_set("usage", 2, total=Decimal(4)), [f"{MONTH}#events 25#upl_a: the lists of the day have 3 events instead of 4"]),
    (_change(2, "sk", "25#", "24#"), ["24#upl_a: the lists of the day have 0 events instead of 3"]),
    (_lose("usage", 8), [f"{MONTH} 00: the stamp is missing"]),
    (_lose("usage", 9), [f"{MONTH} hand#: the stamp is missing"]),
    (_lose("usage", 12), ["#upl_a: missing instead of (3, "]),
    (_lose("usage", 13), ["#req_a: missing instead of (1, "]),
    (_set("usage", 12, count=Decimal(2)), ["#upl_a: (2, "]),
    (_set("usage", 13, event="other"), ["#req_a: (1, "]),
    (_change(12, "sk", "upl_a", "upl_b"), ["#upl_b: (3, "]),
    (_set("usage", 5, received=Decimal(1)), ["req_a: (1, 'hand/1') instead of"]),
    (_change(4, "hours", "0 1", "0 2"), [f"{MONTH} hand 25T00: order"]),
    (_change(6, "hours", "25T00", "24T00"), ["the cancel of upl_a:2 doesn't subtract the event"]),
    (_set("usage", 7, event="other"), ["the cancel of upl_a:2 doesn't subtract the event"]),
    (_set("usage", 7, cancelled=Decimal(1)), ["upl_a:2 is cancelled for its customer only, or"]),
    (_change(6, "sk", "cus#1", "x"), ["upl_a:2 is cancelled in usage, but the event doesn't exist"]),
    (_store_twice, ["upl_a:2: stored twice, the second time by upl_c"]),
    (_claim_nothing, ["upl_a (processing, uploads/a.csv): 3 events are stored, but the upload hasn't claimed"]),
    (_set("uploads", 0, created=Decimal(RECEIVED + 1)), [f"named: arrived at {RECEIVED}, but its upload upl_a at"]),
    (_set("uploads", 0, totals=[]), ["upl_a (succeeded, uploads/a.csv): the totals of calls differ"]),
    (_set("uploads", 0, dry_run=True), ["3 events are stored instead of 0"]),
    (_set("uploads", 0, kind="customers"), ["3 events are stored instead of 0"]),
    (_corrupt_a_rollup_beside_requests, [f"{MONTH}#rollup month: the roll-up differs"]),
    (_lose("catalog", 0), ["mtr_a: 4 events are stored, but the meter doesn't exist"]),
    (_lose("catalog", 1), ["cus#1: 4 events are stored, but the customer doesn't exist"]),
]


def test_books_that_agree() -> None:
    """There is nothing to say."""
    assert [] == list(differences(**agreeing()))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_lose_a_block, ["upl_a (succeeded, uploads/a.csv): 1 events are stored instead of 3", "cus#1", "upl_a:2"]),
        (_lose_a_figure, [f"{SHARD} cus#1 {KEY} 25T00: count 0 instead of 3"]),
        (_double_a_sum, ["sum 6 instead of 3"]),
        (_lose_an_upload, ["upl_a: 3 events are stored, but the upload doesn't exist"]),
        (_revert_by_name_only, ["upl_a (reverted, uploads/a.csv): 3 events are stored instead of 0"]),
        (_lose_a_list, [f"{MONTH} {KEY} 25T00: the list of events differs"]),
        (_lose_an_entry, [f"{SHARD}#entries 25T00#cus#1\treq_a: missing instead of"]),
        (_count_twice, [f"{MONTH} hand 25T00: count 2 instead of 1"]),
        (_cancel_for_one_only, ["upl_a:2 is cancelled for its customer only"]),
        (_cancel_more, ["the cancel of upl_a:2 doesn't subtract the event"]),
        (_cancel_nothing, ["upl_a:2 is cancelled in usage, but the event doesn't exist"]),
        (_keep_figures_of_nobody, ["count 1 instead of 0"]),
        (_corrupt_a_rollup, [f"{MONTH}#rollup month: the roll-up differs"]),
        *NEW,
    ],
)
def test_each_difference_is_named(change: Callable[[Books], object], names: list[str]) -> None:
    """Whatever was lost, doubled or left behind."""
    books = agreeing()
    change(books)
    found = list(differences(**books))
    assert found
    for name in names:
        assert [line for line in found if name in line], (name, found)


@pytest.mark.parametrize("table", ["events", "usage", "uploads", "catalog"])
@pytest.mark.parametrize("form", [Decimal(2), None])
def test_an_unknown_form_is_refused(table: str, form: Decimal | None) -> None:
    """The audit says nothing about books that it can't read."""
    books = agreeing()
    books[table][-1]["form"] = form
    with pytest.raises(Trouble, match="Run the audit with the version"):
        list(differences(**books))


def test_what_is_under_way_is_left_out() -> None:
    """An upload that is not final has stored some of its events, some of their figures, and no stamp."""
    for change in (_lose_a_block, _lose_a_figure, _lose_all_figures, _lose_a_list, _cancel_nothing, _corrupt_a_rollup):
        books = agreeing()
        books["uploads"][0]["status"] = "processing"
        change(books)
        assert [] == list(differences(**books))
