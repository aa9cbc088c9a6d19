"""A file of usage: its rows become meter events."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from operator import attrgetter

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.csv_file import CsvFile, open_csv
from meterdrop.domain.files.errors import FileFault, Refusal
from meterdrop.domain.files.rows import read_rows
from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.meter import by_event_name
from meterdrop.domain.uploads.error_cells import ValueCells
from meterdrop.domain.uploads.error_file import Form, HeldLines
from meterdrop.domain.uploads.tally import Tally
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.field_parsers import Parsers
from meterdrop.domain.validation.prescan import Survey, survey
from meterdrop.domain.validation.results import Refused, event_of
from meterdrop.domain.validation.row_reference import RowReference
from meterdrop.domain.validation.timestamp import Window
from meterdrop.domain.validation.usage_header import Layout, is_known, read_header
from meterdrop.domain.validation.validator import Reading, judge
from meterdrop.pipeline.in_order import chunks, in_order
from meterdrop.pipeline.ingest.deduplicate import relate
from meterdrop.pipeline.ingest.key_account import note_matched, read_accounts, release_matched
from meterdrop.pipeline.ingest.parsed_file import Result, Work
from meterdrop.pipeline.ingest.store_events import Settlement, Storing, settle_rows
from meterdrop.pipeline.ports import Customers, Meters


@dataclass(frozen=True, slots=True)
class UsageSheet:
    """A sound file with the catalog as it was when its processing began: judged as often as needed."""

    upload_id: str
    file: CsvFile
    layout: Layout
    survey: Survey
    parsers: Parsers
    reading: Reading

    @property
    def references(self) -> Sequence[RowReference]:
        """The rows that say which row of an earlier upload they are."""
        return self.survey.references

    def identify(self, ids: Mapping[int, str | Refusal]) -> None:
        """Take the ids of rows, by number, that their identifiers do not tell; before the first row is judged."""
        self.parsers.identities = ids

    @property
    def rows_by_content(self) -> int:
        """How many rows there are, where one of them has no identifier; else 0."""
        return self.survey.row_count if self.survey.has_unidentified else 0

    def verdicts(self) -> Iterator[Event | Refused]:
        """Judge every row; good ones are in order, and so are bad ones. Always the same answers."""
        for judged in self.reading.judged(self.upload_id):
            yield from judged.refused
            yield from judged.events(self.upload_id)

    def store(self, work: Work) -> Result:
        """Store the good rows as events, then what they contribute to usage."""
        ports, upload, executor = work.ports, work.upload, work.executor
        self.parsers.registered = _registered(self.survey.customers, ports.customers, executor)
        form = Form(
            upload_id=upload.id,
            file=self.file,
            layout=self.layout,
            overflows=self.survey.overflows,
            values=ValueCells(self.layout.event_name, self.parsers),
        )
        tally = Tally(upload.id, HeldLines(form))
        events = ports.events(upload.id, upload.created)
        accounts = read_accounts(upload, work.accounts, ports, executor)
        settlement = Settlement(
            upload.id,
            self.survey.repeated | {id_ for id_ in self.parsers.identities.values() if isinstance(id_, str)},
            tally,
            accounts,
            lambda refused: event_of(refused, self.layout, self.parsers),
        )
        storing = Storing(
            events=events,
            executor=executor,
            read_first=not work.is_first,
            dry_run=upload.dry_run,
        )
        for _ in settle_rows(self.verdicts(), settlement, storing):
            work.show(tally.counts)
        if not upload.dry_run:
            usage = ports.usage(upload.id, upload.created)
            for stage in usage.stages(tally.contributions):
                for _ in in_order(executor, usage.put, chunks(stage, usage.put_limit)):
                    pass
            relate(upload, tally.counted_by, ports, executor)
            note_matched(upload, tally, {} if accounts is None else accounts.matched, ports, is_first=work.is_first)
            if accounts is not None and upload.id in accounts.matched:
                release_matched(upload, self.survey.row_count, accounts.matched[upload.id], ports.claims)
        return Result(
            form=form,
            parent=work.parent,
            tally=tally,
            held=tally.held if tally.holds_all_refused else None,
            refused=lambda: _refused(self, tally),
        )


def open_usage(upload: Upload, data: bytes, meters: Meters, max_age_days: int | None) -> UsageSheet:
    """Open the file; raises FileFault."""
    file = open_csv(data, is_known)
    found = meters.list_meters()
    keys = {meter.customer_key for meter in found}
    layout = read_header(file.header, keys, by_event_name(found).values())
    window = Window.until(upload.created, max_age_days)
    parsers = Parsers(layout, by_event_name(found), window, is_of_semicolons=file.delimiter == ";")
    reading = Reading(file, layout, parsers)
    surveyed = survey(reading.chunks(), layout, keys)
    if surveyed is None:
        raise FileFault(FileCode.NO_ROWS, "The file has a header line and no rows. Add a row for each usage.")
    return UsageSheet(upload.id, file, layout, surveyed, parsers, reading)


def _registered(named: frozenset[str], customers: Customers, executor: Executor) -> frozenset[str]:
    """Return those of the named customers that are registered now."""
    found: set[str] = set()
    for _, part in in_order(executor, customers.registered, chunks(named, customers.read_limit)):
        found |= part
    return frozenset(found)


def _refused(sheet: UsageSheet, tally: Tally) -> Iterator[Refused]:
    """Return the refused rows in order, those with a conflict among them."""
    for chunk in read_rows(sheet.file, sheet.layout):
        judged = judge(chunk, sheet.upload_id, sheet.layout, sheet.parsers)
        refused = [row for row in judged.refused if row.row not in tally.kept]
        if tally.conflicts:
            refused += (
                Refused(event.id, event.row, chunk.row(chunk.numbers.index(event.row)), (tally.conflicts[event.row],))
                for event in judged.events(sheet.upload_id)
                if event.row in tally.conflicts
            )
            refused.sort(key=attrgetter("row"))
        yield from refused
