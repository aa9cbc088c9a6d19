"""The contract of registries in memory and on a small DynamoDB; and how the adapter meets AWS's faults."""

import json
import zlib
from dataclasses import replace

import pytest

from meterdrop.adapters.batching import BatchedRegistry, RegistryBatches, Threads
from meterdrop.adapters.catalog.customer_bulk import CustomerRegistry, CustomerTable
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.customers.header import is_customer_column, read_customer_header
from meterdrop.domain.customers.registration import Registration
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout
from meterdrop.domain.uploads.tally import CustomerTally
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.ingest.customer_file import RegistrationContext, register
from tests.support.contracts.registry import Making, RegistryContract, changed
from tests.support.dynamodb.small_dynamodb import Fault, Item
from tests.support.fakes.catalog import FakeRegistry
from tests.support.fakes.crash import Switch
from tests.unit.adapters.conftest import Wired

MANY = 100_000


class TestInMemory(RegistryContract):
    """The fake that pipeline tests stand on."""

    @pytest.fixture
    def registry(self) -> RegistryBatches:
        """Make it."""
        return FakeRegistry(Switch(), {})


class TestAdapter(RegistryContract):
    """The real adapter, against a DynamoDB that is stricter than emulators are."""

    @pytest.fixture
    def registry(self, wired: Wired) -> RegistryBatches:
        """Make it."""
        return CustomerRegistry(wired.json_client, "catalog")


def a_registry(wired: Wired) -> CustomerRegistry:
    """Make the adapter."""
    return CustomerRegistry(wired.json_client, "catalog")


def key(id_: str) -> str:
    """Return under what the small DynamoDB holds a customer."""
    return json.dumps({"pk": {"S": f"customer#{id_}"}, "sk": {"S": "customer"}}, sort_keys=True)


def filled(wired: Wired, count: int) -> None:
    """Put many customers into the catalog."""
    wired.database.tables["catalog"] = {
        key(f"other-{number}"): {
            "pk": {"S": f"customer#other-{number}"},
            "sk": {"S": "customer"},
            "form": {"N": "1"},
            "id": {"S": f"other-{number}"},
            "revision": {"N": "1"},
        }
        for number in range(count)
    }


def run(registry: CustomerRegistry, registrations: list[Registration], upload_id: str = "upl_a") -> Counts:
    """Register customers as an upload does."""
    file = open_csv(b"id,name\n", is_customer_column)
    layout = read_customer_header(file.header)
    tally = CustomerTally(
        ErrorFileBuffer(ErrorFileLayout(upload_id=upload_id, file=file, layout=layout, overflows=False))
    )
    with Threads(4) as threads:
        how = RegistrationContext(
            upload_id=upload_id,
            created=1_727_524_800,
            attributes=("name",),
            registry=BatchedRegistry(registry, threads),
        )
        for _ in register(registrations, how, tally):
            pass
    return tally.counts


def test_many_customers_do_not_slow_a_file_that_names_three(wired: Wired) -> None:
    """A hundred thousand others cost no call and no key more, neither a file of customers nor one of usage."""
    filled(wired, MANY)
    named = ["other-1", "other-2", "new"]
    assert run(a_registry(wired), [Registration(id_, row, ("Ada",)) for row, id_ in enumerate(named, 1)]).success == 3
    assert CustomerTable(wired.json_client, "catalog").registered(named) == set(named)
    assert wired.database.requests == [("BatchGetItem", 3), ("BatchExecuteStatement", 3), ("BatchGetItem", 3)]


def test_many_customers_of_a_file_go_in_batches(wired: Wired) -> None:
    """A hundred a read, twenty-five a write; a second file that says the same is only read."""
    registrations = [Registration(f"c{number}", number + 1, ("Ada",)) for number in range(250)]
    assert run(a_registry(wired), registrations) == Counts(250, 250, 0, 0)
    assert sorted(wired.database.requests) == [("BatchExecuteStatement", 25)] * 10 + [
        ("BatchGetItem", 50),
        ("BatchGetItem", 100),
        ("BatchGetItem", 100),
    ]
    wired.database.requests.clear()
    assert run(a_registry(wired), registrations, "upl_b") == Counts(250, 0, 250, 0)
    assert {operation for operation, _ in wired.database.requests} == {"BatchGetItem"}


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(damaged=True), Fault(rows=(1,)), Fault(status=503)])
def test_rows_count_once_whatever_becomes_of_an_answer(wired: Wired, fault: Fault) -> None:
    """A write whose answer was lost meets itself; the customer is read again, and notes what its rows count."""
    run(a_registry(wired), [Registration("b", 1, ("Babbage",))], "upl_earlier")
    both = [Registration("a", 1, ("Ada",)), Registration("b", 2, ("Charles",))]
    both[0].add_row(3, ("Ada L.",))
    wired.database.faults.extend([None, fault])
    assert run(a_registry(wired), both) == Counts(3, 3, 0, 0)
    assert {id_: stored.customer.name for id_, stored in a_registry(wired).read(["a", "b"]).items()} == {
        "a": "Ada L.",
        "b": "Charles",
    }


def test_a_customer_who_is_written_between_reading_and_writing(wired: Wired) -> None:
    """What somebody else wrote in between stays, but for what the file says."""
    registry, database, answer = a_registry(wired), wired.database, wired.database.answer
    run(registry, [Registration("a", 1, ("Ada",))], "upl_earlier")

    def read_then_write(operation: str, body: dict[str, object], fault: Fault) -> dict[str, object]:
        given = answer(operation, body, fault)
        database.answer = answer  # type: ignore[method-assign]
        [stored] = registry.read(["a"]).values()
        customer = replace(stored.customer, description="by the API", metadata={"plan": "pro"})
        item: Item = {
            **database.tables["catalog"][key("a")],
            "description": {"S": customer.description or ""},
            "metadata": {"M": {"plan": {"S": "pro"}}},
            "revision": {"N": str(stored.revision + 1)},
        }
        database.tables["catalog"][key("a")] = item
        return given

    database.answer = read_then_write  # type: ignore[method-assign]
    assert run(registry, [Registration("a", 1, ("Ada L.",))]) == Counts(1, 1, 0, 0)
    customer = registry.read(["a"])["a"].customer
    assert (customer.name, customer.description, customer.metadata) == ("Ada L.", "by the API", {"plan": "pro"})


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError", "Unheard"])
def test_statements_that_are_refused(wired: Wired, code: str) -> None:
    """Any other error of one statement raises: a customer is never taken for stored."""
    making = Making()
    wired.database.faults.append(Fault(rows=(1,), row_code=code))
    with pytest.raises(AwsError, match=f"BatchExecuteStatement: {code}"):
        a_registry(wired).write([(None, making.customer("a")), (None, making.customer("b"))])


def test_the_item(wired: Wired) -> None:
    """The attributes that other readers stand on: the index keys, the revision, the row that wrote it."""
    new = Making("run").customer("a", email=None)
    a_registry(wired).write([(None, new)])
    assert wired.database.tables["catalog"][key("a run")] == {
        "pk": {"S": "customer#a run"},
        "sk": {"S": "customer"},
        "form": {"N": "1"},
        "id": {"S": "a run"},
        "name": {"S": "Ada"},
        "created": {"N": "1727524800"},
        "revision": {"N": "1"},
        "upload": {"S": "upl_run"},
        "row": {"N": "7"},
        "changes": {"N": "2"},
        "shard": {"S": f"customers#{zlib.crc32(b'a run') % 8}"},
        "created_id": {"S": "1727524800#a run"},
    }


def test_a_customer_written_by_hand(wired: Wired) -> None:
    """One without a revision gets its first, unless somebody gave it one meanwhile."""
    wired.database.tables["catalog"] = {
        key("a"): {
            "pk": {"S": "customer#a"},
            "sk": {"S": "customer"},
            "form": {"N": "1"},
            "id": {"S": "a"},
            "name": {"S": "Ada"},
        }
    }
    registry = a_registry(wired)
    before = registry.read(["a"])["a"]
    after = changed(before, name="Ada L.")
    assert [registry.write([(before, after)]), registry.write([(before, after)])] == [[True], [False]]
    assert registry.read(["a"])["a"] == after
