"""The account of a key in the pipeline: claims it, reads it, and records what an upload adds to it.

The uploads of one account are processed one after the other, in any order. Each reads the rows that earlier uploads
have counted, and so distinguishes counted rows from new ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.claims import SharedClaim, counted_key
from meterdrop.domain.uploads.key_account import (
    KeyAccount,
    KeyAccounts,
    MatchedRows,
    RowDigest,
    read_ranges,
    write_ranges,
)
from meterdrop.domain.uploads.tally import Tally
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import BusyError, next_look
from meterdrop.pipeline.ports import Ports, SharedClaims

MAX_VERSIONS = 64
"""Maximum number of versions in the claim of an account itself. If there are more, older ones move to a page."""
MAX_LATEST = 20
"""Number of latest whole files that an upload can update."""
_COUNTING = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS})


@dataclass(frozen=True, slots=True)
class ClaimedAccount:
    """An account that an upload has claimed, or that a dry run reads."""

    own: frozenset[str]
    """The versions that the upload's rows belong to, except those with `allow-duplicate`: their rows are all new."""
    versions: Mapping[str, str]
    """The versions of the account, each with the ranges of rows that may have events of their own."""
    latest: tuple[str, ...]
    """The last whole files that were processed, including this one if it was processed before."""


def claim_account(
    upload: Upload, key: str, own: Sequence[tuple[Upload, int]], ports: Ports, *, now: int
) -> ClaimedAccount:
    """Claim the account of a key for an upload. A dry run claims nothing.

    `own` are the versions that the upload's rows belong to, each with its number of rows. Raises BusyError while the
    account's owner is in progress. An upload that is reprocessed, but does not own the account, waits for this one, and
    its stored rows stay.
    """
    name = _name(key)
    found = ports.claims.get(name) or SharedClaim("", revision=0)
    holders = dict(found.holders)
    if found.owner not in {"", upload.id}:
        owner = ports.uploads.get(found.owner)
        if owner is not None and not owner.is_final:
            raise BusyError("another upload of the same key is being processed", next_look(upload, now))
        if owner is None or _was_refused(owner):
            holders.pop(found.owner, None)
    pages = [ports.claims.get(f"{name}#{number}") for number in range(found.pages)]
    versions = {id_: ranges for page in pages if page is not None for id_, ranges in page.holders.items()}
    versions |= holders
    # If a version does not count, an error file may bring any of its rows, including those that it had matched.
    listed = {
        version.id: write_ranges(count)
        for version, count in own
        if version.status not in _COUNTING or version.id not in versions
    }
    is_new = upload.sha256 is None and upload.id in listed and upload.id not in found.latest
    if not upload.dry_run:
        next_ = replace(
            found,
            owner=upload.id,
            holders={**holders, **listed},
            revision=found.revision + 1,
            latest=(*found.latest, upload.id)[-MAX_LATEST:] if is_new else found.latest,
        )
        if not ports.claims.put(name, _paged(name, next_, listed, ports.claims)):
            raise BusyError("another upload of the same key arrives at this moment", 1)
    matching = frozenset(version.id for version, _ in own if not version.allow_duplicate)
    return ClaimedAccount(matching, {**versions, **listed}, found.latest)


def updated_by(upload: Upload, owned: ClaimedAccount, ports: Ports) -> str | None:
    """Return the ID of the upload that a whole file updates: the newest of the latest ones that still counts."""
    for id_ in reversed(owned.latest):
        found = None if id_ == upload.id else ports.uploads.get(id_)
        if found is not None and found.status in _COUNTING:
            return id_
    return None


def read_accounts(upload: Upload, accounts: Iterable[ClaimedAccount], ports: Ports) -> KeyAccounts | None:
    """Read the counted rows of accounts. Returns None if no account has another version: no row can be a duplicate."""
    events = ports.events(upload)
    found: dict[str, KeyAccount] = {}
    for owned in accounts:
        versions = owned.own
        if not versions or (owned.versions.keys() <= versions and len(versions) == 1):
            continue
        account = KeyAccount(upload.id, versions)
        ids = (f"{id_}:{row}" for id_, ranges in sorted(owned.versions.items()) for row in read_ranges(ranges))
        for event in events.read_events(ids):
            account.add_event(event)
        for version in sorted(versions):
            for noted in ports.matched.of_version(version, besides=upload.id):
                account.add_matched(noted)
        found |= dict.fromkeys(versions, account)
    return KeyAccounts(found) if found else None


def matched_rows(upload: Upload, tally: Tally, matched: Mapping[str, Sequence[RowDigest]]) -> MatchedRows:
    """Return an upload's duplicates in the form to record. `matched` are its rows without an event, by version."""
    is_complete = upload.id in matched and not tally.counts.error
    rows = {id_: rows for id_, rows in matched.items() if not (is_complete and id_ == upload.id)}
    return MatchedRows(frozenset(tally.counted_by), frozenset({upload.id} if is_complete else ()), rows)


def record_matched_rows(upload: Upload, matched: MatchedRows | None, ports: Ports, *, is_first: bool) -> None:
    """Record an upload's duplicates, in place of those of an earlier attempt or run."""
    if matched is not None and (matched or not is_first):
        ports.matched.note(upload.id, matched)


def release_matched_rows(
    upload: Upload, own_matched: tuple[int, Iterable[RowDigest]] | None, claims: SharedClaims
) -> None:
    """Remove rows without an event of their own from the claim, so that the next upload does not read them.

    Otherwise, if you upload a growing file repeatedly, each upload would read the rows of all earlier versions.
    """
    if own_matched is None:
        return
    row_count, matched = own_matched
    name = _name(counted_key(upload.key))
    found = claims.get(name)
    if found is None or found.owner != upload.id:
        return
    holders = {**found.holders, upload.id: write_ranges(row_count, {row for row, _ in matched})}
    # If this fails, later uploads read these rows and find no events.
    claims.put(
        name, replace(found, holders={id_: rows for id_, rows in holders.items() if rows}, revision=found.revision + 1)
    )


def _paged(name: str, next_: SharedClaim, own: Mapping[str, str], claims: SharedClaims) -> SharedClaim:
    """Return the claim with at most `MAX_VERSIONS` versions. The others move to a page, which is written first."""
    if len(next_.holders) <= MAX_VERSIONS:
        return next_
    page = f"{name}#{next_.pages}"
    moved = {id_: ranges for id_, ranges in next_.holders.items() if id_ not in own}
    # The page may be left by an attempt that then lost the claim. It is not read until the claim counts it.
    found = claims.get(page)
    if not claims.put(page, SharedClaim(next_.owner, moved, 1 if found is None else found.revision + 1)):
        raise BusyError("another upload of the same key arrives at this moment", 1)
    return replace(next_, holders=dict(own), pages=next_.pages + 1)


def _was_refused(owner: Upload) -> bool:
    """Return whether a file failed for its own reason. After `internal_error`, rows of an error file may count."""
    return owner.failure is not None and owner.failure.code is not FileCode.INTERNAL_ERROR


def _name(key: str) -> str:
    return f"key#{key}"
