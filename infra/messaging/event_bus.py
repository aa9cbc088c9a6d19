"""The bus of the status events."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from constructs import Construct

from infra.settings import Settings


class EventBus(Construct):
    """The account's default bus, or with the setting `eventBusName` a bus that only the stack's functions write to.

    On the default bus, every principal with `events:PutEvents` can send events with Meterdrop's source.
    """

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        """Create the bus, if the settings name one. `name` is empty for the default bus."""
        super().__init__(scope, construct_id)
        self.name = settings.event_bus_name
        self.arn = Stack.of(self).format_arn(
            service="events", resource="event-bus", resource_name=self.name or "default"
        )
        self._bus = events.CfnEventBus(self, "Bus", name=self.name) if self.name else None

    def accept_only(self, role_arns: Sequence[str]) -> None:
        """Deny all other principals of the account to put events on the stack's own bus."""
        if self._bus is None:
            return
        events.CfnEventBusPolicy(
            self,
            "OnlyMeterdrop",
            event_bus_name=self._bus.ref,
            statement_id="OnlyMeterdrop",
            statement={
                "Effect": "Deny",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": self._bus.attr_arn,
                "Condition": {"ArnNotEquals": {"aws:PrincipalArn": list(role_arns)}},
            },
        )

    def rule_bus(self) -> str | None:
        """Return the bus for a rule, which is then created after it; None for the default bus."""
        return self._bus.ref if self._bus else None
