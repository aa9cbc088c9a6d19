"""The files that are measured: ordinary rows, some of them bad, always the same for the same arguments."""

import random
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
"""Rows of an ordinary file of nearly 5 MB."""
SHORT_ROWS = 370_000
"""Rows of the shortest kind that fit into a file."""
_HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
_SHORT_HEADER = "timestamp,event_name,payload_stripe_customer_id\n"
_BAD = ("45559", "2024-09-25T10:00:00", "")  # a day number, no offset, nothing
SHORT_METER, SHORT_CUSTOMER = "a", "c"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file is like; `days`: how many of 2024; `short`: 14 bytes a row."""

    rows: int
    customers: int = 1_000
    days: int = 336
    bad_share: float = 0.0
    short: bool = False

    @property
    def key(self) -> str:
        """An object key that says it all, so that a program that gets the key alone can make the file."""
        return "uploads/" + urlencode(
            {
                "rows": self.rows,
                "customers": self.customers,
                "days": self.days,
                "bad_share": self.bad_share,
                "short": int(self.short),
            }
        )

    @classmethod
    def of(cls, key: str) -> Self:
        """Read a key."""
        found = dict(parse_qsl(key.removeprefix("uploads/"), strict_parsing=True))
        return cls(
            rows=int(found["rows"]),
            customers=int(found["customers"]),
            days=int(found["days"]),
            bad_share=float(found["bad_share"]),
            short=found["short"] == "1",
        )


@cache
def file_of(shape: Shape) -> bytes:
    """Make the file, at most as large as is taken."""
    rows = _short_rows() if shape.short else _rows(shape)
    header = _SHORT_HEADER if shape.short else _HEADER
    parts, length = [header], len(header)
    for row in islice(rows, shape.rows):
        length += len(row)
        if length > SIZE_LIMIT:
            break
        parts.append(row)
    return "".join(parts).encode()


def ordinary(size: int = SIZE_LIMIT, bad_share: float = 0.0, customers: tuple[str, ...] = CUSTOMERS) -> bytes:
    """Make a file of at most `size` bytes: a day of 2024, a meter, a customer and a value a row."""
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
        yield f"{day},{chance.choice(METERS).event_name},{chance.choice(customers)},{chance.randint(1, 9999)}\n"


def _short_rows() -> Iterator[str]:
    return (f"{900_000_000 + number},{SHORT_METER},{SHORT_CUSTOMER}\n" for number in range(SHORT_ROWS))
