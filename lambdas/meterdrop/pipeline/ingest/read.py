"""Second stage: the pinned version is read to its end."""

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.decoding import refuse_size
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.uploads.objects import (
    ObjectGoneError,
    ObjectUnreadableError,
    ObjectVersion,
    Unreadable,
    UploadedFile,
)
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.ports import Objects

_EXPECTED = {
    Unreadable.ARCHIVED: "Files must be in a storage class with immediate access, such as STANDARD. Restore the object "
    "and reprocess the upload, or upload the file again in another storage class.",
    Unreadable.CUSTOMER_KEY: "Files must be encrypted with S3 managed keys (SSE-S3) or with a KMS key that Meterdrop "
    "may use. Upload the file again without a key of your own.",
    Unreadable.KMS_KEY: "Files must be encrypted with S3 managed keys (SSE-S3) or with a KMS key that Meterdrop may "
    "use. Upload the file again without that key, or let Meterdrop use the key and reprocess the upload.",
}
"""What a file must be to be read, and what to do."""


def read(upload: Upload, version: ObjectVersion, objects: Objects) -> UploadedFile:
    """Read the file; raises FileFault where it is too large, gone, or not to be had."""
    if upload.size is not None:
        refuse_size(upload.size)
    try:
        return objects.read(version)
    except (ObjectGoneError, ObjectUnreadableError) as error:
        # Where events of it may be stored, the undo before a failure needs the file too, and raises as this call did.
        raise _file_error(error) from None


def _file_error(error: ObjectGoneError | ObjectUnreadableError) -> FileError:
    if isinstance(error, ObjectUnreadableError):
        reason = error.reason
        return FileError(FileCode.UNREADABLE, f"S3 can't return the file: {reason.value}. {_EXPECTED[reason]}")
    return FileError(
        FileCode.NOT_FOUND, "The file was deleted from the bucket. Upload the file again if you still need it."
    )
