"""The header of a usage file: which column is what, or why the file cannot be read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from meterdrop.domain.cells import LENGTH_LIMIT, refuse_characters
from meterdrop.domain.codes import FileCode
from meterdrop.domain.header import (
    ERROR_COLUMNS,
    UPLOAD,
    Header,
    error_columns,
    folded,
    listed,
    nameless,
    names_of,
    near,
    refuse_many_nameless,
    refuse_missing,
    refuse_unknown,
)
from meterdrop.domain.meter import PAYLOAD_PREFIX
from meterdrop.domain.verdict import FileFault

TIMESTAMP = "timestamp"
EVENT_NAME = "event_name"
IDENTIFIER = "identifier"
PAYLOAD_LIMIT = 50

_KNOWN = frozenset({TIMESTAMP, EVENT_NAME, IDENTIFIER, *ERROR_COLUMNS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Header):
    """Where a usage file's columns stand. `payload` maps keys, without their prefix, to positions."""

    timestamp: int
    event_name: int
    payload: dict[str, int]


def is_known(name: str) -> bool:
    """Tell whether a column of this name may stand in a usage file."""
    return name in _KNOWN or (name.startswith(PAYLOAD_PREFIX) and name != PAYLOAD_PREFIX)


def read_header(cells: Sequence[str], customer_keys: Collection[str]) -> Layout:
    """Read the header's cells; `customer_keys` are those of all meters.

    Raises FileFault that names every column at fault.
    """
    header, positions = names_of(cells)
    payload = {name[len(PAYLOAD_PREFIX) :]: at for name, at in positions.items() if name.startswith(PAYLOAD_PREFIX)}
    _refuse_missing(positions, payload, customer_keys)
    _refuse_unknown(positions, payload)
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
        nameless=nameless(header),
        error_columns=error_columns(positions),
    )


def _refuse_missing(positions: Collection[str], payload: Collection[str], customer_keys: Collection[str]) -> None:
    missing = [near(name, positions) for name in (TIMESTAMP, EVENT_NAME) if name not in positions]
    if not any(key in payload for key in customer_keys):
        expected = [near(PAYLOAD_PREFIX + key, positions) for key in sorted(customer_keys)]
        missing.append(
            listed(expected, " or ") if expected else "a customer column (there is no meter yet; create one first)"
        )
    refuse_missing(missing)


def _refuse_unknown(positions: Collection[str], payload: Collection[str]) -> None:
    refuse_unknown(
        [name for name in positions if not is_known(name)],
        _meant,
        f"further data belongs in columns whose names begin with {PAYLOAD_PREFIX}.",
    )
    steering = [name for name in positions if refuse_characters(name) is not None]
    if steering:
        # A name becomes a key of the stored payload, and stands in messages.
        raise FileFault(
            FileCode.UNKNOWN_COLUMNS,
            f"Column names hold a control character or a line break: {listed(steering)}. Remove it.",
        )
    long = [name for name in positions if len(name) > LENGTH_LIMIT]
    if long:
        raise FileFault(
            FileCode.UNKNOWN_COLUMNS,
            f"Column names have more than {LENGTH_LIMIT} characters: {listed(long)}. Shorten them.",
        )
    if len(payload) > PAYLOAD_LIMIT:
        raise FileFault(
            FileCode.UNKNOWN_COLUMNS,
            f"The file has {len(payload)} payload columns; at most {PAYLOAD_LIMIT} are taken. Remove those not needed.",
        )


def _meant(name: str) -> str | None:
    meant = next((known for known in sorted(_KNOWN) if folded(known) == folded(name)), None)
    if meant is None and folded(name).startswith(folded(PAYLOAD_PREFIX)):
        return f"{PAYLOAD_PREFIX}..."
    return meant
