"""Validates the rows of a customer file. The result depends only on the file."""

from collections.abc import Iterator, Sequence

from meterdrop.domain.codes import RowCode
from meterdrop.domain.customers.customer import refuse_unreachable
from meterdrop.domain.customers.header import ID, LENGTHS, CustomerLayout
from meterdrop.domain.customers.registration import Values
from meterdrop.domain.files.cache import CellCache
from meterdrop.domain.files.cells import refuse_text
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.files.irregular_rows import PositionedErrors, in_column_order, shape_error, with_line_break_errors
from meterdrop.domain.files.rows import Cells, Chunk
from meterdrop.domain.validation.field_parsers import refuse_identifier
from meterdrop.domain.validation.results import RefusedRow

ValidCustomer = tuple[int, str, Values]
"""A valid row: its number, the customer's ID, and the values of the attributes."""


class CustomerParsers:
    """Parsers for each kind of cell. They cache results by the raw cell."""

    __slots__ = ("ids", "texts")

    def __init__(self) -> None:
        """Create parsers with empty caches."""
        self.ids = CellCache[str | CellError](_id)
        self.texts = {name: _texts(limit) for name, limit in LENGTHS.items()}


def validate_customers(
    chunk: Chunk, layout: CustomerLayout, parsers: CustomerParsers
) -> Iterator[ValidCustomer | RefusedRow]:
    """Validate the rows of a chunk. Yields the valid rows in order, then the refused rows in order."""
    ids = map(parsers.ids.__getitem__, chunk.columns[layout.id])
    values = [
        map(parsers.texts[name].__getitem__, chunk.columns[position]) for name, position in layout.attributes.items()
    ]
    refused: list[RefusedRow] = []
    for index, (number, id_, *texts) in enumerate(zip(chunk.numbers, ids, *values, strict=True)):
        if isinstance(id_, CellError) or any(isinstance(text, CellError) for text in texts):
            refused.append(_refused(number, chunk.row(index), layout, parsers, is_irregular=False))
        else:
            yield number, id_, tuple([text or None for text in texts if isinstance(text, str)])
    refused += [_refused(number, cells, layout, parsers, is_irregular=True) for number, cells in chunk.irregular]
    yield from sorted(refused, key=_row)


def _refused(
    number: int, cells: Cells, layout: CustomerLayout, parsers: CustomerParsers, *, is_irregular: bool
) -> RefusedRow:
    full: Sequence[str] = [*cells, *[""] * (layout.width - len(cells))]
    errors: PositionedErrors = []
    if is_irregular and (fit_error := shape_error(cells, layout)) is not None:
        errors.append(fit_error)
    results = [(layout.id, ID, parsers.ids[full[layout.id]])]
    results += [(position, name, parsers.texts[name][full[position]]) for name, position in layout.attributes.items()]
    errors += [(position, name, result) for position, name, result in results if isinstance(result, CellError)]
    return RefusedRow(
        None, number, cells, in_column_order(with_line_break_errors(errors, cells, layout) if is_irregular else errors)
    )


def _id(text: str) -> str | CellError:
    if not text:
        return CellError(RowCode.CUSTOMER_ID_MISSING, "The value is missing. Enter the ID of the customer.")
    return refuse_identifier(text) or refuse_unreachable(text) or text


def _texts(limit: int) -> CellCache[str | CellError]:
    return CellCache[str | CellError](lambda text: refuse_text(text, limit) or text)


def _row(refused: RefusedRow) -> int:
    return refused.row
