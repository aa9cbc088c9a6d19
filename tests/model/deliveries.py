"""Files are dropped and messages handed over, on both sides."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from tests.model.breaks import Break, How
from tests.model.files import File, Row, error_file_back, usage_file
from tests.model.product import Item
from tests.model.reference import FINAL, Reference, Upload, impossible
from tests.model.sides import Sides
from tests.support.event_items import read_events

PASSING = frozenset({"processing", "reverting"})
LONGEST_LEASE = 700
"""Seconds: an invocation and a little."""


class Deliveries(Sides):
    """What S3 and the queues do. Every difference is an AssertionError."""

    def drop(self, key: str, file: File) -> None:
        """Drop a file."""
        version = self.product.drop(key, file)
        self.ids[version.version_id] = version.upload_id
        self.reference.uploads[version.upload_id] = Upload(version.upload_id, key, file)
        for message in self.product.visible("ingest"):
            if version.version_id in message["Body"]:
                self.notifications[version.upload_id] = json.loads(message["Body"])

    def drop_error_file(self, upload: Upload, key: str, *, is_corrected: bool, damage: str) -> None:
        """Drop an upload's error file back."""
        data = self.product.error_file(self.uploads()[upload.id])
        rows = [replace(each.row, identifier=each.id) for each in upload.refused if isinstance(each.row, Row)]
        self.drop(key, error_file_back(data, rows, upload.id, is_corrected=is_corrected, damage=damage))

    def drop_early_error_file(self, upload: Upload, key: str) -> None:
        """Drop the rows of an upload with the IDs of its events, corrected, as its error file is dropped later."""
        rows = [
            replace(row.corrected, identifier=row.identifier or f"{upload.id}:{number}")
            for number, row in enumerate(upload.file.rows, 1)
        ]
        self.drop(key, usage_file(rows))
        self.reached["early error file"] += 1

    def has_ended(self, upload: Upload) -> bool:
        """Return whether an upload has ever had a final status."""
        return any(id_ == upload.id for id_, _ in self.endings)

    def deliver(self, function: str, message: Item, planned: Break | None) -> None:
        """Hand over a message, and see that the upload it is about is as before, on its way, or at its one end."""
        id_, is_notification = self._about(message)
        if id_ not in self.reference.uploads:
            self._deliver_close(function, message, planned)
            return
        gives_up = function == "recover"
        before, upload = self.uploads().get(id_), self.reference.uploads[id_]
        is_taken_up = _is_taken_up(upload, is_notification=is_notification and not gives_up)
        might, had_to = self.reference.may_be_refused(id_)
        is_done = False
        meanwhile = partial(self._meanwhile, function, message, before)
        with self.product.process(planned, meanwhile) as process:
            is_done = self.product.hand_over(function, message)
        if self.broken:
            raise self.broken[0]  # the function took it for a failed call
        self.reached.update(process.came)
        after = self.uploads().get(id_)
        if not is_taken_up:
            assert before == after
            assert is_done or process.happened
            self.reached["nothing left to do"] += 1
            return
        may, must = self.reference.may_be_refused(id_)
        self._show(upload, after)
        ends = self._ends(id_, gives_up=gives_up, may=may or might, must=must and had_to)
        if after is not None and after["status"] in FINAL and after != before:
            self._end(after, ends)
            return
        assert process.happened or self._may_wait(id_, before)
        self.reached["on its way" if process.happened else "waits"] += 1
        self._go_on(id_, before, after, ends)

    def _deliver_close(self, function: str, message: Item, planned: Break | None) -> None:
        """Hand over the message that closes the period. It changes neither uploads nor events."""
        count = len(self.product.statements())
        is_done = False
        meanwhile = partial(self._meanwhile_closing, message)
        with self.product.process(planned, meanwhile) as process:
            is_done = self.product.hand_over(function, message)
        if self.broken:
            raise self.broken[0]
        self.reached.update(process.came)
        statements = self.product.statements()
        assert len(statements) <= count + 1
        self.reached["statement"] += len(statements) - count
        if function == "ingest" and is_done:
            assert self.product.period().is_final
        elif not process.happened and function == "ingest":
            self.reached["close waits"] += 1

    def _meanwhile_closing(self, message: Item, how: How) -> None:
        """While a period is being closed, deliver the message a second time, or deliver the others that show."""
        try:
            if how == "told again":
                self.product.send(json.loads(message["Body"]))
            for other in self.product.visible("ingest"):
                is_of_upload = self._about(other)[0] in self.reference.uploads
                if is_of_upload and how == "others go on":
                    self.deliver("ingest", other, None)
                elif how == "told again" and not is_of_upload:
                    self.product.hand_over("ingest", other)
        except AssertionError as error:
            self.broken.append(error)
            raise

    def _ends(self, id_: str, *, gives_up: bool, may: bool, must: bool) -> list[Reference]:
        """Return what an upload can come to: as it is judged, or refused as the same bytes again."""
        if gives_up:
            return [self.reference.after(id_, gives_up=True)]
        validated = [] if must else [self.reference.after(id_)]
        return [*validated, self.reference.after(id_, is_refused=True)] if may else validated

    def _show(self, upload: Upload, item: Item | None) -> None:
        """Show the reference what S3 and the first claim say of an upload."""
        if item is not None:
            upload.arrival, upload.order = int(item["created"]), item["version_order"]

    def _about(self, message: Item) -> tuple[str, bool]:
        """Return which upload a message is about, and whether it is of S3's kind."""
        body = json.loads(message["Body"])
        if "period" in body:
            return body["period"], False
        if "upload" in body:
            return body["upload"], False
        return self.ids[body["Records"][0]["s3"]["object"]["versionId"]], True

    def _meanwhile(self, function: str, message: Item, before: Item | None, how: How) -> None:
        """While a message is in the works, deliver it a second time, or deliver the others that show."""
        try:
            self._deliver_others(function, message, before, how)
        except AssertionError as error:
            self.broken.append(error)
            raise

    def _deliver_others(self, function: str, message: Item, before: Item | None, how: How) -> None:
        id_, _ = self._about(message)
        if how == "told again":
            if function == "recover":
                return  # which of the two functions came first would decide
            self.product.send(json.loads(message["Body"]))
            for again in self.product.visible("ingest"):
                if self._about(again)[0] == id_:
                    self.product.hand_over("ingest", again)
            return
        upload = self.reference.uploads[id_]
        if upload.is_final or upload.is_dry_run:
            return  # it judges by what it has read, and nothing stored tells when that was
        may, _ = self.reference.may_be_refused(id_)
        now = self.uploads().get(id_)
        if now is not None and now["status"] in FINAL:
            return  # only its event is left to be published
        self._show(upload, now)
        ends = self._ends(id_, gives_up=function == "recover", may=may, must=False)
        self._go_on(id_, before, now, ends)
        for other in self.product.visible("ingest"):
            about = self.reference.uploads.get(self._about(other)[0])
            if about is None:
                self.deliver("ingest", other, None)
                continue
            # By whom rows are judged, and with which they conflict, an attempt finds out but once.
            if about.id != id_ and not about.is_of_customers and about.status != "reverting":
                self.deliver("ingest", other, None)

    def _go_on(self, id_: str, before: Item | None, after: Item | None, ends: Sequence[Reference]) -> None:
        """Take over what an attempt has left so far; all of it must be on the way to an end."""
        reference, upload = self.reference, self.reference.uploads[id_]
        if after == before:
            ends = []
        else:
            assert after is not None
            assert ("reverting" if upload.status == "reverting" else "processing") == after["status"]
            assert int(after["lease_until"]) <= self.product.now + LONGEST_LEASE
            upload.status, upload.failure = after["status"], None
            self.final.pop(id_, None)
        undone = [end for end in ends if not any(event.owner == id_ for event in end.events.values())]
        events, customers = self.events(), self.customers()
        states = [end.events for end in ends]
        # An undo deletes the cancels of its events first.
        states += [{of: event._replace(is_cancelled=False) for of, event in reference.events.items()} for _ in undone]
        assert {} == impossible(events, reference.events, states)
        assert {} == impossible(customers, reference.customers, [end.customers for end in ends])
        known = {**reference.events, **{id_: event for end in ends for id_, event in end.events.items()}}
        reference.events = {id_: events[id_] for id_ in known if id_ in events}
        reference.customers = customers
        claim = self.uploads().get(f"customers#{upload.key}")
        if claim is not None:
            reference.newest[upload.key] = claim["newest"]

    def _end(self, item: Item, ends: Sequence[Reference]) -> None:
        """Go on with the end that an upload came to, and compare all that is said of it."""
        code = item.get("failure", {}).get("code")
        self.reference = next((end for end in ends if end.uploads[item["id"]].failure == code), ends[0])
        upload = self.reference.uploads[item["id"]]
        self.final[upload.id] = item
        self.endings[upload.id, str(upload.status)] += 1
        self.reached.update([upload.failure or str(upload.status), *(each.code for each in upload.refused)])
        assert (upload.status, upload.failure) == (item["status"], code)
        if upload.status == "reverted":
            return
        self._count_races(upload)
        self.reached["duplicate"] += upload.duplicate
        self.reached["row of a partner"] += upload.success * (upload.partner is not None)
        counts = (upload.success + upload.duplicate + len(upload.refused), upload.success, upload.duplicate)
        names = ("row", "success", "duplicate", "error")
        assert (*counts, len(upload.refused)) == tuple(int(item[f"{name}_count"]) for name in names)
        totals = {each["event_name"]: (each["event_count"], Decimal(each["value_sum"])) for each in item["totals"]}
        assert upload.totals == totals
        assert (None if upload.failure else self._parent(upload)) == item.get("parent")
        assert self._error_rows(item) == _error_rows_of(upload)

    def _count_races(self, upload: Upload) -> None:
        """Count what uploads and their error files have met."""
        events, uploads = self.reference.events, self.reference.uploads
        for id_ in {row.identifier.partition(":")[0] for row in upload.file.rows} & uploads.keys():
            if uploads[id_].failure == "internal_error":
                self.reached["error file of a given-up upload"] += 1
            if uploads[id_].status == "processing" and self.has_ended(uploads[id_]):
                self.reached["error file of an upload that is reprocessed"] += 1
        of_others = {event.owner for id_, event in events.items() if id_.startswith(f"{upload.id}:")} - {upload.id}
        if of_others:
            self.reached["upload whose rows an error file has stored"] += 1
            if (upload.id, "failed") in self.endings:
                self.reached["given up, then its error file, then reprocessed"] += 1
        blocks = [item for item in self.product.items("EVENTS") if item["id"].startswith(f"{upload.id}/")]
        rows = [len(read_events(item)) for item in blocks]
        self.reached.update(["block of one row" if count == 1 else "full block" for count in rows])
        own = sum(event.owner == upload.id and id_.startswith(f"{upload.id}:") for id_, event in events.items())
        if blocks and own > sum(rows):
            self.reached["own rows beside blocks"] += 1

    def _parent(self, upload: Upload) -> str | None:
        """Return the upload that the file names, or that its first row of another upload does by its identifier."""
        named = (row.identifier.partition(":")[0] for row in upload.file.rows)
        return upload.file.parent or next((id_ for id_ in named if id_ in self.reference.uploads), None)

    def _error_rows(self, item: Item) -> list[tuple[str, str, str]]:
        """Return number, code and identifier of each row of an upload's error file."""
        if "error_file" not in item:
            return []
        rows = csv.DictReader(io.StringIO(self.product.error_file(item).decode(), newline=""))
        return [(row["row_number"], row["error_code"], row.get("identifier") or "") for row in rows]

    def _may_wait(self, id_: str, before: Item | None) -> bool:
        """Tell whether there is something to wait for."""
        others = (other for other in self.reference.uploads.values() if other.id != id_)
        is_held = before is not None and before["lease_until"] > self.product.now
        return is_held or any(other.status in PASSING for other in others)


def _is_taken_up(upload: Upload, *, is_notification: bool) -> bool:
    """Tell whether a message makes an upload go on. S3's take up what was given up, and leave a revert alone."""
    if is_notification and (upload.failure == "internal_error" or upload.status == "reverting"):
        return upload.status != "reverting"
    return not upload.is_final


def _error_rows_of(upload: Upload) -> list[tuple[str, str, str]]:
    if upload.failure is not None:
        return [("", upload.failure, "")]
    return [(str(each.number), each.code, each.id) for each in upload.refused]
