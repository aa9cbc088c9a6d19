"""Random cells, rows and files, with all in them that has ever broken a reader of CSV."""

import csv
import io
from collections.abc import Sequence

from hypothesis import strategies as st

from tests.support.fakes.catalog import CUSTOMERS, METERS

DELIMITERS = (",", ";", "\t")
COLUMNS = ("timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "identifier", "payload_note")

odd_cells = st.sampled_from(
    [
        "",
        " ",
        "=1+1",
        "'=1+1",
        "+",
        "-",
        "@x",
        "'",
        "''=x",
        '"',
        '""',
        ",",
        ";",
        "\t",
        "\r",
        "\n",
        "a\r\nb",
        "\t=1",
        "\r=",
        " =1",
        "\n@x",
        "a;=1",
        "a;'=1",
        ", -1",
        'a;"=1',
        "\u200b=1",
        "\ufeff-a",
        "\uff1d1",
    ]
)
cells = st.one_of(
    odd_cells,
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    st.text(alphabet="=+-@'\t\r\n \",;aü\u2028\u00a0\uff0b\u200b", max_size=6),
)
"""Any text that a cell can hold."""

timestamps = st.one_of(
    st.sampled_from(
        ["2024-09-25", "1727222400.0", "2024-09-25 14:30:00.5+0530", "2024-09-29", "2024", "1969-12-31", ""]
    ),
    cells,
)
event_names = st.one_of(st.sampled_from([meter.event_name for meter in METERS]), cells)
customers = st.one_of(st.sampled_from(CUSTOMERS), st.sampled_from(["cus_nobody", ""]), cells)
values = st.one_of(
    st.sampled_from(["400", "400.0", "-1", ".5", "1.234", "1e5", "", "1234567890123456"]),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1000, max_value=1000).map(str),
    cells,
)
identifiers = st.one_of(
    st.sampled_from(["", "a", "b", "\u00e9", "e\u0301", "1.7E+15", "1001.0", "NULL", "a\u200b"]), cells
)
rows = st.tuples(timestamps, event_names, customers, values, identifiers, cells).map(list)
"""Rows of the right width for `COLUMNS`, good and bad."""


@st.composite
def tables(draw: st.DrawFn, *, misfits: bool = False) -> list[list[str]]:
    """Draw a header and rows; with `misfits` some rows have too few or too many cells."""
    count = draw(st.integers(4, len(COLUMNS)))
    width = [*range(count)]
    body = [[row[at] for at in width] for row in draw(st.lists(rows, min_size=1, max_size=8))]
    if misfits:
        body = [(row + draw(st.lists(cells, max_size=3)))[: draw(st.integers(1, count + 3))] for row in body]
    order = draw(st.permutations(width))
    in_order = [[row[at] for at in order if at < len(row)] + row[count:] for row in body]
    return [[COLUMNS[at] for at in order], *in_order]


def written(
    table: Sequence[Sequence[str]], delimiter: str = ",", line_end: str = "\r\n", encoding: str = "utf-8"
) -> bytes:
    """Write a table as any sound program does: what needs quotes has them, and quotes in cells are doubled."""
    text = io.StringIO(newline="")
    # Quoting all: csv.writer before Python 3.13 leaves a lone carriage return bare where lines end in "\n".
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(table)
    return text.getvalue().encode(encoding)
