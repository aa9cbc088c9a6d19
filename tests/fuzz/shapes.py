"""Files that are made to be slow: each takes about as many bytes as it is asked to, and means trouble per byte."""

from collections.abc import Callable

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
_NAMED = b"timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
_GOOD = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,%d"


def _filled(header: bytes, piece: bytes) -> Callable[[int], bytes]:
    return lambda size: header + piece * ((size - len(header)) // len(piece))


def _numbered(header: bytes, row: bytes) -> Callable[[int], bytes]:
    """Make rows that differ in a number."""
    return lambda size: header + b"".join(row % number for number in range(size // (len(row) + 3)))


def _wide_and_short(size: int) -> bytes:
    half = size // 2
    return HEADER.rstrip() + b"," * half + b"\n" + b"x\n" * (half // 2)


def _unclosed(size: int) -> bytes:
    return HEADER + b'"' + b"a\n" * (size // 2)


SHAPES: dict[str, Callable[[int], bytes]] = {
    "all quotes": lambda size: b'"' * size,
    "all quotes below a header": _filled(HEADER, b'"'),
    "quoted quotes": lambda size: HEADER + b'"' + b'""' * (size // 2) + b'"\n',
    "a quote that stays open": _unclosed,
    "all commas": lambda size: b"," * size,
    "commas below a header": _filled(HEADER, b","),
    "a wide header over short rows": _wide_and_short,
    "a hundred nameless columns over short rows": _filled(HEADER.rstrip() + b"," * 100 + b"\n", b"x\n"),
    "one huge cell": lambda size: HEADER + b"2024-09-25," + b"x" * size + b",,\n",
    "one huge number": lambda size: HEADER + b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46," + b"1" * size + b"x\n",
    "one huge name of a column": lambda size: HEADER.rstrip() + b",payload_" + b"x" * size + b"\n1,2,3,4,5\n",
    "blank lines": _filled(HEADER, b"\n"),
    "blank rows": _filled(HEADER, b",,,\n"),
    "carriage returns": _filled(HEADER.replace(b"\n", b"\r"), b"x\r"),
    "short rows": _filled(HEADER, b"x\n"),
    "bad rows": _numbered(HEADER, b"20240925,nothing,nobody,%d\n"),
    "good rows": _numbered(HEADER, _GOOD + b"\n"),
    "good and odd rows": _numbered(HEADER, _GOOD + b"\nx\n"),
    "one identifier in conflict": _numbered(_NAMED, _GOOD + b",same\n"),
    "one identifier in duplicate": _filled(_NAMED, _GOOD % 1 + b",same\n"),
    "a row of line breaks": lambda size: HEADER + b'"a\n",' * (size // 5) + b"\n",
    "cells that look like formulas": _filled(HEADER, b"=,+,-,@\n"),
    "white space": lambda size: HEADER + b" " * size + "\u3000".encode() * 3 + b",a,b,c\n",
    "columns of one name": lambda size: HEADER.rstrip() + b",payload_a" * (size // 10) + b"\n1\n",
    "columns of many names": _numbered(HEADER.rstrip(), b",payload_%d"),
}
