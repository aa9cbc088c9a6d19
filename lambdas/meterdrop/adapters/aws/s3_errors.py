"""What S3 means by refusing an object: that it is gone, that nobody gets it, or trouble that passes."""

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
"""KMS's codes for a key that refuses; what passes, such as `KMS.ThrottlingException`, is none of them."""
_OF_A_KEY = ("kms:Decrypt", "ciphertext refers to")
"""What tells that access was denied by KMS and not by S3."""
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects are to be restored first. `GLACIER_IR` is read at once."""
_RESTORED = 'ongoing-request="false"'


def translated(error: ClientError) -> Exception:
    """Return ObjectGoneError or ObjectUnreadableError where an answer means that, else the error itself."""
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _GONE:
        return ObjectGoneError()
    reason = _reason(code, message)
    return error if reason is None else ObjectUnreadableError(reason)


def refuse_archived(head: Mapping[str, Any]) -> None:
    """Raise ObjectUnreadableError where the answer to a HEAD says that an object is archived and not restored."""
    is_archived = head.get("StorageClass") in _ARCHIVES or "ArchiveStatus" in head
    if is_archived and _RESTORED not in head.get("Restore", ""):
        raise ObjectUnreadableError(Unreadable.ARCHIVED)


def _reason(code: str, message: str) -> Unreadable | None:
    if code == "InvalidObjectState":
        return Unreadable.ARCHIVED
    # Only its message tells a missing key from other requests that are not valid.
    if code == "InvalidRequest" and "encrypt" in message.casefold():
        return Unreadable.CUSTOMER_KEY
    # A lack of permissions in S3 has the same code. Then the message names an action of S3, or nothing.
    if code in _KEY_REFUSES or (code == "AccessDenied" and any(words in message for words in _OF_A_KEY)):
        return Unreadable.KMS_KEY
    return None
