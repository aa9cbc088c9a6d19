"""The meters and customers of the sample file, created through the API."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.emulator.web import post
from tools.setup.trouble import Trouble

_OK = 200


@dataclass(frozen=True, slots=True)
class SampleMeter:
    """A meter that sums the values of its events."""

    event_name: str
    display_name: str
    value_key: str = "value"


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """A customer with the attributes of customer files."""

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


def seed(api_url: str, secret_key: str) -> None:
    """Create the sample meters and customers; raise Trouble if the API refuses."""
    for meter in METERS:
        fields = {
            "event_name": meter.event_name,
            "display_name": meter.display_name,
            "default_aggregation[formula]": "sum",
            "value_settings[event_payload_key]": meter.value_key,
        }
        _create(f"{api_url}/v1/billing/meters", secret_key, fields)
    for customer in CUSTOMERS:
        fields = {"id": customer.id, "name": customer.name, "email": customer.email}
        _create(f"{api_url}/v1/customers", secret_key, fields)


def _create(url: str, secret_key: str, fields: Mapping[str, str]) -> None:
    response = post(url, fields, bearer=secret_key)
    if response.status != _OK:
        raise Trouble(
            f"The API didn't create a sample at {url}. It returned {response.status}: {response.body.decode()}"
        )
