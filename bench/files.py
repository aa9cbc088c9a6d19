"""The files that are measured: ordinary rows, some of them bad, always the same for the same arguments."""

import random

from meterdrop.domain.meter import Meter
from meterdrop.domain.upload import SIZE_LIMIT

ARRIVAL = 1_735_689_600  # 2025-01-01
CUSTOMERS = tuple(f"cus_{number:014d}" for number in range(1_000))
METERS = tuple(
    Meter(id=f"mtr_{name}", event_name=name, display_name=name) for name in ("ai_search_api", "cpu_usage", "storage")
)
_HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
_BAD = ("45559", "2024-09-25T10:00:00", "")  # a day number, no offset, nothing


def ordinary(size: int = SIZE_LIMIT, bad_share: float = 0.0, customers: tuple[str, ...] = CUSTOMERS) -> bytes:
    """Make a file of at most `size` bytes: a day of 2024, a meter, a customer and a value a row."""
    chance = random.Random(20240925)  # noqa: S311 (the same file each time)
    parts, length = [_HEADER], len(_HEADER)
    while True:
        day = f"2024-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        if bad_share and chance.random() < bad_share:
            day = chance.choice(_BAD)
        row = f"{day},{chance.choice(METERS).event_name},{chance.choice(customers)},{chance.randint(1, 9999)}\n"
        length += len(row)
        if length > size:
            return "".join(parts).encode()
        parts.append(row)
