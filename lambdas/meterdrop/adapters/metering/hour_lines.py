"""The usage of hours as text, in the items of the usage table.

The text has a line for each hour, such as `25T14<tab>3<tab>12.5 1 10 1.5 3599 12<tab>5-7`: the day and the hour, the
number of events, their figures, and the events. The figures are the sum, `min`, `max`, `last`, and the position of
`last`: its second in the hour and its row. If only one event has a value, the line has it once. In an item of several
owners, the arrival and the owner of `last` follow.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.contributions import HOUR, hour_text
from meterdrop.domain.metering.figures import Figures

_DAY_BEGINS = len("2024-09-")
_HOUR_BEGINS = len("2024-09-25")
_OF_ONE_VALUE = 3


@lru_cache
def first_hour(month: str) -> int:
    """Return the first hour (since 1970) of a month."""
    return int(datetime.fromisoformat(f"{month}-01T00:00:00+00:00").timestamp()) // HOUR


def hour_of_month(hour: int) -> str:
    """Return the text of an hour (hours since 1970) inside its month, such as `25T14`."""
    return hour_text(hour)[_DAY_BEGINS:]


def day_of(hour: int) -> str:
    """Return the day of an hour (hours since 1970) inside its month, such as `25`."""
    return hour_text(hour)[_DAY_BEGINS:_HOUR_BEGINS]


def hours_of(month: str, hours: range) -> range:
    """Return those of `hours` (since 1970) that are in a month."""
    years, number = divmod(int(month[-2:]), 12)
    end = first_hour(f"{int(month[:4]) + years:04d}-{number + 1:02d}")
    return range(max(hours.start, first_hour(month)), min(hours.stop, end))


def owner_line(hour: int, figures: Figures, events: Sequence[str]) -> str:
    """Return the line of an hour with the figures of one owner."""
    is_one = (
        figures.sum is figures.min and figures.last_order is not None
    )  # one value, as in most hours of most uploads
    numbers = f"{figures.min:f} {_position(hour, figures)}" if is_one else _numbers(hour, figures)
    text = f"{hour_of_month(hour)}\t{figures.count}\t{numbers}"
    return "\t".join((text, *events)) if events else text


def shared_line(hour: int, figures: Figures) -> str:
    """Return the line of an hour with the figures of several owners."""
    text = f"{hour_of_month(hour)}\t{figures.count}\t{_numbers(hour, figures)}"
    if figures.last_order is None:
        return text
    _, received, owner, _ = figures.last_order
    return f"{text} {received} {owner}"


def _numbers(hour: int, figures: Figures) -> str:
    if figures.sum is None:
        return ""
    total = plain(figures.sum)
    if figures.last_order is None:
        return total
    return f"{total} {figures.min:f} {figures.max:f} {figures.last:f} {_position(hour, figures)}"


def _position(hour: int, figures: Figures) -> str:
    timestamp, _, _, row = figures.last_order or (0, 0, "", 0)
    return f"{timestamp - hour * HOUR} {row}"


def read_hours(item: Attributes, month: str) -> Iterator[tuple[int, Figures, list[str]]]:
    """Yield the hours of an item with figures: the hour, its figures, and its events if the item has them.

    In the item of one upload, the arrival and the owner of `last` are those of the upload.
    """
    owner, received = item["sk"]["S"].rpartition("#")[2], int(item["received"]["N"]) if "received" in item else 0
    for line in _lines(item):
        hour_of_month, count, numbers, *events = line.split("\t")
        hour = hour_in(month, hour_of_month)
        yield hour, _figures(int(count), numbers.split(), hour * HOUR, (received, owner)), events


def read_lists(item: Attributes, month: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the hours of an item with event lists, each with its events."""
    for line in _lines(item):
        hour, *events = line.split("\t")
        yield hour_in(month, hour), events


def _lines(item: Attributes) -> Sequence[str]:
    text = item["hours"]["S"]
    return text.split("\n") if text else ()


def _figures(count: int, numbers: Sequence[str], start: int, owner: tuple[int, str]) -> Figures:
    if not numbers:
        return Figures(count)
    figures = Figures(count, Decimal(numbers[0]))
    if len(numbers) == 1:  # of a cancelled event
        figures.min = figures.max = figures.last = None
        return figures
    if len(numbers) > _OF_ONE_VALUE:
        figures.min, figures.max, figures.last = map(Decimal, numbers[1:4])
        second, row, *last_owner = numbers[4:]
        if last_owner:
            owner = int(last_owner[0]), last_owner[1]
    else:
        _, second, row = numbers
    figures.last_order = (start + int(second), *owner, int(row))
    return figures


def hour_in(month: str, text: str) -> int:
    """Return the hour (since 1970) of a text such as `25T14` inside a month."""
    return first_hour(month) + (int(text[:2]) - 1) * 24 + int(text[3:])
