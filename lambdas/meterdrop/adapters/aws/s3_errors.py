"""S3 errors on reading an object: the object is gone, it cannot be read, or the error is temporary."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, Unreadable

_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion", "405", "MethodNotAllowed"})
_KEY_REFUSES = frozenset(
    {
        "KMS.DisabledException",
        "KMS.IncorrectKeyException",
        "KMS.InvalidCiphertextException",
        "KMS.InvalidKeyUsageException",
        "KMS.KMSInvalidStateException",
        "KMS.NotFoundException",
    }
)
"""Error codes of a KMS key that cannot decrypt; temporary ones such as `KMS.ThrottlingException` are not here."""
_OF_A_KEY = ("kms:Decrypt", "ciphertext refers to")
"""Parts of an AccessDenied message that show that KMS, not S3, denied access."""
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects must be restored first. `GLACIER_IR` objects can be read immediately."""
_RESTORED = 'ongoing-request="false"'


def translated(error: ClientError) -> Exception:
    """Return the ObjectGoneError or ObjectUnreadableError that an S3 error means, else the error itself."""
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _GONE:
        return ObjectGoneError()
    reason = _reason(code, message)
    return error if reason is None else ObjectUnreadableError(reason)


def refuse_archived(head: Mapping[str, Any]) -> None:
    """Raise ObjectUnreadableError if a HEAD response shows an archived object that is not restored."""
    is_archived = head.get("StorageClass") in _ARCHIVES or "ArchiveStatus" in head
    if is_archived and _RESTORED not in head.get("Restore", ""):
        raise ObjectUnreadableError(Unreadable.ARCHIVED)


def _reason(code: str, message: str) -> Unreadable | None:
    if code == "InvalidObjectState":
        return Unreadable.ARCHIVED
    # Other invalid requests have the same code, so check the message.
    if code == "InvalidRequest" and "encrypt" in message.casefold():
        return Unreadable.CUSTOMER_KEY
    # A missing S3 permission has the same code, but its message names an S3 action or no action.
    if code in _KEY_REFUSES or (code == "AccessDenied" and any(words in message for words in _OF_A_KEY)):
        return Unreadable.KMS_KEY
    return None
