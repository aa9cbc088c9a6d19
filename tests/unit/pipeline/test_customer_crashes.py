"""Files of customers: crashes, repeated ids and other writers, against plain loops over the rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.customers.customer import Customer, StoredCustomer
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.attempt import GRACE, BusyError
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE, Outcome, World

KEY = "customers/new.csv"
EARLIER = b"id,name,email\na,Ada,ada@example.com\nb,Babbage,\nc,Curie,\nd,Dijkstra,\n"
FILE = (
    b"id,name\ne,Euler\na,Ada\nb,Charles\ne,Leonhard\n,Nobody\nc,\n"
    b"b,Charles\ne,Leonhard\nf,\nd,Edsger\nd,Dijkstra\ng,Gauss\n"
)

_ids = st.sampled_from(["a", "b", "c", "d", "e", "f", "g"])
_texts = st.sampled_from(["", "x", "y"])
_rows = st.lists(st.tuples(_ids, _texts, _texts), min_size=1, max_size=12)
_columns = st.sampled_from([("id", "name", "email"), ("email", "id"), ("id",), ("name", "id")])
_crashes = st.builds(Crash, st.integers(1, 40), st.booleans(), st.booleans())
Row = tuple[str, str, str]
Interference = tuple[int, Callable[[World, str], None], str]
"""Before which call somebody else writes, what, and whom."""


def written(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """Write rows with these columns."""
    records = [dict(zip(("id", "name", "email"), row, strict=True)) for row in rows]
    lines = [",".join(record[name] for name in columns) for record in records]
    return "\n".join([",".join(columns), *lines]).encode()


def prepared(data: bytes = FILE) -> tuple[World, ObjectVersion]:
    """Make a world with some customers and a file that waits for its notification."""
    world = World(batch=2)
    world.ingest(EARLIER, "customers/earlier.csv")
    world.customers.stored["b"] = changed(world.customers.stored["b"], description="engines", metadata={"plan": "pro"})
    world.switch.plan(None)
    return world, world.drop(data, KEY)


def changed(stored: StoredCustomer, **facts: object) -> StoredCustomer:
    """Return a customer as the API changes one: of no file any more."""
    customer = replace(stored.customer, **facts)  # type: ignore[arg-type]
    return StoredCustomer(customer=customer, revision=stored.revision + 1)


@cache
def undisturbed(data: bytes = FILE) -> tuple[Outcome, dict[str, StoredCustomer], int]:
    """Return what comes of a file without a crash, all customers then, and how many calls that takes."""
    world, version = prepared(data)
    return world.deliver_until_final(version), dict(world.customers.stored), len(world.switch.calls)


def crash(world: World, version: ObjectVersion, planned: Crash) -> None:
    """Deliver once into a crash. A process that dies keeps its lease to the end."""
    world.switch.plan(planned)
    try:
        world.deliver(version)
    except CrashError:
        world.now += LIFE + GRACE + 1 if planned.kills else 10
    except BusyError as busy:  # the crash before this one kept the lease
        world.now += busy.seconds + 1
    world.switch.plan(None)


def assert_same(world: World, version: ObjectVersion, data: bytes = FILE) -> None:
    """Compare all that users see, and every customer, with what an undisturbed run leaves."""
    outcome = world.deliver_until_final(version)
    expected, customers, _ = undisturbed(data)
    found, right = outcome.upload, expected.upload
    assert_sound(outcome)
    assert (found.status, found.counts, found.samples) == (right.status, right.counts, right.samples)
    assert outcome.error_file == expected.error_file
    assert world.objects.error_file(error_file_key(found.key, found.id)) == expected.error_file
    assert world.customers.stored == customers


def test_counts() -> None:
    """The file that crashes are tried on has rows of every kind."""
    outcome, customers, _ = undisturbed()
    assert outcome.upload.counts == Counts(row=12, success=6, duplicate=5, error=1)
    assert [customers[id_].customer.name for id_ in "abcdefg"] == [
        "Ada", "Charles", None, "Dijkstra", "Leonhard", None, "Gauss",
    ]  # fmt: skip
    assert (customers["b"].customer.description, customers["b"].customer.metadata) == ("engines", {"plan": "pro"})
    assert customers["a"].customer.email == "ada@example.com"


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, undisturbed()[2] + 1))
def test_crash_at_any_call(at: int, took_effect: bool, kills: bool) -> None:
    """One crash before or after any call, then retries: the same end as without."""
    world, version = prepared()
    crash(world, version, Crash(at, took_effect, kills))
    assert_same(world, version)


@given(_rows, _columns, st.lists(_crashes, max_size=4))
@example([("a", "x", ""), ("a", "", ""), ("a", "x", "")], ("id", "name", "email"), [Crash(6, True, True)])
def test_any_file_and_several_crashes(rows: list[Row], columns: tuple[str, ...], crashes: list[Crash]) -> None:
    """However often it crashes, whatever ids are repeated: the counts and customers of an undisturbed run."""
    data = written(rows, columns)
    world, version = prepared(data)
    for planned in crashes:
        crash(world, version, planned)
    assert_same(world, version, data)


@given(_rows, _columns)
def test_rows_follow_each_other(rows: list[Row], columns: tuple[str, ...]) -> None:
    """Customers end as the rows say one after the other; dropped again, all are duplicates and nobody changes."""
    world, version = prepared(written(rows, columns))
    before = dict(world.customers.stored)
    outcome = world.deliver_until_final(version)
    successes, customers = recounted(before, rows, columns)
    after = {id_: stored.customer for id_, stored in world.customers.stored.items()}
    again = world.ingest(written(rows, columns), "customers/again.csv")
    assert_sound(outcome)
    assert after == customers
    assert outcome.upload.counts == Counts(len(rows), successes, len(rows) - successes, 0)
    assert again.upload.counts == Counts(len(rows), 0, len(rows), 0)
    assert after == {id_: stored.customer for id_, stored in world.customers.stored.items()}


def recounted(
    before: dict[str, StoredCustomer], rows: Sequence[Row], columns: Sequence[str]
) -> tuple[int, dict[str, Customer]]:
    """Count and store row by row; a customer who ends as he was before is one whom no row changed."""
    first = {id_: stored.customer for id_, stored in before.items()}
    after, by_id = dict(first), dict[str, int]()
    for id_, name, email in rows:
        found = after.get(id_) or Customer(id=id_, created=int(World().now))
        said = replace(
            found,
            name=(name or None) if "name" in columns else found.name,
            email=(email or None) if "email" in columns else found.email,
        )
        by_id[id_] = by_id.get(id_, 0) + (id_ not in after or said != found)
        after[id_] = said
    return sum(count for id_, count in by_id.items() if first.get(id_) != after[id_]), after


def _delete(world: World, id_: str) -> None:
    world.customers.stored.pop(id_, None)


def _rename(world: World, id_: str) -> None:
    if id_ in world.customers.stored:
        world.customers.stored[id_] = changed(world.customers.stored[id_], name="by the API")


def _create(world: World, id_: str) -> None:
    world.customers.stored.setdefault(id_, StoredCustomer(customer=Customer(id=id_, created=1)))


_others = st.lists(st.tuples(st.integers(1, 30), st.sampled_from([_delete, _rename, _create]), _ids), max_size=6)


@given(_rows, _columns, _others, st.lists(_crashes, max_size=2))
def test_other_writers_meanwhile(
    rows: list[Row], columns: tuple[str, ...], others: list[Interference], crashes: list[Crash]
) -> None:
    """Whoever writes the same customers before any call: each row counts once, and nobody is left half written."""
    data = written(rows, columns)
    world, version = prepared(data)
    calls = 0

    def interfere(_: str) -> None:
        nonlocal calls
        calls += 1
        for at, change, id_ in others:
            if at == calls:
                change(world, id_)

    # One thread, so that nobody writes in the midst of a call of the world in memory.
    world.threads = 1
    world.switch.before_call = interfere
    for planned in crashes:
        crash(world, version, planned)
    outcome = world.deliver_until_final(version)
    counts = outcome.upload.counts
    assert counts.row == len(rows) == counts.success + counts.duplicate
    assert counts.success >= sum(stored.changes or 0 for stored in outcome.customers.values())


def test_somebody_who_never_stops_writing() -> None:
    """Where a customer is written again and again the attempt ends, to be made again later, instead of going round."""
    world, version = prepared(b"id,name\na,Somebody\n")
    world.switch.before_call = lambda name: _rename(world, "a") if name == "registry.write" else None
    with pytest.raises(BusyError):
        world.deliver(version)
    world.switch.before_call = lambda _: None
    assert world.deliver_until_final(version).upload.counts == Counts(1, 1, 0, 0)


def test_another_upload_between_crash_and_retry() -> None:
    """A customer whom another file changed meanwhile is decided upon again; the sums hold."""
    world, version = prepared()
    written_at = [number for number, call in enumerate(calls_of(FILE), 1) if call == "registry.write"]
    crash(world, version, Crash(written_at[-1], took_effect=True, kills=True))
    other = world.ingest(b"id,name\nb,Somebody\ne,Somebody\ng,Somebody\n", "customers/other.csv")
    outcome = world.deliver_until_final(version)
    assert other.upload.counts == Counts(3, 3, 0, 0)
    assert outcome.upload.counts == undisturbed()[0].upload.counts
    assert {id_: world.customers.stored[id_].customer.name for id_ in "beg"} == {
        "b": "Charles",
        "e": "Leonhard",
        "g": "Gauss",
    }


def calls_of(data: bytes) -> list[str]:
    """Return the names of the calls that a file takes, as a run in a world like this one makes them."""
    world, version = prepared(data)
    world.deliver(version)
    return list(world.switch.calls)
