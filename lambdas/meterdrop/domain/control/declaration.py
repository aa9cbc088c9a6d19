"""The totals that a sender declares for a file, as object metadata. A declaration is never ignored."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from meterdrop.domain.codes import FileCode
from meterdrop.domain.control.totals import Totals
from meterdrop.domain.decimals import plain
from meterdrop.domain.files.cells import LENGTH_LIMIT, NUMBER, excerpt
from meterdrop.domain.files.errors import FileError

ROWS = "expect-rows"
SUMS = "expect-sums"
METADATA_LIMIT = 2_048
"""Maximum bytes of an object's metadata in S3, names and values together."""
_Total = TypeVar("_Total")
_PREFIXES = ("expect-", "expect_")
_ROW_COUNT = re.compile(r"[0-9]{1,9}")


def is_declaration(name: str) -> bool:
    """Return whether metadata with this lower-case name declares totals, or is meant to."""
    return name.startswith(_PREFIXES)


def read_declaration(metadata: Mapping[str, str]) -> Totals | None:
    """Parse the metadata of a file. Returns None if it declares nothing. Raises FileError if it can't be read."""
    if not metadata:
        return None
    if unknown := sorted(metadata.keys() - {ROWS, SUMS}):
        raise declaration_error(f"unknown metadata {excerpt(unknown[0])}. Control totals are {ROWS} and {SUMS}")
    rows, sums = metadata.get(ROWS), metadata.get(SUMS)
    return Totals(
        None if rows is None else _parse(ROWS, rows, parse_row_count), {} if sums is None else _parse_sums(sums)
    )


def declaration_error(reason: str) -> FileError:
    """Return the error of a file whose declaration can't be read or compared."""
    return FileError(
        FileCode.CONTROL_MISMATCH,
        f"Can't compare the control totals: {reason}. No rows were stored. Upload the file again with correct totals.",
    )


def missing_declaration(prefix: str) -> FileError:
    """Return the error of a file without totals under a prefix that requires them."""
    return FileError(
        FileCode.CONTROL_MISMATCH,
        f"Files under {excerpt(prefix)} must have control totals, and this file has none. No rows were stored. Upload "
        f"the file again with the object metadata {ROWS} or {SUMS}, or with the parameter control of POST /v1/uploads.",
    )


def parse_row_count(text: str) -> int:
    """Parse a number of rows. Raises ValueError with the requirement that the text misses."""
    if _ROW_COUNT.fullmatch(text) is None:
        raise ValueError("must be a whole number such as 107245")
    return int(text)


def parse_sum(text: str) -> Decimal:
    """Parse a sum. Raises ValueError with the requirement that the text misses."""
    if NUMBER.fullmatch(text) is None or len(text) > LENGTH_LIMIT:
        raise ValueError("must be a plain decimal such as 400.5, with at most 100 characters")
    number = Decimal(text)
    return number or Decimal(0)  # no -0


def to_metadata(totals: Totals) -> dict[str, str]:
    """Return the metadata that declares totals. It is ASCII, as S3 requires."""
    metadata = {} if totals.row_count is None else {ROWS: str(totals.row_count)}
    if totals.sums:
        sums = {event_name: plain(number) for event_name, number in totals.sums.items()}
        metadata[SUMS] = json.dumps(sums, separators=(",", ":"))
    return metadata


def _parse(name: str, text: str, parse: Callable[[str], _Total]) -> _Total:
    try:
        return parse(text)
    except ValueError as error:
        raise declaration_error(f"{name} is {excerpt(text)}, but {error}") from None


def _parse_sums(text: str) -> Mapping[str, Decimal]:
    try:
        # Numbers stay text: a float would round them.
        sums = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_object)
    except (json.JSONDecodeError, RecursionError):
        sums = None
    if not isinstance(sums, dict) or not sums:
        raise declaration_error(f'{SUMS} must be a JSON object in ASCII, such as {{"ai_search_api": "400.5"}}')
    return {
        event_name: _parse(f"the sum of {excerpt(event_name)} in {SUMS}", str(value), parse_sum)
        for event_name, value in sums.items()
    }


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. Raises FileError if a name appears twice: one of the values would be ignored."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise declaration_error(f"{SUMS} has the same event name twice")
    return found
