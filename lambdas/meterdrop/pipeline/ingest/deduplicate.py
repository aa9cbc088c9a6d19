"""Prevents files from counting twice: claims on contents and versions, and records of duplicates."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.claims import (
    Holder,
    SharedClaim,
    claim_name,
    content_name,
    counted_key,
    keeps_content,
    must_wait,
    next_claim,
)
from meterdrop.domain.uploads.objects import UploadedFile
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import BusyError, next_look
from meterdrop.pipeline.ingest.identify import Identities
from meterdrop.pipeline.ingest.key_account import ClaimedAccount, claim_account, updated_by
from meterdrop.pipeline.ingest.parsed_file import ParsedFile
from meterdrop.pipeline.ports import Ports

MAX_HOLDERS = 500
"""Maximum number of uploads that hold one content. More need `allow-duplicate`, and the first ones stay."""


def sha256(data: bytes) -> str:
    """Return the SHA-256 digest of a content in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class ContentClaim(NamedTuple):
    """The bytes that rows of an upload belong to: its own file, or the file whose error file it is."""

    sha256: str
    account: str
    """The key under which the rows count."""
    is_own: bool


def claim_content(upload: Upload, content: ContentClaim, ports: Ports, *, allow_duplicate: bool, now: int) -> None:
    """Claim a content for an upload and its account. For a dry run, only check whether the claim is possible.

    Raises FileError if another account has the content, and BusyError while this is undecided.
    """
    name, account = content_name(upload.partner, content.sha256), content.account
    found = ports.claims.get(name) or SharedClaim("", revision=0)
    if upload.id in found.holders:
        holders = dict(found.holders)
    else:
        others = [
            Holder(other, of, _counts(other, ports.uploads.get, ports))
            for id_, of in found.holders.items()
            if (other := ports.uploads.get(id_)) is not None
        ]
        if not allow_duplicate and must_wait(account, others, is_own=content.is_own):
            raise BusyError("another upload of the same bytes is being processed", next_look(upload, now))
        # Among the uploads of this account that have only duplicates, the newest one is the only holder.
        kept = [
            other
            for other in others
            if keeps_content(other) and not (other.account == account and _has_duplicates_alone(other.upload))
        ]
        holders = {other.upload.id: other.account for other in kept[: MAX_HOLDERS - 1]} | {upload.id: account}
    if not upload.dry_run and not ports.claims.put(name, SharedClaim(upload.id, holders, found.revision + 1)):
        raise BusyError("another upload of the same bytes arrives at this moment", 1)


def _has_duplicates_alone(upload: Upload) -> bool:
    return upload.is_final and upload.failure is None and not upload.counts.success


def _counts(upload: Upload, find: Callable[[str], Upload | None], ports: Ports) -> bool:
    """Return whether a row of an upload counts: as its own event, or as one of another upload that is not reverted."""
    if upload.counts.success:
        return True
    if not upload.counts.duplicate:
        return False
    owners = map(find, sorted(ports.matched.owners(upload.id)))
    return any(owner is not None and owner.status not in {Status.REVERTED, Status.FAILED} for owner in owners)


def claim_customer_key(upload: Upload, ports: Ports, *, now: int) -> bool:
    """Claim the key of an upload. Returns whether it is outdated: a newer version of the key was processed already.

    Raises BusyError while another upload of the key is in progress.
    """
    name = claim_name(upload)
    found = ports.customers_claims.get(name)
    if found is not None and found.owner != upload.id:
        owner = ports.uploads.get(found.owner)
        if owner is not None and not owner.is_final:
            raise BusyError("another upload of the same key is being processed", next_look(upload, now))
    if not ports.customers_claims.put(name, next_claim(upload, found)):
        raise BusyError("another upload of the same key arrives at this moment", 1)
    return found is not None and found.is_outdated(upload)


_WAIT = {Status.REVERTING: 30, Status.REVERTED: 1, Status.FAILED: 1}
"""By the status of an upload, seconds after which its rows may be free."""


def record_duplicates(upload: Upload, owners: Sequence[str], ports: Ports) -> None:
    """Record an upload with each upload that owns the originals of its duplicates.

    Raises BusyError if one of the owners is being reverted, or was reverted or failed after the rows were compared.
    Those rows are then free, and the next attempt counts them. A revert that begins later finds the record.
    """
    found = list(ports.duplicates.record_duplicates(upload.id, owners))
    if wait := max((_WAIT.get(owner.status, 0) for owner in found if owner is not None), default=0):
        raise BusyError("an upload that has rows of this one is being reverted", wait)


class RowClaims(NamedTuple):
    """The accounts and contents of the rows without identifiers."""

    accounts: Mapping[str, Sequence[tuple[Upload, int]]]
    """By key, the versions that the rows belong to, each with its number of rows."""
    contents: Sequence[ContentClaim]


def claims_of(upload: Upload, uploaded: UploadedFile, parsed_file: ParsedFile, identities: Identities) -> RowClaims:
    """Return the claims that an upload needs before its first event is stored, always in the same order."""
    accounts: dict[str, list[tuple[Upload, int]]] = {}
    contents: set[ContentClaim] = set()
    if count := parsed_file.rows_by_content:
        key = counted_key(upload.key)
        accounts[key] = [(replace(upload, allow_duplicate=uploaded.allow_duplicate), count)]
        contents.add(ContentClaim(sha256(uploaded.data), key, is_own=True))
    for version, count in identities.versions:
        of_version = counted_key(version.key)
        accounts.setdefault(of_version, []).append((version, count))
        if version.sha256 is not None:
            contents.add(ContentClaim(version.sha256, of_version, is_own=False))
    # Sorted, so that two uploads never wait for each other.
    return RowClaims(dict(sorted(accounts.items())), sorted(contents))


def claim_accounts(upload: Upload, claims: RowClaims, ports: Ports, *, now: int) -> Mapping[str, ClaimedAccount]:
    """Claim the accounts, one after the other. A dry run claims nothing. Raises BusyError."""
    return {key: claim_account(upload, key, own, ports, now=now) for key, own in claims.accounts.items()}


def claim_contents(upload: Upload, claims: RowClaims, ports: Ports, *, allow_duplicate: bool, now: int) -> None:
    """Claim the contents. A dry run claims nothing. Raises FileError and BusyError."""
    for content in claims.contents:
        claim_content(upload, content, ports, allow_duplicate=allow_duplicate, now=now)


def claimed_upload(
    upload: Upload, uploaded: UploadedFile, accounts: Mapping[str, ClaimedAccount], ports: Ports
) -> Upload:
    """Return the upload to store before its first event: with its digest, and the upload that it updates."""
    updates, own = upload.updates, accounts.get(counted_key(upload.key))
    if own is not None and upload.id in own.own and upload.sha256 is None:
        updates = updated_by(upload, own, ports)
    digest = None if upload.dry_run else sha256(uploaded.data)
    return replace(upload, sha256=digest, updates=updates, allow_duplicate=uploaded.allow_duplicate)
