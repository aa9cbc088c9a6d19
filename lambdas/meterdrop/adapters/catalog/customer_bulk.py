"""Customers in batches, as files need them: lookups, reads and writes."""

from collections.abc import Sequence
from typing import Any

from meterdrop.adapters.catalog.customer_items import DELETED, SORT_KEY, from_item, partition, to_item
from meterdrop.adapters.dynamodb.batch import READ_LIMIT, WRITE_LIMIT, get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import check_form, decode
from meterdrop.adapters.dynamodb.partiql import Statement, execute
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.customers.registration import Change

_KEYS = ("pk", "sk")


class CustomerRegistry:
    """The customers of the catalog, in batches. Safe to use from many threads."""

    read_limit = READ_LIMIT
    write_limit = WRITE_LIMIT

    def __init__(self, json_client: JsonClient, table: str) -> None:
        """Read from and write to `table`."""
        self._json_client = json_client
        self._table = table

    def read(self, ids: Sequence[str]) -> dict[str, StoredCustomer]:
        """Return the current customers of different IDs, by ID, deleted ones included."""
        keys = [{"pk": {"S": partition(id_)}, "sk": {"S": SORT_KEY}} for id_ in ids]
        found: dict[str, StoredCustomer] = {}
        for item in get_items(self._json_client, self._table, keys):
            stored = from_item(decode(item))
            found[stored.customer.id] = stored
        return found

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Write at most `write_limit` different customers, each only if it is unchanged since it was read.

        Returns in order whether each was written. After a lost response, a customer that was written may count as not
        written. Read it again.
        """
        return [code is None for code in execute(self._json_client, [self._statement(*change) for change in changes])]

    def _statement(self, before: StoredCustomer | None, after: StoredCustomer) -> Statement:
        return _insert(self._table, to_item(after)) if before is None else _update(self._table, before, after)


def _insert(table: str, item: dict[str, Any]) -> Statement:
    names = ",".join([f"'{name}':?" for name in item])
    return _with_parameters(f'INSERT INTO "{table}" VALUE {{{names}}}', list(item.values()))


def _update(table: str, before: StoredCustomer, after: StoredCustomer) -> Statement:
    """Set and remove only the attributes that differ."""
    old, new = to_item(before), to_item(after)
    differing = {name: value for name, value in new.items() if value != old.get(name)}
    clauses = [f'SET "{name}"=?' for name in differing] + [f'REMOVE "{name}"' for name in old if name not in new]
    parameters = [*differing.values(), *(new[name] for name in _KEYS)]
    where = [f'"{name}"=?' for name in _KEYS]
    if before.revision:
        where.append('"revision"=?')
        parameters.append(before.revision)
    else:  # written manually, without a revision
        where.append('"revision" IS MISSING')
    return _with_parameters(f'UPDATE "{table}" {" ".join(clauses)} WHERE {" AND ".join(where)}', parameters)


def _with_parameters(statement: str, parameters: Sequence[str | int]) -> Statement:
    values = [{"S": value} if isinstance(value, str) else {"N": str(value)} for value in parameters]
    return {"Statement": statement, "Parameters": values}


class CustomerTable:
    """The registered customers. Looks up many IDs at a time."""

    read_limit = READ_LIMIT

    def __init__(self, json_client: JsonClient, table: str) -> None:
        """Read from `table`."""
        self._json_client = json_client
        self._table = table

    def registered(self, ids: Sequence[str]) -> set[str]:
        """Return the registered IDs among at most `read_limit` different IDs."""
        keys = [{"pk": {"S": partition(id_)}, "sk": {"S": SORT_KEY}} for id_ in ids]
        items = [check_form(item) for item in get_items(self._json_client, self._table, keys)]
        return {item["id"]["S"] for item in items if DELETED not in item}
