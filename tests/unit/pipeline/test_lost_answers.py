"""A write that took effect and whose answer got lost: the attempt fails, and does not keep the upload from the next."""

from collections.abc import Callable

import pytest

from meterdrop.domain.uploads.upload import Upload
from tests.support.fakes.crash import CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.status import FakeUploads
from tests.support.fakes.world import World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
FILE = HEADER + b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n" * 300
SAVES = 2
"""Writes of the upload that there are at least between claim and final status: its content, then its counts."""


def slow_world() -> World:
    """Make a world in which inserts take a second, so that counts are shown on the way."""
    world = World(batch=20)

    def before_call(name: str) -> None:
        world.now += name == "events.insert"

    world.switch.before_call = before_call
    return world


def losing(number: int, made: list[Upload]) -> Callable[[FakeUploads, Upload], bool]:
    """Make a `save` whose answer gets lost once; `made` gets what was stored."""
    save = FakeUploads.save

    def lossy(uploads: FakeUploads, upload: Upload) -> bool:
        saved = save(uploads, upload)
        made.append(upload)
        if len(made) == number:
            raise CrashError("the answer got lost")
        return saved

    return lossy


@pytest.mark.parametrize("number", range(1, SAVES + 1))
def test_the_lease_is_given_back(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next delivery takes the upload up at once, not when the lease would have ended."""
    world, made = slow_world(), list[Upload]()
    version = world.drop(FILE)
    monkeypatch.setattr(FakeUploads, "save", losing(number, made))
    with pytest.raises(CrashError):
        world.deliver(version)
    left = world.uploads.stored[version.upload_id]
    assert (left.is_final, left.lease_until <= world.now, len(made) > number) == (False, True, True)
    world.deliver(version)
    outcome = world.outcome(version)
    assert_sound(outcome)
    assert outcome.upload.counts.success == 300
