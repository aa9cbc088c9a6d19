"""Whether the bytes of a file are counted already: the same bytes again, under another key, are refused."""

from collections.abc import Collection
from dataclasses import dataclass

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.upload import Upload
from meterdrop.domain.verdict import FileFault


@dataclass(frozen=True, slots=True)
class ContentClaim:
    """The uploads that hold the same bytes: the owner, and others that were let in beside it."""

    owner: str
    others: frozenset[str]

    @property
    def holders(self) -> frozenset[str]:
        """All of them."""
        return self.others | {self.owner}


def undecided(holders: Collection[Upload]) -> bool:
    """Tell whether it must be waited for a holder; raises FileFault where one of them counts."""
    for upload in holders:
        if upload.status in {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}:
            raise _fault(upload, "and its rows are counted")
        if upload.failure is not None and upload.failure.code is FileCode.INTERNAL_ERROR:
            raise _fault(upload, "and failed by no fault of its own; reprocess that upload instead")
    return any(not upload.is_final for upload in holders)


def _fault(upload: Upload, state: str) -> FileFault:
    return FileFault(
        FileCode.DUPLICATE,
        f"The same bytes were dropped before as {upload.key} (upload {upload.id}) {state}. To count them once more all "
        "the same, drop the file with the object metadata allow-duplicate: true, or give each row an identifier.",
    )
