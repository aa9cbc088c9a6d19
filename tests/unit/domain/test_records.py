"""Quoting against an independent reading of RFC 4180, one character at a time."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.files.records import quoting, refuse_bad_quoting
from meterdrop.domain.validation.usage_header import is_known
from tests.support.strategies import DELIMITERS, cells

_texts = st.text(alphabet='",;\t\r\na ', max_size=24)


def rfc4180(text: str, delimiter: str) -> list[list[str]] | None:  # noqa: C901, PLR0912  one state machine, read at once
    """Return the records of a text, or None where its quoting is bad."""
    records: list[list[str]] = []
    record: list[str] = []
    cell, state, at = "", "start", 0
    while at < len(text):
        character = text[at]
        at += 1
        if state == "quoted":
            if character != '"':
                cell += character
            elif text[at : at + 1] == '"':
                cell, at = cell + '"', at + 1
            else:
                state = "closed"
        elif character == delimiter:
            record.append(cell)
            cell, state = "", "start"
        elif character in "\r\n":
            if character == "\r" and text[at : at + 1] == "\n":
                at += 1
            records.append([*record, cell] if record or cell or state != "start" else [])
            record, cell, state = [], "", "start"
        elif character == '"' and state == "start":
            state = "quoted"
        elif character == '"' or state == "closed":
            return None
        else:
            cell, state = cell + character, "bare"
    if state == "quoted":
        return None
    if record or cell or state != "start":
        records.append([*record, cell])
    return records


@given(_texts, st.sampled_from(DELIMITERS))
@example('"a"b', ",")
@example('a"b', ",")
@example('"a""', ",")
@example('"\r\n"', ",")
def test_bad_quoting_is_refused_and_no_other(text: str, delimiter: str) -> None:
    """What is refused is what RFC 4180 does not allow."""
    lines = io.StringIO(text, newline="")
    if rfc4180(text, delimiter) is None:
        with pytest.raises(FileError) as caught:
            refuse_bad_quoting(lines, delimiter)
        assert caught.value.code is FileCode.MALFORMED
    else:
        refuse_bad_quoting(lines, delimiter)


@given(_texts, st.sampled_from(DELIMITERS))
def test_records_are_those_of_rfc4180(text: str, delimiter: str) -> None:
    """A file with sound quoting has the records that RFC 4180 says."""
    expected = rfc4180(text, delimiter)
    if expected is None:
        return
    header = delimiter.join(["timestamp", "event_name", "payload_x"])
    opened = open_csv(f"{header}\n{text}".encode(), is_known)
    assert opened.delimiter == delimiter
    assert list(opened.records()) == expected


@given(_texts, st.integers(0, 8))
def test_lines_are_the_same_whatever_they_are_sliced_by(text: str, size: int) -> None:
    """A text is read in slices, which end where a line does."""
    header = "timestamp,event_name,payload_x\n"
    expected = rfc4180(text, ",")
    if expected is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.files.records._SLICE", size)
        assert list(open_csv(f"{header}{text}".encode(), is_known).records()) == expected


@given(
    st.lists(st.lists(cells, min_size=2, max_size=4), max_size=6),
    st.sampled_from(DELIMITERS),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_writer_wrote_is_read_back(table: list[list[str]], delimiter: str, line_end: str, encoding: str) -> None:
    """Whatever a program writes as CSV comes back as it was."""
    text = io.StringIO(newline="")
    # Before Python 3.13 csv.writer leaves a carriage return bare unless lines end in one.
    if line_end == "\r\n":
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    else:
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["timestamp", "event_name", "payload_x"], *table])
    opened = open_csv(text.getvalue().encode(encoding), is_known)
    assert opened.header == ("timestamp", "event_name", "payload_x")
    assert list(opened.records()) == table
    assert list(opened.records()) == table


@given(st.lists(cells, min_size=2, max_size=6), st.sampled_from(DELIMITERS))
def test_cells_are_quoted_as_the_standard_writer_does(row: list[str], delimiter: str) -> None:
    """Those that hold a quote, a line break or the delimiter, and no others."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(row)
    assert text.getvalue() == delimiter.join(map(quoting(delimiter), row)) + "\r\n"


@pytest.mark.parametrize(("text", "line"), [('a\n\n"b\nc",x\nd"\n', 5), ('a\r\nb\r\n"', 3), ('a\rb\r"a"b', 3)])
def test_the_message_has_the_line(text: str, line: int) -> None:
    """Lines are counted as an editor counts them, by every kind of line end."""
    with pytest.raises(FileError, match=f"Line {line}:"):
        refuse_bad_quoting(io.StringIO(text, newline=""), ",")
