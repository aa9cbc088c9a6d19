"""Decodes a file to CSV text in UTF-8. Detects other file types and encodings."""

import codecs
import re

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.errors import FileError

_SAVE = "Save the file as CSV UTF-8 and upload it again."
_EXPORT = "Export your data as CSV and upload it again."
_EXTRACT = "Extract the CSV file and upload it."
EMPTY = "The file is empty. Upload a file with a header and at least one row."
_MAGIC = (
    (b"\x1f\x8b", f"a gzip archive, not CSV. {_EXTRACT}"),
    (b"\xd0\xcf\x11\xe0", f"an Excel workbook (.xls), not CSV. {_SAVE}"),
    (b"%PDF", f"a PDF document, not CSV. {_EXPORT}"),
    (b"PAR1", f"a Parquet file, not CSV. {_EXPORT}"),
    (b"BZh", f"a bzip2 archive, not CSV. {_EXTRACT}"),
    (b"\xfd7zXZ\0", f"an xz archive, not CSV. {_EXTRACT}"),
    (b"7z\xbc\xaf", f"a 7-Zip archive, not CSV. {_EXTRACT}"),
    (b"\x28\xb5\x2f\xfd", f"a Zstandard archive, not CSV. {_EXTRACT}"),
)
_ZIP = b"PK\x03\x04"
# Some programs add a byte order mark to text that already has one.
_MARKS = re.compile(b"(?:" + codecs.BOM_UTF8 + b")*")
_TEXT_FORMATS = ((b"{", "JSON"), (b"[", "JSON"), (b"<", "HTML or XML"))


def refuse_size(size: int) -> None:
    """Raise FileError if a file has more bytes than the limit."""
    if size > SIZE_LIMIT:
        raise FileError(
            FileCode.TOO_LARGE,
            f"The file has {size:,} bytes; the limit is {SIZE_LIMIT:,} (5 MB). Split it into smaller files with "
            "the same header, and upload each of them.",
        )


def utf8_text(data: bytes) -> bytes:
    """Return the file's text as UTF-8 bytes without byte order marks. Raises FileError if it isn't CSV text.

    `data` is the whole file. If the file is too large, its first `SIZE_LIMIT` + 1 bytes are enough.
    """
    refuse_size(len(data))
    _refuse_binary_formats(data)
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileError(FileCode.ENCODING, f"The file's encoding is UTF-32, which isn't supported. {_SAVE}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _without_marks(_from_utf16(data))
    else:
        text = _without_marks(data)
        _refuse_zero_bytes(text)
        _refuse_other_encodings(text)
    _refuse_zero_bytes(text)
    start = text[:64].lstrip()
    if not start and not text.strip():
        raise FileError(FileCode.EMPTY, EMPTY)
    for mark, name in _TEXT_FORMATS:
        if start.startswith(mark):
            raise FileError(FileCode.UNSUPPORTED_TYPE, f"The file looks like {name}, not CSV. {_EXPORT}")
    return text


def _refuse_binary_formats(data: bytes) -> None:
    if data.startswith(_ZIP):
        if b"[Content_Types].xml" in data or b"xl/" in data:
            raise FileError(FileCode.UNSUPPORTED_TYPE, f"The file is an Excel workbook, not CSV. {_SAVE}")
        raise FileError(FileCode.UNSUPPORTED_TYPE, f"The file is a zip archive, not CSV. {_EXTRACT}")
    for magic, description in _MAGIC:
        if data.startswith(magic):
            raise FileError(FileCode.UNSUPPORTED_TYPE, f"The file is {description}")


def _from_utf16(data: bytes) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeError:
        raise FileError(
            FileCode.ENCODING, f"The file starts as UTF-16 but contains bytes that aren't UTF-16. {_SAVE}"
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
        f"The file isn't a text file (null byte at position {position + 1:,}). {_EXPORT}",
    )


def _refuse_other_encodings(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise FileError(
            FileCode.ENCODING,
            f"The file isn't UTF-8: line {line:,} contains the byte 0x{text[error.start]:02X}. The encoding may be "
            f"Windows-1252 or Latin-1. {_SAVE}",
        ) from None


SIZE_LIMIT = 5_242_880
"""Maximum bytes of a file: Stripe's limit for a usage file."""
