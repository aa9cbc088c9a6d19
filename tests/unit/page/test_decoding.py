"""The page's check of types and encodings, compared with the server's."""

import base64
import codecs

import pytest

from meterdrop.domain.files.decoding import SIZE_LIMIT, utf8_text
from meterdrop.domain.files.errors import FileError
from tests.support.page_modules import run_module

TEXT = "timestamp,event_name\n2024-09-25,a\n"
FILES = {
    "plain": TEXT.encode(),
    "umlauts": "Größe,Ä\n".encode(),
    "two marks": codecs.BOM_UTF8 * 2 + TEXT.encode(),
    "UTF-16 LE": TEXT.encode("utf-16"),
    "UTF-16 BE": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-16 with a second mark": codecs.BOM_UTF16_LE + ("\ufeff" + TEXT).encode("utf-16-le"),
    "empty": b"",
    "blank": b" \r\n\t",
    "blank beyond the head": b"\n" * 100,
    "only a mark": codecs.BOM_UTF8,
    "too large": TEXT.encode().ljust(SIZE_LIMIT + 1),
    "large": TEXT.encode().ljust(SIZE_LIMIT),
    "workbook": b"PK\x03\x04......[Content_Types].xml",
    "workbook by its folder": b"PK\x03\x04......xl/workbook.xml",
    "zip": b"PK\x03\x04......usage.csv",
    "gzip": b"\x1f\x8b\x08\0",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1",
    "pdf": b"%PDF-1.7",
    "parquet": b"PAR1....",
    "bzip2": b"BZh91AY",
    "xz": b"\xfd7zXZ\0",
    "7z": b"7z\xbc\xaf\x27",
    "zstd": b"\x28\xb5\x2f\xfd",
    "UTF-32": codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    "UTF-32 BE": codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16 BE without a mark": TEXT.encode("utf-16-be"),
    "odd UTF-16": TEXT.encode("utf-16") + b"x",
    "half a character in UTF-16": codecs.BOM_UTF16_LE + b"\x00\xd8a\0",
    "NUL": TEXT.encode() + b"a\0b",
    "NUL after umlauts": "ä,ö\n".encode() + b"a\0b",
    "NUL after a mark": codecs.BOM_UTF8 + TEXT.encode() + b"\0",
    "NUL in UTF-16": (TEXT + "\0").encode("utf-16"),
    "NUL after umlauts in UTF-16": ("ä" * 40 + "\0").encode("utf-16"),
    "Windows-1252": TEXT.encode() + "Köln\n".encode("cp1252"),
    "Windows-1252 at the end": TEXT.encode() + "\xe4".encode("cp1252"),
    "Windows-1252 after a mark": codecs.BOM_UTF8 + TEXT.encode() + b"\xe4 ",
    "first byte": b"\xff",
    "a surrogate": TEXT.encode() + b"\xed\xa0\x80",
    "an overlong form": TEXT.encode() + b"\xc0\x80",
    "a cut character": TEXT.encode() + b"\xe2\x82",
    "a cut character before others": b"\xe2\x82,\n",
    "JSON": b' \n{"a": 1}',
    "JSON list": b"[1]",
    "HTML": b"<html>",
    "HTML after a mark": codecs.BOM_UTF8 + b"<html>",
}


def on_server(data: bytes) -> str:
    """Return the server's message, empty if it accepts the file."""
    try:
        utf8_text(data)
    except FileError as error:
        return error.message
    return ""


@pytest.fixture(scope="module")
def on_page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the page's messages."""
    given = {name: base64.b64encode(data).decode() for name, data in FILES.items()}
    program = """
      import { decode } from "page/uploader/decoding";
      const main = (files) => Object.fromEntries(Object.entries(files).map(([name, data]) =>
        [name, decode(new Uint8Array(Buffer.from(data, "base64"))).problem]));
    """
    found: dict[str, str] = run_module(tmp_path_factory.mktemp("decoding"), program, given)
    return found


@pytest.mark.parametrize("name", FILES)
def test_the_page_says_what_the_server_would(on_page: dict[str, str], name: str) -> None:
    """Nothing is sent that the server refuses as a whole, and nothing is held back that it accepts."""
    assert on_server(FILES[name]) == on_page[name]


def test_most_files_are_refused() -> None:
    """The comparison is of messages, not of silence."""
    assert 35 < sum(bool(on_server(data)) for data in FILES.values()) < len(FILES)
