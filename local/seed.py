"""The sample meters and customers that the sample file is about."""

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class SampleMeter:
    """A meter that sums the values of its events."""

    event_name: str
    display_name: str
    value_key: str = "value"

    @property
    def id(self) -> str:
        """Give the same id at every start, as a real one looks."""
        return f"mtr_{hashlib.sha256(self.event_name.encode()).hexdigest()[:24]}"


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """A customer as `customers/` files register them."""

    id: str
    name: str
    email: str


METERS = (
    SampleMeter("ai_search_api", "AI search requests"),
    SampleMeter("cpu_usage", "CPU seconds"),
    SampleMeter("llm_tokens", "LLM tokens", value_key="tokens"),
)
CUSTOMERS = (
    SampleCustomer("cus_QMJJtcu70R1x46", "Ada Analytics", "billing@ada.example"),
    SampleCustomer("cus_GAXJtSu6021a6s", "Babbage Search", "accounts@babbage.example"),
    SampleCustomer("cus_Qz0fwcfSysB9Z3", "Curie Compute", "finance@curie.example"),
)


def seed(dynamodb: "DynamoDBClient", table: str) -> None:
    """Put the sample meters and customers into the catalog table."""
    now = {"N": str(int(time.time()))}
    for meter in METERS:
        dynamodb.put_item(
            TableName=table,
            Item={
                "pk": {"S": "meters"},
                "sk": {"S": meter.id},
                "id": {"S": meter.id},
                "event_name": {"S": meter.event_name},
                "display_name": {"S": meter.display_name},
                "status": {"S": "active"},
                "formula": {"S": "sum"},
                "customer_key": {"S": "stripe_customer_id"},
                "value_key": {"S": meter.value_key},
                "created": now,
                "updated": now,
            },
        )
    for customer in CUSTOMERS:
        dynamodb.put_item(
            TableName=table,
            Item={
                "pk": {"S": f"customer#{customer.id}"},
                "sk": {"S": "customer"},
                "id": {"S": customer.id},
                "name": {"S": customer.name},
                "email": {"S": customer.email},
                "created": now,
            },
        )
