"""Third and fourth stage for all rows of a file: their accounts first, then the contents that they are of."""

from collections.abc import Sequence
from dataclasses import replace

from meterdrop.domain.uploads.claims import counted_key
from meterdrop.domain.uploads.objects import DroppedFile
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.identify import Identities
from meterdrop.pipeline.own_account import OwnedAccount, own_account, updated_by
from meterdrop.pipeline.own_content import Content, own_content, sha256
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.result import Sheet


def own_rows(
    upload: Upload, dropped: DroppedFile, of_file: tuple[Sheet, Identities], ports: Ports, *, now: int
) -> tuple[Upload, Sequence[OwnedAccount]]:
    """Claim the accounts and contents of all rows that have no identifier; a dry run only looks.

    Returns the upload as it is to be stored before its first event. Raises FileFault and BusyError.
    """
    sheet, identities = of_file
    key, is_let_in, digest = counted_key(upload.key), dropped.allow_duplicate, sha256(dropped.data)
    own: dict[str, list[tuple[Upload, int]]] = {}
    contents: set[Content] = set()
    if count := sheet.rows_by_content:
        own[key] = [(replace(upload, is_let_in=is_let_in), count)]
        contents.add(Content(digest, key, is_own=True))
    for version, count in identities.versions:
        of = counted_key(version.key)
        own.setdefault(of, []).append((version, count))
        if version.sha256 is not None:
            contents.add(Content(version.sha256, of, is_own=False))
    # Always in one order, so that no two uploads wait for each other.
    owned = {of: own_account(upload, of, own[of], ports, now=now) for of in sorted(own)}
    updates = upload.updates
    if sheet.rows_by_content and upload.sha256 is None and not is_let_in:
        updates = updated_by(upload, owned[key], ports)
    for content in sorted(contents):
        own_content(upload, content, ports, allow_duplicate=is_let_in, now=now)
    sha = None if upload.dry_run else digest
    return replace(upload, sha256=sha, updates=updates, is_let_in=is_let_in), list(owned.values())
