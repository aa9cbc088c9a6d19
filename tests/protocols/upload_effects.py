"""What the steps of a process do without a fault: each reads or writes one item."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, get_args

from tests.protocols.upload_states import FINAL, NOBODY, Process, State, Step, Upload

Broken = Literal[
    "a lease ends before its holder is killed",
    "a lease ends while a last call is under way",
    "a live lease is acknowledged away",
    "a message is acknowledged before its dead letter is sent",
    "a final status is not conditional",
    "a claim is not conditional",
    "receives are counted in place of attempts",
    "attempts are counted as they fail",
    "giving up needs no claim",
    "a dead letter gives up any run",
    "a revert begins before the upload is final",
    "a shared claim is not conditional",
    "a shared claim is taken from an unfinished upload",
    "a shared claim that is owned is not written again",
    "a shared claim is written after the first event",
    "the same bytes are taken under another key",
    "events are deleted before their figures",
    "duplicates are noted without a look at their owner",
    "a status event is stored after its status",
    "nothing is swept",
]
BROKEN: tuple[Broken, ...] = get_args(Broken)


class Setting(NamedTuple):
    """What one search runs."""

    uploads: int = 2
    processes: int = 2
    max_attempts: int = 1
    is_one_key: bool = True
    """Whether both are files of one key, and share its account. Else they have the same bytes under two keys."""
    faults: int = 1
    requests: int = 1
    is_first_given_up: bool = False
    """Whether the first upload was given up before the search begins, and owns the shared claim."""
    is_open: bool = False
    """Whether there are other uploads, which the state does not hold, and files of any rows. For recorded runs only."""
    broken: Broken | None = None

    def start(self) -> State:
        """Return the state in which S3 has sent its notifications."""
        state = State(
            (Upload(),) * self.uploads,
            (None,) * self.processes,
            (("notification",),) * self.uploads,
            faults=self.faults,
            requests=self.requests,
        )
        if not self.is_first_given_up:
            return state
        given_up = state.with_upload(0, Upload("given up", status_event="published"))
        return given_up.without_message(0, "notification")._replace(owner=0, holders=frozenset({0}))


Steps = Iterator[tuple[str, State]]


def gone(state: State, slot: int) -> State:
    """End a process: nobody holds its token any more."""
    process = state.processes[slot]
    if process is None:
        return state
    state = state.with_process(slot, None)
    upload = state.uploads[process.upload]
    return state if upload.token != slot else state.with_upload(process.upload, upload._replace(token=NOBODY))


def failed(state: State, slot: int, process: Process) -> State:
    """End a process whose message shows again."""
    return gone(state, slot).with_message(process.upload, process.message)


def ending(upload: Upload, process: Process) -> str:
    """Return the final status that an attempt stores."""
    if process.step == "finalize":
        return "duplicate" if process.row == "duplicate" else "success"
    if upload.status == "reverting":
        return "reverted"
    return "refused" if process.row == "refused" else "given up"


def ended(upload: Upload, status: str, status_event: str = "outbox") -> Upload:
    """Return an upload with a status that an attempt or the API stores: no lease, and no attempts."""
    return upload._replace(
        status=status, attempts=0, is_leased=False, status_event=status_event, claims=0, troubles=0, receives=0
    )


def effects(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """List what the step of a process can do."""
    return _EFFECTS[process.step](state, slot, process, setting)


def _goes_on(state: State, slot: int, step: Step, **changes: str) -> tuple[str, State]:
    process = state.processes[slot]
    assert process is not None
    return process.step, state.with_process(slot, process._replace(step=step, **changes))  # type: ignore[arg-type]


def _claim(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    yield process.step, _claimed(state, slot, process, setting)


def _look(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """Read the shared claim and the upload that owns it."""
    index = process.upload
    owners = {state.owner} if setting.is_one_key else state.holders
    others = [state.uploads[each] for each in owners - {index, NOBODY}]
    if setting.is_open:
        yield _goes_on(state, slot, "wait")
        yield _goes_on(state, slot, "undo")
        yield _goes_on(state, slot, "compare", row="unclaimed")
    is_blind = setting.broken == "a shared claim is taken from an unfinished upload"
    is_elsewhere = not setting.is_one_key and setting.broken != "the same bytes are taken under another key"
    if not is_blind and any(each.status not in FINAL for each in others):
        yield _goes_on(state, slot, "wait")
    elif is_elsewhere and index not in state.holders and any(each.status in {"success", "given up"} for each in others):
        yield _goes_on(state, slot, "undo")
    else:
        yield _goes_on(state, slot, "take the claim")


def _take(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    index, broken = process.upload, setting.broken
    if not process.is_claim_fresh and broken != "a shared claim is not conditional":
        yield _goes_on(state, slot, "wait")
        return
    if state.owner != index or broken != "a shared claim that is owned is not written again":
        processes = tuple(
            each._replace(is_claim_fresh=False) if each is not None and number != slot else each
            for number, each in enumerate(state.processes)
        )
        state = state._replace(owner=index, holders=state.holders | {index}, processes=processes)
    if setting.is_open:
        yield _goes_on(state, slot, "look at the claim")
    is_late = broken == "a shared claim is written after the first event"
    yield _goes_on(state, slot, "show progress" if is_late else "compare")


def _compare(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    if setting.is_open:
        for step in ("insert", "put figure", "note duplicate", "finalize"):
            yield _goes_on(state, slot, step, row=process.row or "new")
    elif state.uploads[process.upload].event:
        yield _goes_on(state, slot, "put figure", row="stored")
    elif setting.is_one_key and any(each.event for each in state.uploads):
        yield _goes_on(state, slot, "note duplicate", row="duplicate")
    else:
        yield _goes_on(state, slot, "insert", row="new")


def _insert(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    is_late = setting.broken == "a shared claim is written after the first event"
    inserted = state.with_upload(process.upload, state.uploads[process.upload]._replace(event=True))
    yield _goes_on(inserted, slot, "take the claim" if is_late else "show progress")


def _show(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """Show progress, or not: it is shown every few seconds only."""
    upload = state.uploads[process.upload]
    yield _goes_on(state, slot, "put figure")
    if setting.is_open:
        yield _goes_on(state, slot, "insert")
    if upload.is_shown:
        return
    if process.is_fresh:
        shown = upload._replace(attempts=0, is_shown=True, claims=0, troubles=0)
        yield _goes_on(state.written(process.upload, shown, slot), slot, "put figure")
    else:
        yield _goes_on(state, slot, "give back")


def _put_figure(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    put = state.with_upload(process.upload, state.uploads[process.upload]._replace(figure=True))
    yield _goes_on(put, slot, "finalize")
    if setting.is_open:
        yield _goes_on(put, slot, "note duplicate")


def _note(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """Note a duplicate with the owner of its original, and read the owner's status."""
    index = process.upload
    noted = state.with_upload(index, state.uploads[index]._replace(is_noted=True))
    is_blind = setting.broken == "duplicates are noted without a look at their owner"
    others = [upload for number, upload in enumerate(state.uploads) if number != index]
    is_free = any(each.status in {"reverting", "reverted", "given up", "refused"} for each in others)
    if setting.is_open:
        yield _goes_on(noted, slot, "wait")
    yield _goes_on(noted, slot, "wait" if is_free and not is_blind else "finalize")


def _undo(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """Read the events. Without one, nobody knows of a figure."""
    upload = state.uploads[process.upload]
    is_refused = not (process.gives_up or upload.status == "reverting")
    first: Step = "end undo"
    if setting.is_open:
        yield _goes_on(state, slot, "delete figure", row="refused" if is_refused else "")
    elif upload.event:
        is_reversed = setting.broken == "events are deleted before their figures"
        first = "delete event" if is_reversed else "delete figure"
    yield _goes_on(state, slot, first, row="refused" if is_refused else "")


def _delete(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    upload = state.uploads[process.upload]
    if process.step == "delete figure":
        deleted, other, is_last = upload._replace(figure=False), "delete event", not upload.event
    else:
        deleted, other, is_last = upload._replace(event=False), "delete figure", not upload.figure
    # Of files of many rows, parts may be deleted before, and are deleted again.
    is_end = process.step == "delete event" if setting.is_open else is_last
    following: Step = "end undo" if is_end else other  # type: ignore[assignment]
    yield _goes_on(state.with_upload(process.upload, deleted), slot, following)


def _end(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    if not process.is_fresh:
        yield _goes_on(state, slot, "give back")
        return
    upload, is_apart = state.uploads[process.upload], setting.broken == "a status event is stored after its status"
    final = ended(upload, ending(upload, process), "" if is_apart else "outbox")
    following: Step = "store status event" if is_apart else "publish"
    yield _goes_on(state.written(process.upload, final, slot), slot, following)


def _store_status_event(state: State, slot: int, process: Process, _: Setting) -> Steps:
    stored = state.uploads[process.upload]._replace(status_event="outbox")
    yield _goes_on(state.with_upload(process.upload, stored), slot, "publish")


def _publish(state: State, slot: int, process: Process, _: Setting) -> Steps:
    """Publish the status event, or fail to, which ends no attempt."""
    upload = state.uploads[process.upload]
    if upload.status_event == "outbox" and process.is_fresh:
        published = state.with_upload(process.upload, upload._replace(status_event="published"))
        yield _goes_on(published, slot, "acknowledge")
    yield _goes_on(state, slot, "acknowledge")


def _send_dead_letter(state: State, slot: int, process: Process, _: Setting) -> Steps:
    yield _goes_on(state.with_message(process.upload, f"dead {process.message}"), slot, "acknowledge")


def _acknowledge(state: State, slot: int, _: Process, __: Setting) -> Steps:
    yield "acknowledge", gone(state, slot)


def _give_back(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """End the lease, if it is still this attempt's. An attempt that waits for another upload does not count."""
    index, upload, is_waiting = process.upload, state.uploads[process.upload], process.step == "wait"
    if upload.token == slot and upload.status not in FINAL:
        is_counted_now = setting.broken == "attempts are counted as they fail" and not is_waiting
        attempts = min(upload.attempts + is_counted_now, setting.max_attempts + 1)
        back = upload._replace(
            attempts=max(0, attempts - is_waiting), claims=max(0, upload.claims - is_waiting), is_leased=False
        )
        state = state.written(index, back, slot)
    yield process.step, failed(state, slot, process)


_EFFECTS: dict[Step, Callable[[State, int, Process, Setting], Steps]] = {
    "create": _claim,
    "claim": _claim,
    "look at the claim": _look,
    "take the claim": _take,
    "compare": _compare,
    "insert": _insert,
    "show progress": _show,
    "put figure": _put_figure,
    "note duplicate": _note,
    "undo": _undo,
    "delete figure": _delete,
    "delete event": _delete,
    "finalize": _end,
    "end undo": _end,
    "store status event": _store_status_event,
    "publish": _publish,
    "send dead letter": _send_dead_letter,
    "acknowledge": _acknowledge,
    "give back": _give_back,
    "wait": _give_back,
}


def _counted(upload: Upload, setting: Setting) -> int:
    """Return the attempts that a claim stores."""
    if setting.broken == "attempts are counted as they fail":
        return upload.attempts
    return min(upload.attempts + 1, setting.max_attempts + 1)


def _claimed(state: State, slot: int, process: Process, setting: Setting) -> State:
    index, upload = process.upload, state.uploads[process.upload]
    is_free = not upload.status if process.step == "create" else process.is_fresh
    if not is_free and setting.broken != "a claim is not conditional":
        return failed(state, slot, process)
    claimed = upload._replace(
        status="reverting" if upload.status == "reverting" else "processing",
        attempts=_counted(upload, setting),
        claims=min(upload.claims + 1, setting.max_attempts + 1),
        is_leased=True,
        token=slot,
        status_event="",
    )
    first: Step = "look at the claim"
    if process.gives_up or upload.status == "reverting":
        first = "undo"
    elif setting.broken == "a shared claim is written after the first event":
        first = "compare"
    return state.written(index, claimed, slot).with_process(slot, process._replace(step=first, is_fresh=True))
