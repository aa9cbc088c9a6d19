"""The six tables: their keys and data protection. `docs/` describes their items."""

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.settings import Settings


class Tables(Construct):
    """The tables `events`, `uploads`, `usage`, `catalog`, `keys`: on demand, encrypted, and restorable to any second.

    `keys` has the API keys, which no function can change. `idempotency` has the responses of one day, the sessions, and
    the last uses of keys. If you lose it, no event is lost or counted twice.
    """

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        """Create the tables. If the settings retain data, the first five stay after the stack and can't be deleted."""
        super().__init__(scope, construct_id)
        self._retain = settings.retain
        self._key_arn = settings.kms_key_arn
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
        self.keys = self._table("Keys", "id")
        self.idempotency = self._table("Idempotency", "id", expires_by="expiration")

    def by_name(self) -> dict[str, dynamodb.TableV2]:
        """Return all tables by the names on alarms and graphs."""
        return {
            "events": self.events,
            "uploads": self.uploads,
            "usage": self.usage,
            "catalog": self.catalog,
            "keys": self.keys,
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
        # Expiring items need no restore. They must not stay after the stack, because responses have personal data.
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
            # Also if the first deployment fails: CloudFormation couldn't delete a protected table, and the rollback
            # would fail.
            removal_policy=RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY,
        )
        # The logical ID must not depend on the construct tree: with a new ID, CloudFormation creates an empty table.
        resource = table.node.default_child
        assert isinstance(resource, CfnResource)
        resource.override_logical_id(f"{name}Table")
        if self._key_arn:
            # Set on the resource, because the CDK accepts a key only in stacks of a fixed region.
            resource.add_property_override("Replicas.0.SSESpecification.KMSMasterKeyId", self._key_arn)
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
