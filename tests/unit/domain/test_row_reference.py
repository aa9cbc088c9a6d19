"""Which id a row has that says which row it is: by what its cells hold, and what that row is."""

import pytest

from meterdrop.domain.files.errors import CellError
from meterdrop.domain.validation.row_reference import (
    RESTORE,
    Origin,
    ReferencedRows,
    RowReference,
    Unknown,
    identity,
    references_in,
)

OF = "upl_" + "b" * 26
NAMES = "timestamp,event_name,identifier,upload,row_number,error_code,error_field\n"
GONE = Unknown("is gone")
DEFAULT, OWN, AT_FAULT = Origin(f"{OF}:1"), Origin("ord-1"), Origin("1.7E+15", may_change=True)


@pytest.mark.parametrize(
    ("cells", "origin", "expected"),
    [
        (("", OF, 1), DEFAULT, f"{OF}:1"),
        (("", OF, 1), OWN, "ord-1"),
        (("ord-1", OF, 1), OWN, "ord-1"),
        (("ord-01", OF, 1), OWN, "identifier_changed"),
        (("ord-1", OF, 1), DEFAULT, "identifier_changed"),
        ((f"{OF}:2", OF, 1), DEFAULT, "identifier_changed"),
        ((f"{OF}:2", OF, 1), AT_FAULT, "field_invalid"),
        (("ord-1", OF, 1), AT_FAULT, "ord-1"),
        (("", OF, 1), AT_FAULT, "1.7E+15"),
        (("ord-2", OF, 1, True), OWN, "ord-2"),
        (("req_a:1", OF, 1, True), OWN, "field_invalid"),
        (("ord-1", OF, 1), GONE, "ord-1"),
        (("", OF, 1), GONE, "field_invalid"),
        ((f"{OF}:1", OF, 1), GONE, "field_invalid"),
        ((f"{OF}:1", "", 0), DEFAULT, f"{OF}:1"),
        ((f"{OF}:1", "", 0), GONE, "field_invalid"),
        ((f"{OF}:01", "", 0), None, "field_invalid"),
        (("req_a:1", "", 0), None, "field_invalid"),
        (("ord-1", OF, 0), None, "ord-1"),
        (("", OF, 0), None, "field_invalid"),
    ],
)
def test_identity(cells: tuple[str, str, int], origin: Origin | Unknown | None, expected: str) -> None:
    """Empty or the same is that row, a changed one is refused unless it was at fault, and nobody spells Meterdrop's."""
    found = identity(RowReference(1, *cells), origin)
    assert expected == (found.code if isinstance(found, CellError) else found)


@pytest.mark.parametrize(
    ("cells", "may_change"),
    [
        ("identifier_conflict,identifier", True),
        ("field_invalid,identifier", True),
        ("field_too_long,identifier", True),
        ("field_invalid,payload_note", False),
        ("identifier_changed,identifier", False),
        ("timestamp_invalid,timestamp", False),
        (",", False),
    ],
)
def test_what_a_row_was_refused_for(cells: str, may_change: bool) -> None:
    """Where its identifier was at fault another one may take its place."""
    assert [may_change] == [each.may_change for each in references_in(f"{NAMES}2024,x,ord-2,{OF},1,{cells}\n".encode())]


@pytest.mark.parametrize(
    ("cells", "target"),
    [
        (f"ord-1,{OF},7", (OF, 7)),
        (f"{OF}:7,{OF},8", (OF, 8)),
        (f"{OF}:7,{OF},", (OF, 7)),
        (f"{OF}:7,,8", (OF, 7)),
        (f"{OF}:7,somebody,8", (OF, 7)),
        (f"{OF}:0,,", None),
        (f"{OF}:12345678,,", None),
        (f"ord-1,{OF},1.0", (OF, 1)),
        (f"ord-1,{OF},1.5", None),
        (f"ord-1,{OF},0", None),
    ],
)
def test_which_row_is_meant(cells: str, target: tuple[str, int] | None) -> None:
    """The columns `upload` and `row_number` say so, else the identifier."""
    assert [target] == [each.target for each in references_in(f"{NAMES}2024,x,{cells},,\n".encode())]


def test_an_identifier_is_read_in_one_form() -> None:
    """A system may spell its accents in two characters."""
    assert ["\u00fc"] == [each.identifier for each in references_in(f"{NAMES}2024,x,u\u0308,{OF},1,,\n".encode())]


def test_rows_that_are_their_own() -> None:
    """A row that names no upload is none of another one's, whatever its number."""
    assert [] == list(references_in(f"{NAMES}2024,x,ord-1,,7,,\n2024,x,,somebody,7,,\n2024,x,upl_a:1,,,,\n".encode()))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (1, Origin("ord-1")),
        (2, Origin(f"{OF}:2")),
        (3, Origin("1.7E+15", may_change=True)),
        (4, Origin(f"{OF}:4", may_change=True)),
        (5, Origin("\u00fc")),
        (6, Unknown(f"Row 6 of upload {OF} doesn't exist: it has 5 rows. {RESTORE}")),
    ],
)
def test_what_a_row_of_a_file_is(row: int, expected: Origin | Unknown) -> None:
    """Its identifier, or its place; one whose identifier was refused may have another."""
    file = ReferencedRows(
        "timestamp,event_name,identifier\n2024,x,ord-1\n2024,x,\n2024,x,1.7E+15\n2024,x,req_a:1\n2024,x,u\u0308\n".encode(),
        OF,
        [row],
    )
    assert expected == file.origin(row, lambda _: None)
