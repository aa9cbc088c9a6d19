"""The claim of an account: bounded, whatever is dropped on a key, and what it says of the file that is updated."""

from dataclasses import replace

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest import deduplicate as claim_content
from meterdrop.pipeline.ingest import key_account as claim_account
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.world import World
from tests.support.updates import HEADER, KEY, KINDS, counted, file_of
from tests.unit.pipeline.test_updated_file import OTHER_KEY, change, error_file_of, go_on, version_of

ACCOUNT = f"key#{KEY}"
UNHEARD = "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,{}"


def growing(count: int) -> bytes:
    """Write a file of so many different rows, and one that is always bad."""
    return (HEADER + "".join(UNHEARD.format(number) + "\n" for number in range(1, count + 1)) + KINDS["x"]).encode()


def test_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many versions come, each with new rows: the claim stays small, and every row counts once."""
    monkeypatch.setattr(claim_account, "MAX_VERSIONS", 3)
    monkeypatch.setattr(claim_account, "MAX_LATEST", 4)
    world = World()
    for count in range(1, 12):
        assert Counts(count + 1, 1, count - 1, 1) == world.ingest(growing(count), KEY).upload.counts
        assert len(world.claims.stored[ACCOUNT].holders) <= 3
        assert len(world.claims.stored[ACCOUNT].latest) <= 4
    assert 11 == len(world.events)
    assert 3 == world.claims.stored[ACCOUNT].pages
    listed = [id_ for name, claim in world.claims.stored.items() if name.startswith(ACCOUNT) for id_ in claim.holders]
    assert len(set(listed)) == len(listed) == 11


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_page_whose_claim_was_never_written(took_effect: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between page and claim leaves a page that nobody knows, and that the next attempt writes again."""
    monkeypatch.setattr(claim_account, "MAX_VERSIONS", 2)
    world = World()
    for count in (1, 2):
        world.ingest(growing(count), KEY)
    world.switch.plan(None)
    version = world.drop(growing(3), KEY)
    twin = World()
    for count in (1, 2):
        twin.ingest(growing(count), KEY)
    twin.switch.plan(None)
    twin.ingest(growing(3), KEY)
    at = twin.switch.calls.index("claims.put") + 1
    assert ["claims.get", "claims.put", "claims.put"] == [
        call for call in twin.switch.calls[at - 2 : at + 1] if call.startswith("claims")
    ]
    world.switch.plan(Crash(at, took_effect=took_effect, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += 1_000
    assert Counts(4, 1, 2, 1) == world.deliver_until_final(version).upload.counts


def test_same_bytes_again_and_again_with_a_bad_row() -> None:
    """A content does not gather those who had nothing but duplicates of it."""
    world = World()
    for _ in range(6):
        world.ingest(file_of("abx"), KEY)
    content = next(claim for name, claim in world.claims.stored.items() if name.startswith("content#"))
    assert len(content.holders) <= 2


def test_a_content_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let in again and again, it does not fill its claim; those that came first stay."""
    monkeypatch.setattr(claim_content, "MAX_HOLDERS", 3)
    world = World()
    first = world.ingest(file_of("a"), "uploads/1.csv")
    for number in range(2, 7):
        world.ingest(file_of("a"), f"uploads/{number}.csv", allow_duplicate=True)
    content = next(claim for name, claim in world.claims.stored.items() if name.startswith("content#"))
    assert len(content.holders) <= 3
    assert first.upload.id in content.holders


def test_rows_of_a_reverted_version_that_come_back() -> None:
    """A row that the version had matched may come by its id once the version is reverted, and is known from then on."""
    world = World()
    world.ingest(file_of("a"), KEY)
    second = world.ingest(file_of("aab"), KEY)
    assert Counts(3, 2, 1, 0) == second.upload.counts
    change(world, version_of(second), to_revert)
    go_on(world, version_of(second))
    data = f"{HEADER.strip()},identifier\n{KINDS['b']},{second.upload.id}:1\n".encode()
    assert Counts(1, 1, 0, 0) == world.ingest(data, OTHER_KEY).upload.counts
    assert Counts(2, 0, 2, 0) == world.ingest(file_of("ab"), KEY).upload.counts


def test_what_a_file_updates() -> None:
    """It is the newest whole file before it that still counts; error files and files of other keys are none."""
    world = World()
    first = world.ingest(file_of("ax"), KEY)
    assert first.upload.updates is None
    assert world.ingest(error_file_of(first, 2, "b"), KEY).upload.updates is None
    second = world.ingest(file_of("abc"), KEY)
    assert first.upload.id == second.upload.updates
    assert second.upload.id == world.ingest(file_of("abc"), KEY.replace("uploads/", "validate/")).upload.updates
    change(world, version_of(second), to_revert)
    assert go_on(world, version_of(second)).upload.updates == first.upload.id
    third = world.ingest(file_of("abcc"), KEY)
    assert first.upload.id == third.upload.updates
    change(world, version_of(first), to_reprocess)
    assert go_on(world, version_of(first)).upload.updates is None
    assert third.upload.id == world.ingest(file_of("abccc"), KEY).upload.updates
    assert world.ingest(file_of("c"), OTHER_KEY).upload.updates is None


def test_what_a_file_updates_is_known_after_a_crash() -> None:
    """The attempt that claimed the account may not have said so."""
    world = World()
    first = world.ingest(file_of("a"), KEY)
    version = world.drop(file_of("ab"), KEY)
    twin = World()
    twin.ingest(file_of("a"), KEY)
    twin.switch.plan(None)
    twin.ingest(file_of("ab"), KEY)
    world.switch.plan(Crash(twin.switch.calls.index("claims.put") + 1, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += 1_000
    assert first.upload.id == world.deliver_until_final(version).upload.updates


def test_meter_away_for_a_while() -> None:
    """Rows that count are duplicates of themselves while their meter is away; the error file has the new row alone."""
    world = World()
    rows = "".join(f"2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,{number}\n" for number in (1, 2, 3, 4, 5))
    world.ingest((HEADER + rows).encode(), KEY)
    meter = world.meters.stored["mtr_cpu"]
    world.meters.stored["mtr_cpu"] = replace(meter, active=False)
    longer = world.ingest((HEADER + rows + "2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,6\n").encode(), KEY)
    assert Counts(6, 0, 5, 1) == longer.upload.counts
    assert ["archived_meter"] == [sample.code for sample in longer.upload.samples]
    world.meters.stored["mtr_cpu"] = meter
    assert Counts(1, 1, 0, 0) == world.ingest(longer.error_file or b"", OTHER_KEY).upload.counts
    assert 21 == sum(event.value or 0 for event in world.events.values())


def test_customer_away_of_a_row_with_an_identifier() -> None:
    """A row whose identifier is that of an equal event is a duplicate before it is asked who is registered."""
    world = World()
    header = HEADER.strip() + ",identifier\n"
    data = f"{header}{KINDS['a']},one\n{KINDS['b']},two\n".encode()
    world.ingest(data, KEY)
    del world.customers.stored["cus_QMJJtcu70R1x46"]
    other = f"{header}{KINDS['a']},one\n{KINDS['a']},two\n{KINDS['a']},three\n".encode()
    outcome = world.ingest(other, OTHER_KEY)
    assert Counts(3, 0, 1, 2) == outcome.upload.counts
    assert [2, 3] == [sample.row_number for sample in outcome.upload.samples]


def test_rows_too_old_by_now() -> None:
    """A row that counts is a duplicate though a limit of age would keep it out today."""
    world = World()
    world.ingest(file_of("ab"), KEY)
    world.max_age_days = 1
    assert Counts(3, 0, 2, 1) == world.ingest(file_of("abb"), KEY).upload.counts


def test_bytes_of_which_no_row_counts() -> None:
    """All rows were refused: the same bytes are taken in under a new name, and then no more by the first upload."""
    world = World()
    first = world.ingest(file_of("nn"), KEY)
    world.customers.add("cus_nobody")
    assert Counts(2, 2, 0, 0) == world.ingest(file_of("nn"), OTHER_KEY).upload.counts
    refused = world.ingest(first.error_file or b"", "uploads/error file.csv").upload
    assert (refused.failure and refused.failure.code) is FileCode.DUPLICATE
    change(world, version_of(first), to_reprocess)
    again = go_on(world, version_of(first)).upload
    assert (again.failure and again.failure.code) is FileCode.DUPLICATE
    assert {"n": 2} == counted(world.events.values())


def test_bytes_of_which_an_error_file_counts() -> None:
    """Rows that were refused and came by the error file count: the same bytes elsewhere are refused."""
    world = World()
    first = world.ingest(file_of("nn"), KEY)
    world.customers.add("cus_nobody")
    corrected = world.ingest(first.error_file or b"", "uploads/error file.csv")
    assert Counts(2, 2, 0, 0) == corrected.upload.counts
    refused = world.ingest(file_of("nn"), OTHER_KEY).upload
    assert (refused.failure and refused.failure.code) is FileCode.DUPLICATE
    assert corrected.upload.id in (refused.failure.message if refused.failure else "")


def test_bytes_of_which_all_rows_are_duplicates() -> None:
    """They count as long as one of the uploads counts whose rows they are."""
    world = World()
    first = world.ingest(file_of("abc"), KEY)
    world.ingest(file_of("ab"), KEY)
    refused = world.ingest(file_of("ab"), OTHER_KEY).upload
    assert (refused.failure and refused.failure.code) is FileCode.DUPLICATE
    change(world, version_of(first), to_revert)
    go_on(world, version_of(first))
    assert Counts(2, 2, 0, 0) == world.ingest(file_of("ab"), OTHER_KEY).upload.counts


def test_an_error_file_that_comes_back_early() -> None:
    """Its parent has written it, and not ended yet: its rows wait, however often they come."""
    world = World()
    version = world.drop(file_of("ax"), KEY)
    twin = World()
    twin.ingest(file_of("ax"), KEY)
    world.switch.plan(Crash(twin.switch.calls.index("uploads.finish") + 1, took_effect=False, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    data = error_file_of(world.outcome(version), 2, "b")
    early = world.drop(data, OTHER_KEY)
    for _ in range(3):
        with pytest.raises(BusyError):
            world.deliver(early)
    assert Status.PROCESSING is world.uploads.stored[early.upload_id].status
    world.now += 1_000
    world.deliver_until_final(version)
    assert Counts(1, 1, 0, 0) == world.deliver_until_final(early).upload.counts


def test_an_error_file_let_in() -> None:
    """Rows of a file that came by `allow-duplicate` are new, corrected ones too."""
    world = World()
    world.ingest(file_of("ab"), KEY)
    beside = world.ingest(file_of("ax"), KEY, allow_duplicate=True)
    assert Counts(2, 1, 0, 1) == beside.upload.counts
    assert Counts(1, 1, 0, 0) == world.ingest(error_file_of(beside, 2, "b"), OTHER_KEY).upload.counts
    assert {"a": 2, "b": 2} == counted(world.events.values())
