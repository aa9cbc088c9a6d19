"""The ids that the rows of a file have, good ones and bad ones: what an undo goes by, which never judges."""

from collections.abc import Iterator

from meterdrop.domain.cells import content, refuse_text
from meterdrop.domain.columns import EVENT_NAME, IDENTIFIER, TIMESTAMP
from meterdrop.domain.header import UPLOAD, Header, error_columns, nameless, names_of
from meterdrop.domain.identifier import event_id, identifier_of
from meterdrop.domain.reader import open_csv
from meterdrop.domain.rows import Chunk, read_rows
from meterdrop.domain.verdict import FileFault


def chunks_of(data: bytes) -> Iterator[tuple[Chunk, Header]]:
    """Read the rows of a file of usage by its bytes alone; none of a file that is refused as a whole."""
    try:
        file = open_csv(data)
        names, positions = names_of(file.header)
    except FileFault:
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
    for chunk, header in chunks_of(data):
        if header.identifier is None:
            yield from (event_id(upload_id, row) for row in chunk.numbers)
            continue
        for row, cell in zip(chunk.numbers, chunk.columns[header.identifier], strict=True):
            for identifier in dict.fromkeys((identifier_of(cell), content(cell))):
                if not identifier:
                    yield event_id(upload_id, row)
                elif refuse_text(identifier) is None:
                    yield identifier
