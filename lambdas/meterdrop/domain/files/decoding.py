"""What a dropped file is: CSV text as UTF-8, or a fault that says what it looks like and what to do."""

from __future__ import annotations

import codecs
import re

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.errors import FileError

_SAVE = "Save it as CSV (UTF-8) and drop that."
_MAGIC = (
    (b"\x1f\x8b", "a gzip archive. Unpack it and drop the CSV file inside."),
    (b"\xd0\xcf\x11\xe0", f"an old Excel workbook (.xls). {_SAVE}"),
    (b"%PDF", "a PDF document. Export the usage as CSV and drop that."),
    (b"PAR1", "a Parquet file. Export the usage as CSV and drop that."),
    (b"BZh", "a bzip2 archive. Unpack it and drop the CSV file inside."),
    (b"\xfd7zXZ\0", "an xz archive. Unpack it and drop the CSV file inside."),
    (b"7z\xbc\xaf", "a 7-Zip archive. Unpack it and drop the CSV file inside."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive. Unpack it and drop the CSV file inside."),
)
_ZIP = b"PK\x03\x04"
# Some programs put a mark before a text that has one.
_MARKS = re.compile(b"(?:" + codecs.BOM_UTF8 + b")*")
_TEXT_FORMATS = ((b"{", "JSON"), (b"[", "JSON"), (b"<", "HTML or XML"))


def refuse_size(size: int) -> None:
    """Raise FileFault for more bytes than an upload may have."""
    if size > SIZE_LIMIT:
        raise FileError(
            FileCode.TOO_LARGE,
            f"The file has {size:,} bytes; the limit is {SIZE_LIMIT:,} (5 MB). Split it into smaller files, each with "
            "the header line, and drop those.",
        )


def utf8_text(data: bytes) -> bytes:
    """Return the file's text as UTF-8 without byte order marks; raises FileFault for what is not CSV text.

    `data` is the whole file, at most `SIZE_LIMIT` bytes and one more.
    """
    refuse_size(len(data))
    _refuse_binary_formats(data)
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileError(FileCode.ENCODING, f"The file's text is UTF-32, which is not taken. {_SAVE}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _without_marks(_from_utf16(data))
    else:
        text = _without_marks(data)
        _refuse_zero_bytes(text)
        _refuse_other_encodings(text)
    _refuse_zero_bytes(text)
    start = text[:64].lstrip()
    if not start and not text.strip():
        raise FileError(FileCode.EMPTY, "The file is empty. Drop a file with a header line and at least one row.")
    for mark, name in _TEXT_FORMATS:
        if start.startswith(mark):
            raise FileError(
                FileCode.UNSUPPORTED_TYPE, f"This looks like {name}, not CSV. Export the usage as CSV and drop that."
            )
    return text


def _refuse_binary_formats(data: bytes) -> None:
    if data.startswith(_ZIP):
        if b"[Content_Types].xml" in data or b"xl/" in data:
            raise FileError(FileCode.UNSUPPORTED_TYPE, "This is an Excel workbook; save it as CSV and drop that.")
        raise FileError(FileCode.UNSUPPORTED_TYPE, "This is a zip archive. Unpack it and drop the CSV file inside.")
    for magic, words in _MAGIC:
        if data.startswith(magic):
            raise FileError(FileCode.UNSUPPORTED_TYPE, f"This is {words}")


def _from_utf16(data: bytes) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeError:
        raise FileError(
            FileCode.ENCODING, f"The file begins as UTF-16 but is not UTF-16 all through. {_SAVE}"
        ) from None


def _without_marks(text: bytes) -> bytes:
    marks = _MARKS.match(text)
    return text[marks.end() :] if marks else text


def _refuse_zero_bytes(text: bytes) -> None:
    position = text.find(b"\0")
    if position < 0:
        return
    if text[1:64:2].count(0) > len(text[1:64:2]) // 2 or text[:64:2].count(0) > len(text[:64:2]) // 2:
        raise FileError(FileCode.ENCODING, f"The file looks like UTF-16 without a byte order mark. {_SAVE}")
    raise FileError(
        FileCode.UNSUPPORTED_TYPE,
        f"This is no text file: byte {position + 1:,} is zero. Export the usage as CSV and drop that.",
    )


def _refuse_other_encodings(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise FileError(
            FileCode.ENCODING,
            f"The file is not UTF-8: line {line:,} holds the byte 0x{text[error.start]:02X}. It looks like "
            "Windows-1252, Latin-1 or another older encoding. Save it as CSV UTF-8 and drop that.",
        ) from None


SIZE_LIMIT = 5_242_880
"""Bytes of the largest file that is taken; Stripe's own limit for a usage file."""
