"""The parsers of one upload's cells. They cache results by the cell as it is in the file.

Usage files repeat event names, customers, days and values, so most cells cost one lookup.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cache import BoundedCache, Cache, CellCache, ParserCache
from meterdrop.domain.files.cells import LENGTH_LIMIT, content, excerpt, guard, refuse_text
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.timestamp import TimeWindow, parse_timestamp
from meterdrop.domain.validation.usage_header import Layout
from meterdrop.domain.validation.value import parse_value


class Shape(NamedTuple):
    """Where the cells of a row stand that its own meter reads; None where the file lacks the column."""

    customer_position: int | None
    value_position: int | None
    needs_value: bool
    others: tuple[tuple[str, int], ...]
    """The other payload columns: key and position."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How the rows of one event name are read. `meter` and `shape` are None where no meter has the name."""

    cell_error: CellError | None
    meter: Meter | None = None
    shape: Shape | None = None


class Parsers:
    """What each kind of cell is, by the upload's layout and window and the catalog as it was read."""

    __slots__ = (
        "_all_registered",
        "_checked_count",
        "_layout",
        "_meters",
        "customers",
        "errors",
        "identities",
        "names",
        "pick_cells",
        "plans",
        "registered",
        "texts",
        "times",
        "values",
        "window",
    )

    def __init__(
        self,
        layout: Layout,
        meters: Mapping[str, Meter],
        window: TimeWindow,
        registered: frozenset[str] = frozenset(),
        *,
        has_semicolons: bool = False,
    ) -> None:
        """Take the meters by event name, and the registered customers where they are known.

        `is_of_semicolons` tells whether semicolons stand between the file's cells.
        """
        self._layout = layout
        self._meters = meters
        self.window = window
        self.registered = registered
        """Of the registered customers at least those that the file names. No row is judged before they are known."""
        self.identities: Mapping[int, str | CellError] = {}
        """The ids of rows, by number, that their identifiers do not tell. No row is judged before they are known."""
        self.plans = CellCache(self._make_plan)
        self.names = CellCache(_parse_name)
        """Of customers, registered or not."""
        self._checked_count, self._all_registered = 0, True
        self.customers = ParserCache[str | CellError, str | CellError](self._find_customer)
        """By their names."""
        self.times = CellCache[int | CellError](lambda text: parse_timestamp(text, window))
        self.values = CellCache[Decimal | CellError | None](
            lambda text: parse_value(text, has_semicolons=has_semicolons) if text else None
        )
        self.texts = CellCache[str | CellError](lambda text: refuse_text(text) or text)
        self.pick_cells = Cache(_picker)
        """Functions that take a row's cells at these positions."""
        self.errors = BoundedCache[tuple[object, ...], tuple[RowError, ...]]()
        """The errors of rows, by the plan, the places of the cells at fault, and these cells."""

    @property
    def value_columns(self) -> frozenset[int]:
        """Where the file has the value column of a meter."""
        payload = self._layout.payload
        return frozenset(payload[meter.value_key] for meter in self._meters.values() if meter.value_key in payload)

    @property
    def all_registered(self) -> bool:
        """Whether everybody who was named so far is known to be a registered customer."""
        names = self.names
        if self._checked_count != names.computed:
            self._checked_count = names.computed
            self._all_registered = not names.has_evicted and self.registered.issuperset(names.values())
        return self._all_registered

    def _make_plan(self, event_name: str) -> Plan:
        if not event_name:
            return Plan(CellError(RowCode.EVENT_NAME_MISSING, "is empty. Write the event name of a meter."))
        if cell_error := refuse_text(event_name):
            return Plan(cell_error)
        meter = self._meters.get(event_name)
        if meter is None:
            return Plan(CellError(RowCode.NO_METER, f"no meter has the event name {excerpt(event_name)}."))
        archived = CellError(RowCode.ARCHIVED_METER, f"the meter {excerpt(event_name)} is deactivated.")
        payload = self._layout.payload
        meter_keys = {meter.customer_key, meter.value_key}
        shape = Shape(
            payload.get(meter.customer_key),
            payload.get(meter.value_key),
            meter.needs_value,
            tuple((key, position) for key, position in payload.items() if key not in meter_keys),
        )
        return Plan(None if meter.active else archived, meter, shape)

    def _find_customer(self, name: str | CellError) -> str | CellError:
        if isinstance(name, CellError) or name in self.registered:
            return name
        return CellError(RowCode.CUSTOMER_NOT_FOUND, f"no customer {excerpt(name)} is registered.")


def _parse_name(text: str) -> str | CellError:
    if not text:
        return CellError(RowCode.NO_CUSTOMER_DEFINED, "is empty. Write the id of a customer.")
    return refuse_text(text) or text


def _picker(positions: tuple[int, ...]) -> Callable[[Sequence[str]], object]:
    return itemgetter(*positions) if positions else lambda _: ()


_RESTORE = "Format the column as text in the program that wrote it, and restore the identifier."
_LEAVE_EMPTY = "Restore the identifier, or leave the cell empty."
# How all of the below begin: most identifiers do not, and are looked at no further.
_MAY_BE_DAMAGED = re.compile(r"[+-]?[0-9]++[.,eE]|[#<(\[\\]|[nN][aiouAIOU/]|[uU][nN][dD]|[eE][rR][rR]:")
# Many identifiers become one where a program takes them for numbers, or has none to write. Case tells nothing here. A
# number without the exponent's sign has one digit before the point: `7e5a9c1` and `1e10234` are names, as hashes are.
_DAMAGED = re.compile(
    r"""
    (?P<shortened>[+-]?(?:[0-9]++(?:[.,][0-9]++)?e[+-][0-9]++|[0-9](?:[.,][0-9]++)?e[0-9]{1,3}))
    | (?P<float>[+-]?[0-9]++(?:\.0+|,00?))
    | (?P<error>\#[¡¿]?[^\W\d_][\w/]*[!?]|\#(?:N/A|NV|N/D|GETTING_DATA)|Err:[0-9]{3})
    | (?P<nothing>null|none|nan|nat|na|n/a|nil|undefined|<(?:null|none|nan|na|nil)>|\((?:null|none|nil)\)|\\N
        |\[object\ object\])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DAMAGES = {
    "shortened": f"is in scientific notation: a program shortened it. {_RESTORE}",
    "float": f"is a number with a decimal point: a program changed it. {_RESTORE}",
    "error": f"is the error value of a spreadsheet. {_LEAVE_EMPTY}",
    "nothing": f"is what programs write where they have no identifier. {_LEAVE_EMPTY}",
}


def parse_identifier(cell: str) -> str:
    """Return the identifier that a cell of a dropped file holds; empty where it holds none.

    It is in Unicode's form NFC, so that an identifier is the same however a system spells its accents.
    """
    text = content(cell)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def normalize_identifier(text: str) -> str:
    """Return the identifier that a program gives, as if it had written it into a cell; empty where it gives none."""
    return parse_identifier(guard(text))


def refuse_identifier(identifier: str) -> CellError | None:
    """Refuse an identifier that is not empty, or return None."""
    is_plain = identifier.isprintable() and len(identifier) <= LENGTH_LIMIT
    if is_plain and _MAY_BE_DAMAGED.match(identifier) is None:
        return None
    if cell_error := refuse_text(identifier):
        return cell_error
    if damaged := _DAMAGED.fullmatch(identifier):
        return CellError(RowCode.FIELD_INVALID, f"{excerpt(identifier)} {_DAMAGES[damaged.lastgroup or '']}")
    # Nobody sees by which character two identifiers differ that look the same.
    invisible = next((character for character in identifier if unicodedata.category(character) == "Cf"), None)
    if invisible is None:
        return None
    return CellError(
        RowCode.FIELD_INVALID,
        f"{excerpt(identifier)} holds an invisible character, U+{ord(invisible):04X}. Remove it.",
    )
