"""The measured files: ordinary rows, some of them bad, and always the same for the same arguments."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Self
from urllib.parse import parse_qsl, urlencode

from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.metering.meter import Meter

ARRIVAL = 1_735_689_600  # 2025-01-01
MOST_CUSTOMERS = 10_000
CUSTOMERS = tuple(f"cus_{number:014d}" for number in range(1_000))
METERS = tuple(
    Meter(id=f"mtr_{name}", event_name=name, display_name=name) for name in ("ai_search_api", "cpu_usage", "storage")
)
ROWS = 107_000
"""Rows of an ordinary file of almost 5 MB."""
SHORT_ROWS = 370_000
"""The maximum number of the shortest rows in a file."""
_HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
_SHORT_HEADER = "timestamp,event_name,payload_stripe_customer_id\n"
_BAD = ("45559", "2024-09-25T10:00:00", "")  # a spreadsheet's day number, a missing offset, empty
SHORT_METER, SHORT_CUSTOMER = "a", "c"


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties of a file.

    `days`: the number of different days in 2024. `short`: 14 bytes per row. `named`: each row has an identifier of 36
    characters.
    """

    rows: int
    customers: int = 1_000
    days: int = 336
    bad_share: float = 0.0
    short: bool = False
    named: bool = False

    @property
    def key(self) -> str:
        """An object key with all properties, so that a program can make the file from its key."""
        return "uploads/" + urlencode(
            {
                "rows": self.rows,
                "customers": self.customers,
                "days": self.days,
                "bad_share": self.bad_share,
                "short": int(self.short),
                "named": int(self.named),
            }
        )

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Parse an object key."""
        properties = dict(parse_qsl(key.removeprefix("uploads/"), strict_parsing=True))
        return cls(
            rows=int(properties["rows"]),
            customers=int(properties["customers"]),
            days=int(properties["days"]),
            bad_share=float(properties["bad_share"]),
            short=properties["short"] == "1",
            named=properties["named"] == "1",
        )


@cache
def file_of(shape: Shape) -> bytes:
    """Make the file, cut at the size limit."""
    rows = _short_rows() if shape.short else _rows(shape)
    header = _SHORT_HEADER if shape.short else f"identifier,{_HEADER}" if shape.named else _HEADER
    parts, length = [header], len(header)
    for row in islice(rows, shape.rows):
        length += len(row)
        if length > SIZE_LIMIT:
            break
        parts.append(row)
    return "".join(parts).encode()


def ordinary(size: int = SIZE_LIMIT, bad_share: float = 0.0, customers: tuple[str, ...] = CUSTOMERS) -> bytes:
    """Make a file of at most `size` bytes. Each row has a day of 2024, a meter, a customer and a value."""
    data = file_of(Shape(rows=size, customers=len(customers), bad_share=bad_share))
    return data if len(data) <= size else data[: data.rfind(b"\n", 0, size) + 1]


def _rows(shape: Shape) -> Iterator[str]:
    chance = random.Random(20240925)  # noqa: S311 (the same file each time)
    customers = [f"cus_{number:014d}" for number in range(shape.customers)]
    days = [f"2024-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)][: shape.days]
    while True:
        day = chance.choice(days)
        if shape.bad_share and chance.random() < shape.bad_share:
            day = chance.choice(_BAD)
        name = f"{uuid.UUID(int=chance.getrandbits(128))}," if shape.named else ""
        yield f"{name}{day},{chance.choice(METERS).event_name},{chance.choice(customers)},{chance.randint(1, 9999)}\n"


def _short_rows() -> Iterator[str]:
    return (f"{900_000_000 + number},{SHORT_METER},{SHORT_CUSTOMER}\n" for number in range(SHORT_ROWS))
