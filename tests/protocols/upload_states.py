"""What the protocol of uploads has stored, who is at work on it, and what must never be."""

from typing import Literal, NamedTuple

FINAL = frozenset({"success", "duplicate", "refused", "given up", "reverted"})
NOBODY = -1

Step = Literal[
    "create",
    "claim",
    "look at the claim",
    "take the claim",
    "compare",
    "insert",
    "show progress",
    "put figure",
    "note duplicate",
    "finalize",
    "undo",
    "delete figure",
    "delete event",
    "end undo",
    "store status event",
    "publish",
    "send dead letter",
    "acknowledge",
    "give back",
    "wait",
]
WITHOUT_HOLD = frozenset(
    {
        "create",
        "claim",
        "send dead letter",
        "store status event",
        "publish",
        "acknowledge",
        "give back",
        "wait",
    }
)
"""Steps before an attempt has claimed an upload, or after it has written its last effect."""


class Upload(NamedTuple):
    """An upload of one row: its item, what it has stored, and what is remembered to judge by."""

    status: str = ""
    """Empty before the first claim, `processing`, `reverting`, or a final one."""
    attempts: int = 0
    is_leased: bool = False
    token: int = NOBODY
    """The process that claimed it last, as long as that process lives."""
    is_shown: bool = False
    """Whether an attempt has stored progress."""
    event: bool = False
    figure: bool = False
    is_noted: bool = False
    """Whether the other upload's record lists this one's duplicate."""
    status_event: str = ""
    """Of the current status: empty, `outbox` or `published`."""
    is_to_be_sent: bool = False
    """Whether the API has stored a status, and not yet sent its message."""
    is_lost: bool = False
    """Whether its message was lost, or never sent."""
    claims: int = 0
    """Attempts since progress or a final status, whatever the item counts."""
    troubles: int = 0
    """Faults since then."""
    receives: int = 0
    """Deliveries of its messages. Only a broken variant counts them."""
    is_left_out: bool = False
    """Whether a revert of the other upload named this one's duplicate."""


class Process(NamedTuple):
    """An invocation of the ingest function, or of the function of the dead letters."""

    upload: int
    message: str
    """A `notification` or a request to `resume`; a dead letter begins with `dead `."""
    step: Step
    is_fresh: bool = True
    """Whether the item is as this process has read or written it."""
    is_claim_fresh: bool = True
    row: str = ""
    """What became of the row: `new`, `stored`, `duplicate` or `refused`."""
    is_dead: bool = False
    """Whether the process was killed. Its last call may still arrive."""

    @property
    def holds(self) -> bool:
        """Whether it is at work on an upload that it has claimed."""
        return not self.is_dead and self.step not in WITHOUT_HOLD

    @property
    def gives_up(self) -> bool:
        """Whether it handles a dead letter."""
        return self.message.startswith("dead ")


class State(NamedTuple):
    """Two uploads of the same row, under one key or with the same bytes under two keys."""

    uploads: tuple[Upload, ...]
    processes: tuple[Process | None, ...]
    messages: tuple[tuple[str, ...], ...]
    """The messages in both queues that no process holds, by upload."""
    owner: int = NOBODY
    """The upload that owns the shared claim."""
    holders: frozenset[int] = frozenset()
    late: tuple[int, str, bool] | None = None
    """A final status that a call wrote whose answer was given up, and whether its condition still holds."""
    faults: int = 0
    requests: int = 0

    def with_upload(self, index: int, upload: Upload) -> "State":
        """Replace an upload."""
        return self._replace(uploads=(*self.uploads[:index], upload, *self.uploads[index + 1 :]))

    def with_process(self, slot: int, process: Process | None) -> "State":
        """Replace a process."""
        return self._replace(processes=(*self.processes[:slot], process, *self.processes[slot + 1 :]))

    def with_message(self, index: int, message: str) -> "State":
        """Put a message on a queue."""
        changed = tuple(sorted((*self.messages[index], message)))
        return self._replace(messages=(*self.messages[:index], changed, *self.messages[index + 1 :]))

    def without_message(self, index: int, message: str) -> "State":
        """Take a message from a queue."""
        left = list(self.messages[index])
        left.remove(message)
        return self._replace(messages=(*self.messages[:index], tuple(left), *self.messages[index + 1 :]))

    def written(self, index: int, upload: Upload, slot: int = NOBODY) -> "State":
        """Write an item: only the writer's copy stays fresh."""
        processes = tuple(
            each._replace(is_fresh=False)
            if each is not None and number != slot and each.upload == index and each.is_fresh
            else each
            for number, each in enumerate(self.processes)
        )
        late = self.late if self.late is None or self.late[0] != index else (*self.late[:2], False)
        return self.with_upload(index, upload)._replace(processes=processes, late=late)


def violation(state: State, max_attempts: int) -> str | None:
    """Say what is wrong in a state."""
    uploads, held = state.uploads, [each.upload for each in state.processes if each is not None and each.holds]
    if len(held) != len(set(held)):
        return "two attempts can write"
    if sum(upload.event for upload in uploads) > 1:
        return "the row counts twice"
    for process in state.processes:
        if process is not None and (found := _wrong_attempt(process, uploads[process.upload], max_attempts)):
            return found
    for index, upload in enumerate(uploads):
        if found := _wrong_upload(state, index, upload):
            return found
    return None


def _wrong_attempt(process: Process, upload: Upload, max_attempts: int) -> str | None:
    if process.row == "given up without trouble":
        return "an upload is given up that had no trouble"
    if process.holds and not process.gives_up and upload.claims > max_attempts:
        return "attempts have no limit"
    return None


def _wrong_upload(state: State, index: int, upload: Upload) -> str | None:
    if upload.status in FINAL:
        has_events = upload.status == "success"
        if upload.event != has_events or upload.figure != has_events:
            return "a final status differs from what is stored"
        is_at_work = any(each is not None and each.step == "store status event" for each in state.processes)
        if not upload.status_event and not is_at_work:
            return "nobody is told of a final status"
        others = [each for number, each in enumerate(state.uploads) if number != index]
        if upload.status == "duplicate" and not upload.is_left_out and others[0].status == "reverted":
            return "a duplicate of a reverted row is left out without a word"
        return None
    is_held = any(each is not None and not each.is_dead and each.upload == index for each in state.processes)
    if not (state.messages[index] or is_held or upload.is_to_be_sent or upload.is_lost):
        return "no message leads to an unfinished upload"
    return None


def is_end(state: State) -> bool:
    """Return whether all uploads are final and known to be, and nothing is left to do."""
    is_idle = not any(state.processes) and not any(state.messages)
    return is_idle and all(each.status in FINAL and each.status_event == "published" for each in state.uploads)
