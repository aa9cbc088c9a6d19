"""References from rows to rows of earlier uploads, as an error file makes them, and who may have whose id.

An error file names a row twice: by its identifier, and by `upload` and `row_number`. Spreadsheets damage the
identifier, and people delete either columns. So the named row decides on the id, not what its cell has become.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import content, excerpt, refuse_text
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.files.errors import CellError, FileError
from meterdrop.domain.files.header import ERROR_COLUMNS, UPLOAD, Header, error_columns, nameless, parse_names
from meterdrop.domain.files.rows import Chunk, read_rows
from meterdrop.domain.ids import UPLOAD_ID, event_id
from meterdrop.domain.validation.field_parsers import parse_identifier, refuse_identifier
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP, is_known


def read_chunks(data: bytes) -> Iterator[tuple[Chunk, Header]]:
    """Read the rows of a file of usage by its bytes alone; none of a file that is refused as a whole."""
    try:
        file = open_csv(data, is_known)
        names, positions = parse_names(file.header)
    except FileError:
        return
    if TIMESTAMP not in positions or EVENT_NAME not in positions:
        return
    header = Header(
        header=names,
        # Both: a row of one cell is then none that may be complete.
        filled=max(positions[TIMESTAMP], positions[EVENT_NAME]),
        identifier=positions.get(IDENTIFIER),
        upload=positions.get(UPLOAD),
        nameless=nameless(names),
        error_columns=error_columns(positions),
    )
    for chunk in read_rows(file, header):
        yield chunk, header


def row_ids(data: bytes, upload_id: str) -> Iterator[str]:
    """Yield the id of every record that could be that of an event; none of a file that is refused as a whole.

    Meters and customers do not come into it: what was stored yesterday is found by the catalog of any day. And what
    earlier versions of these rules took is found, however it is judged today: identifiers as they stand in the file,
    and those that count as damaged by now.
    """
    for chunk, header in read_chunks(data):
        if header.identifier is None:
            yield from (event_id(upload_id, row) for row in chunk.numbers)
            continue
        for row, cell in zip(chunk.numbers, chunk.columns[header.identifier], strict=True):
            for identifier in dict.fromkeys((parse_identifier(cell), content(cell))):
                if not identifier:
                    yield event_id(upload_id, row)
                elif refuse_text(identifier) is None:
                    yield identifier


ROW_NUMBER, ERROR_CODE, ERROR_FIELD = ERROR_COLUMNS[1:4]
_RESERVED = re.compile(rf"(?:{UPLOAD_ID.pattern}[:/]|req_[^:]*:).*", re.DOTALL)
_ROW_ID = re.compile(rf"({UPLOAD_ID.pattern}):([1-9][0-9]{{0,6}})")
_ROW_NUMBER = re.compile(r"([1-9][0-9]{0,6})(?:\.0)?")
"""With `.0` as pandas writes it where a row has no number."""
Target = tuple[str, int]
"""An upload and one of its rows."""


class RowReference(NamedTuple):
    """One row, by its number, and what it says of the row that it is."""

    row: int
    identifier: str
    """Empty where its cell is empty or missing."""
    upload: str = ""
    """The upload that the column `upload` names; empty where it names none."""
    number: int = 0
    """The row that `row_number` names; 0 where it names none."""
    may_change: bool = False
    """Whether the row's own error columns say that it was refused for its identifier."""

    @property
    def target(self) -> Target | None:
        """The upload and the row that the row says it is; None where it says neither."""
        if self.upload and self.number:
            return self.upload, self.number
        match = _ROW_ID.fullmatch(self.identifier)
        return (match[1], int(match[2])) if match else None


class Origin(NamedTuple):
    """The row that another one says it is: its id, and whether that was refused, so that another may take its place."""

    id: str
    may_change: bool = False


class Unknown(NamedTuple):
    """No such row: why, in words that follow the name of a column."""

    why: str


def is_reserved(identifier: str) -> bool:
    """Tell whether an identifier is spelt as only Meterdrop spells the ids of events, or may."""
    return identifier.startswith(("upl_", "req_")) and _RESERVED.fullmatch(identifier) is not None


def refuse_reserved(identifier: str) -> CellError | None:
    """Refuse an identifier that is none of the sender's own, where no row of an upload can be meant."""
    if not is_reserved(identifier):
        return None
    return CellError(
        RowCode.FIELD_INVALID,
        f"{excerpt(identifier)} is reserved for ids that Meterdrop makes. Use an identifier of your own.",
    )


def references_of(chunk: Chunk, header: Header) -> Iterator[RowReference]:
    """Yield those rows of a chunk that say which row of an upload they are, or have a reserved identifier."""
    if header.upload is None:
        yield from _reserved_in(chunk, header)
        return
    position = {
        name: header.header.index(name) for name in (ROW_NUMBER, ERROR_CODE, ERROR_FIELD) if name in header.header
    }
    positions = (
        header.identifier,
        header.upload,
        position.get(ROW_NUMBER),
        position.get(ERROR_CODE),
        position.get(ERROR_FIELD),
    )
    for row, (cell, *others) in _numbered(chunk, positions):
        identifier, (upload, number, code, field) = parse_identifier(cell), map(content, others)
        is_named = UPLOAD_ID.fullmatch(upload) is not None
        if is_named or is_reserved(identifier):
            yield RowReference(
                row,
                identifier,
                upload if is_named else "",
                int(match[1]) if (match := _ROW_NUMBER.fullmatch(number)) else 0,
                code == RowCode.IDENTIFIER_CONFLICT
                or (field == IDENTIFIER and code in {RowCode.FIELD_INVALID, RowCode.FIELD_TOO_LONG}),
            )


def identity(reference: RowReference, origin: Origin | Unknown | None) -> str | CellError:
    """Return the id of a row, or why it has none; `origin` is what its target is, None if it has none."""
    identifier = reference.identifier
    if origin is None:
        origin = Unknown(
            f"names upload {reference.upload}, but neither an identifier nor row_number tells which row of it this is. "
            "Restore the columns of the error file."
        )
    if isinstance(origin, Unknown):
        if reference.target is None and identifier:
            return refuse_reserved(identifier) or identifier
        return (
            identifier if identifier and not is_reserved(identifier) else CellError(RowCode.FIELD_INVALID, origin.why)
        )
    if not identifier or identifier == origin.id:
        return origin.id
    if origin.may_change or reference.may_change:
        return refuse_reserved(identifier) or identifier
    return CellError(
        RowCode.IDENTIFIER_CHANGED,
        f"{excerpt(identifier)} is not this row's identifier, which is {excerpt(origin.id)}. Restore it, and format "
        "the column as text. To count the row as a new one, empty its cells in upload and row_number.",
    )


class ReferencedRows:
    """The rows of a file that others refer to: how many it has, and what some of them say of themselves."""

    def __init__(self, data: bytes, upload_id: str, wanted: Sequence[int]) -> None:
        """Read the rows with these numbers; of a file that is refused as a whole there are none."""
        self.row_count = 0
        self.references: dict[int, RowReference] = {}
        self._identifiers: dict[int, str] = {}
        self._upload_id = upload_id
        rows = set(wanted)
        for chunk, header in read_chunks(data):
            self.row_count += len(chunk.numbers) + len(chunk.irregular)
            self.references.update((each.row, each) for each in references_of(chunk, header) if each.row in rows)
            if header.identifier is not None:
                identifiers = _numbered(chunk, (header.identifier,))
                self._identifiers.update((row, parse_identifier(cell)) for row, (cell,) in identifiers if row in rows)

    def origin(self, row: int, origin_of: Callable[[RowReference], Origin | Unknown | None]) -> Origin | Unknown:
        """Return what a row is; `origin_of` tells what the row refers to in turn."""
        if row > self.row_count:
            return Unknown(f"names row {row:,} of upload {self._upload_id}, which has {self.row_count:,} rows.")
        cell = self._identifiers.get(row, "")
        is_refused = bool(cell) and refuse_identifier(cell) is not None
        reference = self.references.get(row)
        before = None if reference is None else origin_of(reference)
        id_ = cell or f"{self._upload_id}:{row}" if reference is None else identity(reference, before)
        if isinstance(id_, str):
            return Origin(id_, may_change=is_refused)
        if before is not None:
            return before
        # It was refused for what it says of itself: another identifier may help, and without one it stays unknown.
        return Origin(f"{self._upload_id}:{row}", may_change=True) if cell else Unknown(id_.message)


def references_in(data: bytes) -> Iterator[RowReference]:
    """Yield those rows of a file that say which row of an upload they are; none of a file refused as a whole."""
    for chunk, header in read_chunks(data):
        yield from references_of(chunk, header)


def _reserved_in(chunk: Chunk, header: Header) -> Iterator[RowReference]:
    if header.identifier is None:
        return
    for row, (cell,) in _numbered(chunk, (header.identifier,)):
        if ("upl_" in cell or "req_" in cell) and is_reserved(identifier := parse_identifier(cell)):
            yield RowReference(row, identifier)


def _numbered(chunk: Chunk, positions: Sequence[int | None]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the numbers and some cells of all rows; what is not there is empty."""
    missing = [""] * len(chunk.numbers)
    columns = [missing if position is None else chunk.columns[position] for position in positions]
    yield from zip(chunk.numbers, zip(*columns, strict=True), strict=True)
    for row, cells in chunk.irregular:
        yield row, [cells[position] if position is not None and position < len(cells) else "" for position in positions]
