"""The usage of a period by where it comes from: files, the API, and cancels."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from meterdrop.domain.metering.figures import Figures, cancelled
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.partners import matches_scope
from meterdrop.domain.metering.summary import OwnerEvents, Scope, UsageChangingError
from meterdrop.usage.hour_events import MAX_EVENTS, TooManyEventsError
from meterdrop.usage.ports import Events, Usage
from meterdrop.usage.time_periods import Period


@dataclass(slots=True)
class MeterSums:
    """The figures of one meter in the period, by where they come from. `cancelled` is negative."""

    meter: Meter
    uploads: Figures = field(default_factory=Figures)
    api: Figures = field(default_factory=Figures)
    cancelled: Figures = field(default_factory=Figures)

    @property
    def total(self) -> Figures:
        """The sum of all three."""
        total = Figures()
        for part in (self.uploads, self.api, self.cancelled):
            total.merge(part)
        return total


def reconcile_usage(
    meters: Iterable[Meter], period: Period, usage: Usage, events: Events, partner: str | None = None
) -> tuple[list[MeterSums], set[str]]:
    """Return the sums of each meter, and the uploads that have events in the period, of a partner (None for all).

    Raises UsageChangingError, SumNotExactError and TooManyEventsError.
    """
    found, owners, left = [], set[str](), MAX_EVENTS
    for meter in meters:
        sums = MeterSums(meter)
        whole = period.whole_hours
        for share in usage.shares(meter.id, whole) if whole else ():
            if not matches_scope(share.partner, partner):
                continue
            if share.is_cancel:
                sums.cancelled.merge(share.figures)
            else:
                (sums.api if share.owner is None else sums.uploads).merge(share.figures)
                owners.update([] if share.owner is None else [share.owner])
        for hour in period.cut_hours:
            for each in usage.events_of_hour(Scope(meter.id, None, partner), hour):
                left -= len(each.ids or ())
                if left < 0:
                    raise TooManyEventsError
                if _add_events(sums, each, period, usage, events):
                    owners.add(each.owner)
        found.append(sums)
    return found, {owner for owner in owners if owner.startswith("upl_")}


def _add_events(sums: MeterSums, of: OwnerEvents, period: Period, usage: Usage, events: Events) -> bool:
    """Add the events of an owner that are in the period. Returns whether there are any."""
    ids = of.ids or []
    stored = events.read(ids)
    if any(id_ not in stored or stored[id_].upload != of.owner for id_ in ids):
        raise UsageChangingError
    within = [event for event in stored.values() if period.start <= event.timestamp < period.end]
    taken_back = usage.cancelled(within)
    for event in within:
        order = (event.timestamp, event.received, event.upload, event.row)
        (sums.uploads if of.owner.startswith("upl_") else sums.api).merge(Figures(1, event.value, order))
        if event.id in taken_back:
            sums.cancelled.merge(cancelled(event.value))
    return bool(within)
