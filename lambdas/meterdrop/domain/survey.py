"""What must be known of a file before its first row is judged: whether there are rows, and which names to look up."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from meterdrop.domain.cells import content, refuse_text
from meterdrop.domain.codes import FileCode
from meterdrop.domain.columns import Layout
from meterdrop.domain.reader import Records, is_blank
from meterdrop.domain.verdict import FileFault

_UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Survey:
    """The names that a file's rows hold, refused rows included."""

    customers: frozenset[str]
    """Ids that stand in a customer column and could be registered."""
    repeated: frozenset[str]
    """Identifiers that could be those of more than one row."""
    has_unidentified: bool
    """Whether a row has no identifier."""
    parent: str | None
    """The upload whose error file this is."""


def survey(records: Records, layout: Layout, customer_keys: Collection[str], upload_id: str) -> Survey:
    """Read the file once to its end; raises FileFault where it has no rows."""
    customer_columns = [(at, set[str]()) for at in (layout.payload.get(key) for key in customer_keys) if at is not None]
    identifier_at, parent_at = layout.identifier, layout.upload
    seen: set[str] = set()
    repeated: set[str] = set()
    has_rows = has_unidentified = False
    parent: str | None = None
    # An identifier may be spelt like the id of a row of this very upload.
    own = upload_id + ":"
    for cells in records:
        if is_blank(cells):
            continue
        has_rows, count = True, len(cells)
        for at, names in customer_columns:
            if at < count:
                names.add(cells[at])
        identifier = content(cells[identifier_at]) if identifier_at is not None and identifier_at < count else ""
        if not identifier:
            has_unidentified = True
        elif identifier in seen or identifier.startswith(own):
            repeated.add(identifier)
        else:
            seen.add(identifier)
        if parent is None and parent_at is not None and parent_at < count:
            name = content(cells[parent_at])
            parent = name if _UPLOAD_ID.fullmatch(name) and name != upload_id else None
    if not has_rows:
        raise FileFault(
            FileCode.NO_ROWS, "The file has a header line and no rows. Add a row for each usage and drop it."
        )
    customers = {content(cell) for _, names in customer_columns for cell in names}
    return Survey(
        frozenset(name for name in customers if name and refuse_text(name) is None),
        frozenset(repeated),
        has_unidentified,
        parent,
    )
