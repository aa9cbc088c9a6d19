"""The files of `make load`, with exact expected results. They are always the same for one scale."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

COUNT = 200
LARGE = 20
LIMIT = 5_242_880
"""The size limit in bytes: large files have this size."""
METERS = ("ai_search_api", "cpu_usage")
CUSTOMERS = tuple(f"cus_load_{number:03d}" for number in range(100))
PREFIX = "uploads/load/"
OVERWRITTEN = f"{PREFIX}overwritten.csv"
_GROUP = 6  # files that share identifiers
_SHARED = 50  # identifiers that they share
_ROWS = 120  # of a small file
_COLUMNS = "timestamp,event_name,payload_stripe_customer_id,payload_value"
_BAD = ("45559,ai_search_api,cus_load_000,1", "2024-09-25,nothing,cus_load_000,1", "2024-09-25,cpu_usage,nobody,1")

Row = tuple[str, str, Decimal]
"""Meter, customer and value."""


@dataclass(frozen=True, slots=True)
class LoadFile:
    """A file and its expected results."""

    key: str
    body: bytes = field(repr=False)
    rows: int
    errors: int
    shared: str
    """A name of a group of files that share rows. Any file of the group can count a shared row."""


@dataclass(slots=True)
class Load:
    """All files and their expected total results."""

    files: list[LoadFile] = field(default_factory=list)
    successes: Counter[str] = field(default_factory=Counter)
    """The number of counted rows by the name of the group that shares rows."""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    sums: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """The sums of values by meter and customer."""

    def expect_rows(self, rows: Sequence[Row]) -> None:
        """Expect that these rows count."""
        for meter, customer, value in rows:
            self.counts[meter, customer] += 1
            self.sums[meter, customer] = self.sums.get((meter, customer), Decimal(0)) + value

    def expected(self, meter: str, customer: str | None) -> tuple[int, Decimal]:
        """Return the number of a meter's events and the sum of their values, for one customer or for all."""
        wanted = [key for key in self.counts if key[0] == meter and customer in {None, key[1]}]
        return sum(self.counts[key] for key in wanted), sum((self.sums[key] for key in wanted), Decimal(0))


def make_load(scale: Decimal, seed: int = 20240925) -> Load:
    """Make the files. With `scale` 1, large files have the size limit; with 0.1, a tenth of it."""
    chance, load = random.Random(seed), Load()  # noqa: S311 - the same files each time
    for number in range(LARGE):
        _add_own(load, f"large-{number:02d}", chance, _until(int(LIMIT * scale)), identified=number % 2 == 0)
    while len(load.files) < COUNT - 2 - _GROUP:
        number = len(load.files)
        if number % 4 == 0:
            _add_group(load, f"shared-{number:03d}", chance)
        else:
            _add_own(load, f"small-{number:03d}", chance, _many(_ROWS), identified=number % 2 == 0)
    while len(load.files) < COUNT - 2:
        _add_own(load, f"small-{len(load.files):03d}", chance, _many(_ROWS), identified=False)
    _add_overwritten(load, chance)
    return load


def customers_file() -> bytes:
    """Return the file that registers the customers."""
    return "".join(["id,name\n", *(f"{id_},Load {id_[-3:]}\n" for id_ in CUSTOMERS)]).encode()


def _add_own(
    load: Load, name: str, chance: random.Random, is_full: Callable[[int, int], bool], *, identified: bool
) -> None:
    """Add a file that shares no rows. One row in a hundred is bad."""
    lines, rows, size = [_header(identified)], list[Row](), 0
    while not is_full(len(lines) - 1, size):
        if chance.random() < 0.01:  # noqa: PLR2004 - a hundredth
            line = chance.choice(_BAD) + (f",{name}-bad-{len(lines)}\n" if identified else "\n")
        else:
            row, line = _row(chance, f"{name}-{len(lines)}" if identified else None)
            rows.append(row)
        lines.append(line)
        size += len(line)
    load.expect_rows(rows)
    load.successes[name] += len(rows)
    count = len(lines) - 1
    load.files.append(LoadFile(f"{PREFIX}{name}.csv", "".join(lines).encode(), count, count - len(rows), name))


def _add_group(load: Load, name: str, chance: random.Random) -> None:
    """Add files that share some rows with the same identifiers, and have other rows of their own."""
    shared = [_row(chance, f"{name}-{number}") for number in range(_SHARED)]
    load.expect_rows([row for row, _ in shared])
    load.successes[name] += _SHARED
    for number in range(_GROUP):
        own = [_row(chance, f"{name}-{number}-{each}") for each in range(_ROWS - _SHARED)]
        both = [*shared, *own]
        chance.shuffle(both)
        load.expect_rows([row for row, _ in own])
        load.successes[name] += len(own)
        body = _header(identified=True) + "".join(line for _, line in both)
        load.files.append(LoadFile(f"{PREFIX}{name}-{number}.csv", body.encode(), len(both), 0, name))


def _add_overwritten(load: Load, chance: random.Random) -> None:
    """Add two files with one key. The second has all rows of the first, and more."""
    rows = [_row(chance, f"overwritten-{number}") for number in range(2 * _ROWS)]
    load.expect_rows([row for row, _ in rows])
    load.successes["overwritten"] += len(rows)
    for count in (_ROWS, 2 * _ROWS):
        body = _header(identified=True) + "".join(line for _, line in rows[:count])
        load.files.append(LoadFile(OVERWRITTEN, body.encode(), count, 0, "overwritten"))


def _header(identified: bool) -> str:
    return f"{_COLUMNS},identifier\n" if identified else f"{_COLUMNS}\n"


def _row(chance: random.Random, identifier: str | None) -> tuple[Row, str]:
    row = (chance.choice(METERS), chance.choice(CUSTOMERS), Decimal(chance.randint(-99, 9_999)) / 100)
    day = f"2024-09-{chance.randint(1, 28):02d}"
    return row, f"{day},{row[0]},{row[1]},{row[2]}" + (f",{identifier}\n" if identifier else "\n")


def _many(count: int) -> Callable[[int, int], bool]:
    return lambda rows, _: rows >= count


def _until(size: int) -> Callable[[int, int], bool]:
    longest = 120  # bytes of the header and one more row
    return lambda _, written: written > size - longest - len(_COLUMNS)


def by_shared(files: Sequence[LoadFile]) -> Iterator[tuple[str, list[LoadFile]]]:
    """Group the files that share rows."""
    groups: dict[str, list[LoadFile]] = {}
    for file in files:
        groups.setdefault(file.shared, []).append(file)
    yield from groups.items()
