"""Second stage: the pinned version is read to its end."""

from meterdrop.domain.codes import FileCode
from meterdrop.domain.dropped_object import DroppedFile, ObjectGoneError, ObjectVersion
from meterdrop.domain.file_type import refuse_size
from meterdrop.domain.upload import Upload
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.ports import Objects


def read(upload: Upload, version: ObjectVersion, objects: Objects) -> DroppedFile:
    """Read the file; raises FileFault where it is too large or gone."""
    if upload.size is not None:
        refuse_size(upload.size)
    try:
        return objects.read(version)
    except ObjectGoneError:
        # Where rows of it may be stored it is not enough to say so: an undo needs the file.
        if upload.sha256 is not None:
            raise
        raise FileFault(
            FileCode.NOT_FOUND, "The file was deleted before it could be read. Drop it again if it is still needed."
        ) from None
