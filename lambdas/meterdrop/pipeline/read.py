"""Second stage: the pinned version is read to its end, and everything is looked up that judging its rows needs."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from meterdrop.domain.codes import FileCode
from meterdrop.domain.columns import Layout, read_header
from meterdrop.domain.dropped_object import DroppedFile, ObjectGoneError, ObjectVersion
from meterdrop.domain.event import Event
from meterdrop.domain.file_type import refuse_size
from meterdrop.domain.judge import Judged, Refused, judge
from meterdrop.domain.meter import Meter, by_event_name
from meterdrop.domain.parsers import Parsers
from meterdrop.domain.reader import CsvFile, open_csv
from meterdrop.domain.rows import Chunk, read_rows
from meterdrop.domain.survey import Survey, survey
from meterdrop.domain.timestamp import Window
from meterdrop.domain.upload import Kind, Upload
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.in_order import chunks, in_order
from meterdrop.pipeline.ports import Customers, Meters, Objects


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sound file with the catalog as it was when its processing began: judged as often as needed."""

    upload_id: str
    file: CsvFile
    layout: Layout
    survey: Survey
    meters: Mapping[str, Meter]
    customers: frozenset[str]
    window: Window

    def chunks(self) -> Iterator[Chunk]:
        """Read the rows."""
        return read_rows(self.file, self.layout)

    def judged(self) -> Iterator[tuple[Chunk, Judged]]:
        """Judge every chunk, in order; always the same answers."""
        parsers = Parsers(self.layout, self.meters, self.customers, self.window)
        for chunk in self.chunks():
            yield chunk, judge(chunk, self.upload_id, self.layout, parsers)

    def verdicts(self) -> Iterator[Event | Refused]:
        """Judge every row; good ones are in order, and so are bad ones."""
        for _, judged in self.judged():
            yield from judged.refused
            yield from judged.events(self.upload_id)


def read(upload: Upload, version: ObjectVersion, objects: Objects) -> DroppedFile:
    """Read the file; raises FileFault where it is too large, gone, or of a kind that is not taken yet."""
    if upload.kind is not Kind.USAGE:
        raise FileFault(
            FileCode.UNSUPPORTED_TYPE,
            "Files that register customers are not taken by this version yet; nothing of it was stored.",
        )
    if upload.size is not None:
        refuse_size(upload.size)
    try:
        return objects.read(version)
    except ObjectGoneError:
        # Where rows of it may be stored it is not enough to say so: an undo needs the file.
        if upload.sha256 is not None:
            raise
        raise FileFault(
            FileCode.NOT_FOUND, "The file was deleted before it could be read. Drop it again if it is still needed."
        ) from None


def open_sheet(upload: Upload, data: bytes, max_age_days: int | None, meters: Meters) -> "Sheet":
    """Open the file; raises FileFault."""
    file = open_csv(data)
    found = meters.list_meters()
    keys = {meter.customer_key for meter in found}
    layout = read_header(file.header, keys)
    surveyed = survey(read_rows(file, layout), layout, keys, upload.id)
    if surveyed is None:
        raise FileFault(FileCode.NO_ROWS, "The file has a header line and no rows. Add a row for each usage.")
    window = Window.until(upload.created, max_age_days)
    return Sheet(upload.id, file, layout, surveyed, by_event_name(found), frozenset(), window)


def registered(named: frozenset[str], customers: Customers, executor: Executor) -> frozenset[str]:
    """Return those of the named customers that are registered now."""
    found: set[str] = set()
    for _, part in in_order(executor, customers.registered, chunks(named, customers.read_limit)):
        found |= part
    return frozenset(found)
