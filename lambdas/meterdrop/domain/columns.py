"""The header: which column is what, or why the file cannot be read."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from meterdrop.domain.cells import LENGTH_LIMIT, trim
from meterdrop.domain.codes import FileCode
from meterdrop.domain.meter import PAYLOAD_PREFIX
from meterdrop.domain.verdict import FileFault

TIMESTAMP = "timestamp"
EVENT_NAME = "event_name"
IDENTIFIER = "identifier"
UPLOAD = "upload"
ERROR_COLUMNS = (UPLOAD, "row_number", "error_code", "error_field", "error_message")
"""What an error file adds to the dropped file's columns, in this order."""
PAYLOAD_LIMIT = 50

_KNOWN = frozenset({TIMESTAMP, EVENT_NAME, IDENTIFIER, *ERROR_COLUMNS})
_NAMED_AT_MOST = 20  # names in one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a file's columns stand. Positions count from 0; `payload` maps keys, without their prefix, to positions."""

    header: tuple[str, ...]
    """The names, trimmed."""
    timestamp: int
    event_name: int
    identifier: int | None
    upload: int | None
    payload: dict[str, int]
    nameless: tuple[int, ...]
    error_columns: tuple[int, ...]

    @property
    def width(self) -> int:
        """Cells of a row that is neither short nor long."""
        return len(self.header)


def is_known(name: str) -> bool:
    """Tell whether a column of this name may stand in a file."""
    return name in _KNOWN or (name.startswith(PAYLOAD_PREFIX) and name != PAYLOAD_PREFIX)


def read_header(cells: Sequence[str], customer_keys: Collection[str]) -> Layout:
    """Read the header's cells; `customer_keys` are those of all meters.

    Raises FileFault that names every column at fault.
    """
    header = tuple(trim(cell) for cell in cells)
    positions = {name: position for position, name in enumerate(header) if name}
    payload = {name[len(PAYLOAD_PREFIX) :]: at for name, at in positions.items() if name.startswith(PAYLOAD_PREFIX)}
    _refuse_duplicates(header)
    _refuse_missing(positions, payload, customer_keys)
    _refuse_unknown(positions, payload)
    return Layout(
        header=header,
        timestamp=positions[TIMESTAMP],
        event_name=positions[EVENT_NAME],
        identifier=positions.get(IDENTIFIER),
        upload=positions.get(UPLOAD),
        payload=payload,
        nameless=tuple(position for position, name in enumerate(header) if not name),
        error_columns=tuple(positions[name] for name in ERROR_COLUMNS if name in positions),
    )


def _refuse_duplicates(header: Sequence[str]) -> None:
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        raise FileFault(
            FileCode.DUPLICATE_COLUMNS, f"Columns stand twice in the header: {_list(twice)}. Keep one of each name."
        )


def _refuse_missing(positions: Collection[str], payload: Collection[str], customer_keys: Collection[str]) -> None:
    missing = [_near(name, positions) for name in (TIMESTAMP, EVENT_NAME) if name not in positions]
    if not any(key in payload for key in customer_keys):
        expected = [_near(PAYLOAD_PREFIX + key, positions) for key in sorted(customer_keys)]
        missing.append(
            _list(expected, " or ") if expected else "a customer column (there is no meter yet; create one first)"
        )
    if missing:
        raise FileFault(
            FileCode.MISSING_COLUMNS,
            f"The header lacks: {', '.join(missing)}. Its first line must name the columns, spelt exactly so.",
        )


def _refuse_unknown(positions: Collection[str], payload: Collection[str]) -> None:
    unknown = [name for name in positions if not is_known(name)]
    if unknown:
        raise FileFault(
            FileCode.UNKNOWN_COLUMNS,
            f"Columns that are not known: {_list(unknown, shown=_near_known)}. Remove or rename them; "
            f"further data belongs in columns whose names begin with {PAYLOAD_PREFIX}.",
        )
    long = [name for name in positions if len(name) > LENGTH_LIMIT]
    if long:
        raise FileFault(
            FileCode.UNKNOWN_COLUMNS,
            f"Column names have more than {LENGTH_LIMIT} characters: {_list(long)}. Shorten them.",
        )
    if len(payload) > PAYLOAD_LIMIT:
        raise FileFault(
            FileCode.UNKNOWN_COLUMNS,
            f"The file has {len(payload)} payload columns; at most {PAYLOAD_LIMIT} are taken. Remove those not needed.",
        )


def _near(name: str, positions: Collection[str]) -> str:
    """Return a missing name, with the column that was probably meant."""
    found = next((other for other in positions if _folded(other) == _folded(name)), None)
    return name if found is None else f"{name} (found {_quoted(found)})"


def _near_known(name: str) -> str:
    folded = _folded(name)
    meant = next((known for known in sorted(_KNOWN) if _folded(known) == folded), None)
    if meant is None and folded.startswith(_folded(PAYLOAD_PREFIX)):
        meant = f"{PAYLOAD_PREFIX}..."
    return _quoted(name) if meant is None else f"{_quoted(name)} (meant {meant}?)"


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _list(names: Sequence[str], separator: str = ", ", shown: Callable[[str], str] | None = None) -> str:
    """Write names for a message, the first ones where there are many."""
    first = separator.join(map(shown or _clipped, names[:_NAMED_AT_MOST]))
    return first if len(names) <= _NAMED_AT_MOST else f"{first} and {len(names) - _NAMED_AT_MOST} more"


def _quoted(name: str) -> str:
    return f'"{_clipped(name)}"'


def _clipped(name: str) -> str:
    clean = "".join(character if character.isprintable() else "?" for character in name)
    return clean if len(clean) <= 2 * LENGTH_LIMIT else clean[: 2 * LENGTH_LIMIT] + "..."
