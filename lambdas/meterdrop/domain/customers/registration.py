"""Combines the rows of a file for one customer, and applies them to the stored customer."""

from collections.abc import Sequence
from dataclasses import replace

from meterdrop.domain.customers.customer import Customer, StoredCustomer
from meterdrop.domain.customers.header import EMAIL, NAME

Values = tuple[str | None, ...]
"""The values of a row in the order of the file's attributes. None for an empty cell."""
Change = tuple[StoredCustomer | None, StoredCustomer]
"""A customer as read (None for a new one), and the customer to store."""


class Registration:
    """All valid rows of one customer ID, in file order.

    All rows of a file set the same attributes. So only the first row must be compared with the stored customer. Each
    later row is compared with the row before it.
    """

    __slots__ = ("changes", "first", "id", "last", "row", "rows")

    def __init__(self, id_: str, row: int, values: Values) -> None:
        """Create a registration with the first row of an ID."""
        self.id = id_
        self.first = self.last = values
        self.rows = 1
        self.row = row
        """The last row with values that differ from the row before it."""
        self.changes = 0
        """The number of rows with values that differ from the row before them."""

    def add_row(self, row: int, values: Values) -> None:
        """Add the next row."""
        self.rows += 1
        if values != self.last:
            self.last, self.row = values, row
            self.changes += 1


def apply_registration(
    registration: Registration,
    stored: StoredCustomer | None,
    attributes: Sequence[str],
    *,
    upload_id: str,
    created: int,
) -> StoredCustomer:
    """Return the customer after an upload: `stored` itself if there is nothing to write.

    - If `stored` names this upload, this attempt or an earlier one wrote it. It isn't written again.
    - If `stored` equals the last row, it isn't written: all rows are duplicates.
    - If the customer was deleted at or after `created`, it stays deleted. If a new customer has its ID, that one
      doesn't change: the file is about the deleted customer.
    - Any other customer is written once, with the values of the last row and the number of rows that changed it.

    So a retry after a crash has the same counts, and a file uploaded again has only duplicates. If another writer
    changed the customer in between, the rows are applied and counted again.

    `created` is the upload's arrival, in epoch seconds.
    """
    if stored is not None and (stored.upload == upload_id or stored.is_deleted_since(created)):
        return stored
    if stored is None or stored.deleted is not None:
        revision, last_deleted = (0, None) if stored is None else (stored.revision, stored.deleted)
        new = Customer(id=registration.id, created=created)
        blank = StoredCustomer(customer=new, revision=revision, last_deleted=last_deleted)
        return _write(registration, blank, attributes, upload_id, 1)
    if _apply_values(stored.customer, attributes, registration.last) == stored.customer:
        return stored
    by_first = _apply_values(stored.customer, attributes, registration.first) != stored.customer
    return _write(registration, stored, attributes, upload_id, int(by_first))


def successes(stored: StoredCustomer | None, upload_id: str) -> int:
    """Return the number of an upload's rows that changed a customer."""
    return (stored.changes or 0) if stored is not None and stored.upload == upload_id else 0


def _write(
    registration: Registration, before: StoredCustomer, attributes: Sequence[str], upload_id: str, by_first: int
) -> StoredCustomer:
    return replace(
        before,
        customer=_apply_values(before.customer, attributes, registration.last),
        revision=before.revision + 1,
        upload=upload_id,
        row=registration.row,
        changes=by_first + registration.changes,
    )


def _apply_values(customer: Customer, attributes: Sequence[str], values: Values) -> Customer:
    """Return a customer with the values of a row. Attributes without a column don't change."""
    new_values = dict(zip(attributes, values, strict=True))
    return replace(customer, name=new_values.get(NAME, customer.name), email=new_values.get(EMAIL, customer.email))
