"""Finds the rows of earlier uploads that the rows of an error file name, back to the first file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from meterdrop.domain.codes import Kind
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.row_reference import (
    RESTORE,
    Origin,
    ReferencedRows,
    RowReference,
    Target,
    Unknown,
    identity,
)
from meterdrop.pipeline.attempt import BusyError, next_look
from meterdrop.pipeline.ports import Objects, Uploads

MAX_FILES_READ = 100
"""Maximum number of files read for one: the files that its rows name, and the files that those name in turn."""
_ITSELF = Unknown(f"The row refers to itself, directly or through other rows. {RESTORE}")


@dataclass(frozen=True, slots=True)
class Identities:
    """The rows of earlier uploads that the rows of a file are."""

    ids: Mapping[int, str | CellError] = field(default_factory=dict)
    """By row number, the IDs of rows without an identifier of their own, and the errors of rows that can have no ID."""
    versions: Sequence[tuple[Upload, int]] = ()
    """The uploads of the named rows without identifiers, each with its number of rows."""
    parent: str | None = None
    """The first upload that a row names."""


@dataclass(slots=True)
class Identify:
    """The files that rows refer to, read as needed.

    If `waits` is set, a named upload must have had a final status. An undo does not wait, but needs every file.
    """

    upload: Upload
    bucket: str
    uploads: Uploads
    objects: Objects
    now: int
    waits: bool = True
    _uploads: dict[str, Upload | Unknown] = field(default_factory=dict)
    _row_counts: dict[str, int] = field(default_factory=dict)
    _rows: dict[Target, ReferencedRows | Unknown] = field(default_factory=dict)
    _origins: dict[Target, Origin | Unknown] = field(default_factory=dict)
    _reads: int = 0

    def identities(self, references: Iterable[RowReference]) -> Identities:
        """Return the identities of rows. Raises BusyError while an upload that they name is in its first run."""
        rows = list(references)
        self._read(rows)
        ids: dict[int, str | CellError] = {}
        named: set[str] = set()
        for each in rows:
            id_ = identity(each, self._origin_of(each))
            if isinstance(id_, CellError) or not each.identifier:
                ids[each.row] = id_
            if isinstance(id_, str):
                named.add(id_.rpartition(":")[0])
        found = (self._uploads[id_] for id_ in sorted(named & self._row_counts.keys()))
        versions = [(each, self._row_counts[each.id]) for each in found if isinstance(each, Upload)]
        targets = (each.target[0] for each in rows if each.target is not None)
        return Identities(ids, versions, next((id_ for id_ in targets if id_ in self._row_counts), None))

    def _read(self, references: Iterable[RowReference]) -> None:
        """Read the rows that the references name, then the rows that those name, and so on."""
        while wanted := self._unread(references):
            files = [self._file(upload_id, rows) for upload_id, rows in wanted.items()]
            references = [each for file in files if file is not None for each in file.references.values()]

    def _unread(self, references: Iterable[RowReference]) -> dict[str, list[int]]:
        wanted: dict[str, list[int]] = {}
        for target in dict.fromkeys(each.target for each in references):
            if target is not None and target not in self._rows:
                wanted.setdefault(target[0], []).append(target[1])
        return wanted

    def _file(self, upload_id: str, rows: list[int]) -> ReferencedRows | None:
        file = self._opened(upload_id, rows)
        self._rows.update(((upload_id, row), file) for row in rows)
        return None if isinstance(file, Unknown) else file

    def _opened(self, upload_id: str, rows: list[int]) -> ReferencedRows | Unknown:
        upload = self._uploads.get(upload_id)
        # Limits the reads for one file, however many uploads its rows name and however these name each other.
        if self._reads >= MAX_FILES_READ or (upload is None and len(self._uploads) >= MAX_FILES_READ):
            return Unknown(f"The file refers to too many uploads; the limit is {MAX_FILES_READ}. Split the file.")
        if upload is None:
            upload = self._uploads[upload_id] = self._find(upload_id)
        if isinstance(upload, Unknown):
            return upload
        self._reads += 1
        try:
            data = self.objects.read(ObjectVersion(self.bucket, upload.key, upload.version_id)).data
        except (ObjectGoneError, ObjectUnreadableError):
            if not self.waits:  # an undo must not leave rows out
                raise
            return Unknown(f"The row refers to upload {upload_id}, but S3 can't return its file. Restore the file.")
        file = ReferencedRows(data, upload_id, rows)
        self._row_counts[upload_id] = file.row_count
        return file

    def _find(self, upload_id: str) -> Upload | Unknown:
        if upload_id == self.upload.id:
            return _ITSELF
        found = self.uploads.get(upload_id)
        # The message for an upload of another partner is that for no upload, so that it tells nothing.
        if found is None or found.kind is not Kind.USAGE or found.partner != self.upload.partner:
            return Unknown(f"The row refers to upload {upload_id}, but no usage upload has this ID. {RESTORE}")
        if self.waits and not found.has_ended:
            raise BusyError("the upload whose error file this is has not ended yet", next_look(self.upload, self.now))
        return found

    def _origin_of(self, reference: RowReference) -> Origin | Unknown | None:
        """Return the first row in the chain that a row refers to, or None if it refers to none."""
        target = reference.target
        if target is None:
            return None
        if target not in self._origins:
            # Rows that refer to each other in a circle end here.
            self._origins[target] = _ITSELF
            file = self._rows[target]
            self._origins[target] = file if isinstance(file, Unknown) else file.origin(target[1], self._origin_of)
        return self._origins[target]
