"""Who has duplicates of whom, in memory."""

from dataclasses import dataclass, field

from tests.support.fakes.crash import Switch


@dataclass(slots=True)
class FakeRelations:
    """Fits `ports.Duplicates`."""

    switch: Switch = field(default_factory=Switch)
    noted: dict[str, set[str]] = field(default_factory=dict)

    def duplicates(self, owner: str) -> list[str]:
        """Return the uploads that have rows which are duplicates of the owner's."""
        with self.switch.call("relations.duplicates"):
            return sorted(self.noted.get(owner, ()))

    def record_duplicate(self, owner: str, upload_id: str) -> None:
        """Note that an upload has rows that are duplicates of the owner's."""
        with self.switch.call("relations.record_duplicate"):
            self.noted.setdefault(owner, set()).add(upload_id)
