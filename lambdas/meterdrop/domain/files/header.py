"""The header of any file: column positions, the columns of error files, and header errors."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.cells import LENGTH_LIMIT, content
from meterdrop.domain.files.errors import FileError

UPLOAD = "upload"
ERROR_COLUMNS = (UPLOAD, "row_number", "error_code", "error_field", "error_message")
"""The columns that an error file adds, in this order."""

NAMELESS_LIMIT = 100
"""Maximum columns without a name. Each adds a cell to every row of the error file."""

_MAX_LISTED_NAMES = 20  # names in one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The column positions that all kinds of files share. Positions start at 0."""

    header: tuple[str, ...]
    """The names, trimmed."""
    filled: int
    """A column that every valid row fills. If its cell is blank, the whole row may be blank."""
    identifier: int | None = None
    adds_identifier: bool = False
    """Whether the error file adds the column `identifier` because the file doesn't have it."""
    upload: int | None
    nameless: tuple[int, ...]
    error_columns: tuple[int, ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.header)

    @property
    def identity(self) -> int:
        """The position of the column that identifies rows: `identifier` or `upload`, otherwise 0."""
        position = self.upload if self.identifier is None else self.identifier
        return 0 if position is None else position

    @property
    def may_be_numbered(self) -> bool:
        """Whether the first column has no name, so it may contain row numbers that a program added."""
        return self.upload is None and self.nameless[:1] == (0,)

    def min_cells(self, cells: Sequence[str]) -> int:  # noqa: ARG002 (usage files need the cells)
        """Return the minimum number of cells of a row. Further columns may be empty, so their cells may be missing."""
        return self.filled + 1


def parse_names(cells: Sequence[str]) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the trimmed names of a header, and the position of each. Raises FileError for duplicate names."""
    header = tuple(content(cell) for cell in cells)
    duplicates = [name for name, count in Counter(header).items() if name and count > 1]
    if duplicates:
        raise FileError(
            FileCode.DUPLICATE_COLUMNS,
            f"Duplicate columns: {join_names(duplicates)}. Each name must be unique. Remove or rename the duplicates.",
        )
    return header, {name: position for position, name in enumerate(header) if name}


def nameless(header: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of columns without a name."""
    return tuple(position for position, name in enumerate(header) if not name)


def error_columns(positions: Mapping[str, int]) -> tuple[int, ...]:
    """Return the positions of the columns that an error file adds."""
    return tuple(positions[name] for name in ERROR_COLUMNS if name in positions)


def refuse_missing(missing: Sequence[str], hint: str = "") -> None:
    """Raise FileError if columns are missing. `hint` says what the file looks like, if known."""
    if missing:
        raise FileError(
            FileCode.MISSING_COLUMNS,
            f"Missing columns: {', '.join(missing)}. "
            + (hint or "The first line must contain these names, spelled exactly like this."),
        )


def refuse_unknown(unknown: Sequence[str], similar: Callable[[str], str | None], advice: str) -> None:
    """Raise FileError if names are unknown. `similar` returns the known name that a name resembles."""

    def renamed(name: str) -> str:
        return f"{_quoted(name)} to {similar(name)}"

    if not unknown:
        return
    first, more = unknown[:_MAX_LISTED_NAMES], unknown[_MAX_LISTED_NAMES:]
    renamable = [name for name in first if similar(name)]
    others = [*(name for name in first if name not in renamable), *more]
    sentences = [f"Unknown columns: {join_names(unknown, shown=_quoted)}."]
    if renamable:
        sentences.append(f"Rename {join_names(renamable, shown=renamed)}.")
    if others:
        sentences.append(f"Remove or rename {join_names(others, shown=_quoted) if renamable else 'them'}. {advice}")
    raise FileError(FileCode.UNKNOWN_COLUMNS, " ".join(sentences))


def refuse_many_nameless(header: Sequence[str]) -> None:
    """Raise FileError if a header has more columns without a name than a spreadsheet adds by mistake.

    An error file can have one more, for cells beyond the header.
    """
    count, limit = len(nameless(header)), NAMELESS_LIMIT + (UPLOAD in header)
    if count > limit:
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            f"The header has {count:,} columns without a name; the limit is {limit}. Remove the empty ones and "
            "name the others.",
        )


def with_similar(name: str, positions: Collection[str]) -> str:
    """Return a missing name, followed by the column that resembles it, if any."""
    match = next((other for other in positions if folded(other) == folded(name)), None)
    return name if match is None else f"{name} (found {_quoted(match)})"


def folded(name: str) -> str:
    """Return a name without case and punctuation, to compare similar names."""
    return "".join(character for character in name.casefold() if character.isalnum())


def has_columns(header: Sequence[str], columns: Collection[str], min_count: int) -> bool:
    """Return whether a header has at least `min_count` of some columns, whatever its delimiter."""
    names = {folded(name) for cell in header for name in re.split(r"[,;\t|]", cell)}
    return len(names.intersection(map(folded, columns))) >= min_count


def join_names(names: Sequence[str], separator: str = ", ", shown: Callable[[str], str] | None = None) -> str:
    """Join names for a message. If there are many, list the first ones only."""
    first = separator.join(map(shown or _clipped, names[:_MAX_LISTED_NAMES]))
    return first if len(names) <= _MAX_LISTED_NAMES else f"{first} and {len(names) - _MAX_LISTED_NAMES} more"


def _quoted(name: str) -> str:
    return f'"{_clipped(name)}"'


def _clipped(name: str) -> str:
    clean = "".join(character if character.isprintable() else "?" for character in name)
    return clean if len(clean) <= 2 * LENGTH_LIMIT else clean[: 2 * LENGTH_LIMIT] + "..."
