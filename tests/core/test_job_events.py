"""`job.events()` reports each change once; `job.bring_home()` waits and saves."""

import gc
import logging

import pytest
from toy_vendor import WAV, Answer

import segue
from segue.errors import JobFailed, WaitTimeout
from segue.job import Status
from segue.journal import State
from segue.testing import Silence

QUEUED = Answer(body=b'{"status": "queued"}')
RUNNING = Answer(body=b'{"status": "running"}')
HALF = Answer(body=b'{"status": "running", "progress": 0.5}')
FAILED = Answer(body=b'{"status": "failed"}')


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def job(face, toy, vendor, journal):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/file", Answer(body=WAV, kind="audio/wav"))
    return face.do(face.client(toy, journal=journal).submit, "lofi")


@pytest.fixture
def done(vendor):
    return Answer(body=f'{{"status": "done", "url": "{vendor.url}/file"}}'.encode())


async def gathered(events, most):
    found = []
    async for snapshot in events:
        found.append(snapshot)
        if len(found) == most:
            break
    return found


def events(face, job, most=-1, **options):
    """The changes that a program sees, at most so many."""
    if face.driver != "sync":
        return face.do(gathered, job.events(**options), most)
    found = []
    for snapshot in job.events(**options):
        found.append(snapshot)
        if len(found) == most:
            break
    return found


def words(snapshots):
    return [snapshot.word or snapshot.status.value for snapshot in snapshots]


def test_each_change_comes_once_and_the_end_is_the_last(face, job, vendor, done):
    vendor.says("/jobs/j1", QUEUED, RUNNING, RUNNING, HALF, done)
    seen = events(face, job)
    assert words(seen) == ["queued", "running", "running", "done"]
    assert [snapshot.progress for snapshot in seen] == [None, None, 0.5, None]
    assert job.snapshot is seen[-1]
    assert len(vendor.asked("/jobs/j1")) == 5
    assert face.do(job.download)
    assert len(vendor.asked("/jobs/j1")) == 5, "what was seen is what is saved"


@pytest.mark.parametrize("word", ["failed", "gone", "stopped"])
def test_a_bad_end_is_the_last_change_and_no_error(face, job, vendor, word):
    vendor.says("/jobs/j1", RUNNING, Answer(body=f'{{"status": "{word}"}}'.encode()))
    seen = events(face, job)
    assert words(seen) == ["running", word]
    assert seen[-1].status.terminal
    with pytest.raises(segue.SegueError):
        face.do(job.wait)


def test_a_look_that_fails_is_a_change(face, job, vendor, done):
    vendor.says("/jobs/j1", RUNNING, Answer(status=500), Answer(status=500), done)
    seen = events(face, job)
    assert seen[-1].status is Status.SUCCEEDED
    assert all(s.trouble is not None and s.trouble.status == 500 for s in seen[1:-1])


def test_the_time_is_up_as_for_a_wait(face, job, vendor):
    vendor.says("/jobs/j1", RUNNING)
    with pytest.raises(WaitTimeout):
        events(face, job, timeout=0.1)
    assert job.snapshot.status is Status.RUNNING


def test_whoever_stops_early_leaves_the_job_alone(face, job, vendor, done, caplog):
    vendor.says("/jobs/j1", QUEUED, RUNNING, done)
    with caplog.at_level(logging.WARNING, "segue"):
        assert words(events(face, job, most=1)) == ["queued"]
        gc.collect()
    assert "stopped waiting for job" in caplog.text
    assert len(vendor.asked("/jobs/j1")) == 1
    assert words(events(face, job)) == ["running", "done"]


def test_nothing_is_requested_until_the_first_change_is_wanted(face, job, vendor):
    job.events()
    assert not vendor.asked("/jobs/j1")


def test_several_may_listen_to_one_job(face, job, vendor, done):
    vendor.says("/jobs/j1", RUNNING, RUNNING, done)
    first, second = job.events(), job.events()
    take = next if face.driver == "sync" else lambda it: face.do(anext_of, it)
    assert take(first).word == take(second).word == "running"
    assert take(first).word == take(second).word == "done"


async def anext_of(iterator):
    return await anext(iterator)


def test_one_that_was_delivered_has_one_change(face, job, vendor, done, toy, journal, tmp_path):
    vendor.says("/jobs/j1", done)
    face.do(job.bring_home, tmp_path)
    again = face.client(toy, journal=journal)
    before = len(vendor.requests)
    assert words(events(face, face.do(again.resume, job.ticket))) == ["delivered"]
    assert len(vendor.requests) == before


def test_bring_home_waits_and_saves_and_returns_the_delivery(face, job, vendor, done, tmp_path):
    vendor.says("/jobs/j1", RUNNING, done)
    seen = []
    delivery = face.do(job.bring_home, tmp_path / "song.wav", on_update=seen.append)
    assert delivery.paths == [tmp_path / "song.wav"]
    assert delivery.path.read_bytes() == WAV
    assert words(seen) == ["running", "done"]
    assert (job.delivery, job.snapshot) == (delivery, delivery.snapshot)


def test_what_is_delivered_is_returned_as_such(face, job, vendor, done, tmp_path):
    vendor.says("/jobs/j1", done)
    one = face.do(job.bring_home, tmp_path)
    before = len(vendor.requests)
    two = face.do(job.bring_home, tmp_path)
    assert (two.paths, two.snapshot.word) == (one.paths, "delivered")
    assert len(vendor.requests) == before


def test_but_a_file_that_is_gone_is_downloaded_again(face, job, vendor, done, tmp_path):
    vendor.says("/jobs/j1", done)
    face.do(job.bring_home, tmp_path).path.unlink()
    assert face.do(job.bring_home, tmp_path).path.exists()
    assert len(vendor.asked("/file")) == 2


def test_and_overwrite_saves_it_once_more(face, job, vendor, done, tmp_path):
    vendor.says("/jobs/j1", done)
    one = face.do(job.bring_home, tmp_path / "song.wav")
    one.path.write_bytes(b"x" * len(WAV))
    face.do(job.bring_home, tmp_path / "song.wav", overwrite=True)
    assert one.path.read_bytes() == WAV


def test_it_raises_as_wait_does(face, job, vendor, tmp_path):
    vendor.says("/jobs/j1", FAILED)
    with pytest.raises(JobFailed):
        face.do(job.bring_home, tmp_path)
    vendor.says("/jobs/j1", RUNNING)
    with pytest.raises(WaitTimeout):
        face.do(job.bring_home, tmp_path, timeout=0.05)


def test_the_vendors_copy_is_released_as_configured(face, journal, tmp_path):
    (tmp_path / "segue.toml").write_text("release = true\n")
    client = face.client(Silence(), journal=journal, config=tmp_path / "segue.toml")
    face.do(face.do(client.submit, "hush").bring_home, tmp_path)
    assert [entry.state for entry in face.do(client.jobs)] == [State.RELEASED]


def test_without_a_journal_it_waits_and_saves_as_well(face, toy, vendor, done, tmp_path):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", done)
    vendor.says("/file", Answer(body=WAV, kind="audio/wav"))
    job = face.do(face.client(toy).submit, "lofi")
    assert face.do(job.bring_home, tmp_path).path.read_bytes() == WAV
