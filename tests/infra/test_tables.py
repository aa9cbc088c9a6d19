"""The tables: identity, keys, and how they are kept safe."""

from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import Synthesize
from tests.support.template import resources

TABLE = "AWS::DynamoDB::GlobalTable"
KEYS = {
    "EventsTable": ["id"],
    "UploadsTable": ["id"],
    "UsageTable": ["pk", "sk"],
    "CatalogTable": ["pk", "sk"],
    "KeysTable": ["id"],
    "IdempotencyTable": ["id"],
}
PASSING = "IdempotencyTable"
"""The one table whose items end by themselves."""
INDEXES = {
    ("CatalogTable", "by_created"): ["shard", "created_id"],
    ("CatalogTable", "by_email"): ["email", "created_id"],
    ("UploadsTable", "by_month"): ["month", "created_id"],
    ("UploadsTable", "by_status"): ["status_month", "created_id"],
    ("UploadsTable", "by_key"): ["key", "created_id"],
    ("UploadsTable", "by_parent"): ["parent", "created_id"],
}


def keeping(template: Template) -> dict[str, dict[str, Any]]:
    """Give the tables that keep data."""
    return {name: table for name, table in resources(template, TABLE).items() if name != PASSING}


def names(schema: list[dict[str, str]]) -> list[str]:
    """Give the attribute names of a key, partition key first."""
    return [key["AttributeName"] for key in sorted(schema, key=lambda key: key["KeyType"])]


def replicas(template: Template) -> list[dict[str, Any]]:
    """Give the one replica of each table that keeps data; what protects a table stands there."""
    found = []
    for table in keeping(template).values():
        (replica,) = table["Properties"]["Replicas"]
        found.append(replica)
    return found


@pytest.mark.parametrize("settings", [{}, {"stage": "dev"}, {"local": True, "removalPolicy": "destroy"}])
def test_logical_ids_of_the_tables_never_change(synthesize: Synthesize, settings: dict[str, object]) -> None:
    """Another logical id would be a new, empty table in the place of the old one."""
    assert sorted(resources(synthesize(**settings), TABLE)) == sorted(KEYS)


def test_keys_of_the_tables(template: Template) -> None:
    """Another key would be a new, empty table too."""
    tables = resources(template, TABLE)
    assert {name: names(table["Properties"]["KeySchema"]) for name, table in tables.items()} == KEYS


def test_indexes_hold_keys_alone(template: Template) -> None:
    """Each index has its key and projects nothing: what it finds is read from the table."""
    found = {}
    for name, table in resources(template, TABLE).items():
        for index in table["Properties"].get("GlobalSecondaryIndexes", []):
            assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
            found[name, index["IndexName"]] = names(index["KeySchema"])
    assert found == INDEXES


def test_every_key_is_a_string(template: Template) -> None:
    """Numbers in keys are written as text of a fixed width."""
    types = {
        attribute["AttributeType"]
        for table in resources(template, TABLE).values()
        for attribute in table["Properties"]["AttributeDefinitions"]
    }
    assert types == {"S"}


def test_tables_are_paid_by_use(template: Template) -> None:
    """No table throttles because somebody guessed a capacity."""
    modes = [table["Properties"]["BillingMode"] for table in resources(template, TABLE).values()]
    assert modes == ["PAY_PER_REQUEST"] * 6


def test_tables_are_encrypted_with_a_key_whose_use_is_recorded(template: Template) -> None:
    """Encryption is said, not left to a default."""
    encryption = [table["Properties"]["SSESpecification"] for table in resources(template, TABLE).values()]
    assert encryption == [{"SSEEnabled": True, "SSEType": "KMS"}] * 6


def test_tables_can_be_restored_to_any_second(template: Template, local_template: Template) -> None:
    """Point-in-time recovery is on, whatever the stage."""
    recovery = [one["PointInTimeRecoverySpecification"] for one in [*replicas(template), *replicas(local_template)]]
    assert recovery == [{"PointInTimeRecoveryEnabled": True}] * 10


def test_retained_tables_outlive_the_stack(template: Template) -> None:
    """Neither the stack's end nor a direct call deletes a table that is to be retained."""
    tables = keeping(template).values()
    assert [(table["DeletionPolicy"], table["UpdateReplacePolicy"]) for table in tables] == [("Retain", "Retain")] * 5
    assert [replica["DeletionProtectionEnabled"] for replica in replicas(template)] == [True] * 5


def test_tables_to_be_destroyed_go_with_the_stack(local_template: Template) -> None:
    """An owner who chose `destroy` is not held up."""
    assert [table["DeletionPolicy"] for table in resources(local_template, TABLE).values()] == ["Delete"] * 6
    assert [replica["DeletionProtectionEnabled"] for replica in replicas(local_template)] == [False] * 5


def test_answers_that_are_remembered_end_by_themselves(template: Template) -> None:
    """They hold what people sent: they are gone after a day, and with the stack, and are in no backup."""
    table = resources(template, TABLE)[PASSING]
    (replica,) = table["Properties"]["Replicas"]
    ends = {"AttributeName": "expiration", "Enabled": True}
    assert table["Properties"]["TimeToLiveSpecification"] == ends
    assert table["DeletionPolicy"] == "Delete"
    assert replica["DeletionProtectionEnabled"] is False
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
