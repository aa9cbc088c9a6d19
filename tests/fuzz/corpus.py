"""Where fuzzing begins: the files of every case, and the words and bytes that CSV files are made of."""

from collections.abc import Iterator
from pathlib import Path

from tests.support.case_file import DATA, read_case
from tests.support.fakes.catalog import CUSTOMERS, METERS

LARGEST_SEED = 4_096
"""Bytes; larger cases are about size."""
_COLUMNS = (
    "timestamp",
    "event_name",
    "identifier",
    "payload_",
    "payload_stripe_customer_id",
    "payload_value",
    "payload_tokens",
    "payload_tenant",
    "payload_seats",
    "payload_identifier",
    "sep=;",
    "id,name,email",
    "upload,row_number,error_code,error_field,error_message",
)
_CELLS = (
    "2024-09-25",
    "2024-09-25T14:30:00+0530",
    "2024-09-25T14:30:00Z",
    "1727222400",
    "400.0",
    "-1",
    ".5",
    "1.72711E+15",
    "1.7E15",
    "1001.0",
    "1.234",
    "NULL",
    "#N/A",
    "2024-09-25 14:30:00.5 UTC",
    "1727222400.0",
    "e\u0301",
    "upl_abcdefghijklmnopqrstuvwxyz",
    *CUSTOMERS,
    *(meter.event_name for meter in METERS),
)
_MARKS = (
    *(mark.encode() for mark in ('"', '""', '"\n"', "\r", "\r\n", "\n\n", ",,", ";", "\t", "'=", "=", "@", "\u2028")),
    *(mark.encode() for mark in ("\u00a0", "\u3000", "\u200b", "\x1c", "\x85", "\u0661\u0662", "\uff11")),
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x00",
    b"\xed\xa0\x80",  # half a character, as UTF-8 that no encoder writes
    b"\x00\xd8",  # the same in UTF-16
)
TOKENS: tuple[bytes, ...] = (*(text.encode() for text in (*_COLUMNS, *_CELLS)), *_MARKS)
"""What a fuzzer that knows no CSV would take long to come upon."""


def seeds() -> Iterator[bytes]:
    """Return what the cases drop."""
    for path in sorted(DATA.rglob("*.txt")):
        ids = [f"upl_{letter * 26}" for letter in "abcdef"]
        for drop in read_case(path).drops:
            data = drop.data(ids)
            if len(data) <= LARGEST_SEED:
                yield data


def write_seeds(folder: Path) -> None:
    """Write each seed into a file of its own."""
    for number, data in enumerate(seeds()):
        (folder / f"seed-{number:03d}").write_bytes(data)


def write_dictionary(path: Path) -> None:
    """Write the tokens in libFuzzer's form."""
    path.write_text("".join(map(_line, TOKENS)))


def _line(token: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in token) + '"\n'
