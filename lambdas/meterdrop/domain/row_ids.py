"""The ids that the rows of a file have, good ones and bad ones: what an undo goes by, which never judges."""

from collections.abc import Iterator

from meterdrop.domain.cells import content
from meterdrop.domain.columns import IDENTIFIER, TIMESTAMP
from meterdrop.domain.header import Header, error_columns, nameless, names_of
from meterdrop.domain.identifier import event_id, refuse_identifier
from meterdrop.domain.reader import open_csv
from meterdrop.domain.rows import read_rows
from meterdrop.domain.verdict import FileFault


def row_ids(data: bytes, upload_id: str) -> Iterator[str]:
    """Yield the id of every record that could be that of an event; none of a file that is refused as a whole.

    Meters and customers do not come into it: what was stored yesterday is found by the catalog of any day.
    """
    try:
        file = open_csv(data)
        names, positions = names_of(file.header)
    except FileFault:
        return
    if TIMESTAMP not in positions:
        return
    header = Header(
        header=names,
        filled=positions[TIMESTAMP],
        identifier=positions.get(IDENTIFIER),
        upload=None,
        nameless=nameless(names),
        error_columns=error_columns(positions),
    )
    for chunk in read_rows(file, header):
        if header.identifier is None:
            yield from (event_id(upload_id, row) for row in chunk.numbers)
            continue
        for row, cell in zip(chunk.numbers, chunk.columns[header.identifier], strict=True):
            identifier = content(cell)
            if not identifier:
                yield event_id(upload_id, row)
            elif refuse_identifier(identifier) is None:
                yield identifier
