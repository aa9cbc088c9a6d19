"""The steps of uploads: what processes do, what happens to them, and what comes from elsewhere."""

from tests.protocols.upload_effects import Setting, Steps, effects, ended, ending, failed, gone
from tests.protocols.upload_states import FINAL, NOBODY, WITHOUT_HOLD, Process, State, Step, Upload

_ANY_RUN = {"a dead letter gives up any run", "receives are counted in place of attempts"}


def steps(state: State, setting: Setting) -> Steps:
    """List each possible next step of a state."""
    for index, upload in enumerate(state.uploads):
        for name, following in (
            *_deliveries(state, index, upload, setting),
            *_requests(state, index, upload, setting),
            *_time(state, index, upload, setting),
        ):
            yield f"{name} {index}", following
    for slot, process in enumerate(state.processes):
        if process is not None:
            for name, following in _process_steps(state, slot, process, setting):
                yield f"process {slot}: {name}", following
    if state.late is not None:
        index, status, is_fresh = state.late
        arrived = state._replace(late=None)
        if is_fresh or setting.broken == "a final status is not conditional":
            arrived = arrived.written(index, ended(state.uploads[index], status))
        yield "a late call arrives", arrived


def _deliveries(state: State, index: int, upload: Upload, setting: Setting) -> Steps:
    if None not in state.processes:
        return
    slot = state.processes.index(None)
    for message in dict.fromkeys(state.messages[index]):
        step = _first_step(upload, message, setting)
        delivered = state
        if setting.broken == "receives are counted in place of attempts" and not message.startswith("dead "):
            receives = min(upload.receives + 1, setting.max_attempts + 1)
            delivered = state.with_upload(index, upload._replace(receives=receives))
        if step is not None:
            taken = delivered.without_message(index, message)
            gives_up = step == "send dead letter" or (message.startswith("dead ") and step == "claim")
            is_early = gives_up and upload.troubles < setting.max_attempts
            process = Process(index, message, step, row="given up without trouble" if is_early else "")
            yield f"deliver {message} of", taken.with_process(slot, process)
        elif delivered != state:
            yield f"deliver too early {message} of", delivered
        if state.faults and state.messages[index].count(message) == 1:
            yield f"repeat {message} of", state._replace(faults=state.faults - 1).with_message(index, message)
            lost = state.without_message(index, message)._replace(faults=state.faults - 1)
            yield f"lose {message} of", lost.with_upload(index, upload._replace(is_lost=True))


def _first_step(upload: Upload, message: str, setting: Setting) -> Step | None:
    """Return what a process does with a message, or None if the upload is held: then nothing changes."""
    gives_up, is_notification = message.startswith("dead "), message.endswith("notification")
    if not upload.status:
        return "create" if is_notification else "acknowledge"
    goes_on = {"processing", "given up"} if is_notification and not gives_up else {"processing", "reverting"}
    if upload.status not in goes_on:
        return "acknowledge"
    has_attempts_left = upload.attempts < setting.max_attempts
    if gives_up and has_attempts_left and setting.broken not in _ANY_RUN:
        return "acknowledge"
    if gives_up and setting.broken == "giving up needs no claim":
        return "undo"
    if upload.is_leased:
        return "acknowledge" if setting.broken == "a live lease is acknowledged away" else None
    counted = upload.receives if setting.broken == "receives are counted in place of attempts" else upload.attempts
    return "send dead letter" if counted >= setting.max_attempts and not gives_up else "claim"


def _requests(state: State, index: int, upload: Upload, setting: Setting) -> Steps:
    if upload.is_to_be_sent:
        sent = state.with_upload(index, upload._replace(is_to_be_sent=False))
        yield "send resume of", sent.with_message(index, "resume")
        if state.faults:
            lost = upload._replace(is_to_be_sent=False, is_lost=True)
            yield "die before the message of", state._replace(faults=state.faults - 1).with_upload(index, lost)
    if not state.requests:
        return
    begun = ended(upload, "processing", "")._replace(is_to_be_sent=True, is_shown=False)
    asked = state._replace(requests=state.requests - 1)
    is_early = setting.broken == "a revert begins before the upload is final" and upload.status == "processing"
    if upload.status in {"success", "duplicate"} or is_early:
        reverting = asked.written(index, begun._replace(status="reverting"))
        for other, each in enumerate(state.uploads):
            if other != index and each.is_noted:
                reverting = reverting.with_upload(other, each._replace(is_left_out=True))
        yield "revert", reverting
    if upload.status in {"success", "duplicate", "refused", "given up"}:
        yield "reprocess", asked.written(index, begun)


def _time(state: State, index: int, upload: Upload, setting: Setting) -> Steps:
    """List what comes by itself: a lease ends, and the sweep finds what is left."""
    if upload.is_leased:
        holder = None if upload.token == NOBODY else state.processes[upload.token]
        ends_early = setting.broken == "a lease ends before its holder is killed" or (
            setting.broken == "a lease ends while a last call is under way" and holder is not None and holder.is_dead
        )
        if holder is None or ends_early:
            yield "end the lease of", state.with_upload(index, upload._replace(is_leased=False))
    if setting.broken == "nothing is swept":
        return
    if upload.is_lost and not state.messages[index] and upload.status not in FINAL and not upload.is_leased:
        message = "resume" if upload.status else "notification"
        yield "sweep", state.with_upload(index, upload._replace(is_lost=False)).with_message(index, message)
    if upload.status_event == "outbox":
        yield "sweep the outbox of", state.with_upload(index, upload._replace(status_event="published"))


def _process_steps(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    if process.is_dead:
        # Nobody hears what comes of its last call. Its message shows already.
        for name, following in effects(state, slot, process, setting):
            kept = following if process.step == "send dead letter" else following._replace(messages=state.messages)
            yield f"the last call arrives: {name}", gone(kept, slot)
        yield "the last call is lost", gone(state, slot)
        return
    yield from effects(state, slot, process, setting)
    if not state.faults:
        return
    troubled = _in_trouble(state._replace(faults=state.faults - 1), process.upload, setting)
    yield _killed(troubled, slot, process, setting)
    if process.step in {"create", "claim", "send dead letter"}:
        yield from _without_answer_or_lease(troubled, slot, process, setting)
    elif process.step not in WITHOUT_HOLD:
        yield from _without_answer(troubled, slot, process, setting)


def _killed(state: State, slot: int, process: Process, setting: Setting) -> tuple[str, State]:
    if process.step == "acknowledge":
        return "not acknowledged", failed(state, slot, process)
    killed = state.with_process(slot, process._replace(is_dead=True))
    is_acknowledged = (
        setting.broken == "a message is acknowledged before its dead letter is sent"
        and process.step == "send dead letter"
    )
    return f"killed at {process.step}", killed if is_acknowledged else killed.with_message(
        process.upload, process.message
    )


def _without_answer_or_lease(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """Fail before the upload is held. A claim whose answer is lost holds it until the lease ends."""
    yield f"refused: {process.step}", failed(state, slot, process)
    for name, following in effects(state, slot, process, setting):
        if following.processes[slot] is not None:
            yield f"no answer to {name}", failed(following, slot, process)


def _without_answer(state: State, slot: int, process: Process, setting: Setting) -> Steps:
    """Fail while the upload is held: the lease is given back."""
    gives_back = process._replace(step="give back")
    yield f"refused: {process.step}", state.with_process(slot, gives_back)
    for name, following in effects(state, slot, process, setting):
        now = following.processes[slot]
        if now is not None and now.step not in {"give back", "wait"}:
            yield f"no answer to {name}", following.with_process(slot, now._replace(step="give back"))
    if process.step in {"finalize", "end undo"} and state.late is None:
        status = ending(state.uploads[process.upload], process)
        late = state._replace(late=(process.upload, status, process.is_fresh))
        yield f"late: {process.step}", late.with_process(slot, gives_back)


def _in_trouble(state: State, index: int, setting: Setting) -> State:
    upload = state.uploads[index]
    troubles = min(upload.troubles + 1, setting.max_attempts)
    return state if troubles == upload.troubles else state.with_upload(index, upload._replace(troubles=troubles))
