"""What the page says of a cell is what the server says, and what it writes is what the server reads."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import content, guard
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.validation.timestamp import TimeWindow, parse_timestamp
from meterdrop.domain.validation.value import parse_value
from tests.support.page_modules import run_module

PROGRAM = """
import { checkTime, checkValue } from "page/correct/checks";
import { line, parse, shown, trim, write, written } from "page/correct/error-file";
import { distance, nearest, timeFixes, valueFixes } from "page/correct/fixes";
const fixed = (fixes, text) => Object.fromEntries(fixes.map(({ label, apply }) => [label, apply(text, "UTC")]));
const bytes = async (blob) => Buffer.from(await (await blob).arrayBuffer()).toString("latin1");
const whole = (text) => {
  const { rows, ...table } = parse(new Uint8Array(Buffer.from(text, "latin1")));
  return bytes(write(table, rows));
};
const main = async (asked) => ({
  times: asked.times.map((text) => [checkTime(text), fixed(timeFixes(checkTime(text)?.kind ?? null), text)]),
  values: asked.values.map(([text, semi]) => {
    const problem = checkValue(text, semi);
    return [problem, fixed(valueFixes(problem?.kind ?? null, semi), text)];
  }),
  cells: asked.cells.map((cell) => [shown(cell), written(cell), trim(shown(cell))]),
  files: await Promise.all(asked.files.map(whole)),
  distances: asked.distances.map(([one, other]) => distance(one, other, 3)),
});
"""
TIMES = """2024-09-25|2024-02-30|0000-01-01|2024-09-25T14:30:00Z|2024-09-25 14:30:00 UTC|2024-09-25T14:30:00.123456789Z
2024-09-25T24:00:00Z|2024-09-25T14:30:60Z|2024-09-25T14:30:00+0530|2024-09-25T14:30:00+14:01|2024-09-25T14:30:00-12:00
2024-09-25T14:30:00-12:01|2024-09-25T14:30:00+05|2024-09-25T14:30|2024-09-25 14:30:00|2024-09-25T14:30Z|1727274600
1727274600.0|1727274600.5|1727274600123|1727274600123.0|1727274600123456|1727274600123456789|172727460|45559|45559.5
20240925|2024|1.72E+9|25/09/2024|09/25/2024|25.09.2024 10:15|9/5/24 1:05 PM|2024/09/25|2024-9-5|25-09-2024 10:15:30|
25 Sep 2024|Wed Sep 25 2024 12:00:00 GMT+0200 (CEST)|-1|soon|2024-09-25T14:30:00,5Z|25/09/2024 25:00|31/02/2024
\uff12\uff10\uff12\uff14-09-25|2024-09-25T14:30:00  Z|1727274600\u00a0|99999999999|2024-09-25\n""".replace(
    "\n", "|"
).split("|")
VALUES = """400|-3|+.25|0.25|.5|5.|1.234|12.345|1.2340|0.123|1,234|1,234.5|1.234,5|1 234,5|1'234.5|12,5|1,2,3|1_000|1e3
1.5E-3|1.72711E+15|-2e2
$12.50|12.5 GB|€ 3|NaN|inf|-|+|1234567890123456|0.1234567890123|000000000000000001|100000000000000000
0.0000000000001|123456789012345.0|1.2.3|12.|\uff11\uff12|a thousand|1,234,567.890
1.234.567|1 000 000|12,34|1,23,456""".replace("\n", "|").split("|")
CELLS = [
    "",
    "a",
    "'=1",
    "=1",
    "-5",
    "- 5",
    "'-a",
    "a,=1",
    "a,'=1",
    "'a",
    "''=1",
    "\t1",
    "'\t1",
    "+4.5",
    " =x",
    "\uff1d1",
    "a;\"'-1",
]


def drawn(alphabet: str, count: int, longest: int) -> Iterator[str]:
    """Draw texts, the same ones each time."""
    source = random.Random(47)
    for _ in range(count):
        yield "".join(source.choices(alphabet, k=source.randint(1, longest)))


def changed(texts: list[str], alphabet: str) -> Iterator[str]:
    """Give each text with some characters replaced."""
    source = random.Random(47)
    for text in texts:
        for _ in range(20):
            at = source.randrange(len(text) + 1)
            yield text[:at] + source.choice(alphabet) + text[at + source.randint(0, 1) :]


ASKED: dict[str, Any] = {
    "times": sorted({content(text) for text in [*TIMES, *changed(TIMES, "0123456789-:/. TZ+,")]}),
    "values": [
        (text, semicolons)
        for text in sorted({content(text) for text in [*VALUES, *changed(VALUES, "0123456789.,+-eE _'$ ")]} - {""})
        for semicolons in (False, True)
    ],
    "cells": [*CELLS, *drawn("'=+-@,;\t\n\" a1\u200b\uff1d\xa0.", 5_000, 8)],
    "files": [
        text.encode().decode("latin1")
        for text in (
            "timestamp,event_name,identifier,upload,row_number\r\n1,a,,u,1\r\n",
            'timestamp;event_name;payload_x;upload;row_number;\r\n"a""b";"1;2";"x\ny\r\nz";u;007;\r\n',
            "\ufefftimestamp\tevent_name\tupload\trow_number\r\nä\t'=1\tu\t 1 \r\n",
        )
    ],
    "distances": [("cus_eclipse", "cus_ecplise"), ("abc", "abd"), ("abc", "xyzuv"), ("", "ab"), ("kitten", "sitting")],
}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Ask the page's modules."""
    return run_module(tmp_path_factory.mktemp("corrections"), PROGRAM, ASKED)


WINDOW = TimeWindow(4_000_000_000_000)


def code_of_time(text: str) -> str | None:
    """Judge the form of a timestamp: the window of time is the server's alone."""
    judged = parse_timestamp(text, WINDOW)
    if not isinstance(judged, CellError) or judged.code is RowCode.TIMESTAMP_TOO_FAR_IN_PAST:
        return None
    return "timestamp_invalid" if judged.code is RowCode.FIELD_TOO_LONG else judged.code


def test_the_page_judges_timestamps_as_the_server_does(answer: dict[str, Any]) -> None:
    """By the form alone."""
    for text, (problem, _) in zip(ASKED["times"], answer["times"], strict=True):
        assert (text, problem and problem["code"]) == (text, code_of_time(text))


def test_the_page_judges_values_as_the_server_does(answer: dict[str, Any]) -> None:
    """With and without semicolons as delimiter."""
    for (text, semicolons), (problem, _) in zip(ASKED["values"], answer["values"], strict=True):
        judged = parse_value(text, has_semicolons=semicolons)
        code = judged.code if isinstance(judged, CellError) else None
        assert (text, semicolons, problem and problem["code"]) == (text, semicolons, code)


def test_each_conversion_is_valid(answer: dict[str, Any]) -> None:
    """Whatever a button writes, the server accepts."""
    times = [fixed for _, fixes in answer["times"] for fixed in fixes.values() if fixed is not None]
    assert len(times) > 100
    assert [] == [text for text in times if code_of_time(text) is not None]
    values = [
        (fixed, semicolons)
        for (_, semicolons), (_, fixes) in zip(ASKED["values"], answer["values"], strict=True)
        for fixed in fixes.values()
        if fixed is not None
    ]
    assert len(values) > 100
    assert [] == [each for each in values if isinstance(parse_value(each[0], has_semicolons=each[1]), CellError)]


def test_conversions_mean_the_same(answer: dict[str, Any]) -> None:
    """The instant and the number that people meant."""
    times = dict(zip(ASKED["times"], (fixes for _, fixes in answer["times"]), strict=True))
    meant = {
        ("25/09/2024", "Day/month/year"): "2024-09-25T00:00:00Z",
        ("09/25/2024", "Month/day/year"): "2024-09-25T00:00:00Z",
        ("25.09.2024 10:15", "Day/month/year"): "2024-09-25T10:15:00Z",
        ("9/5/24 1:05 PM", "Month/day/year"): "2024-09-05T13:05:00Z",
        ("9/5/24 1:05 PM", "Day/month/year"): "2024-05-09T13:05:00Z",
        ("25-09-2024 10:15:30", "Day/month/year"): "2024-09-25T10:15:30Z",
        **{
            (text, "Write as Meterdrop reads it"): instant
            for text, instant in {
                "45559": "2024-09-24T00:00:00Z",
                "45559.5": "2024-09-24T12:00:00Z",
                "20240925": "2024-09-25T00:00:00Z",
                "2024/09/25": "2024-09-25T00:00:00Z",
                "2024-9-5": "2024-09-05T00:00:00Z",
                "25 Sep 2024": "2024-09-25T00:00:00Z",
                "2024-09-25T14:30": "2024-09-25T14:30:00Z",
                "2024-09-25T14:30:00+05": "2024-09-25T09:30:00Z",
                "1727274600123": "2024-09-25T14:30:00Z",
                "1727274600123456789": "2024-09-25T14:30:00Z",
                "Wed Sep 25 2024 12:00:00 GMT+0200 (CEST)": "2024-09-25T10:00:00Z",
            }.items()
        },
    }
    found = {each: parse_timestamp(times[each[0]][each[1]], WINDOW) for each in meant}
    assert found == {each: parse_timestamp(text, WINDOW) for each, text in meant.items()}
    assert times["09/25/2024"]["Day/month/year"] is None
    values = dict(zip(map(tuple, ASKED["values"]), (fixes for _, fixes in answer["values"]), strict=True))
    point, comma = "The point is the decimal separator", "The comma is the decimal separator"
    numbers = {
        ("1,234.5", point): "1234.5",
        ("1,234", point): "1234",
        ("1,234", comma): "1.234",
        ("1.234,5", comma): "1234.5",
        ("1 234,5", comma): "1234.5",
        ("1,234,567.890", point): "1234567.89",
        ("1.5E-3", "Write without an exponent"): "0.0015",
        ("1.72711E+15", "Write without an exponent"): None,  # too many digits
        ("-2e2", "Write without an exponent"): "-200",
        ("$12.50", "Remove the unit or currency"): "12.5",
    }
    results = {each: values[each[0], False].get(each[1]) for each in numbers}
    assert {each: text and Decimal(text).normalize() for each, text in results.items()} == {
        each: text and Decimal(text).normalize() for each, text in numbers.items()
    }
    assert values["1,23,456", False][point] is None
    assert values["1.234", True]["The point separates thousands"] == "1234"


def test_cells_are_guarded_as_the_server_does(answer: dict[str, Any]) -> None:
    """What is shown is what the server reads; what is written is what the error file would have."""
    for cell, (shown, written, read) in zip(ASKED["cells"], answer["cells"], strict=True):
        assert (cell, read, written) == (cell, content(cell), guard(cell))
        assert content(shown) == content(cell) or guard(shown) == cell


def test_a_file_comes_back_byte_by_byte(answer: dict[str, Any]) -> None:
    """With quotes, line breaks in cells, delimiters, zeros, blanks and the byte order mark."""
    assert answer["files"] == ASKED["files"]


def test_distances(answer: dict[str, Any]) -> None:
    """Swapped neighbors are one change; the search ends beyond three."""
    assert answer["distances"] == [2, 1, 4, 2, 3]
