"""The header of a usage file: finds the columns and checks their names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.cells import LENGTH_LIMIT, content, refuse_characters
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.files.header import (
    ERROR_COLUMNS,
    UPLOAD,
    Header,
    error_columns,
    folded,
    has_columns,
    join_names,
    nameless,
    parse_names,
    refuse_many_nameless,
    refuse_missing,
    refuse_unknown,
    with_similar,
)
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX, Meter

TIMESTAMP = "timestamp"
EVENT_NAME = "event_name"
IDENTIFIER = "identifier"
PAYLOAD_LIMIT = 50

_KNOWN = frozenset({TIMESTAMP, EVENT_NAME, IDENTIFIER, *ERROR_COLUMNS})
_NEAR = {folded(name): name for name in sorted(_KNOWN)}
_MEANT = {folded(name): name for name in (TIMESTAMP, EVENT_NAME, IDENTIFIER)}
"""Columns that people mistake for payload columns. With the prefix, their values would have no effect."""
_OF_CUSTOMERS = ("id", "name", "email")
_CUSTOMERS = "This looks like a customer file. Upload it under customers/."


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Header):
    """The column positions of a usage file. `payload` maps keys without their prefix to positions."""

    timestamp: int
    event_name: int
    payload: dict[str, int]
    needed: Mapping[str, int] = field(default_factory=dict)
    """The minimum number of cells of a row, by event name. All further columns may be empty."""

    def min_cells(self, cells: Sequence[str]) -> int:
        """Return the minimum number of cells of a row for its meter. Rows without a meter need all cells."""
        position = self.event_name
        return self.needed.get(content(cells[position]), self.width) if position < len(cells) else self.width


def is_known(name: str) -> bool:
    """Return whether a usage file may have a column with this name."""
    return name in _KNOWN or (name.startswith(PAYLOAD_PREFIX) and name != PAYLOAD_PREFIX)


def read_header(cells: Sequence[str], customer_keys: Collection[str], meters: Collection[Meter] = ()) -> Layout:
    """Parse the header's cells. `customer_keys` contains the customer keys of all meters.

    Rows of `meters` may have missing cells at the end if their meter doesn't need them. Other rows need all cells.

    Raises FileError that names all invalid columns.
    """
    header, positions = parse_names(cells)
    payload = {
        name[len(PAYLOAD_PREFIX) :]: position for name, position in positions.items() if name.startswith(PAYLOAD_PREFIX)
    }
    _refuse_missing(positions, payload, customer_keys)
    _refuse_unknown(positions, payload, {*customer_keys, *(meter.value_key for meter in meters)})
    refuse_many_nameless(header)
    return Layout(
        header=header,
        filled=positions[TIMESTAMP],
        timestamp=positions[TIMESTAMP],
        event_name=positions[EVENT_NAME],
        identifier=positions.get(IDENTIFIER),
        adds_identifier=IDENTIFIER not in positions,
        upload=positions.get(UPLOAD),
        payload=payload,
        needed={meter.event_name: _needed(meter, positions) for meter in meters},
        nameless=nameless(header),
        error_columns=error_columns(positions),
    )


def _needed(meter: Meter, positions: Mapping[str, int]) -> int:
    """Return the minimum number of cells of a row. Includes `identifier`, so that none gets lost."""
    names = [TIMESTAMP, EVENT_NAME, IDENTIFIER, meter.customer_column, *([meter.value_column] * meter.needs_value)]
    return 1 + max(positions[name] for name in names if name in positions)


def _refuse_missing(positions: Collection[str], payload: Collection[str], customer_keys: Collection[str]) -> None:
    missing = [with_similar(name, positions) for name in (TIMESTAMP, EVENT_NAME) if name not in positions]
    if not any(key in payload for key in customer_keys):
        expected = [with_similar(PAYLOAD_PREFIX + key, positions) for key in sorted(customer_keys)]
        missing.append(
            join_names(expected, " or ") if expected else "a customer column (no meters exist; create a meter first)"
        )
    refuse_missing(missing, _CUSTOMERS if missing and has_columns([*positions], _OF_CUSTOMERS, 2) else "")


def _refuse_unknown(positions: Collection[str], payload: Collection[str], meter_keys: Collection[str]) -> None:
    refuse_unknown(
        [name for name in positions if not is_known(name) or _misplaced(name, meter_keys)],
        _similar,
        f'To store additional data, use column names that start with "{PAYLOAD_PREFIX}".',
    )
    unprintable = [name for name in positions if refuse_characters(name) is not None]
    if unprintable:
        # Names become keys of the stored payload and appear in messages.
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            f"Column names contain a control character or a line break: {join_names(unprintable)}. Remove it.",
        )
    long = [name for name in positions if len(name) > LENGTH_LIMIT]
    if long:
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            f"Column names are longer than {LENGTH_LIMIT} characters: {join_names(long)}. Shorten them.",
        )
    if len(payload) > PAYLOAD_LIMIT:
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            f"The file has {len(payload)} payload columns; the limit is {PAYLOAD_LIMIT}. Remove the unneeded ones.",
        )


def _similar(name: str) -> str | None:
    meant = _misplaced(name) or _NEAR.get(folded(name))
    if meant is None and folded(name).startswith(folded(PAYLOAD_PREFIX)):
        return f"{PAYLOAD_PREFIX}..."
    return meant


def _misplaced(name: str, meter_keys: Collection[str] = ()) -> str | None:
    """Return the column that a payload column is probably meant to be, unless a meter reads the payload column."""
    key = name.removeprefix(PAYLOAD_PREFIX)
    if key == name or key in meter_keys:
        return None
    return _MEANT.get(folded(key))
