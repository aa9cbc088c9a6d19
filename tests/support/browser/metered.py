"""A meter and a customer of its own, and usage of them, event by event."""

from dataclasses import dataclass

from tests.support.browser.account import Account


@dataclass(frozen=True)
class Metered:
    """A meter whose usage no other test changes."""

    account: Account
    id: str

    @classmethod
    def register(cls, account: Account) -> "Metered":
        """Make the customer and the meter of an account that has none yet."""
        account.post("/v1/customers", id=account.customer, name=f"Customer of {account.name}")
        meter = account.post(
            "/v1/billing/meters",
            display_name=f"Meter {account.name}",
            event_name=account.name,
            default_aggregation={"formula": "sum"},
        )
        return cls(account, meter["id"])

    def use(self, value: str, at: int) -> None:
        """Add usage of the account's customer, at epoch seconds."""
        payload = {"stripe_customer_id": self.account.customer, "value": value}
        self.account.post("/v1/billing/meter_events", event_name=self.account.name, payload=payload, timestamp=at)
