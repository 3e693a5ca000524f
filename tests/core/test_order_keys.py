"""The same key is the same job: submitted and paid for once, whoever submits it how often."""

import socket
import threading
from contextlib import closing
from datetime import UTC, datetime
from unittest.mock import Mock

import anyio
import pytest
from msgspec.structs import replace
from toy_vendor import WAV, Answer, Toy

import segue
from segue._engine.order_key import fingerprint, job_of
from segue._journal.sqlite import SqliteJournal
from segue.errors import (
    ConfigError,
    JobExists,
    JobFailed,
    JournalError,
    KeyReused,
    NotReady,
    SubmissionUnknown,
    WaitTimeout,
)
from segue.events import Intent, Refused, Submitted
from segue.flow import Permit
from segue.job import Failure, Status, Ticket
from segue.journal import Owner, State
from segue.tasks import Extend, Generate, Source
from segue.testing.memory_journal import MemoryJournal

KEY = "order-4711"


class Other(Toy):
    name = "other"


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def other(vendor, monkeypatch):
    monkeypatch.setenv("SEGUE_OTHER_BASE_URL", f"{vendor.url}/other")
    return Other()


@pytest.fixture
def client(face, toy, journal):
    return face.client(toy, journal=journal)


@pytest.fixture(autouse=True)
def making(vendor):
    """A vendor that takes every job under an id of its own, and finishes it."""
    taken = []

    def take(request):
        taken.append(request)
        return Answer(body=f'{{"id": "j{len(taken)}"}}'.encode())

    vendor.says("/jobs", take)
    for number in range(1, 9):
        done = f'{{"status": "done", "url": "{vendor.url}/file{number}"}}'.encode()
        vendor.says(f"/jobs/j{number}", Answer(body=b'{"status": "running"}'), Answer(body=done))
        vendor.says(f"/file{number}", Answer(body=WAV, kind="audio/wav"))
    return taken


def sent(vendor, path="/jobs"):
    return len(vendor.asked(path))


def test_a_second_submit_returns_the_job_that_is_there(face, client, vendor):
    one = face.do(client.submit, "lofi", key=KEY)
    two = face.do(client.submit, "lofi", key=KEY)
    assert (one.ticket, one.ticket.job, sent(vendor)) == (two.ticket, job_of(KEY), 1)
    (entry,) = face.do(client.jobs)
    assert (entry.order_key, entry.state) == (KEY, State.SUBMITTED)


def test_so_it_does_from_another_client_while_the_first_one_lives(face, client, toy, journal):
    one = face.do(client.submit, "lofi", key=KEY)
    with_other = face.client(toy, journal=journal)
    two = face.do(with_other.submit, "lofi", key=KEY)
    assert two.ticket == one.ticket
    assert face.do(two.wait).status is Status.SUCCEEDED


def test_and_after_it_was_delivered_nothing_is_requested(face, client, vendor, tmp_path):
    one = face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path / "song.wav")
    before = len(vendor.requests)
    two = face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path / "song.wav")
    assert (two.paths, len(vendor.requests)) == (one.paths, before)
    job = face.do(client.submit, "lofi", key=KEY)
    assert face.do(job.wait).word == "delivered"
    assert len(vendor.requests) == before


def test_it_is_saved_once_more_at_another_place(face, client, vendor, tmp_path):
    face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path / "a")
    two = face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path / "b")
    assert two.path.parent == tmp_path / "b"
    assert sent(vendor) == 1


def test_a_job_that_failed_is_the_job_of_its_key(face, client, vendor, tmp_path):
    vendor.says("/jobs/j1", Answer(body=b'{"status": "failed"}'))
    for _ in range(2):
        with pytest.raises(JobFailed):
            face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path)
    assert sent(vendor) == 1


def test_one_in_doubt_is_never_sent_again(face, client, vendor, journal):
    vendor.says("/jobs", Answer(silent=True))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "lofi", key=KEY)
    tried = sent(vendor)
    job = face.do(client.submit, "lofi", key=KEY)
    assert (job.ticket.id, job.ticket.job) == ("", job_of(KEY))
    for method in (job.poll, job.wait, job.download, job.bring_home, job.release):
        with pytest.raises(SubmissionUnknown, match="was charged is not known"):
            face.do(method)
    assert sent(vendor) == tried
    with pytest.raises(SubmissionUnknown, match="submit_again=True"):
        face.do(job.wait)


def test_the_key_follows_a_job_that_was_submitted_again(face, client, vendor, making):
    vendor.says("/jobs", Answer(silent=True))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "lofi", key=KEY)
    waiting = face.do(client.submit, "lofi", key=KEY)
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    anew = face.do(client.resume, job_of(KEY), submit_again=True)
    job = face.do(client.submit, "lofi", key=KEY)
    assert job.ticket == anew.ticket
    assert face.do(waiting.wait).status is Status.SUCCEEDED
    assert waiting.ticket == anew.ticket


def test_a_refused_order_is_submitted_anew_with_a_corrected_task(face, client, vendor, making):
    vendor.says("/jobs", Answer(status=422, body=b'{"error": "no"}'))
    with pytest.raises(segue.SegueError):
        face.do(client.submit, "a bad word", key=KEY)
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    job = face.do(client.submit, "a good word", key=KEY)
    assert job.ticket.id == "j1"
    (entry,) = face.do(client.jobs)
    assert (entry.state, entry.task["prompt"], entry.generation) == (
        State.SUBMITTED,
        "a good word",
        2,
    )
    assert face.do(job.bring_home).path.exists()


def test_another_task_under_the_key_is_an_error(face, client, vendor):
    one = face.do(client.submit, "lofi", key=KEY)
    with pytest.raises(KeyReused, match="another task under the key 'order-4711'") as caught:
        face.do(client.submit, "drone", key=KEY)
    assert isinstance(caught.value, JobExists)
    assert caught.value.error_code == "key_reused"
    assert one.ticket.job in str(caught.value)
    with pytest.raises(KeyReused):
        face.do(client.generate_and_wait, "lofi", duration=5, key=KEY)
    assert sent(vendor) == 1


def test_what_is_no_part_of_the_task_may_change(face, client, toy, other, vendor, journal):
    face.do(client.submit, "lofi", key=KEY, to="a/", label="one")
    elsewhere = face.client(other, journal=journal)
    two = face.do(elsewhere.submit, "lofi", key=KEY, to="b/", labels={"user": "7"})
    assert two.ticket.provider == "toy"
    assert sent(vendor) + sent(vendor, "/other/jobs") == 1


def test_the_vendors_idempotency_key_is_another_one_for_each_attempt(face, client, vendor):
    vendor.says("/jobs", Answer(status=422, body=b'{"error": "no"}'))
    keys = set()
    for _ in range(2):
        with pytest.raises(segue.SegueError):
            face.do(client.submit, "lofi", key=KEY)
        keys.add(face.do(client.jobs)[0].key)
    assert len(keys) == 2
    assert not any(KEY in key for key in keys)


def test_where_the_first_backend_refuses_the_second_has_the_key(
    face, toy, other, vendor, journal, making
):
    vendor.says("/jobs", Answer(status=402, body=b'{"error": "no money"}'))
    vendor.says("/other/jobs", Answer(body=b'{"id": "j1"}'))
    client = face.client([toy, other], journal=journal)
    one = face.do(client.submit, "lofi", key=KEY)
    assert one.ticket.provider == "other"
    refused = sent(vendor)
    again = face.client([toy, other], journal=journal)
    two = face.do(again.submit, "lofi", key=KEY)
    assert two.ticket == one.ticket
    assert (sent(vendor), sent(vendor, "/other/jobs")) == (refused, 1)
    (entry,) = face.do(client.jobs)
    assert (entry.backend, entry.order_key) == ("other", KEY)


class Free(Toy):
    """Its failures cost nothing."""

    def poll(self, ticket):
        seen = yield from super().poll(ticket)
        if seen.status is Status.FAILED:
            seen = replace(seen, error=Failure(message="broken", charged=False))
        return seen


def test_a_failure_that_cost_nothing_goes_on_with_the_next_backend_once(
    face, other, vendor, journal, toy, tmp_path
):
    vendor.says("/jobs/j1", Answer(body=b'{"status": "failed"}'))
    vendor.says("/other/jobs", Answer(body=b'{"id": "j2"}'))
    done = f'{{"status": "done", "url": "{vendor.url}/file2"}}'.encode()
    vendor.says("/other/jobs/j2", Answer(body=done))
    clients = [face.client([Free(), other], journal=journal) for _ in range(2)]
    with pytest.raises(JobFailed):
        face.do(face.do(clients[0].submit, "lofi", key=KEY).wait)
    one, two = (
        face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path) for client in clients
    )
    assert one.ticket == two.ticket
    assert one.ticket.provider == "other"
    assert (sent(vendor), sent(vendor, "/other/jobs")) == (1, 1)


def test_a_list_whose_last_backend_failed_is_not_begun_anew(face, vendor, journal, toy, tmp_path):
    vendor.says("/jobs/j1", Answer(body=b'{"status": "failed"}'))
    client = face.client([Free()], journal=journal)
    for _ in range(3):
        with pytest.raises(JobFailed):
            face.do(client.generate_and_wait, "lofi", key=KEY, to=tmp_path)
    assert sent(vendor) == 1


def intent(journal_, owner, task="lofi"):
    wanted = Generate(prompt=task)
    journal_.write(
        Intent(
            job=job_of(KEY),
            at=now(),
            backend="toy",
            task={"type": "generate", "prompt": task},
            key="random",
            owner=owner,
            order_key=KEY,
            task_sha256=fingerprint(wanted),
        )
    )


def now():
    return datetime.now(UTC)


@pytest.fixture
def store(journal):
    with closing(SqliteJournal(journal)) as store:
        yield store


def test_one_that_another_process_is_submitting_has_a_handle(face, client, store, vendor):
    intent(store, "elsewhere:1::x")
    job = face.do(client.submit, "lofi", key=KEY)
    assert (job.ticket.id, face.do(job.poll).word) == ("", "intent")
    with pytest.raises(NotReady, match="still being submitted"):
        face.do(job.download)
    with pytest.raises(WaitTimeout, match="still being submitted"):
        face.do(job.wait, timeout=0.1)
    assert sent(vendor) == 0
    ticket = Ticket(provider="toy", id="j1", job=job_of(KEY))
    store.write(submitted_of(ticket))
    assert face.do(job.wait, timeout=60).status is Status.SUCCEEDED
    assert job.ticket.id == "j1"
    assert face.do(job.bring_home).path.exists()


def test_a_wait_that_times_out_leaves_its_handle_the_lease(face, client, store):
    intent(store, "elsewhere:1::x")
    job = face.do(client.submit, "lofi", key=KEY)
    store.write(submitted_of(Ticket(provider="toy", id="j1", job=job_of(KEY))))
    store.unclaim(job_of(KEY), "elsewhere:1::x")
    with pytest.raises(WaitTimeout):
        face.do(job.wait, timeout=0)
    assert store.find(job_of(KEY)).owner is not None
    face.do(job.bring_home)
    assert store.find(job_of(KEY)).owner is None


def submitted_of(ticket):
    return Submitted(job=ticket.job, at=now(), ticket=ticket)


def test_it_is_waited_for_until_it_is_submitted(face, client, store):
    intent(store, "elsewhere:1::x")
    job = face.do(client.submit, "lofi", key=KEY)
    seen = []
    ticket = Ticket(provider="toy", id="j1", job=job_of(KEY))
    timer = threading.Timer(0.3, store.write, [submitted_of(ticket)])
    timer.start()
    face.do(job.wait, timeout=60, on_update=seen.append)
    timer.join()
    assert [snapshot.word for snapshot in seen] == ["intent", "running", "done"]


def test_the_ticket_of_one_that_is_being_submitted_finds_it_again(face, client, store):
    intent(store, "elsewhere:1::x")
    ticket = Ticket.from_json(face.do(client.submit, "lofi", key=KEY).ticket.to_json())
    store.unclaim(job_of(KEY), "elsewhere:1::x")
    with pytest.raises(SubmissionUnknown):
        face.do(client.resume, ticket)
    assert store.entry(job_of(KEY)).state is State.INTENT


def test_one_that_is_refused_meanwhile_says_so(face, client, store):
    intent(store, "elsewhere:1::x")
    job = face.do(client.submit, "lofi", key=KEY)
    store.write(Refused(job=job_of(KEY), at=now(), reason="too loud"))
    with pytest.raises(JournalError, match="was refused, and nothing was spent: too loud"):
        face.do(job.wait)


def test_one_whose_process_died_while_it_was_sent_is_in_doubt(face, client, store, vendor):
    dead = f"{socket.gethostname()}:999999999:1:x"
    intent(store, dead)
    store.unclaim(job_of(KEY), dead)
    job = face.do(client.submit, "lofi", key=KEY)
    with pytest.raises(SubmissionUnknown):
        face.do(job.wait)
    assert sent(vendor) == 0


def test_ctrl_c_while_its_intent_is_written_changes_nothing_of_another_process_s_job(
    toy, store, journal, vendor, monkeypatch
):
    """It was recorded as refused, and the next one with the key would have paid again."""
    write = SqliteJournal.write

    def interrupted(self, event):
        if self is store or not isinstance(event, Intent):
            return write(self, event)
        intent(store, "elsewhere:1::x")  # which is quicker
        raise KeyboardInterrupt

    monkeypatch.setattr(SqliteJournal, "write", interrupted)
    with segue.Client(toy, journal=journal) as client, pytest.raises(KeyboardInterrupt):
        client.submit("lofi", key=KEY)
    entry = store.entry(job_of(KEY))
    assert (entry.state, entry.owner) == (State.INTENT, "elsewhere:1::x")


def test_who_runs_the_jobs_may_say_that_the_one_who_sent_it_has_ended(face, toy, store, journal):
    intent(store, "worker-1")
    wakes = Owner(name="worker-2", alive=lambda name: name != "worker-1")
    client = face.client(toy, journal=journal, owner=wakes)
    with pytest.raises(SubmissionUnknown):
        face.do(face.do(client.submit, "lofi", key=KEY).wait)
    other = face.client(toy, journal=journal, owner=Owner(name="worker-3", alive=lambda _: True))
    assert face.do(face.do(other.submit, "lofi", key=KEY).poll).word == "intent"


def test_threads_of_one_client_submit_it_once(toy, journal, vendor):
    with segue.Client(toy, journal=journal) as client:
        tickets = []
        threads = [
            threading.Thread(
                target=lambda: tickets.append(client.submit("lofi", key=KEY).ticket.id)
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (tickets, sent(vendor)) == (["j1"] * 8, 1)
        assert client.jobs()[0].owner is not None, "the lease is held"


def test_the_wait_for_another_submission_of_the_key_is_no_polling(toy, journal, making):
    """Its flow yields one permit, which ends when the other submission does; a forked child waits
    for none of its parent's."""
    with segue.Client(toy, journal=journal) as client:
        orders = client._session._orders
        with orders.flight("a") as first:
            next(first.turn(), None)
            with orders.flight("a") as second:
                waiting = second.turn()
                assert isinstance(next(waiting), Permit)
                turns = orders._flying["a"]
                waiter = Mock()
                assert turns.turn("fetch", "", 0.0, 0.0, waiter) > 1
                waiting.close()
                orders.forked()
                with orders.flight("a") as third:
                    assert next(third.turn(), None) is None
        waiter.wake.assert_called_once()


def test_tasks_of_one_client_that_wait_for_it_too_pay_once(toy, journal, vendor, tmp_path):
    async def main():
        async with segue.AsyncClient(toy, journal=journal) as client:
            found = []

            async def run():
                song = await client.generate_and_wait("lofi", key=KEY, to=tmp_path / "out")
                found.append(song.ticket.id)

            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(run)
            return found

    assert anyio.run(main) == ["j1"] * 5
    assert sent(vendor) == 1
    assert len(list((tmp_path / "out").glob("*.wav"))) == 1
    with closing(SqliteJournal(journal)) as store:
        (entry,) = store.entries()
    assert (entry.state, entry.owner) == (State.DELIVERED, None)


class Released:
    """A journal with the methods of the released protocol alone."""

    def __init__(self):
        store = MemoryJournal()
        for name in ("write", "entries", "entry", "claim", "unclaim", "spent", "close"):
            setattr(self, name, getattr(store, name))


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_who_waits_again_after_a_cancelled_wait_has_the_lease_again(
    toy, journal, store, tmp_path, loop
):
    """The cancelled one released it, and the next one took it for held."""
    owners = []

    def watched(_):
        owners.append(store.find(job_of(KEY)).owner)

    async def main():
        async with segue.AsyncClient(toy, journal=journal) as client:
            with anyio.CancelScope() as scope:
                await client.generate_and_wait(
                    "lofi", key=KEY, to=tmp_path, on_update=lambda _: scope.cancel()
                )
            assert store.find(job_of(KEY)).owner is None
            await client.generate_and_wait("lofi", key=KEY, to=tmp_path, on_update=watched)

    anyio.run(main, backend=loop)
    assert owners
    assert None not in owners


def test_a_journal_of_the_released_protocol_has_keys(face, toy, vendor):
    client = face.client(toy, journal=Released())
    one, two = (face.do(client.submit, "lofi", key=KEY) for _ in range(2))
    assert one.ticket == two.ticket
    with pytest.raises(KeyReused):
        face.do(client.submit, "drone", key=KEY)
    assert sent(vendor) == 1


def test_many_clients_at_once_submit_it_once(toy, journal, vendor):
    barrier, tickets = threading.Barrier(4), []

    def run():
        with segue.Client(Toy(), journal=journal) as client:
            barrier.wait()
            job = client.submit("lofi", key=KEY)
            job.wait(timeout=60)
            tickets.append(job.ticket.id)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tickets, sent(vendor)) == (["j1"] * 4, 1)


def test_many_clients_whose_first_backend_refuses_submit_it_once(toy, other, journal, vendor):
    vendor.says("/jobs", Answer(status=402, body=b'{"error": "no money"}'))
    vendor.says("/other/jobs", Answer(body=b'{"id": "j1"}'))
    done = f'{{"status": "done", "url": "{vendor.url}/file1"}}'.encode()
    vendor.says("/other/jobs/j1", Answer(body=done))
    barrier, tickets = threading.Barrier(4), []

    def run():
        with segue.Client([Toy(), Other()], journal=journal) as client:
            barrier.wait()
            for _ in range(20):
                try:
                    job = client.submit("lofi", key=KEY)
                    job.wait(timeout=60)
                except JournalError as error:  # it was refused to the one who submitted it
                    assert "nothing was spent" in str(error)  # noqa: PT017 - it may not come at all
                else:
                    tickets.append((job.ticket.provider, job.ticket.id))
                    return

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tickets == [("other", "j1")] * 4
    assert sent(vendor, "/other/jobs") == 1


@pytest.mark.parametrize(
    "bad", ["", " ", "a" * 256, "a\nb", "a\0b", " a", "a ", "\ud800", 4711, b"x"], ids=repr
)
def test_a_bad_key_is_refused_before_anything_is_sent(client, face, vendor, bad):
    with pytest.raises(ConfigError, match=r"key = .*1 to 255 printable characters"):
        face.do(client.submit, "lofi", key=bad)
    assert sent(vendor) == 0


@pytest.mark.parametrize("good", ["7", "a" * 255, "Auftrag Nr. 7 für Jürgen", "{}", "../x"])
def test_any_other_text_is_a_key(client, face, good):
    job = face.do(client.submit, "lofi", key=good)
    assert job.ticket.job == job_of(good)
    assert job.ticket.job.isalnum()


def test_a_key_without_a_journal_is_refused(face, toy, vendor):
    client = face.client(toy, journal=None)
    with pytest.raises(ConfigError, match="a key is held in the journal"):
        face.do(client.submit, "lofi", key=KEY)
    assert sent(vendor) == 0


def test_the_fingerprint_is_that_of_the_fields_that_are_set():
    plain = fingerprint(Generate(prompt="lofi", duration=30))
    assert plain == fingerprint(Generate(prompt="lofi", duration=30.0, seed=None, extra={}))
    assert plain == "8eea5f91ecd38f969b12cc236debe03bb270db12f7dd3054df068e12224ffdf3"
    others = [
        Generate(prompt="lofi"),
        Generate(prompt="lofi", duration=31),
        Generate(prompt="lofi", duration=30, seed=1),
        Generate(prompt="lofi", duration=30, instrumental=True),
        Generate(prompt="lofi", duration=30, extra={"toy": {"x": 1}}),
        Extend(prompt="lofi", duration=30, source=Source(track="1")),
        Extend(prompt="lofi", duration=30, source=Source(track="2")),
    ]
    assert len({plain, *map(fingerprint, others)}) == len(others) + 1
