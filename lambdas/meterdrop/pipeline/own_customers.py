"""Third stage of a file of customers: uploads of a key come one by one, and an old version changes nothing."""

from meterdrop.domain.uploads.claims import claim_name, next_claim
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.waiting import next_look


def own_customers(upload: Upload, ports: Ports, *, now: int) -> bool:
    """Claim the key of an upload; returns whether a newer version of the key was taken up, so that it changes nothing.

    Raises BusyError while another upload of the key is at work.
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
