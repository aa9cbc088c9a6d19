"""The baseline: a typical program with DictReader, one pydantic model per row, dateutil, and a CSV of errors."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

from dateutil import parser
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bench.files import ARRIVAL, CUSTOMERS, METERS

_NAMES = {meter.event_name for meter in METERS}
_CUSTOMERS = set(CUSTOMERS)


class Row(BaseModel):
    """A row, with the checks that a file of ordinary rows needs."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    timestamp: datetime
    event_name: str = Field(min_length=1, max_length=100)
    payload_stripe_customer_id: str = Field(min_length=1, max_length=100)
    payload_value: Decimal = Field(max_digits=27, decimal_places=12)

    @field_validator("timestamp", mode="before")
    @classmethod
    def _parsed(cls, text: str) -> datetime:
        time = parser.isoparse(text)
        if len(text) > len("2024-09-25") and time.tzinfo is None:
            raise ValueError("offset missing")
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        if time.timestamp() > ARRIVAL + 300:
            raise ValueError("in the future")
        return time

    @field_validator("payload_value", mode="before")
    @classmethod
    def _plain(cls, text: str) -> str:
        # Decimal itself accepts 1e5, 1_000 and NaN.
        if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)", text.strip()):
            raise ValueError("not a number")
        return text

    @field_validator("event_name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in _NAMES:
            raise ValueError("no meter")
        return name

    @field_validator("payload_stripe_customer_id")
    @classmethod
    def _registered(cls, customer: str) -> str:
        if customer not in _CUSTOMERS:
            raise ValueError("customer not found")
        return customer


def validate(data: bytes) -> tuple[int, bytes]:
    """Return how many rows are good, and the error file."""
    reader = csv.DictReader(io.StringIO(data.decode()))
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow([*(reader.fieldnames or ()), "row_number", "error_message"])
    good = 0
    for number, cells in enumerate(reader, 1):
        try:
            Row.model_validate(cells)
        except ValidationError as error:
            messages = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
            writer.writerow([*cells.values(), number, messages])
        else:
            good += 1
    return good, output.getvalue().encode()
