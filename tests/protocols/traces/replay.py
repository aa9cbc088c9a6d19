"""Replays a record through the model of `upload_steps`: every effect must be a step that the model allows then.

What the record doesn't say, such as what a process has read, the model chooses. So the replay keeps all states that fit
the record so far. If none is left, the product did what the model doesn't allow.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from meterdrop.pipeline.attempt import MAX_ATTEMPTS
from tests.protocols.traces.calls import Item
from tests.protocols.traces.recorder import NO_PROCESS, Observation, Recorder
from tests.protocols.upload_effects import Setting
from tests.protocols.upload_states import FINAL, Process, State, Upload
from tests.protocols.upload_steps import steps

_MANY = 1_000
_SETTING = Setting(uploads=1, processes=6, max_attempts=MAX_ATTEMPTS, faults=_MANY, requests=_MANY, is_open=True)
_READS = frozenset({"look at the claim", "compare", "undo"})
"""Steps of a process that no record shows."""
_OPTIONAL = frozenset({"show progress", "publish"})
"""Steps that a process may leave out."""
_STATUS = {"succeeded": "success", "succeeded_with_errors": "success", "reverted": "reverted"}
_SHOWN = 40
_Layer = dict["Tracked", set[tuple[str, "Tracked"]]]
"""The states after an observation. Each has the steps that lead there, with the states before them."""


class NotAllowedError(AssertionError):
    """The product did what the model doesn't allow."""


class Tracked(NamedTuple):
    """A state of the model, and which of its processes are those of the record."""

    state: State
    slots: tuple[tuple[int, int, str], ...] = ()
    """Number of the process, its slot (or -1 if it does nothing in this state), and its last effect."""

    def slot(self, process: int) -> int:
        """Return the slot of a process."""
        return next((slot for number, slot, _ in self.slots if number == process), NO_PROCESS)

    def last(self, process: int) -> str:
        """Return the last effect of a process."""
        return next((last for number, _, last in self.slots if number == process), "")

    def after(self, state: State, process: int, slot: int, last: str) -> "Tracked":
        """Return what follows an effect of a process."""
        others = tuple(each for each in self.slots if each[0] != process)
        is_gone = slot != NO_PROCESS and state.processes[slot] is None
        return Tracked(_plain(state), (*others, (process, NO_PROCESS if is_gone else slot, last)))


def replay(record: Recorder, covered: Counter[str]) -> None:
    """Replay all uploads of a record. Raises NotAllowedError. Counts in `covered` the steps of the model."""
    for upload in dict.fromkeys([*record.uploads, *(each.upload for each in record.seen)]):
        if upload:
            replay_upload(
                upload, start_of(record, upload), [each for each in record.seen if each.upload == upload], covered
            )


def replay_upload(upload: str, start: State, seen: Iterable[Observation], covered: Counter[str]) -> None:
    """Replay what was seen of one upload."""
    states, past, layers = {Tracked(start)}, list[Observation](), list[_Layer]()
    for observation in seen:
        past.append(observation)
        following: _Layer = {}
        for tracked in states:
            for name, then in _followed(tracked, observation):
                if _is_sound(then.state):
                    following.setdefault(then, set()).add((name, tracked))
        if not following:
            raise NotAllowedError(_report(upload, past, states))
        layers.append(following)
        states = set(following)
    # Only what led to a state that still fits at the end.
    for layer in reversed(layers):
        came = {each for state in states for each in layer[state]}
        covered.update({name for name, _ in came})
        states = {before for _, before in came}


def start_of(record: Recorder, upload: str) -> State:
    """Return the state in which a record begins."""
    messages = tuple(sorted(kind for id_, kind in record.messages if id_ == upload))
    state = _SETTING.start()._replace(messages=(messages,))
    if upload not in record.uploads:
        return state
    item = record.uploads[upload]
    status_event = "outbox" if upload in record.unpublished else "published"
    stored = Upload(
        _status(item),
        attempts=min(int(item["attempts"]["N"]), MAX_ATTEMPTS + 1),
        is_leased=int(item["lease_until"]["N"]) > record.began,
        status_event=status_event if _status(item) in FINAL else "",
    )
    return state.with_upload(0, stored)


def _followed(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    """List the steps of the model that fit an observation."""
    if seen.what == "deliver":
        yield from _delivered(tracked, seen)
    elif seen.what in {"done", "failed"}:
        yield from _ended(tracked, seen)
    elif seen.what == "send":
        yield from _sent(tracked, seen)
    elif seen.process == NO_PROCESS or (seen.what == "write" and _is_request(tracked, seen)):
        yield from _of_others(tracked, seen)
    elif seen.what == "conflict":
        process = _process(tracked, seen.process)
        if process is None or not process.is_fresh or process.step == "create" or _is_repeated(tracked, seen):
            yield "conflict", tracked
    else:
        yield from _effect(tracked, seen)


def _delivered(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    for state in _with_ended_leases(tracked.state):
        if None not in state.processes:
            continue
        slot = state.processes.index(None)
        for name, then in steps(state, _SETTING):
            if name == f"deliver {seen.detail} of 0":
                yield "deliver", tracked.after(then, seen.process, slot, "")
    if seen.detail in tracked.state.messages[0]:
        yield "deliver too early", tracked.after(tracked.state, seen.process, NO_PROCESS, "")


def _ended(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    slot = tracked.slot(seen.process)
    others = tuple(each for each in tracked.slots if each[0] != seen.process)
    if slot == NO_PROCESS:
        if seen.what == "failed":
            yield "message shows again", Tracked(tracked.state, others)
        return
    for each in _after_reads(tracked, seen.process):
        for name, state in _steps_of(each.state, slot):
            process = each.state.processes[slot]
            assert process is not None
            if seen.what == "done":
                if name == process.step == "acknowledge":
                    yield name, Tracked(_plain(state), others)
            elif state.processes[slot] is None and name in {"not acknowledged", f"refused: {process.step}"}:
                yield name, Tracked(_plain(state), others)
            elif name.startswith("killed"):
                lost = next(then for of, then in _steps_of(state, slot) if of == "the last call is lost")
                yield name, Tracked(_plain(lost), others)


def _sent(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    """List where a message can come from: a request, the sweep, or once more from whoever sent it before."""
    state = tracked.state
    if state.uploads[0].is_to_be_sent and seen.detail == "resume":
        for name, then in steps(state, _SETTING):
            if name == "send resume of 0":
                yield "send resume", Tracked(_plain(then), tracked.slots)
    else:
        yield f"send {seen.detail} again", Tracked(state.with_message(0, seen.detail), tracked.slots)


def _is_request(tracked: Tracked, seen: Observation) -> bool:
    """Return whether an item is written in the middle of a process of others: by the API, the sweep, or a revert."""
    is_free = "lease_token" not in seen.item or seen.item["lease_until"] == {"N": "0"}
    return tracked.slot(seen.process) == NO_PROCESS and is_free


def _of_others(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    """List what the API, the sweep, and reverts of other uploads do."""
    names = {"write": {"revert 0", "reprocess 0"}, "publish": {"sweep the outbox of 0"}}.get(seen.what, set())
    for name, then in steps(tracked.state, _SETTING):
        if name in names and (seen.what != "write" or _fits(then.uploads[0], seen.item, seen.now)):
            yield name.removesuffix(" 0"), Tracked(_plain(then), tracked.slots)
    if seen.what == "conflict" or (seen.what == "publish" and tracked.state.uploads[0].status_event == "published"):
        yield f"{seen.what} again", tracked


def _effect(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    """List the steps of a process that write what was seen."""
    if _is_repeated(tracked, seen) or _is_other_write(tracked, seen) or _is_shorter_claim(tracked, seen):
        is_sent = seen.what == "send dead letter"
        state = tracked.state.with_message(0, f"dead {seen.detail}") if is_sent else tracked.state
        yield f"{seen.what} again", tracked.after(state, seen.process, tracked.slot(seen.process), seen.what)
    if tracked.slot(seen.process) == NO_PROCESS:
        return
    for each in _after_reads(tracked, seen.process):
        for gives_back in (False, True):
            yield from _written(_giving_back(each, seen.process) if gives_back else each, seen)


def _written(tracked: Tracked, seen: Observation) -> Iterator[tuple[str, Tracked]]:
    slot, process = tracked.slot(seen.process), _process(tracked, seen.process)
    if process is None or process.step in _READS:
        return
    if seen.detail == "own" and process.row == "unclaimed":
        return
    for name, then in _steps_of(tracked.state, slot):
        if name != process.step or seen.what not in {name, "write"}:
            continue
        if name in _OPTIONAL and then.uploads == tracked.state.uploads:
            continue
        is_of_item = name in {"create", "claim", "show progress", "finalize", "end undo", "give back", "wait"}
        if seen.what == "write" and not (is_of_item and _fits(then.uploads[0], seen.item, seen.now)):
            continue
        yield name, tracked.after(then, seen.process, slot, seen.what)


def _is_repeated(tracked: Tracked, seen: Observation) -> bool:
    """Return whether a process repeats its last effect: a batch of several calls, or a response that was lost."""
    last = tracked.last(seen.process)
    if seen.what == "write":
        return last == "write" and _fits(tracked.state.uploads[0], seen.item, seen.now)
    return last == seen.what or (seen.what == "conflict" and last == "write")


def _is_other_write(tracked: Tracked, seen: Observation) -> bool:
    """Return whether a holder writes its item without a step of the model, such as the digest of its file."""
    process = _process(tracked, seen.process)
    return (
        seen.what == "write"
        and process is not None
        and process.holds
        and process.is_fresh
        and (_fits(tracked.state.uploads[0], seen.item, seen.now))
    )


def _is_shorter_claim(tracked: Tracked, seen: Observation) -> bool:
    """Return whether a holder removes rows without events of their own from the claim that it owns."""
    process = _process(tracked, seen.process)
    return seen.what == "take the claim" and process is not None and process.holds and tracked.state.owner == 0


def _process(tracked: Tracked, number: int) -> Process | None:
    slot = tracked.slot(number)
    return None if slot == NO_PROCESS else tracked.state.processes[slot]


def _after_reads(tracked: Tracked, process: int) -> Iterator[Tracked]:
    """Yield a state, and all that follow from it by what a process reads or leaves out."""
    slot, found, open_ = tracked.slot(process), {tracked}, [tracked]
    while open_:
        each = open_.pop()
        yield each
        now = each.state.processes[slot]
        if now is None:
            continue
        for name, then in _steps_of(each.state, slot):
            is_left_out = name in _OPTIONAL and then.uploads == each.state.uploads
            if name == now.step and (name in _READS or is_left_out):
                after = Tracked(_plain(then), each.slots)
                if after not in found:
                    found.add(after)
                    open_.append(after)


def _giving_back(tracked: Tracked, number: int) -> Tracked:
    """Return the state in which a process fails at its next step, and gives its lease back."""
    slot, process = tracked.slot(number), _process(tracked, number)
    if process is None:
        return tracked
    for name, then in _steps_of(tracked.state, slot):
        if name == f"refused: {process.step}" and then.processes[slot] is not None:
            return Tracked(_plain(then), tracked.slots)
    return tracked


def _steps_of(state: State, slot: int) -> Iterator[tuple[str, State]]:
    prefix = f"process {slot}: "
    return ((name.removeprefix(prefix), then) for name, then in steps(state, _SETTING) if name.startswith(prefix))


def _with_ended_leases(state: State) -> Iterator[State]:
    yield state
    for name, then in steps(state, _SETTING):
        if name == "end the lease of 0":
            yield then


def _fits(upload: Upload, item: Item, now: float) -> bool:
    """Return whether the model's upload is what an item says."""
    wanted = _status(item)
    is_status = upload.status == wanted or (wanted == "success" and upload.status == "duplicate")
    if not is_status or upload.status in FINAL:
        return is_status
    is_leased = int(item["lease_until"]["N"]) > now
    return upload.attempts == min(int(item["attempts"]["N"]), MAX_ATTEMPTS + 1) and upload.is_leased == is_leased


def _status(item: Item) -> str:
    status: str = item["status"]["S"]
    if status != "failed":
        return _STATUS.get(status, status)
    return "given up" if item["failure"]["M"]["code"]["S"] == "internal_error" else "refused"


def _plain(state: State) -> State:
    """Forget what only the search needs: budgets, and what is counted to judge by."""
    upload = state.uploads[0]._replace(troubles=0, claims=0, receives=0, is_lost=False, is_left_out=False)
    return state.with_upload(0, upload)._replace(faults=_MANY, requests=_MANY)


def _is_sound(state: State) -> bool:
    return sum(process is not None and process.holds for process in state.processes) <= 1


def _report(upload: str, past: list[Observation], states: Iterable[Tracked]) -> str:
    lines = [
        f"  {each.now:.0f} process {each.process}: {each.what} {each.detail} ({each.call})"
        + (f" {each.item['status']['S']} attempts {each.item['attempts']['N']}" if each.item else "")
        for each in past[-_SHOWN:]
    ]
    before = [f"  {each}" for each in list(states)[:3]]
    return "\n".join([f"The model doesn't allow the last of these, of upload {upload}:", *lines, "It was in:", *before])
