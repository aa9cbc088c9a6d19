"""What a file says of one customer, and what that makes of the customer who is stored."""

from collections.abc import Sequence
from dataclasses import replace

from meterdrop.domain.customers.customer import Customer, StoredCustomer
from meterdrop.domain.customers.header import EMAIL, NAME

Values = tuple[str | None, ...]
"""What a row says of a customer's attributes, in one order; None where its cell is empty."""
Change = tuple[StoredCustomer | None, StoredCustomer]
"""A customer as it was read, None where there was none, and as it is to be."""


class Registration:
    """All good rows of one id, folded in file order.

    Every row sets the same attributes, those whose columns the file has. So what a row changes depends on the row
    before it alone, and only the first one's effect on what is stored.
    """

    __slots__ = ("changes", "first", "id", "last", "row", "rows")

    def __init__(self, id_: str, row: int, values: Values) -> None:
        """Begin with the first row of an id."""
        self.id = id_
        self.first = self.last = values
        self.rows = 1
        self.row = row
        """The last row that said something new."""
        self.changes = 0
        """Rows that said something else than the row before them."""

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
    """Return the customer as an upload leaves it: `stored` itself where there is nothing to write.

    The rule: a customer who notes this upload was written by it, in this attempt or an earlier one, and counts as
    noted. Who is as the file's last row says is not written: all rows are duplicates. Everybody else is written once,
    as the last row says, with a note of how many rows changed something. So an attempt after a crash counts as an
    undisturbed one would have, and a file dropped again is all duplicates. Where somebody else wrote after this upload
    did and before its end, its rows are applied and counted anew: each row is a success or a duplicate all the same.

    `created` is the upload's arrival, in epoch seconds. A customer that was deleted since then, or in that very second,
    stays so: the file knows nothing of it.
    """
    if stored is None or (stored.deleted is not None and stored.deleted < created):
        revision = 0 if stored is None else stored.revision
        blank = StoredCustomer(customer=Customer(id=registration.id, created=created), revision=revision)
        return _write(registration, blank, attributes, upload_id, 1)
    if stored.upload == upload_id or stored.deleted is not None:
        return stored
    if _apply_values(stored.customer, attributes, registration.last) == stored.customer:
        return stored
    by_first = _apply_values(stored.customer, attributes, registration.first) != stored.customer
    return _write(registration, stored, attributes, upload_id, int(by_first))


def successes(stored: StoredCustomer | None, upload_id: str) -> int:
    """Return how many rows of an upload made a customer what it is."""
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
    """Return a customer with what a row says; attributes without a column stay."""
    new_values = dict(zip(attributes, values, strict=True))
    return replace(customer, name=new_values.get(NAME, customer.name), email=new_values.get(EMAIL, customer.email))
