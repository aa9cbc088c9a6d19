"""A program that serves the usage of many customers from memory like DynamoDB. Every meter has the same usage."""

import sys
from decimal import Decimal
from typing import Any

from bench.month import END, METER, START, Size, upload_id
from bench.month_responder import Tables, serve_tables
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.contributions import Contributions

_DAY = 86_400


class ReportTables(Tables):
    """The usage table, with the month of one meter. Reads of other meters return the same."""

    def __init__(self, customers: int, uploads: int) -> None:
        """Store the uploads of a month: each has one row of each customer, on a day of its own."""
        super().__init__(Size(0, 0))
        for number in range(uploads):
            received = START + number * (END - START) // uploads
            contributions = Contributions()
            for row in range(1, customers + 1):
                timestamp = received // _DAY * _DAY + row % _DAY
                contributions.add(METER.id, customer_id(row), timestamp, Decimal(row % 9_999 + 1), row, None)
            table = UsageTable(None, "usage", upload_id(number), received)  # type: ignore[arg-type]  # nothing is sent
            for stage in table.stages(contributions):
                self.put(stage)

    def respond(self, operation: str, body: Any) -> bytes:  # noqa: ANN401
        """Return the response to one call."""
        if operation == "Query":
            partition = body["ExpressionAttributeValues"][":pk"]
            partition["S"] = "#".join((METER.id, *partition["S"].split("#")[1:]))
        return super().respond(operation, body)


def customer_id(number: int) -> str:
    """Return the ID of a customer, as long as Stripe's."""
    return f"cus_{number:014d}"


def used(customers: int, uploads: int) -> Decimal:
    """Add up the usage of all customers of one meter."""
    return Decimal(uploads * sum(row % 9_999 + 1 for row in range(1, customers + 1)))


if __name__ == "__main__":
    serve_tables(ReportTables(*map(int, sys.argv[1:])))
