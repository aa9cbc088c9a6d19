"""Which customers a list is to hold."""

from dataclasses import dataclass

from meterdrop.domain.customer import Customer
from meterdrop.domain.upload_filter import LAST_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """What a customer must be like; None asks for nothing. Both bounds of `created` are inclusive, in epoch seconds."""

    email: str | None = None
    created_from: int = 0
    created_until: int = LAST_SECOND

    def matches(self, customer: Customer) -> bool:
        """Return whether a customer is wanted."""
        is_within = self.created_from <= customer.created <= self.created_until
        return is_within and self.email in {None, customer.email}
