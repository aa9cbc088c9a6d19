"""`make verify`: drive the deployed stack end to end, and print what holds, what doesn't, and what wasn't tried."""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from tools.emulator.synth import LOCAL_STAGE
from tools.setup.places import STATE, shown
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.stack_file import read_stack_file
from tools.verify.checks import alarms, events, files, gateway, idle, permissions, settings, usage
from tools.verify.outcome import Outcome, Section, State, UnexpectedError, expect
from tools.verify.record import Recorder
from tools.verify.verification import Verification

SECTIONS: Mapping[str, Section] = {
    "settings": settings.check,
    "permissions": permissions.check,
    "gateway": gateway.check,
    "files": files.check,
    "usage": usage.check,
    "events": events.check,
    "load": usage.check_load,
    "alarms": alarms.check,
    "idle": idle.check,
}
# They run at the end in any case, because they take back what the others have stored.
_LAST: Mapping[str, Section] = {"revert": usage.check_revert, "audit": usage.check_audit}
_RECORDS = STATE / "verify"
_MARKS = {State.HOLDS: "holds", State.FAILS: "FAILS", State.NOT_TRIED: "not tried"}


def verify(run: Verification, names: Sequence[str]) -> list[Outcome]:
    """Run the named sections, print each outcome, and take back what they stored; return all outcomes."""
    print(f"Verifying meterdrop-{run.stage} as {run.run}: {', '.join(names)}", flush=True)
    outcomes = []
    try:
        for name in names:
            outcomes += _shown(run, name, SECTIONS[name])
    finally:
        if run.uploads:
            for name, section in _LAST.items():
                outcomes += _shown(run, name, section)
        for what, error in run.clean_up():
            print(f"  LEFT BEHIND  {what}: {error}", flush=True)
        run.recorder.write()
    return outcomes


def _shown(run: Verification, name: str, section: Section) -> list[Outcome]:
    print(f"\n{name}", flush=True)
    run.recorder.check = name
    outcomes = []
    for outcome in _protected(run, section):
        outcomes.append(outcome)
        detail = f" ({outcome.detail})" if outcome.detail else ""
        print(f"  {_MARKS[outcome.state]:9}  {outcome.statement}{detail}", flush=True)
    return outcomes


def _protected(run: Verification, section: Section) -> Iterator[Outcome]:
    """Yield a section's outcomes. If it can't go on, its end is an outcome, and the next section runs."""
    try:
        yield from section(run)
    except (UnexpectedError, ClientError, BotoCoreError, HTTPError) as error:
        yield expect("the rest of this section can be checked", is_true=False, reason=error)


def summary(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Return the end of the output: the failed checks again, and the numbers."""
    number = {state: sum(each.state is state for each in outcomes) for state in State}
    failed = "".join(f"  {each.statement}: {each.detail}\n" for each in outcomes if each.state is State.FAILS)
    return (f"This does not hold:\n{failed}\n" if failed else "") + (
        f"{number[State.HOLDS]} hold, {number[State.FAILS]} do not hold, {number[State.NOT_TRIED]} were not tried. "
        f"{seconds:.0f} seconds."
    )


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the words of ARGS. Ends the program for unknown ones, and for --help."""
    parser = argparse.ArgumentParser(prog='make verify ARGS="..."', description=__doc__, add_help=False)
    parser.add_argument("--only", metavar="SECTIONS", help="run only these sections, with commas between them")
    parser.add_argument("--skip", metavar="SECTIONS", default="", help="leave out these sections")
    parser.add_argument("--record", action="store_true", help="keep the raw answers, with secrets struck out")
    parser.add_argument("--help", action="help", help="show this list")
    return parser.parse_args(arguments)


def choose_sections(options: argparse.Namespace) -> list[str]:
    """Return the sections to run, in their order; raise Trouble for an unknown name."""
    chosen = options.only.split(",") if options.only else list(SECTIONS)
    skipped = options.skip.split(",") if options.skip else []
    for name in (*chosen, *skipped):
        if name not in SECTIONS:
            raise Trouble(f"Unknown section: {name!r}. The sections are {', '.join(SECTIONS)}.")
    return [name for name in SECTIONS if name in chosen and name not in skipped]


def verify_stack(arguments: Sequence[str]) -> int:
    """Verify the stack that STACK names; return the exit code: 1 if something does not hold."""
    options = parse_arguments(arguments)
    names = choose_sections(options)
    clients, outputs = target.find()
    is_local = target.is_local()
    stage = LOCAL_STAGE if is_local else target.deployed_stage()
    recorder = Recorder(_RECORDS / f"{stage}-{time.strftime('%Y%m%dT%H%M%S')}.jsonl" if options.record else None)
    api_url = read_stack_file().api_url if is_local else outputs.api_url
    began = time.monotonic()
    outcomes = verify(Verification(clients, outputs, stage, api_url, is_local, recorder), names)
    print(f"\n{summary(outcomes, time.monotonic() - began)}")
    print("The run's uploads stay in the list, reverted or failed. Its files are hidden, and their versions stay.")
    if recorder.file is not None:
        print(f"The answers are in {shown(recorder.file)}.")
    return int(any(each.state is State.FAILS for each in outcomes))


def main(arguments: Sequence[str]) -> int:
    """Run the command; return the exit code."""
    return target.run_command(lambda: verify_stack(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
