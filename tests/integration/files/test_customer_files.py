"""Files of customers dropped into the deployed stack, and the registry's contract on the emulator's DynamoDB."""

import csv
import io

import pytest
import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.batching import RegistryBatches
from meterdrop.adapters.catalog.customer_bulk import CustomerRegistry
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.upload import Counts, Total
from tests.support.contracts.registry import RegistryContract
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

FILE = b"""id,name,email
cus_files_1,Ada,ada@example.com
cus_files_2,Babbage,
,Curie,curie@example.com
cus_files_2,Charles Babbage,
"""
USAGE = b"""timestamp,event_name,payload_stripe_customer_id,payload_value
2024-09-25,cpu_usage,cus_files_2,1207
2024-09-25,cpu_usage,cus_files_3,1
"""


@pytest.fixture
def registry(stack: LocalStack) -> RegistryBatches:
    """Speak to the catalog as the emulator's root."""
    clients = stack.clients
    credentials = Credentials(str(clients.access_key_id), str(clients.secret_access_key))
    endpoint = Endpoint(stack.endpoint_url, stack.region, credentials, urllib3.Timeout(connect=2, read=10))
    return CustomerRegistry(JsonClient(endpoint, connections=8), stack.outputs.catalog_table)


class TestRegistry(RegistryContract):
    """The real adapter on the real key schema and indexes."""


def test_customers_by_file(stack: LocalStack, registry: RegistryBatches) -> None:
    """A file registers customers, its corrected error file the rest, once however often; then usage counts for them."""
    dropping = Dropping(stack)
    first = dropping.drop("customers/2024/new.csv", FILE)
    corrected = dropping.error_file(first).replace(b"\r\n,Curie", b"\r\ncus_files_3,Curie")
    back = [dropping.drop(f"customers/back-{number}.csv", corrected) for number in range(2)]
    again = dropping.drop("customers/again.csv", FILE)
    usage = dropping.drop("uploads/of-new-customers.csv", USAGE)
    found = registry.read(["cus_files_1", "cus_files_2", "cus_files_3"])

    assert (Kind.CUSTOMERS, Status.SUCCEEDED_WITH_ERRORS, Counts(4, 3, 0, 1)) == (
        first.kind,
        first.status,
        first.counts,
    )
    assert ["customer_id_missing"] == [row["error_code"] for row in _rows(dropping.error_file(first))]
    assert ["customer_id_missing"] == [sample.code.value for sample in first.samples]
    assert [(first.id, Counts(1, 1, 0, 0)), (first.id, Counts(1, 0, 1, 0))] == [
        (upload.parent, upload.counts) for upload in back
    ]
    assert Counts(4, 0, 3, 1) == again.counts
    assert {
        "cus_files_1": ("Ada", "ada@example.com"),
        "cus_files_2": ("Charles Babbage", None),
        "cus_files_3": ("Curie", "curie@example.com"),
    } == {id_: (stored.customer.name, stored.customer.email) for id_, stored in found.items()}
    assert (Counts(2, 2, 0, 0), (Total("cpu_usage", 2, "1208", 1_727_222_400, 1_727_222_400),)) == (
        usage.counts,
        usage.totals,
    )


def _rows(error_file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(error_file.decode("utf-8-sig"), newline="")))
