"""After `make erase`, the person is nowhere but where docs/privacy.md says, whatever happens while it runs."""

from collections.abc import Sequence
from contextlib import suppress

import pytest

from tests.privacy.world import CUSTOMER_FILES, EMAIL, ID, LISTED, NAME, OTHERS, World, kept, left_over
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.requests import get, post

_READS = {"Scan", "GetItem", "GetObject", "ListObjectVersions"}


def places_with(world: World, *words: str) -> set[str]:
    """Return the places that have one of some words."""
    return {place for place, text in world.everything() if any(word in text for word in words)}


def erase(world: World) -> Sequence[str]:
    """Erase the person; returns what the command says. Nothing is left."""
    erasure = world.erasure()
    lines = [*erasure.plan(), *erasure.run()]
    assert erasure.left == 0, lines
    return lines


def test_the_person_is_everywhere_before(world: World) -> None:
    """The search finds all places, so that what it doesn't find afterwards is gone."""
    files = {f"`{name}/`" for name in ("customers", "uploads", "validate", "errors", "statements")}
    assert places_with(world, ID) == {"audit trail", *files, *(place for place in kept() if place.startswith("table"))}
    assert places_with(world, NAME, EMAIL) == {
        "`customers/`",
        "`errors/`",
        "table `catalog`",
        "table `idempotency`",
        "table `uploads`",
    }


def test_the_person_is_nowhere_that_the_page_does_not_name(world: World) -> None:
    """Tables, every version of every object: the namesake and the billing records stay."""
    namesake = world.uploads["customers/same-name.csv"]
    lines = erase(world)
    assert not any(word in line for line in lines for word in (NAME, EMAIL))
    found = [
        (place, words, text)
        for place, text in world.everything()
        if (words := left_over(place, text)) and "cus_namesake" not in text
    ]
    assert found == []
    assert places_with(world, ID) >= {"table `events`", "table `usage`", "`uploads/`", "`statements/`"}
    assert places_with(world, "cus_namesake") == {"table `catalog`", "`customers/`"}
    assert get(world.functions, f"/v1/uploads/{namesake}")["status"] == "succeeded"


def test_others_stay(world: World) -> None:
    """Customers of the same files are registered, and files without the person are as they were."""
    before = {key: data for (key, _), data in world.objects().items() if key in OTHERS}
    erase(world)
    assert {key: data for (key, _), data in world.objects().items() if key.startswith("customers/")} == before
    assert get(world.functions, "/v1/customers/cus_other")["name"] == "Other"
    assert get(world.functions, f"/v1/customers/{ID}") == {"id": ID, "object": "customer", "deleted": True}


def test_a_dry_run_changes_nothing(world: World) -> None:
    """It says what the run does."""
    before = world.stored()
    planned = list(world.erasure().plan())
    assert world.stored() == before
    assert len(planned) == 2 + len(CUSTOMER_FILES)
    assert planned[0] == f"Customer {ID}: all data but the ID"
    assert planned[-1] == "2 stored responses of the API"


def test_nothing_is_left_to_erase(world: World) -> None:
    """A second run finds nothing and writes nothing."""
    erase(world)
    before = world.stored()
    assert erase(world) == []
    assert world.stored() == before


@pytest.mark.parametrize("is_carried_out", [False, True])
def test_interrupted_at_each_call(world: World, *, is_carried_out: bool) -> None:
    """Killed before or after any call that writes: the next run leaves the same."""
    begun = world.functions.account.save()
    erase(world)
    right = world.stored()
    for at in range(100):
        world.functions.account.restore(begun)
        left = at

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            nonlocal left
            if call.operation not in _READS:
                left -= 1
            if left < 0 and is_carried_out:
                carry_out(call)
            if left < 0:
                raise DiedError
            return carry_out(call)

        erasure = world.erasure()
        with world.functions.account.disturbed(around), suppress(DiedError):
            list(erasure.run())
        if left >= 0:
            assert at > 2 * len(CUSTOMER_FILES)
            return
        erase(world)
        assert world.stored() == right
    raise AssertionError("the command never ends")


def test_a_repeated_request_does_not_bring_the_person_back(world: World) -> None:
    """Its key is still known, and the response is that the customer was deleted."""
    erase(world)
    fields = {"id": ID, "name": NAME, "email": EMAIL}
    again = post(world.functions, "/v1/customers", fields, key="create")
    assert again == {"id": ID, "object": "customer", "deleted": True}
    assert get(world.functions, f"/v1/customers/{ID}") == again


def test_a_file_can_not_be_reprocessed(world: World) -> None:
    """The API says that its file is gone; its status stays, without the messages."""
    upload = world.uploads["customers/without-id.csv"]
    before = get(world.functions, f"/v1/uploads/{upload}")
    erase(world)
    after = get(world.functions, f"/v1/uploads/{upload}")
    erased = [{**sample, "message": "This message was erased."} for sample in before["samples"]]
    assert after == {**before, "samples": erased, "error_file": None}
    with pytest.raises(AssertionError, match="upload_file_gone"):
        post(world.functions, f"/v1/uploads/{upload}/reprocess", {}, key="again", repeats=False)


def test_an_old_file_that_comes_late(world: World) -> None:
    """It was not processed before the erasure: the person stays erased, and the file is named."""
    late = world.queues.put("customers/late.csv", LISTED)
    world.functions.account.clock.now += 10
    erasure = world.erasure()
    lines = list(erasure.run())
    assert erasure.left == 1, lines
    assert f"Left: Upload {late.upload_id} is in progress. Run make erase again when its status is final." in lines
    world.queues.drain()
    assert get(world.functions, f"/v1/customers/{ID}")["deleted"] is True
    erase(world)
    assert EMAIL not in "".join(text for _, text in world.everything() if "cus_namesake" not in text)


def test_a_file_that_will_be_processed_again_stays(world: World) -> None:
    """Its other customers may be registered nowhere yet."""
    upload = world.uploads["customers/list.csv"]
    retry = {"id": {"S": f"retry#{upload}#3"}, "form": {"N": "1"}}
    world.functions.call_service("dynamodb", "PutItem", {"TableName": "uploads", "Item": retry})
    erasure = world.erasure()
    lines = list(erasure.run())
    assert erasure.left == 1, lines
    assert [line for line in lines if line.startswith(f"Left: Upload {upload} failed, and Meterdrop will process it")]
    assert LISTED in world.objects().values()


def test_an_upload_that_changes_meanwhile(world: World) -> None:
    """Somebody reprocesses it between the search and the write: it is left alone."""
    upload = world.uploads["customers/zz-column.csv"]
    erasure = world.erasure()
    post(world.functions, f"/v1/uploads/{upload}/reprocess", {}, key="meanwhile")
    lines = list(erasure.run())
    assert f"Left: Upload {upload} changed in the meantime. Run make erase again." in lines
    assert (
        "Left: The customer and its files, because they tell by what the rest is found. Run make erase again." in lines
    )
    assert get(world.functions, f"/v1/customers/{ID}")["name"] == NAME
    world.queues.drain()
    erase(world)


def test_a_file_that_can_not_be_searched(world: World) -> None:
    """A workbook can hold anybody, and so can a file that is too large: each is named, the rest is erased."""
    workbook = world.drop("customers/book.xlsx", b"PK\x03\x04\0\0")
    large = world.drop("customers/large.csv", b"id\n" + b"x\n" * 2_700_000)
    erasure = world.erasure()
    lines = list(erasure.run())
    assert erasure.left == 2
    assert [line.partition(". ")[0] for line in lines if workbook in line or large in line] == [
        f"Left: Upload {workbook}: a file that can't be searched, because it isn't a text file",
        f"Left: Upload {large}: a file that can't be searched, because it has more than 5,242,880 bytes",
    ]
    assert get(world.functions, f"/v1/customers/{ID}")["deleted"] is True


def test_an_erased_id_is_registered_again(world: World) -> None:
    """On purpose, by the API: with the usage that is still counted under the ID."""
    erase(world)
    new = post(world.functions, "/v1/customers", {"id": ID, "name": "New"}, key="new")
    assert (new["name"], new["email"], new["phone"]) == ("New", None, None)
    window = {"customer": ID, "start_time": 1_727_222_400, "end_time": 1_727_226_000}
    [summary] = get(world.functions, "/v1/billing/meters/mtr_cpu/event_summaries", window)["data"]
    assert summary["aggregated_value"] == 5


def test_the_audit_finds_nothing(world: World) -> None:
    """Billing records are whole, and nothing names a customer that doesn't exist."""
    from tools.commands.audit import differences  # noqa: PLC0415

    erase(world)
    tables = [world.functions.items(table) for table in ("events", "usage", "uploads", "catalog")]
    assert list(differences(*tables)) == []
