"""The parsers of one upload's cells. They cache results by the raw cell.

Usage files repeat event names, customers, days and values, so most cells need one lookup.
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
from meterdrop.domain.files.cells import AS_TEXT, LENGTH_LIMIT, content, excerpt, guard, refuse_text
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.timestamp import TimeWindow, parse_timestamp
from meterdrop.domain.validation.usage_header import Layout
from meterdrop.domain.validation.value import ANY_VALUE, ValueSyntax


class Shape(NamedTuple):
    """The positions of the columns that a row's meter reads. None if the file doesn't have the column."""

    customer_position: int | None
    value_position: int | None
    needs_value: bool
    others: tuple[tuple[str, int], ...]
    """The other payload columns: key and position."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How to parse the rows of one event name. `meter` and `shape` are None if no meter has the name."""

    cell_error: CellError | None
    meter: Meter | None = None
    shape: Shape | None = None


class Parsers:
    """Parsers for each kind of cell, for one upload's layout, time window, meters and customers."""

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
        "syntax",
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
        syntax: ValueSyntax = ANY_VALUE,
    ) -> None:
        """Create the parsers for meters by event name, and for the registered customers if already known."""
        self._layout = layout
        self._meters = meters
        self.window = window
        self.registered = registered
        """Registered customers: at least those that the file names. Set it before you validate rows."""
        self.identities: Mapping[int, str | CellError] = {}
        """The IDs of rows that refer to rows of earlier uploads, by row number. Set it before you validate rows."""
        self.plans = CellCache(self._make_plan)
        self.names = CellCache(_parse_name)
        """Customer IDs, registered or not."""
        self._checked_count, self._all_registered = 0, True
        self.customers = ParserCache[str | CellError, str | CellError](self._find_customer)
        """Registered customers, by the results of `names`."""
        self.times = CellCache[int | CellError](lambda text: parse_timestamp(text, window))
        self.syntax = syntax
        self.values = CellCache[Decimal | CellError | None](syntax.parse)
        self.texts = CellCache[str | CellError](lambda text: refuse_text(text) or text)
        self.pick_cells = Cache(_picker)
        """Functions that return the cells of a row at some positions, by these positions."""
        self.errors = BoundedCache[tuple[object, ...], tuple[RowError, ...]]()
        """The errors of rows, by the plan, the positions of the invalid cells, and these cells."""

    @property
    def value_columns(self) -> frozenset[int]:
        """The positions of the meters' value columns."""
        payload = self._layout.payload
        return frozenset(payload[meter.value_key] for meter in self._meters.values() if meter.value_key in payload)

    @property
    def all_registered(self) -> bool:
        """Whether all customers parsed so far are registered."""
        names = self.names
        if self._checked_count != names.computed:
            self._checked_count = names.computed
            self._all_registered = not names.has_evicted and self.registered.issuperset(names.values())
        return self._all_registered

    def _make_plan(self, event_name: str) -> Plan:
        if not event_name:
            return Plan(CellError(RowCode.EVENT_NAME_MISSING, "The value is missing. Enter the event name of a meter."))
        if cell_error := refuse_text(event_name):
            return Plan(cell_error)
        meter = self._meters.get(event_name)
        if meter is None:
            return Plan(
                CellError(
                    RowCode.NO_METER,
                    f"No meter has the event name {excerpt(event_name)}. Correct the name or create the meter.",
                )
            )
        archived = CellError(
            RowCode.ARCHIVED_METER,
            f"The meter {excerpt(event_name)} is deactivated. Reactivate it or use another meter.",
        )
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
        return CellError(
            RowCode.CUSTOMER_NOT_FOUND,
            f"The customer {excerpt(name)} isn't registered. Correct the ID or register the customer.",
        )


def _parse_name(text: str) -> str | CellError:
    if not text:
        return CellError(RowCode.NO_CUSTOMER_DEFINED, "The value is missing. Enter the ID of a registered customer.")
    return refuse_text(text) or text


def _picker(positions: tuple[int, ...]) -> Callable[[Sequence[str]], object]:
    return itemgetter(*positions) if positions else lambda _: ()


_RESTORE = "Restore the original value."
_LEAVE_EMPTY = "Restore the original value, or leave it empty if there is none."
# The beginning of all patterns below. Most identifiers don't match it, so they need no further checks.
_MAY_BE_DAMAGED = re.compile(r"[+-]?[0-9]++[.,eE]|[#<(\[\\]|[nN][aiouAIOU/]|[uU][nN][dD]|[eE][rR][rR]:")
# Programs can replace many identifiers with the same text: as a rounded number, or as a placeholder. Case doesn't
# matter. Without a sign in the exponent, only one digit may precede it: `7e5a9c1` and `1e10234` are valid identifiers.
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
    "shortened": f"is in scientific notation, so a program may have shortened it. {_RESTORE}",
    "float": f"is a decimal number, so a program may have changed it. {_RESTORE}",
    "error": f"is a spreadsheet error value. {_LEAVE_EMPTY}",
    "nothing": f"is a placeholder for a missing value. {_LEAVE_EMPTY}",
}


def parse_identifier(cell: str) -> str:
    """Return the identifier in a cell, empty if there is none.

    It is in Unicode NFC, so that systems that encode accents differently have the same identifier.
    """
    text = content(cell)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def normalize_identifier(text: str) -> str:
    """Return the identifier in an API parameter, as if it were in a cell. Empty if there is none."""
    return parse_identifier(guard(text))


def refuse_identifier(identifier: str) -> CellError | None:
    """Return the error of an identifier that isn't empty. Return None if it is valid."""
    is_plain = identifier.isprintable() and len(identifier) <= LENGTH_LIMIT
    if is_plain and _MAY_BE_DAMAGED.match(identifier) is None:
        return None
    if cell_error := refuse_text(identifier):
        return cell_error
    if damaged := _DAMAGED.fullmatch(identifier):
        damage = damaged.lastgroup or ""
        in_file = AS_TEXT if damage in {"shortened", "float"} else ""
        return CellError(RowCode.FIELD_INVALID, f"{excerpt(identifier)} {_DAMAGES[damage]}", in_file)
    # Two identifiers that differ in an invisible character look the same.
    invisible = next((character for character in identifier if unicodedata.category(character) == "Cf"), None)
    if invisible is None:
        return None
    return CellError(
        RowCode.FIELD_INVALID,
        f"{excerpt(identifier)} contains an invisible character, U+{ord(invisible):04X}. Remove it.",
    )
