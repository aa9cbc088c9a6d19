"""What every registry of customers does: the one in memory, the real adapter on a small DynamoDB, and on the emulator.

A subclass gives the fixture `registry`.
"""

import secrets
from dataclasses import dataclass, field, replace

import pytest

from meterdrop.adapters.batching import RegistryBatches
from meterdrop.domain.customers.customer import Customer, StoredCustomer, deleted


@dataclass(frozen=True, slots=True)
class Making:
    """Makes customers with ids that no other test has, the table being one for all."""

    run: str = field(default_factory=lambda: secrets.token_hex(6))

    def customer(self, label: str, **facts: object) -> StoredCustomer:
        """Make a customer as a file registers one."""
        plain = Customer(id=f"{label} {self.run}", name="Ada", email="ada@example.com", created=1_727_524_800)
        written = StoredCustomer(customer=plain, upload=f"upl_{self.run}", row=7, changes=2)
        return replace(written, customer=replace(plain, **facts))  # type: ignore[arg-type]


def changed(stored: StoredCustomer, **facts: object) -> StoredCustomer:
    """Return a customer as the next write makes it."""
    customer = replace(stored.customer, **facts)  # type: ignore[arg-type]
    return replace(stored, customer=customer, revision=stored.revision + 1, upload="upl_next", row=8, changes=1)


class RegistryContract:
    """The contract."""

    @pytest.fixture
    def making(self) -> Making:
        """Make what makes customers."""
        return Making()

    def test_new_customers_are_stored(self, registry: RegistryBatches, making: Making) -> None:
        """A whole batch of new customers is written, and read back as it was."""
        new = [making.customer(f"c{number}") for number in range(registry.write_limit)]
        assert registry.write([(None, one) for one in new]) == [True] * len(new)
        assert registry.read([one.customer.id for one in new]) == {one.customer.id: one for one in new}

    def test_nothing_but_an_id(self, registry: RegistryBatches, making: Making) -> None:
        """What a file does not say of a customer is not stored."""
        new = making.customer("a", name=None, email=None)
        assert registry.write([(None, new)]) == [True]
        assert registry.read([new.customer.id]) == {new.customer.id: new}

    def test_a_customer_who_is_there_is_not_made_anew(self, registry: RegistryBatches, making: Making) -> None:
        """Who was registered since is left as he is; the others of the batch are written."""
        first, second = making.customer("a"), making.customer("b")
        registry.write([(None, first)])
        assert registry.write([(None, changed(first, name="B")), (None, second)]) == [False, True]
        assert registry.read([first.customer.id, second.customer.id]) == {
            first.customer.id: first,
            second.customer.id: second,
        }

    def test_changes(self, registry: RegistryBatches, making: Making) -> None:
        """What differs is set, and what is gone is taken away."""
        before = making.customer("a")
        registry.write([(None, before)])
        renamed = changed(before, name="Ada L.", email=None)
        bare = changed(renamed, name=None)
        full = changed(bare, name="Ada", email="a@example.com")
        for old, new in ((before, renamed), (renamed, bare), (bare, full)):
            assert registry.write([(old, new)]) == [True]
            assert registry.read([new.customer.id]) == {new.customer.id: new}

    def test_who_was_written_since_is_left(self, registry: RegistryBatches, making: Making) -> None:
        """A write from what was read too early is refused, alone in its batch."""
        before, other = making.customer("a"), making.customer("b")
        registry.write([(None, before), (None, other)])
        newer = changed(before, name="newer")
        registry.write([(before, newer)])
        assert registry.write([(before, changed(before, name="late")), (other, changed(other, name="x"))]) == [
            False,
            True,
        ]
        assert registry.read([before.customer.id]) == {before.customer.id: newer}

    def test_who_is_gone_is_not_changed(self, registry: RegistryBatches, making: Making) -> None:
        """A customer who was deleted since he was read does not come back by a change."""
        gone = making.customer("a")
        assert registry.write([(gone, changed(gone, name="x"))]) == [False]
        assert registry.read([gone.customer.id]) == {}

    def test_a_deleted_customer_is_read_as_such(self, registry: RegistryBatches, making: Making) -> None:
        """Nothing but the id is left; it is not made by a write that found nobody, but by one that found it deleted."""
        there = making.customer("a")
        gone = deleted(there, 1_727_524_900, "req_a")
        assert registry.write([(None, there)]) == [True]
        assert registry.write([(there, gone)]) == [True]
        assert registry.read([there.customer.id]) == {there.customer.id: gone}
        assert registry.write([(None, there)]) == [False]
        assert registry.write([(there, changed(there, name="x"))]) == [False]
        again = replace(there, revision=gone.revision + 1)
        assert registry.write([(gone, again)]) == [True]
        assert registry.read([there.customer.id]) == {there.customer.id: again}

    @pytest.mark.parametrize(
        "text", ['a"b', "a\\b", "a'b", "日本 ü", "{}?", "</script>", "\u2028", "a#b:1", "i" * 80, "😀"]
    )
    def test_any_text(self, registry: RegistryBatches, making: Making, text: str) -> None:
        """Nothing in an id, a name or an address breaks out of its place."""
        new = making.customer(text, name=text, email=text)
        later = changed(new, name=text + text[:1], email=None)
        assert registry.write([(None, new)]) == [True]
        assert registry.write([(new, later)]) == [True]
        assert registry.read([new.customer.id]) == {new.customer.id: later}

    def test_reading_as_many_as_one_call_takes(self, registry: RegistryBatches, making: Making) -> None:
        """Those that are there come, the others do not."""
        new = [making.customer(f"c{number}") for number in range(registry.write_limit)]
        registry.write([(None, one) for one in new])
        ids = [making.customer(f"c{number}").customer.id for number in range(registry.read_limit)]
        assert set(registry.read(ids)) == {one.customer.id for one in new}
