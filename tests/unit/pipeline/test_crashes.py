"""A crash at any call leaves a state that the next delivery completes to the one right result."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.adapters.metering import event_items
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectVersion
from meterdrop.pipeline.attempt import GRACE, BusyError
from tests.support.fakes.catalog import METERS
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import LIFE, Outcome, World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
EARLIER = HEADER + b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,taken\n"
FILE = HEADER + (
    b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400,\n"
    b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,400,a\n"
    b"2024-09-25,cpu_usage,cus_GAXJtSu6021a6s,1.5,b\n"
    b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,400.0,a\n"
    b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,401,a\n"
    b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,taken\n"
    b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,2,taken\n"
    b"2024-09-25,ai_search_api,cus_nobody,2,\n"
    b"2024-09-26,cpu_usage,cus_Qz0fwcfSysB9Z3,-1,\n"
)
GOOD_FILE = FILE.partition(b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,401")[0]


def prepared(data: bytes = FILE) -> tuple[World, ObjectVersion]:
    """Make a world with an earlier upload and a file that waits for its notification."""
    world = World(batch=2)
    world.ingest(EARLIER, "uploads/earlier.csv")
    world.switch.plan(None)
    return world, world.drop(data)


@cache
def undisturbed(data: bytes = FILE) -> tuple[Outcome, int]:
    """Return what comes of the file without a crash, and how many calls that takes."""
    world, version = prepared(data)
    return world.deliver_until_final(version), len(world.switch.calls)


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


def assert_same(world: World, version: ObjectVersion, expected: Outcome) -> None:
    """Compare all that users see with what an undisturbed run leaves."""
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    found, right = outcome.upload, expected.upload
    assert (found.status, found.counts, found.totals) == (right.status, right.counts, right.totals)
    assert found.samples == right.samples
    assert outcome.error_file == expected.error_file
    assert outcome.events == expected.events
    assert outcome.usage == expected.usage
    assert world.objects.error_file(error_file_key(found.key, found.id)) == expected.error_file


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, undisturbed()[1] + 1))
def test_crash_at_any_call(at: int, took_effect: bool, kills: bool) -> None:
    """One crash before or after any call, then retries: the same end as without."""
    world, version = prepared()
    crash(world, version, Crash(at, took_effect, kills))
    assert_same(world, version, undisturbed()[0])


_crashes = st.builds(Crash, st.integers(1, 60), st.booleans(), st.booleans())


@given(st.lists(_crashes, max_size=4), st.sampled_from([FILE, GOOD_FILE]))
def test_several_crashes(crashes: list[Crash], data: bytes) -> None:
    """However often it crashes, in retries too."""
    world, version = prepared(data)
    for planned in crashes:
        crash(world, version, planned)
    assert_same(world, version, undisturbed(data)[0])


def test_a_final_upload_stays_as_it_is() -> None:
    """Two more deliveries of the notification change nothing at all."""
    world, version = prepared()
    world.deliver_until_final(version)
    before = (dict(world.uploads.stored), dict(world.events), dict(world.usage), dict(world.claims.stored))
    assert [world.deliver(version), world.deliver(version)] == [None, None]
    assert (world.uploads.stored, world.events, world.usage, world.claims.stored) == before


def _without_customer(world: World) -> None:
    world.customers.stored.pop("cus_GAXJtSu6021a6s", None)


def _with_customer(world: World) -> None:
    world.customers.add("cus_nobody")


def _archive(world: World) -> None:
    _change_meter(world, METERS[0], active=False)


def _other_value_key(world: World) -> None:
    _change_meter(world, METERS[1], value_key="seconds")


def _replace_meter(world: World) -> None:
    world.meters.stored["mtr_new"] = replace(METERS[0], id="mtr_new", created=1)
    _archive(world)


def _change_meter(world: World, meter: Meter, *, active: bool = True, value_key: str = "value") -> None:
    world.meters.stored[meter.id] = replace(meter, active=active, value_key=value_key)


CHANGES = (_without_customer, _with_customer, _archive, _other_value_key, _replace_meter)


@given(_crashes, st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2))
def test_catalog_changed_between_crash_and_retry(planned: Crash, changes: list[Callable[[World], None]]) -> None:
    """What is stored wins over what would be judged today: one verdict, one event, matching counts."""
    world, version = prepared()
    crash(world, version, planned)
    upload_id = version.upload_id
    stored = {e.row: e._replace(item="") for e in world.events.values() if e.upload == upload_id}
    for change in changes:
        change(world)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert stored.items() <= outcome.events.items()
    refused = {int(row["row_number"]) for row in error_rows(outcome.error_file)}
    assert refused.isdisjoint(outcome.events)


def test_customer_deleted_between_crash_and_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 2: a row whose event is stored is a success, though its customer is gone; a row that is not is refused."""
    monkeypatch.setattr(event_items, "BLOCK_ROWS", 1)
    world, version = prepared(
        HEADER
        + b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,1,\n"
        + b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,2,\n"
    )
    at = next(iter(undisturbed_calls(world, version, "events.insert")))
    crash(world, version, Crash(at, took_effect=True, kills=True))
    assert len(world.events) == 2
    _without_customer(world)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert list(outcome.events) == [1]
    assert [(sample.row_number, sample.code.value) for sample in outcome.upload.samples] == [
        (2, "meter_event_customer_not_found")
    ]
    assert [total.value_sum for total in outcome.upload.totals] == ["1"]


def undisturbed_calls(world: World, version: ObjectVersion, name: str) -> list[int]:
    """Return the numbers of calls of a name, as a run in a world like this one makes them."""
    twin = World(batch=world.batch)
    stored = world.objects.dropped[version]
    twin.deliver(twin.drop(stored.data))
    return [number for number, call in enumerate(twin.switch.calls, 1) if call == name]


def test_stored_by_another_row_of_its_group() -> None:
    """A stored item wins its in-file group: the row above it, good only now, does not take its identifier."""
    rows = b"2024-09-25,ai_search_api,cus_nobody,1,a\n2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,2,a\n"
    world, version = prepared(HEADER + rows)
    inserted = undisturbed_calls(world, version, "events.insert")
    crash(world, version, Crash(inserted[0], took_effect=True, kills=True))
    _with_customer(world)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert {row: event.customer for row, event in outcome.events.items()} == {2: "cus_GAXJtSu6021a6s"}
    assert [(sample.row_number, sample.code.value) for sample in outcome.upload.samples] == [(1, "identifier_conflict")]


def test_a_bad_row_whose_identifier_is_taken() -> None:
    """Where all ids are read first its own errors count all the same, and say what to correct."""
    world, _ = prepared()
    bad = b"2024-09-25,ai_search_api,cus_nobody,1,taken\n"
    outcome = world.ingest(HEADER + bad, "validate/bad.csv")
    assert [(1, "meter_event_customer_not_found")] == [
        (sample.row_number, sample.code.value) for sample in outcome.upload.samples
    ]


def test_error_file_of_an_earlier_attempt_goes() -> None:
    """Where the retry refuses no row any more, the error file that the crashed attempt wrote is removed."""
    world, version = prepared(HEADER + b"2024-09-25,ai_search_api,cus_nobody,1,\n")
    written = undisturbed_calls(world, version, "objects.write_error_file")
    crash(world, version, Crash(written[0], took_effect=True, kills=True))
    _with_customer(world)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert outcome.upload.error_file is None
    assert world.objects.error_file(error_file_key("uploads/usage.csv", version.upload_id)) is None


def test_file_deleted_between_crash_and_retry() -> None:
    """A file that is gone while events of it may be stored is no failed upload: that one has no events."""
    world, version = prepared()
    inserted = undisturbed_calls(world, version, "events.insert")
    crash(world, version, Crash(inserted[0], took_effect=True, kills=True))
    world.objects.delete(version)
    with pytest.raises(ObjectGoneError):
        world.deliver(version)
    assert not world.uploads.stored[version.upload_id].is_final
