"""References from the rows of error files to rows of earlier uploads, and the event IDs that they get.

An error file refers to a row twice: by `identifier`, and by `upload` and `row_number`. Spreadsheets change
identifiers, and people delete columns. So the row's ID comes from the earlier row, not from the changed cell.
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
from meterdrop.domain.ids import ROW_ID, UPLOAD_ID, event_id
from meterdrop.domain.validation.field_parsers import parse_identifier, refuse_identifier
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP, is_known


def read_chunks(data: bytes) -> Iterator[tuple[Chunk, Header]]:
    """Read the rows of a usage file without meters. Yields nothing if the file has a file error."""
    try:
        file = open_csv(data, is_known)
        names, positions = parse_names(file.header)
    except FileError:
        return
    if TIMESTAMP not in positions or EVENT_NAME not in positions:
        return
    header = Header(
        header=names,
        # Both columns are required, so a row with one cell is always incomplete.
        filled=max(positions[TIMESTAMP], positions[EVENT_NAME]),
        identifier=positions.get(IDENTIFIER),
        upload=positions.get(UPLOAD),
        nameless=nameless(names),
        error_columns=error_columns(positions),
    )
    for chunk in read_rows(file, header):
        yield chunk, header


def row_ids(data: bytes, upload_id: str) -> Iterator[str]:
    """Yield all event IDs that the rows of a file may have. Yields nothing if the file has a file error.

    The result doesn't depend on meters and customers, so it includes all events stored earlier. It also includes
    identifiers that only earlier versions of Meterdrop accepted: unnormalized ones and damaged ones.
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
_ROW_NUMBER = re.compile(r"([1-9][0-9]{0,6})(?:\.0)?")
"""pandas adds `.0` if a row of the column has no number."""
RESTORE = "Restore the columns from the error file."
Target = tuple[str, int]
"""An upload and one of its rows."""


class RowReference(NamedTuple):
    """A row's reference to a row of an earlier upload. `row` is its own number."""

    row: int
    identifier: str
    """Empty if the cell is empty or missing."""
    upload: str = ""
    """The upload in the column `upload`, empty if there is none."""
    number: int = 0
    """The row in the column `row_number`, 0 if there is none."""
    may_change: bool = False
    """Whether the error columns say that the row was refused because of its identifier."""

    @property
    def target(self) -> Target | None:
        """The upload and row that the reference names, None if it doesn't name a row."""
        if self.upload and self.number:
            return self.upload, self.number
        match = ROW_ID.fullmatch(self.identifier)
        return (match[1], int(match[2])) if match else None


class Origin(NamedTuple):
    """The row that a reference names: its ID, and whether a new identifier may replace it because it was invalid."""

    id: str
    may_change: bool = False


class Unknown(NamedTuple):
    """The reason why a referenced row is unknown, as a message."""

    reason: str


def is_reserved(identifier: str) -> bool:
    """Return whether an identifier has a form reserved for the event IDs that Meterdrop generates."""
    return identifier.startswith(("upl_", "req_")) and _RESERVED.fullmatch(identifier) is not None


def refuse_reserved(identifier: str) -> CellError | None:
    """Return the error of a reserved identifier. Return None for other identifiers."""
    if not is_reserved(identifier):
        return None
    return CellError(
        RowCode.FIELD_INVALID,
        f"{excerpt(identifier)} is reserved for IDs that Meterdrop generates. Use a different identifier.",
    )


def references_of(chunk: Chunk, header: Header) -> Iterator[RowReference]:
    """Yield references of rows that name an upload or have a reserved identifier."""
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
    """Return the ID of a row, or the error of its reference. `origin` is its target's, None without a target."""
    identifier = reference.identifier
    if origin is None:
        origin = Unknown(f"The row refers to upload {reference.upload} without a row_number or identifier. {RESTORE}")
    if isinstance(origin, Unknown):
        if reference.target is None and identifier:
            return refuse_reserved(identifier) or identifier
        if identifier and not is_reserved(identifier):
            return identifier
        return CellError(RowCode.FIELD_INVALID, origin.reason)
    if not identifier or identifier == origin.id:
        return origin.id
    if origin.may_change or reference.may_change:
        return refuse_reserved(identifier) or identifier
    return CellError(
        RowCode.IDENTIFIER_CHANGED,
        f"{excerpt(identifier)} isn't the row's original identifier {excerpt(origin.id)}. Restore it, and format the "
        "column as text. To add a new event instead, clear the cells in upload and row_number.",
    )


class ReferencedRows:
    """The rows of one file that other rows refer to."""

    def __init__(self, data: bytes, upload_id: str, wanted: Sequence[int]) -> None:
        """Read the rows with the `wanted` numbers. A file with a file error has no rows."""
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
        """Return the origin of a row. `origin_of` resolves the row's own reference."""
        if row > self.row_count:
            return Unknown(
                f"Row {row:,} of upload {self._upload_id} doesn't exist: it has {self.row_count:,} rows. {RESTORE}"
            )
        cell = self._identifiers.get(row, "")
        is_refused = bool(cell) and refuse_identifier(cell) is not None
        reference = self.references.get(row)
        before = None if reference is None else origin_of(reference)
        id_ = cell or f"{self._upload_id}:{row}" if reference is None else identity(reference, before)
        if isinstance(id_, str):
            return Origin(id_, may_change=is_refused)
        if before is not None:
            return before
        # The row was refused because of its identifier. A new identifier may replace it; without one, it stays unknown.
        return Origin(f"{self._upload_id}:{row}", may_change=True) if cell else Unknown(id_.message)


def references_in(data: bytes) -> Iterator[RowReference]:
    """Yield the references in a file. Yields nothing if the file has a file error."""
    for chunk, header in read_chunks(data):
        yield from references_of(chunk, header)


def _reserved_in(chunk: Chunk, header: Header) -> Iterator[RowReference]:
    if header.identifier is None:
        return
    for row, (cell,) in _numbered(chunk, (header.identifier,)):
        if ("upl_" in cell or "req_" in cell) and is_reserved(identifier := parse_identifier(cell)):
            yield RowReference(row, identifier)


def _numbered(chunk: Chunk, positions: Sequence[int | None]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the numbers and some cells of all rows. Missing cells are empty."""
    missing = [""] * len(chunk.numbers)
    columns = [missing if position is None else chunk.columns[position] for position in positions]
    yield from zip(chunk.numbers, zip(*columns, strict=True), strict=True)
    for row, cells in chunk.irregular:
        yield row, [cells[position] if position is not None and position < len(cells) else "" for position in positions]
