"""Whoever has lost a job's lease stops working on it, and says why."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from toy_vendor import WAV, Answer, Toy

import segue
from segue._engine.lease import Fence
from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, LeaseLost
from segue.flow import call
from segue.journal import Owner, State
from segue.testing.memory_journal import MemoryJournal

QUEUED = Answer(body=b'{"id": "j1"}')
RUNNING = Answer(body=b'{"status": "running"}')
DONE = Answer(body=b'{"status": "done", "url": "/songs/1"}')
SONG = Answer(body=WAV, kind="audio/wav")
THIEF = "studio:4711:8:x"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def served(vendor):
    vendor.says("/jobs", QUEUED)
    vendor.says("/jobs/j1", DONE)
    vendor.says("/songs/1", SONG)
    vendor.says("/uploads", Answer())
    return vendor


class Thief:
    """Another process, after the lease has run out: `steal` takes the only job there is."""

    def __init__(self, path, *, gives_back=False):
        self.path, self.gives_back = path, gives_back

    def steal(self):
        journal = SqliteJournal(self.path)
        (entry,) = journal.entries()
        later = datetime.now(UTC) + timedelta(minutes=2)
        assert journal.claim(entry.job, THIEF, later) is None
        if self.gives_back:
            journal.unclaim(entry.job, THIEF)
        journal.close()

    def before(self, answer):
        """An answer of the vendor's, during which the lease is lost."""

        def answering(request):
            self.steal()
            return answer

        return answering


@pytest.fixture(params=[False, True], ids=["held by another", "given back since"])
def thief(request, path):
    return Thief(path, gives_back=request.param)


def entry(path):
    journal = SqliteJournal(path)
    try:
        return journal.entries()[0]
    finally:
        journal.close()


def test_a_wait_ends_with_an_error_of_its_own_and_looks_no_more(face, toy, served, path, thief):
    served.says("/jobs/j1", RUNNING, thief.before(RUNNING), RUNNING)
    client = face.client(toy, journal=path)
    job = face.do(client.submit, "a waltz")
    with pytest.raises(LeaseLost, match=f"another process works on job {job.ticket.job}") as lost:
        face.do(job.wait, timeout=30)
    assert lost.value.ticket == job.ticket
    looks = len(served.asked("/jobs/j1"))
    assert looks == 2
    for again in (job.wait, job.poll, job.download):
        with pytest.raises(LeaseLost):
            face.do(again)
    assert len(served.asked("/jobs/j1")) == looks


def test_the_end_of_a_job_is_not_written_by_who_has_lost_it(face, toy, served, path, thief):
    served.says("/jobs/j1", thief.before(DONE))
    client = face.client(toy, journal=path)
    job = face.do(client.submit, "a waltz")
    with pytest.raises(LeaseLost):
        face.do(job.wait, timeout=30)
    assert entry(path).state is State.SUBMITTED


def test_no_file_is_downloaded_after_the_lease_is_lost(face, toy, served, path, thief, tmp_path):
    client = face.client(toy, journal=path)
    job = face.do(client.submit, "a waltz")
    face.do(job.wait, timeout=30)
    thief.steal()
    with pytest.raises(LeaseLost):
        face.do(job.download, tmp_path / "songs")
    assert served.asked("/songs/1") == []
    assert entry(path).state is State.ENDED


def test_a_delivery_is_not_written_by_who_lost_the_job_meanwhile(face, toy, served, path, thief):
    served.says("/songs/1", thief.before(SONG))
    client = face.client(toy, journal=path)
    with pytest.raises(LeaseLost):
        face.do(client.generate_and_wait, "a waltz", to="songs")
    assert entry(path).state is State.ENDED


class Uploading(Toy):
    """Sends something before it submits."""

    def submit(self, task):
        yield from call("POST", "/uploads")
        return (yield from super().submit(task))


@pytest.mark.usefixtures("toy")
def test_no_paid_request_leaves_after_the_lease_is_lost(face, served, path, thief):
    served.says("/uploads", thief.before(Answer()))
    client = face.client(Uploading(), journal=path)
    with pytest.raises(LeaseLost):
        face.do(client.submit, "a waltz")
    assert served.asked("/jobs") == []
    assert entry(path).state is State.INTENT, "what becomes of it is for the other to say"


def test_a_ticket_is_written_down_all_the_same(face, toy, served, path, thief):
    served.says("/jobs", thief.before(QUEUED))
    client = face.client(toy, journal=path)
    job = face.do(client.submit, "a waltz")
    assert entry(path).ticket == job.ticket
    with pytest.raises(LeaseLost):
        face.do(job.wait)
    assert served.asked("/jobs/j1") == []


def test_a_lease_that_ran_out_and_that_nobody_took_is_renewed(face, toy, served, path):
    client = face.client(toy, journal=path)
    job = face.do(client.submit, "a waltz")
    journal = SqliteJournal(path)
    owner = entry(path).owner
    journal.claim(job.ticket.job, owner, datetime.now(UTC) - timedelta(hours=1))
    journal.close()
    assert face.do(job.wait, timeout=30).status is segue.Status.SUCCEEDED
    assert entry(path).leased_until > datetime.now(UTC)
    assert face.do(job.download, "songs")


def test_the_same_client_may_take_the_job_over_once_more(face, toy, served, path):
    client = face.client(toy, journal=path)
    job = face.do(client.submit, "a waltz")
    Thief(path, gives_back=True).steal()
    with pytest.raises(LeaseLost, match=r"client\.resume"):
        face.do(job.wait)
    job = face.do(client.resume, job.ticket.job)
    assert face.do(job.wait, timeout=30).status is segue.Status.SUCCEEDED


class Unreadable(MemoryJournal):
    """Cannot be read from some moment on."""

    broken = False

    def find(self, job):
        if self.broken:
            raise JournalError("the disk is gone")
        return super().find(job)


def test_a_journal_that_cannot_be_read_ends_no_wait(face, toy, served, caplog):
    journal = Unreadable()
    client = face.client(toy, journal=journal)
    job = face.do(client.submit, "a waltz")
    journal.broken = True
    assert face.do(job.wait, timeout=30).status is segue.Status.SUCCEEDED
    told = [
        record.getMessage() for record in caplog.records if "cannot be checked" in record.message
    ]
    assert len(told) == 1


def test_without_a_readable_journal_no_paid_request_leaves(face, toy, served):
    journal = Unreadable()
    journal.broken = True
    client = face.client(toy, journal=journal)
    with pytest.raises(JournalError, match="the disk is gone"):
        face.do(client.submit, "a waltz")
    assert served.asked("/jobs") == []


def test_a_fence_shows_what_it_is():
    assert repr(Fence("a1", Owner(name="me"), 3)) == "Fence('a1', generation 3)"


SLEEPER = """
import sys
sys.path[:0] = sys.argv[2:]
import segue
from segue.errors import LeaseLost
from toy_vendor import Toy
with segue.Client(Toy(), journal=sys.argv[1]) as client:
    job = client.submit("a waltz")
    print("waiting", flush=True)
    try:
        job.wait(timeout=60)
    except LeaseLost as error:
        print(error, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
@pytest.mark.usefixtures("toy")
def test_a_process_that_was_stopped_for_too_long_stops_working(served, path):
    """As a laptop that was closed: it goes on where it was, and the world does not."""
    served.says("/jobs/j1", RUNNING)
    support = [folder for folder in sys.path if folder.endswith("support")]
    command = [sys.executable, "-c", SLEEPER, str(path), *support]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as sleeper:
        watchdog = threading.Timer(60, sleeper.kill)
        watchdog.start()
        assert sleeper.stdout.readline() == "waiting\n"
        while not served.asked("/jobs/j1"):
            time.sleep(0.01)
        sleeper.send_signal(signal.SIGSTOP)
        Thief(path).steal()
        looks = len(served.asked("/jobs/j1"))
        sleeper.send_signal(signal.SIGCONT)
        told = sleeper.stdout.readline()
        watchdog.cancel()
    assert "another process works on job" in told
    assert "process 4711 on studio" in told
    assert len(served.asked("/jobs/j1")) <= looks + 1, "one may have been under way"
