"""What the headers of all files have in common: the columns that an error file adds, and how a header is refused."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.cells import LENGTH_LIMIT, content
from meterdrop.domain.files.errors import FileError

UPLOAD = "upload"
ERROR_COLUMNS = (UPLOAD, "row_number", "error_code", "error_field", "error_message")
"""What an error file adds to the dropped file's columns, in this order."""

NAMELESS_LIMIT = 100
"""Columns without a name; each costs every short row a cell of its error file, however little of the file it takes."""

_MAX_LISTED_NAMES = 20  # names in one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the columns stand that a file of any kind may have. Positions count from 0."""

    header: tuple[str, ...]
    """The names, trimmed."""
    filled: int
    """A column that no good row leaves empty: where its cell is blank the whole row may be."""
    identifier: int | None = None
    adds_identifier: bool = False
    """Whether an error file gets the column `identifier`, which the file lacks."""
    upload: int | None
    nameless: tuple[int, ...]
    error_columns: tuple[int, ...]

    @property
    def width(self) -> int:
        """Cells of a row that is neither short nor long."""
        return len(self.header)

    @property
    def identity(self) -> int:
        """The column that tells which row one is, of a file that has such a column."""
        position = self.upload if self.identifier is None else self.identifier
        return 0 if position is None else position

    @property
    def may_be_numbered(self) -> bool:
        """Whether a program may have put the numbers of the rows before them, in a column without a name."""
        return self.upload is None and self.nameless[:1] == (0,)

    def min_cells(self, cells: Sequence[str]) -> int:  # noqa: ARG002 (a file of usage looks at them)
        """Return how many cells a row must have at least: columns beyond may be empty, and their cells missing."""
        return self.filled + 1


def parse_names(cells: Sequence[str]) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the trimmed names of a header, and where each stands; raises FileFault where one stands twice."""
    header = tuple(content(cell) for cell in cells)
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        raise FileError(
            FileCode.DUPLICATE_COLUMNS,
            f"Columns stand twice in the header: {join_names(twice)}. Keep one of each name.",
        )
    return header, {name: position for position, name in enumerate(header) if name}


def nameless(header: Sequence[str]) -> tuple[int, ...]:
    """Return where the columns without a name stand."""
    return tuple(position for position, name in enumerate(header) if not name)


def error_columns(positions: Mapping[str, int]) -> tuple[int, ...]:
    """Return where the columns stand that an error file adds."""
    return tuple(positions[name] for name in ERROR_COLUMNS if name in positions)


def refuse_missing(missing: Sequence[str], hint: str = "") -> None:
    """Raise FileFault where there is a name that a header lacks; `look` tells what the file looks like, if anything."""
    if missing:
        raise FileError(
            FileCode.MISSING_COLUMNS,
            f"The header lacks: {', '.join(missing)}. "
            + (hint or "Its first line must name the columns, spelt exactly so."),
        )


def refuse_unknown(unknown: Sequence[str], similar: Callable[[str], str | None], advice: str) -> None:
    """Raise FileFault where there is a name that no column has; `meant` returns the one that was probably meant."""

    def renamed(name: str) -> str:
        return f"{_quoted(name)} to {similar(name)}"

    if not unknown:
        return
    first, more = unknown[:_MAX_LISTED_NAMES], unknown[_MAX_LISTED_NAMES:]
    with_similar = [name for name in first if similar(name)]
    others = [*(name for name in first if name not in with_similar), *more]
    words = [f"Unknown columns: {join_names(unknown, shown=_quoted)}."]
    if with_similar:
        words.append(f"Rename {join_names(with_similar, shown=renamed)}.")
    if others:
        words.append(f"Remove or rename {join_names(others, shown=_quoted) if with_similar else 'them'}; {advice}")
    raise FileError(FileCode.UNKNOWN_COLUMNS, " ".join(words))


def refuse_many_nameless(header: Sequence[str]) -> None:
    """Raise FileFault where a header has more columns without a name than a spreadsheet leaves by mistake.

    An error file may have one more: what rows have beyond their header stands there.
    """
    count, most = len(nameless(header)), NAMELESS_LIMIT + (UPLOAD in header)
    if count > most:
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            f"The header has {count:,} columns without a name; at most {most} are taken. Remove those that "
            "are empty and name the others.",
        )


def with_similar(name: str, positions: Collection[str]) -> str:
    """Return a missing name, with the column that was probably meant."""
    found = next((other for other in positions if folded(other) == folded(name)), None)
    return name if found is None else f"{name} (found {_quoted(found)})"


def folded(name: str) -> str:
    """Return what names have in common that differ in case, blanks and hyphens alone."""
    return "".join(character for character in name.casefold() if character.isalnum())


def has_columns(header: Sequence[str], columns: Collection[str], min_count: int) -> bool:
    """Tell whether a header has so many of the columns of another kind of file, whatever stands between its names."""
    names = {folded(name) for cell in header for name in re.split(r"[,;\t|]", cell)}
    return len(names.intersection(map(folded, columns))) >= min_count


def join_names(names: Sequence[str], separator: str = ", ", shown: Callable[[str], str] | None = None) -> str:
    """Write names for a message, the first ones where there are many."""
    first = separator.join(map(shown or _clipped, names[:_MAX_LISTED_NAMES]))
    return first if len(names) <= _MAX_LISTED_NAMES else f"{first} and {len(names) - _MAX_LISTED_NAMES} more"


def _quoted(name: str) -> str:
    return f'"{_clipped(name)}"'


def _clipped(name: str) -> str:
    clean = "".join(character if character.isprintable() else "?" for character in name)
    return clean if len(clean) <= 2 * LENGTH_LIMIT else clean[: 2 * LENGTH_LIMIT] + "..."
