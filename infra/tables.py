"""The five tables. Their items are described in `docs/`; here stand their keys and how they are kept safe."""

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.settings import Settings


class Tables(Construct):
    """`events`, `uploads`, `usage` and `catalog`, on demand, encrypted, and restorable to any second.

    Beside them `idempotency`, answers of a day: by losing them nothing is lost, and nothing counted twice.
    """

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        """Make them; where the settings retain data the four outlive the stack and refuse to be deleted."""
        super().__init__(scope, construct_id)
        self._retain = settings.retain
        self.events = self._table("Events", "id")
        self.uploads = self._table(
            "Uploads",
            "id",
            indexes=[
                _keys_only("by_month", partition="month", sort="created_id"),
                _keys_only("by_status", partition="status_month", sort="created_id"),
                _keys_only("by_key", partition="key", sort="created_id"),
                _keys_only("by_parent", partition="parent", sort="created_id"),
            ],
        )
        self.usage = self._table("Usage", "pk", sort="sk")
        self.catalog = self._table(
            "Catalog",
            "pk",
            sort="sk",
            indexes=[
                _keys_only("by_created", partition="shard", sort="created_id"),
                _keys_only("by_email", partition="email", sort="created_id"),
            ],
        )
        self.idempotency = self._table("Idempotency", "id", expires_by="expiration")

    def by_name(self) -> dict[str, dynamodb.TableV2]:
        """Give all of them by the names that people read."""
        return {
            "events": self.events,
            "uploads": self.uploads,
            "usage": self.usage,
            "catalog": self.catalog,
            "idempotency": self.idempotency,
        }

    def _table(
        self,
        name: str,
        partition: str,
        *,
        sort: str | None = None,
        indexes: list[dynamodb.GlobalSecondaryIndexPropsV2] | None = None,
        expires_by: str | None = None,
    ) -> dynamodb.TableV2:
        # What ends by itself is not worth restoring, and must not outlive the stack: answers name people.
        retain = self._retain and not expires_by
        table = dynamodb.TableV2(
            self,
            name,
            partition_key=_string(partition),
            sort_key=_string(sort) if sort else None,
            global_secondary_indexes=indexes,
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=not expires_by
            ),
            time_to_live_attribute=expires_by,
            deletion_protection=retain,
            removal_policy=RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY,
        )
        # A logical id that changes is a new, empty table: it must not follow the tree of constructs.
        resource = table.node.default_child
        assert isinstance(resource, CfnResource)
        resource.override_logical_id(f"{name}Table")
        return table


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _keys_only(name: str, *, partition: str, sort: str) -> dynamodb.GlobalSecondaryIndexPropsV2:
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=name,
        partition_key=_string(partition),
        sort_key=_string(sort),
        projection_type=dynamodb.ProjectionType.KEYS_ONLY,
    )
