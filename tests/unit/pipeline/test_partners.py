"""Two partners and the owner: no file of one changes the result, the events or the messages of another."""

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.metering.partners import Partner
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value"
CUSTOMER = b"cus_QMJJtcu70R1x46"
BOTH = {"acme": Partner(), "globex": Partner()}


def usage(*values: tuple[bytes, bytes], customer: bytes = CUSTOMER) -> bytes:
    """Return a file with these values and identifiers."""
    rows = [b"2024-09-25,ai_search_api,%s,%s,%s" % (customer, value, identifier) for value, identifier in values]
    return b"\n".join([HEADER + b",identifier", *rows, b""])


def result(outcome: Outcome) -> tuple[Status, Counts]:
    """Return the status and the counts, after a check that events and usage agree with them."""
    assert_sound(outcome)
    return outcome.upload.status, outcome.upload.counts


def messages(outcome: Outcome) -> str:
    """Return everything that a partner can read of its upload."""
    return b"\n".join(outcome.error_parts).decode()


def test_nobody_takes_the_identifiers_of_another_partner() -> None:
    """Squatting: a partner guesses identifiers, and uploads them first with other content."""
    world = World(partners=BOTH)
    world.ingest(usage((b"0", b"inv-1"), (b"0", b"inv-2")), "uploads/acme/squat.csv")
    found = world.ingest(usage((b"100", b"inv-1"), (b"100", b"inv-2")), "uploads/globex/real.csv")
    assert result(found) == (Status.SUCCEEDED, Counts(2, 2))
    owners = world.ingest(usage((b"7", b"inv-1")), "uploads/own.csv")
    assert result(owners) == (Status.SUCCEEDED, Counts(1, 1))


@pytest.mark.parametrize("identifier", [b"acme/inv-1", b"'acme/inv-1", b"\xc2\xa0acme/inv-1"])
def test_an_identifier_that_looks_like_a_partners_is_the_owners(identifier: bytes) -> None:
    """The owner's identifiers may contain the name of a partner."""
    world = World(partners=BOTH)
    world.ingest(usage((b"1", identifier)), "uploads/own.csv")
    assert result(world.ingest(usage((b"2", b"inv-1")), "uploads/acme/a.csv")) == (Status.SUCCEEDED, Counts(1, 1))
    assert len(world.events) == 2


def test_nobody_forges_the_id_of_a_refused_row() -> None:
    """The error file of a partner comes back and counts, whatever another one uploaded under its rows' IDs."""
    world = World(partners=BOTH)
    refused = world.ingest(HEADER + b"\n2024-09-25,ai_search_api,cus_new,5\n", "uploads/globex/a.csv")
    id_ = f"{refused.upload.id}:1".encode()
    forged = world.ingest(usage((b"0", id_)), "uploads/acme/forged.csv")
    assert (result(forged), forged.upload.parent) == ((Status.SUCCEEDED_WITH_ERRORS, Counts(1, error=1)), None)
    world.customers.add("cus_new")
    corrected = world.ingest(refused.error_file or b"", "uploads/globex/corrected.csv")
    assert (result(corrected), corrected.upload.parent) == ((Status.SUCCEEDED, Counts(1, 1)), refused.upload.id)


def test_nobody_becomes_the_child_of_a_file_of_another_partner() -> None:
    """Neither the column `upload` nor an ID tells whether an upload of another partner exists."""
    world = World(partners=BOTH)
    theirs = world.ingest(HEADER + b"\n2024-09-25,ai_search_api,cus_new,5\n", "uploads/globex/a.csv").upload.id
    absent = "upl_" + "a" * 26
    texts = []
    for upload_id in (theirs, absent):
        row = f"2024-09-25,ai_search_api,{CUSTOMER.decode()},1,{upload_id},1,,,"
        data = HEADER + b",upload,row_number,error_code,error_field,error_message\n" + row.encode() + b"\n"
        found = world.ingest(data, "uploads/acme/child.csv")
        assert (found.upload.parent, found.upload.counts.error) == (None, 1)
        texts.append(messages(found).replace(upload_id, "X").replace(found.upload.id, "Y"))
    assert texts[0] == texts[1]


def test_a_partner_has_only_its_own_customers_meters_and_signs() -> None:
    """Zeroing: a partner sends the negative usage of another partner's customer, or of its own."""
    limits = Partner(("acme_*",), ("ai_*",), negative=False)
    world = World(partners={"acme": limits, "globex": Partner()})
    world.customers.add("acme_1")
    assert world.ingest(usage((b"1000", b"a")), "uploads/globex/a.csv").upload.counts.success == 1
    data = b"\n".join(
        [
            HEADER,
            b"2024-09-25,ai_search_api,%s,-1000" % CUSTOMER,
            b"2024-09-25,ai_search_api,acme_1,-1000",
            b"2024-09-25,cpu_usage,acme_1,1",
            b"2024-09-25,ai_search_api,acme_1,1",
            b"2024-09-25,ai_search_api,acme_1,-0",
            b"",
        ]
    )
    found = world.ingest(data, "uploads/acme/a.csv")
    assert result(found) == (Status.SUCCEEDED_WITH_ERRORS, Counts(5, 2, error=3))
    assert [(sample.row_number, sample.code.value) for sample in found.upload.samples] == [
        (1, "meter_event_customer_not_found"),
        (1, "meter_event_invalid_value"),
        (2, "meter_event_invalid_value"),
        (3, "no_meter"),
    ]


def test_control_sums_include_negative_values_that_a_partner_may_not_send() -> None:
    """A sum is that of every number in the file, refused rows included."""
    world = World(partners={"acme": Partner(negative=False)})
    data = usage((b"5", b"a"), (b"-2", b"b"))
    found = world.ingest(data, "uploads/acme/a.csv", control={"expect-sums": '{"ai_search_api": "3"}'})
    assert result(found) == (Status.SUCCEEDED_WITH_ERRORS, Counts(2, 1, error=1))


def test_nobody_takes_the_bytes_of_another_partner() -> None:
    """Same bytes first: a partner guesses a small file. Within one scope, a copy is still refused."""
    world = World(partners=BOTH)
    data = HEADER + b"\n2024-09-25,ai_search_api,%s,100\n" % CUSTOMER
    world.ingest(data, "uploads/acme/guess.csv")
    assert result(world.ingest(data, "uploads/globex/real.csv")) == (Status.SUCCEEDED, Counts(1, 1))
    assert result(world.ingest(data, "uploads/own.csv")) == (Status.SUCCEEDED, Counts(1, 1))
    copy = world.ingest(data, "uploads/acme/copy.csv").upload
    assert copy.failure is not None
    assert copy.failure.code is FileCode.DUPLICATE


def test_a_revert_takes_nothing_from_another_partner() -> None:
    """Taken over, then reverted: a partner uploads another one's row first, and the owner reverts that upload."""
    world = World(partners=BOTH)
    stolen = world.drop(usage((b"100", b"inv-1")), "uploads/acme/stolen.csv")
    world.deliver_until_final(stolen)
    real = world.ingest(usage((b"100", b"inv-1")), "uploads/globex/real.csv")
    assert result(real) == (Status.SUCCEEDED, Counts(1, 1))
    world.change(stolen, to_revert)
    assert [(event.upload, event.identifier) for event in world.events.values()] == [(real.upload.id, "inv-1")]


def test_messages_name_nothing_of_another_partner() -> None:
    """Enumeration: guesses of identifiers, contents, customers and meters have no answer."""
    world = World(partners={"acme": Partner(("acme_*",), ("ai_*",)), "globex": Partner()})
    theirs = HEADER + b"\n2024-09-25,ai_search_api,%s,100\n" % CUSTOMER
    world.ingest(theirs, "uploads/globex/secret/contract.csv")
    world.ingest(usage((b"1", b"globex-1")), "uploads/globex/b.csv")
    guesses = usage((b"2", b"globex-1"), (b"1", b"globex-1"), customer=b"acme_1")
    world.customers.add("acme_1")
    told = [messages(world.ingest(data, "uploads/acme/guess.csv")) for data in (theirs, guesses)]
    assert "globex/" not in "".join(told)
    known, unknown = (
        messages(world.ingest(usage((b"x", b"c"), customer=customer), f"uploads/acme/{customer.decode()}.csv"))
        for customer in (CUSTOMER, b"cus_QMJJtcu70R1x47")
    )
    assert known.replace("x46", "x47").split(",upl_")[0] == unknown.split(",upl_")[0]
    assert "isn't registered" in known
    missing = messages(world.ingest(b"timestamp,event_name\n2024-09-25,seats\n", "uploads/acme/m.csv"))
    assert "payload_stripe_customer_id" in missing
    assert "payload_tenant" not in missing


@pytest.mark.parametrize(
    ("key", "error_file", "partner"),
    [
        ("uploads/acme/a.csv", "errors/acme/a.csv/", "acme"),
        ("uploads/acme/b/a.csv", "errors/acme/b/a.csv/", "acme"),
        ("validate/acme/a.csv", "errors/acme/a.csv/", "acme"),
        ("uploads/acme", "errors/upl_", None),
        ("customers/acme/a.csv", "errors/upl_", None),
        ("uploads/Acme/a.csv", "errors/Acme/a.csv/", None),
        ("uploads/acme-2/a.csv", "errors/acme-2/a.csv/", None),
        ("uploads/a.csv", "errors/a.csv/", None),
    ],
)
def test_the_first_folder_is_the_partner(key: str, error_file: str, partner: str | None) -> None:
    """No error file of the owner is in the folder whose error files a partner can read."""
    upload = World(partners=BOTH).ingest(b"x", key).upload
    assert upload.partner == partner
    assert upload.error_file is not None
    assert upload.error_file.key.startswith(error_file)


def test_limits_that_come_later_leave_what_is_counted() -> None:
    """A reprocess by narrower limits, or of a former partner, takes no event back."""
    for later in ({"acme": Partner(("b",), ("seats",))}, {}):
        world = World(partners={"acme": Partner()})
        version = world.drop(HEADER + b"\n2024-09-25,ai_search_api,%s,1\nbad,x,y,z\n" % CUSTOMER, "uploads/acme/a.csv")
        first = world.deliver_until_final(version)
        assert result(first) == (Status.SUCCEEDED_WITH_ERRORS, Counts(2, 1, error=1))
        world.partners = later
        world.change(version, to_reprocess)
        assert result(world.outcome(version)) == (Status.SUCCEEDED_WITH_ERRORS, Counts(2, 1, error=1))
        assert world.uploads.stored[version.upload_id].partner == "acme"


def test_updated_files_and_error_files_of_a_partner_work_as_the_owners() -> None:
    """The account of a key, parents and duplicates are within one scope."""
    world = World(partners=BOTH)
    row = b"2024-09-25,ai_search_api,%s," % CUSTOMER
    first = world.ingest(b"\n".join([HEADER, row + b"1", b"bad,ai_search_api,%s,2" % CUSTOMER, b""]), "uploads/acme/a")
    corrected = (first.error_file or b"").replace(b"bad", b"2024-09-25")
    assert result(world.ingest(corrected, "uploads/acme/b")) == (Status.SUCCEEDED, Counts(1, 1))
    whole = b"\n".join([HEADER, row + b"1", row + b"2", row + b"3", b""])
    updated = world.ingest(whole, "uploads/acme/a")
    assert (result(updated), updated.upload.updates) == ((Status.SUCCEEDED, Counts(3, 1, 2)), first.upload.id)
    named = usage((b"4", b"n"))
    assert world.ingest(named, "uploads/acme/c").upload.counts == Counts(1, 1)
    assert world.ingest(named, "uploads/acme/d").upload.counts == Counts(1, duplicate=1)
