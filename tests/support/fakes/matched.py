"""What uploads note of their duplicates, in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from meterdrop.domain.uploads.key_account import MatchedRows
from tests.support.fakes.crash import Switch


@dataclass(slots=True)
class FakeMatched:
    """Fits `ports.Matched`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, MatchedRows] = field(default_factory=dict)

    def note(self, upload_id: str, noted: MatchedRows) -> None:
        """Note what an upload has matched, over what stood there."""
        with self.switch.call("matched.note"):
            self.stored[upload_id] = noted

    def forget(self, upload_id: str) -> None:
        """Forget what an upload has noted."""
        with self.switch.call("matched.forget"):
            self.stored.pop(upload_id, None)

    def of_version(self, version: str, *, besides: str) -> Iterator[MatchedRows]:
        """Yield what uploads, but one, have noted of a version's rows."""
        with self.switch.call("matched.of_version"):
            found = [
                noted
                for id_, noted in sorted(self.stored.items())
                if id_ != besides and (version in noted.rows or version in noted.complete)
            ]
        yield from found

    def owners(self, upload_id: str) -> frozenset[str]:
        """Return the uploads whose events an upload's duplicates are."""
        with self.switch.call("matched.owners"):
            return self.stored.get(upload_id, MatchedRows()).owners
