"""Meters and customers in memory, and the fixed ones that every case file stands on (see tests/data/README.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from meterdrop.domain.codes import Formula
from meterdrop.domain.customers.customer import Customer, StoredCustomer, deleted
from meterdrop.domain.customers.registration import Change
from meterdrop.domain.metering.meter import Meter
from tests.support.fakes.crash import Switch

ARRIVAL = 1_727_524_800
"""2024-09-28T12:00:00Z."""
METERS = (
    Meter(id="mtr_search", event_name="ai_search_api", display_name="AI search"),
    Meter(id="mtr_cpu", event_name="cpu_usage", display_name="CPU"),
    Meter(id="mtr_tokens", event_name="llm_tokens", display_name="Tokens", value_key="tokens"),
    Meter(id="mtr_logins", event_name="logins", display_name="Logins", formula=Formula.COUNT),
    Meter(
        id="mtr_seats",
        event_name="seats",
        display_name="Seats",
        formula=Formula.LAST,
        customer_key="tenant",
        value_key="seats",
    ),
    Meter(id="mtr_old", event_name="old_api", display_name="Old API", active=False),
)
CUSTOMERS = ("cus_QMJJtcu70R1x46", "cus_GAXJtSu6021a6s", "cus_Qz0fwcfSysB9Z3", "tenant-7", "@acme", "Müller")


@dataclass(slots=True)
class FakeMeters:
    """Fits `ports.Meters`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, Meter] = field(default_factory=lambda: {meter.id: meter for meter in METERS})

    def list_meters(self) -> list[Meter]:
        """Return every meter, deactivated ones too."""
        with self.switch.call("meters.list_meters"):
            return list(self.stored.values())


@dataclass(slots=True)
class FakeCustomers:
    """Fits `ports.Customers`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, StoredCustomer] = field(default_factory=lambda: {id_: _customer(id_) for id_ in CUSTOMERS})
    read_limit: int = 100

    def add(self, id_: str) -> None:
        """Register a customer of whom nothing is known but the id."""
        self.stored[id_] = _customer(id_)

    def registered(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are registered."""
        if not 0 < len(ids) == len(set(ids)) <= self.read_limit:
            raise ValueError("DynamoDB takes 1 to 100 keys, all different")
        with self.switch.call("customers.registered"):
            return {id_ for id_ in ids if id_ in self.stored and self.stored[id_].deleted is None}

    def delete(self, id_: str, at: int) -> None:
        """Delete a customer, as the API does."""
        self.stored[id_] = deleted(self.stored[id_], at, "req_a")


@dataclass(slots=True)
class FakeRegistry:
    """Fits `ports.Registry`: the same customers, written by files."""

    switch: Switch
    stored: dict[str, StoredCustomer]
    read_limit: int = 100
    write_limit: int = 25

    def read(self, ids: Sequence[str]) -> dict[str, StoredCustomer]:
        """Return those of the ids that are registered."""
        if not 0 < len(ids) == len(set(ids)) <= self.read_limit:
            raise ValueError("DynamoDB takes 1 to 100 keys, all different")
        with self.switch.call("registry.read"):
            return {id_: self.stored[id_] for id_ in ids if id_ in self.stored}

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Write customers one by one, as DynamoDB does: a crash may leave some of a batch."""
        if not 0 < len(changes) == len({after.customer.id for _, after in changes}) <= self.write_limit:
            raise ValueError("DynamoDB takes 1 to 25 statements, all on different keys")
        return [self._write(*change) for change in changes]

    def _write(self, before: StoredCustomer | None, after: StoredCustomer) -> bool:
        with self.switch.call("registry.write"):
            found = self.stored.get(after.customer.id)
            if (found and found.revision) != (before and before.revision):
                return False
            self.stored[after.customer.id] = after
            return True


def _customer(id_: str) -> StoredCustomer:
    return StoredCustomer(customer=Customer(id=id_, created=1_700_000_000))
