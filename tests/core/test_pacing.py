"""What the vendor counts as a poll waits for its turn, whoever asks; played by hand."""

from pathlib import Path

import pytest

from segue._engine import download as delivering
from segue._engine.wait import Watching, poll
from segue._files.destination import Destination
from segue.flow import Reply, Sleep, call, now, together
from segue.job import Snapshot, Status, Ticket
from segue.provider import Limits
from segue.tasks import Generate
from segue.testing import Silence
from segue.testing.kit.playing import Player, in_turn
from segue.testing.kit.world import backend

DONE = Snapshot(status=Status.SUCCEEDED)
HERE = Destination(folder=Path())
MINUTE = 60.0
BUSY = Reply(status=429, headers={"retry-after": "5"})


class Scarce(Silence):
    """A vendor that lets an account look once a minute, and tells addresses by such a look."""

    base_url = "https://scarce.invalid"
    limits = Limits(polls_per_minute=1)
    counts = True

    def look(self):
        return call("GET", "/jobs/1", polls=self.counts)

    def poll(self, ticket):
        yield from self.look()
        return DONE

    def download(self, ticket, snapshot):
        yield from self.look()
        return []


class Wide(Scarce):
    def download(self, ticket, snapshot):
        yield from together([self.look(), self.look()])
        return []


class Free(Scarce):
    counts = False


def seconds(provider, answers=()):
    """How long it takes to download twice."""
    ready, queue = backend(provider, Generate(prompt="hush")), [*answers]
    player = Player(lambda _: queue.pop(0) if queue else Reply(status=200))

    def twice():
        began = yield from now()
        for job in ("one", "two"):
            ticket = Ticket(provider="silence", id=job, job=job)
            yield from delivering.download(ready, ticket, DONE, HERE, Watching(timeout=9))
        return (yield from now()).monotonic - began.monotonic

    took = player.run(in_turn(twice()))
    assert isinstance(took, float)
    return took


def test_a_look_inside_a_download_waits_for_its_turn():
    assert seconds(Scarce()) >= MINUTE


def test_so_do_looks_side_by_side():
    assert seconds(Wide()) >= 3 * MINUTE


def test_what_is_not_marked_does_not_wait():
    assert seconds(Free()) < 1


def test_one_that_is_sent_again_after_a_pause_takes_another_turn():
    assert seconds(Scarce(), [BUSY]) >= 2 * MINUTE


@pytest.mark.parametrize("counts", [True, False])
def test_a_poll_takes_one_turn_marked_or_not(counts):
    """Its turn is taken by the wait; the request that it makes takes no other."""
    provider = type("Marked", (Scarce,), {"counts": counts})()
    ready = backend(provider, Generate(prompt="hush"))
    player = Player(lambda _: Reply(status=200))
    ticket = Ticket(provider="silence", id="one", job="one")
    for _ in range(2):
        player.run(poll(ready, ticket))
    assert len(player.calls) == 2
    assert [
        effect for effect in player.effects if isinstance(effect, Sleep) and effect.seconds
    ] == []
