"""Two processes that submit the same jobs under the same names: the name is the fence."""

import os
from collections import Counter

import pytest

from segue.errors import JobExists, JournalError
from segue.journal import State
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served

from .telling import after, delivered, intent, refused, submitted, terminal

NAMES = 60
RACER = """
import sys
import segue
from segue._engine import submit as lifecycle
from segue._http.sync_driver import Driver
from segue.errors import JobExists
from segue._engine.submit import Order
from segue.testing.hush import Hush

path, count = sys.argv[1:]
with segue.Client(Hush(quotes=False), journal=path) as client:
    backend, owner = client._driver.run(client._session.questions.first()), client._session.owner
    print("ready", flush=True)
    input()
    for number in range(int(count)):
        order = Order(
            task=segue.Generate(prompt=f"silence {number}"),
            job=f"job-{number}",
            key=f"key {number}",
            owner=owner,
        )
        try:
            client._driver.run(lifecycle.submit(backend, order))
        except JobExists:
            print("lost", number, flush=True)
        else:
            print("won", number, flush=True)
print("over", flush=True)
"""


def test_of_two_processes_racing_on_the_same_names_one_submits_each(path, process, monkeypatch):
    vendor = HushVendor()
    with served(vendor) as url:
        monkeypatch.setitem(os.environ, "SEGUE_HUSH_BASE_URL", url)
        racers = [process(RACER, path, NAMES) for _ in range(2)]
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            racer.stdin.write("\n")
            racer.stdin.flush()
        told = [line.split()[0] for racer in racers for line in racer.stdout]
    assert Counter(told) == {"won": NAMES, "lost": NAMES, "over": 2}
    assert vendor.charges == Counter({f"silence {number}": 1 for number in range(NAMES)})


@pytest.mark.parametrize("events", range(4))
def test_the_name_is_taken_however_far_its_job_is(journal, events):
    for event in (intent(owner="one"), submitted(), terminal(), delivered())[: events + 1]:
        journal.write(event)
    journal.unclaim("a1", "one")
    before = journal.entry("a1")
    with pytest.raises(JobExists, match="was submitted already by another process"):
        journal.write(intent(owner="two", at=after(5)))
    assert journal.entry("a1") == before


def test_the_loser_is_told_by_whom_and_does_not_get_the_lease(journal):
    journal.write(intent(owner="studio:4711:8:x"))
    with pytest.raises(JobExists, match="by process 4711 on studio") as caught:
        journal.write(intent(owner="two", at=after(3600)))
    assert "client.resume('a1')" in str(caught.value)
    assert isinstance(caught.value, JournalError)
    assert journal.entry("a1").owner == "studio:4711:8:x"


def test_another_job_of_the_same_name_is_refused_likewise(journal):
    journal.write(intent(owner="one"))
    with pytest.raises(JobExists, match="another job called a1"):
        journal.write(intent(owner="one", key="another key"))


def test_the_owner_of_a_submission_may_write_it_again(journal):
    journal.write(intent(owner="one"))
    journal.write(intent(owner="one", at=after(1)))
    assert journal.entry("a1").state is State.INTENT


def test_a_refused_submission_may_be_made_again_by_anybody(journal):
    journal.write(intent(owner="one"))
    journal.write(refused())
    journal.write(intent(owner="two", at=after(1)))
    assert (journal.entry("a1").state, journal.entry("a1").owner) == (State.INTENT, "two")
