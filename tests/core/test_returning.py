"""Journal, resume, money and failover as a program meets them, over real HTTP, on every driver."""

import json
import multiprocessing
import os

import msgspec
import pytest
from toy_vendor import WAV, Answer, Toy, Vendor

from segue._journal.sqlite import SqliteJournal
from segue.errors import (
    AuthenticationFailed,
    ConfigError,
    DownloadError,
    InsufficientFunds,
    JobBusy,
    JobFailed,
    JournalError,
    NoBackendLeft,
    Refused,
    SegueError,
    SpendingRefused,
    SubmissionUnknown,
    UnknownJob,
    Unsupported,
    WaitTimeout,
)
from segue.events import Forgotten, Submitted, Unknown
from segue.flow import Call, call
from segue.hooks import hookimpl
from segue.job import Asset, Failure, Snapshot, Status
from segue.journal import State
from segue.money import Money, Quote
from segue.provider import Capabilities
from segue.tasks import Generate
from segue.testing.memory_journal import MemoryJournal

QUEUED = Answer(body=b'{"id": "j1"}')
DONE = Answer(body=b'{"status": "done", "url": "/songs/1"}')
SONG = Answer(body=WAV, kind="audio/wav")


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def served(vendor):
    vendor.says("/jobs", QUEUED)
    vendor.says("/jobs/j1", DONE)
    vendor.says("/songs/1", SONG)
    return vendor


def entries(journal):
    store = SqliteJournal(journal)
    try:
        return list(store.entries(states=tuple(State)))
    finally:
        store.close()


class Priced(Toy):
    """A toy that tells its price."""

    price = "0.30 USD"
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "duration", "title"})}, quote=True
    )

    def quote(self, task):
        yield from ()
        return Quote(cost=Money.parse(self.price))


class Rising(Priced):
    """A toy whose price is known when the piece is there."""

    def quote(self, task):
        yield from ()
        return Quote(cost=Money.parse(self.price), maximum=Money.parse("0.50 USD"))


class Settling(Toy):
    """A toy whose vendor honours idempotency keys."""

    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "duration", "title"})}, settles=True
    )

    def submit(self, task):
        from toy_vendor import Queued

        from segue.job import Ticket

        reply = yield from call(
            "POST", "/jobs", json={}, spends=True, idempotency="idempotency-key"
        )
        return Ticket(provider=self.name, id=reply.json(Queued).id)


def test_a_finished_job_is_in_the_journal_with_its_files(face, served, toy, journal, tmp_path):
    client = face.client(toy, journal=journal)
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path / "out")
    (entry,) = face.do(client.jobs)
    assert entry.state is State.DELIVERED
    assert entry.backend == "toy"
    assert entry.task["prompt"] == "a waltz"
    assert entry.to == str(tmp_path / "out")
    assert entry.files[0].sha256 == delivery.files[0].sha256
    assert entry.owner is None


def test_no_key_is_in_the_journal(face, served, toy, journal, tmp_path):
    client = face.client(toy, journal=journal)
    face.do(client.generate_and_wait, "a waltz", to=tmp_path)
    face.do(client.close)
    assert b"toy-key-1234" not in journal.read_bytes()
    assert journal.stat().st_mode & 0o777 == 0o600


def test_a_job_is_brought_home_by_another_client_from_its_name(
    face, served, toy, journal, tmp_path
):
    first = face.client(toy, journal=journal)
    name = face.do(first.submit, "a waltz").ticket.job
    face.do(first.close)
    job = face.do(face.client(toy, journal=journal).resume, name[:4])
    face.do(job.wait)
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV
    assert len(served.asked("/jobs")) == 1
    assert entries(journal)[0].state is State.DELIVERED


def test_a_job_that_a_living_client_has_is_left_to_it(face, served, toy, journal):
    job = face.do(face.client(toy, journal=journal).submit, "a waltz")
    other = face.client(toy, journal=journal)
    with pytest.raises(JobBusy, match=f"process {os.getpid()}"):
        face.do(other.resume, job.ticket.job)


def test_a_job_that_nobody_waits_for_any_more_is_free_for_others(
    face, served, toy, journal, tmp_path
):
    served.says("/jobs/j1", Answer(body=b'{"status": "running"}'))
    first, other = face.client(toy, journal=journal), face.client(toy, journal=journal)
    with pytest.raises(WaitTimeout) as caught:
        face.do(first.generate_and_wait, "a waltz", to=tmp_path, timeout=0.01)
    served.says("/jobs/j1", DONE)
    job = face.do(other.resume, caught.value.ticket.job)
    face.do(job.wait)
    assert len(served.asked("/jobs")) == 1


def test_a_job_in_doubt_is_not_sent_again_but_by_explicit_word(face, vendor, toy, journal):
    vendor.says("/jobs", Answer(silent=True), QUEUED)
    client = face.client(toy, journal=journal)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz")
    (entry,) = entries(journal)
    assert entry.state is State.UNKNOWN
    with pytest.raises(SubmissionUnknown, match=rf"client.forget\({entry.job!r}\)") as caught:
        face.do(client.resume, entry.job)
    assert "a waltz" in str(caught.value)
    assert len(vendor.asked("/jobs")) == 1
    again = face.do(client.resume, entry.job, submit_again=True)
    assert again.ticket.job != entry.job
    assert len(vendor.asked("/jobs")) == 2
    states = {found.job: found.state for found in entries(journal)}
    assert states == {entry.job: State.FORGOTTEN, again.ticket.job: State.SUBMITTED}
    leased = {found.job for found in entries(journal) if found.lease}
    assert leased == {again.ticket.job}, "there is nothing to do with the other any more"


def test_submitting_again_is_done_once_although_a_process_died_in_between(
    face, vendor, toy, monkeypatch
):
    class Dying(Exception):
        """Stands for the death of a process."""

    dead = []

    def write(event):
        if isinstance(event, Forgotten) and not dead:
            dead.append(event)
            raise Dying
        MemoryJournal.write(journal, event)

    vendor.says("/jobs", Answer(silent=True), QUEUED, Answer(body=b'{"id": "j2"}'))
    journal = MemoryJournal()
    client = face.client(toy, journal=journal)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz")
    (entry,) = journal.entries()
    monkeypatch.setattr(journal, "write", write)
    with pytest.raises(Dying):
        face.do(client.resume, entry.job, submit_again=True)
    job = face.do(client.resume, entry.job, submit_again=True)
    assert job.ticket.id == "j1"
    assert len(vendor.asked("/jobs")) == 2
    assert [found.job for found in journal.entries()] == [job.ticket.job]


def test_what_was_submitted_again_and_is_in_doubt_keeps_its_place(face, vendor, toy, journal):
    vendor.says("/jobs", Answer(silent=True))
    client = face.client(toy, journal=journal)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz")
    (entry,) = entries(journal)
    for _ in range(2):
        with pytest.raises(SubmissionUnknown):
            face.do(client.resume, entry.job, submit_again=True)
    assert len(vendor.asked("/jobs")) == 3
    found = entries(journal)
    assert [each.state for each in found] == [State.UNKNOWN] * 3
    assert [each.owner for each in found] == [None] * 3


def test_a_job_that_was_submitted_again_goes_where_it_was_told_to(
    face, served, toy, journal, tmp_path
):
    served.says("/jobs", Answer(silent=True), QUEUED)
    client = face.client(toy, journal=journal)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz", to=tmp_path / "there")
    (entry,) = entries(journal)
    job = face.do(client.resume, entry.job, submit_again=True)
    (path,) = face.do(job.download)
    assert path.parent == tmp_path / "there"
    face.do(client.close)
    assert [each.owner for each in entries(journal)] == [None, None]


def test_where_the_vendor_honours_a_key_doubt_is_settled_with_it(
    face, vendor, journal, monkeypatch
):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    vendor.says("/jobs", *[Answer(silent=True)] * 4, QUEUED)
    client = face.client(Settling(), journal=journal)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz")
    (entry,) = entries(journal)
    job = face.do(client.resume, entry.job)
    assert job.ticket.job == entry.job
    keys = {request.headers["idempotency-key"] for request in vendor.asked("/jobs")}
    assert keys == {entry.key}


def test_a_refused_job_has_nothing_to_resume(face, vendor, toy, journal):
    vendor.says("/jobs", Answer(status=402, body=b'{"error": "no money"}'))
    client = face.client(toy, journal=journal)
    with pytest.raises(InsufficientFunds):
        face.do(client.submit, "a waltz")
    (entry,) = entries(journal)
    assert entry.state is State.REFUSED
    with pytest.raises(JournalError, match="nothing was spent"):
        face.do(client.resume, entry.job)


def test_a_forgotten_job_is_not_listed(face, served, toy, journal):
    client = face.client(toy, journal=journal)
    job = face.do(client.submit, "a waltz")
    face.do(client.forget, job.ticket.job)
    assert face.do(client.jobs) == []
    with pytest.raises(UnknownJob):
        face.do(client.resume, "no-such-job")


def test_without_a_journal_there_is_nothing_to_list(face, toy):
    with pytest.raises(ConfigError, match="has no journal"):
        face.do(face.client(toy, journal=None).jobs)


def test_a_journal_that_cannot_be_written_refuses_the_spending(face, served, toy, tmp_path):
    (tmp_path / "file").write_text("in the way")
    client = face.client(toy, journal=tmp_path / "file" / "journal.sqlite3")
    with pytest.raises(JournalError):
        face.do(client.submit, "a waltz")
    assert served.asked("/jobs") == []


def test_a_price_over_max_cost_is_refused_before_anything_is_sent(
    face, served, journal, monkeypatch
):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", served.url)
    client = face.client(Priced(), journal=journal, max_cost="0.29 USD")
    with pytest.raises(SpendingRefused, match=r"would cost 0\.30 USD, and the limit is 0\.29 USD"):
        face.do(client.submit, "a waltz")
    assert served.requests == []
    assert entries(journal) == []
    face.do(client.submit, "a waltz", max_cost="0.30 USD")
    assert len(served.asked("/jobs")) == 1


def test_max_cost_is_compared_with_the_most_that_it_may_cost(face, served, monkeypatch):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", served.url)
    client = face.client(Rising())
    with pytest.raises(SpendingRefused, match=r"would cost up to 0\.50 USD, and the limit is"):
        face.do(client.submit, "a waltz", max_cost="0.49 USD")
    assert served.requests == []
    face.do(client.submit, "a waltz", max_cost="0.50 USD")


def test_a_limit_in_another_unit_is_no_limit(face, served, monkeypatch):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", served.url)
    with pytest.raises(SpendingRefused, match="is paid in USD, but the limit is 15 credits"):
        face.do(face.client(Priced()).submit, "a waltz", max_cost="15 credits")


def test_where_there_is_no_price_no_limit_can_be_kept(face, served, toy):
    with pytest.raises(SpendingRefused, match="gives no price beforehand"):
        face.do(face.client(toy).submit, "a waltz", max_cost="1 USD")
    assert served.requests == []


def test_a_day_has_a_budget(face, served, journal, monkeypatch, tmp_path):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", served.url)
    config = tmp_path / "segue.toml"
    config.write_text('[budget]\nper_day = "0.70 USD"\n')
    for _ in range(2):
        client = face.client(Priced(), journal=journal, config=config)
        face.do(client.submit, "a waltz")
        face.do(client.close)
    with pytest.raises(SpendingRefused, match=r"0\.70 USD"):
        face.do(face.client(Priced(), journal=journal, config=config).submit, "a waltz")
    assert len(served.asked("/jobs")) == 2


def test_an_approver_sees_the_quote(face, served, monkeypatch):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", served.url)
    seen = []

    class Approver:
        @hookimpl
        def segue_approve(self, task, quote):
            seen.append((task.prompt, str(quote.cost)))

    face.do(face.client(Priced(), plugins=[Approver()]).submit, "a waltz")
    assert seen == [("a waltz", "0.30 USD")]


class Other(Toy):
    name = "other"


@pytest.fixture
def other(monkeypatch):
    vendor = Vendor()
    vendor.says("/jobs", QUEUED)
    vendor.says("/jobs/j1", DONE)
    vendor.says("/songs/1", SONG)
    monkeypatch.setenv("SEGUE_OTHER_BASE_URL", vendor.url)
    yield vendor
    vendor.close()


def test_the_next_backend_is_tried_when_nothing_was_charged(
    face, vendor, toy, other, journal, tmp_path
):
    vendor.says("/jobs", Answer(status=402, body=b'{"error": "no money"}'))
    client = face.client([toy, Other()], journal=journal)
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path / "out")
    assert delivery.ticket.provider == "other"
    found = {entry.backend: entry for entry in entries(journal)}
    assert found["toy"].state is State.REFUSED
    assert found["other"].state is State.DELIVERED
    assert found["other"].parent == found["toy"].parent == found["toy"].job


def test_an_unknown_outcome_stops_the_failover(face, vendor, toy, other):
    vendor.says("/jobs", Answer(status=500))
    with pytest.raises(SubmissionUnknown):
        face.do(face.client([toy, Other()]).submit, "a waltz")
    assert other.requests == []


def test_an_error_of_the_users_own_callback_is_no_proof_that_nothing_was_charged(
    face, served, toy, other, tmp_path
):
    def look(_snapshot):
        raise Refused("not so loud")

    client = face.client([toy, Other()])
    with pytest.raises(Refused, match="not so loud") as caught:
        face.do(client.generate_and_wait, "a waltz", to=tmp_path, on_update=look)
    assert caught.value.ticket.id == "j1"
    assert other.requests == []


def test_a_job_that_failed_stops_it_too_unless_it_certainly_cost_nothing(
    face, vendor, toy, other, tmp_path, monkeypatch
):
    charged = None

    def poll(ticket):
        yield from ()
        failure = Failure(message="nobody took it", charged=charged)
        return Snapshot(status=Status.FAILED, error=failure)

    vendor.says("/jobs", QUEUED)
    monkeypatch.setattr(toy, "poll", poll)
    client = face.client([toy, Other()])
    with pytest.raises(JobFailed, match="nobody took it"):
        face.do(client.generate_and_wait, "a waltz", to=tmp_path)
    assert other.requests == []
    charged = False
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path)
    assert delivery.ticket.provider == "other"


def test_a_refused_look_at_a_job_that_was_paid_for_stops_it_too(face, vendor, toy, other, tmp_path):
    vendor.says("/jobs", QUEUED)
    vendor.says("/jobs/j1", Answer(status=401))
    with pytest.raises(AuthenticationFailed) as refused:
        face.do(face.client([toy, Other()]).generate_and_wait, "a waltz", to=tmp_path)
    assert refused.value.ticket.id == "j1"
    assert other.requests == []


def test_when_no_backend_is_left_the_error_tells_of_each(face, vendor, toy, other):
    vendor.says("/jobs", Answer(status=402, body=b'{"error": "no money"}'))
    task = Generate(prompt="a waltz", lyrics="la")
    with pytest.raises(NoBackendLeft, match=r"toy: .*lyrics.*; other: .*lyrics") as caught:
        face.do(face.client([toy, Other()]).submit, task)
    assert [type(error) for _, error in caught.value.attempts] == [Unsupported, Unsupported]


def test_the_vendors_copy_goes_after_a_verified_save_if_that_is_wanted(face, tmp_path, journal):
    from segue.testing import Silence

    config = tmp_path / "segue.toml"
    config.write_text("release = true\n")
    client = face.client(Silence(), journal=journal, config=config)
    face.do(client.generate_and_wait, "hush", to=tmp_path / "out")
    assert entries(journal)[0].state is State.RELEASED


class Pair(Toy):
    """A toy with a song and its picture, which deletes its copy when it is told to."""

    capabilities = Capabilities(tasks=Toy.capabilities.tasks, release=True)

    def download(self, ticket, snapshot):
        picture = Call(method="GET", url="/songs/1.png")
        (song,) = yield from super().download(ticket, snapshot)
        return [song, Asset(kind="image", name="cover", containers=("png",), source=picture)]

    def release(self, ticket):
        yield from call("DELETE", f"/jobs/{ticket.id}")


def test_a_job_of_which_a_file_is_missing_is_not_delivered_and_its_copy_stays(
    face, served, journal, tmp_path, monkeypatch
):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", served.url)
    config = tmp_path / "segue.toml"
    config.write_text("release = true\n")
    client = face.client(Pair(), journal=journal, config=config)
    served.says("/songs/1.png", Answer(status=500))
    with pytest.raises(DownloadError, match=r"1 of 2 files .*; saved: .*A-toys-song-\w{10}\.wav"):
        face.do(client.generate_and_wait, "a waltz", to=tmp_path / "out")
    assert entries(journal)[0].state is State.ENDED
    assert "DELETE" not in [request.method for request in served.requests]


def test_many_processes_share_one_journal(vendor, toy, journal, tmp_path):
    vendor.says("/jobs", QUEUED)
    vendor.says("/jobs/j1", DONE)
    vendor.says("/songs/1", SONG)
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_work, args=(str(journal), str(tmp_path / f"{n}"))) for n in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    found = entries(journal)
    assert len(found) == 15
    assert {entry.state for entry in found} == {State.DELIVERED}


def _work(journal, folder):
    import segue

    with segue.Client(Toy(), journal=journal) as client:
        for _ in range(5):
            client.generate_and_wait("a waltz", to=folder)


def test_the_journal_reads_as_json(face, served, toy, journal):
    import msgspec

    client = face.client(toy, journal=journal)
    face.do(client.submit, "a waltz")
    (entry,) = face.do(client.jobs)
    assert json.loads(msgspec.json.encode(entry))["state"] == "submitted"


def test_settling_that_fails_leaves_the_job_in_doubt(face, vendor, journal, monkeypatch):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    vendor.says("/jobs", *[Answer(silent=True)] * 4, Answer(status=401), QUEUED)
    client = face.client(Settling(), journal=journal)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz")
    (entry,) = entries(journal)
    with pytest.raises(SegueError):
        face.do(client.resume, entry.job)
    assert entries(journal)[0].state is State.UNKNOWN
    assert face.do(client.resume, entry.job).ticket.job == entry.job


def test_a_ticket_from_elsewhere_is_adopted(face, served, toy, journal, tmp_path):
    ticket = face.do(face.client(toy, journal=None).submit, "a waltz").ticket
    client = face.client(toy, journal=journal)
    job = face.do(client.resume, ticket)
    face.do(job.wait)
    face.do(job.download, tmp_path / "out")
    (entry,) = entries(journal)
    assert (entry.state, entry.job) == (State.DELIVERED, ticket.job)


def test_submitting_again_keeps_within_the_limits(face, vendor, journal, monkeypatch):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    vendor.says("/jobs", Answer(silent=True), QUEUED)
    with pytest.raises(SubmissionUnknown):
        face.do(face.client(Priced(), journal=journal).submit, "a waltz")
    (entry,) = entries(journal)
    careful = face.client(Priced(), journal=journal, max_cost="0.01 USD")
    with pytest.raises(SpendingRefused):
        face.do(careful.resume, entry.job, submit_again=True)
    assert len(vendor.asked("/jobs")) == 1


def test_a_budget_needs_a_journal(face, toy, tmp_path):
    config = tmp_path / "segue.toml"
    config.write_text('[budget]\nper_day = "1 USD"\n')
    with pytest.raises(ConfigError, match="counted in the journal"):
        face.do(face.client(toy, journal=None, config=config).submit, "a waltz")


def test_a_lost_journal_does_not_hide_that_the_outcome_is_unknown(face, vendor, toy, caplog):
    class Failing(MemoryJournal):
        def write(self, event):
            if isinstance(event, Unknown):
                raise JournalError("the disk is gone")
            super().write(event)

    vendor.says("/jobs", Answer(silent=True))
    with pytest.raises(SubmissionUnknown):
        face.do(face.client(toy, journal=Failing()).submit, "a waltz")
    assert "the disk is gone" in caplog.text


class Gone(MemoryJournal):
    """Its disk is gone from that event on."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.gone = False

    def write(self, event):
        self.gone = self.gone or isinstance(event, self.kind)
        self.fail()
        super().write(event)

    def unclaim(self, job, owner):
        self.fail()
        super().unclaim(job, owner)

    def fail(self):
        if self.gone:
            raise JournalError("the disk is gone")


def test_a_lost_journal_does_not_hide_the_ticket_of_what_is_paid_for(face, served, toy):
    client = face.client(toy, journal=Gone(Submitted))
    with pytest.raises(JournalError) as caught:
        face.do(client.submit, "a waltz")
    assert caught.value.ticket.id == "j1"


def test_a_lease_that_cannot_be_given_back_hides_nothing(face, vendor, toy):
    vendor.says("/jobs", Answer(silent=True))
    client = face.client(toy, journal=Gone(Unknown))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, "a waltz")
    face.do(client.close)


def test_a_job_in_doubt_can_be_taken_over_at_once(face, vendor, toy, journal):
    vendor.says("/jobs", Answer(silent=True))
    with pytest.raises(SubmissionUnknown):
        face.do(face.client(toy, journal=journal).submit, "a waltz")
    (entry,) = entries(journal)
    assert entry.owner is None


def test_a_look_and_a_download_without_a_wait_tell_the_journal_the_end(
    face, served, toy, journal, tmp_path
):
    job = face.do(face.client(toy, journal=journal).submit, "a waltz", to=tmp_path / "out")
    face.do(job.poll)
    assert entries(journal)[0].status is Status.SUCCEEDED
    (path,) = face.do(job.download)
    assert path.parent == tmp_path / "out"


def test_a_resumed_job_goes_where_it_was_told_to(face, served, toy, journal, tmp_path):
    client = face.client(toy, journal=journal)
    name = face.do(client.submit, "a waltz", to=tmp_path / "there").ticket.job
    face.do(client.close)
    job = face.do(face.client(toy, journal=journal).resume, name)
    (path,) = face.do(job.download)
    assert path.parent == tmp_path / "there"


def test_an_amount_that_is_none_is_told(face, toy):
    with pytest.raises(ConfigError, match=r"such as '0\.50 USD'"):
        face.do(face.client(toy).submit, "a waltz", max_cost="a dollar")


def test_a_journal_can_be_off_by_name(face, toy):
    with pytest.raises(ConfigError, match="has no journal"):
        face.do(face.client(toy, journal="off").jobs)


class Forgetful(Settling):
    """Its vendor forgets a key at once."""

    capabilities = msgspec.structs.replace(Settling.capabilities, settles_within=0.0)


def test_what_the_vendor_has_forgotten_is_not_sent_again_under_its_old_key(
    face, vendor, toy, journal
):
    """It would be another job, paid for as well."""
    vendor.says("/jobs", Answer(silent=True))
    client = face.client(Forgetful(), journal=journal)
    with pytest.raises(SubmissionUnknown, match="one idempotency key only"):
        face.do(client.submit, "a waltz")
    sent = len(vendor.asked("/jobs"))
    (entry,) = entries(journal)
    with pytest.raises(SubmissionUnknown, match=r"client\.forget"):
        face.do(client.resume, entry.job)
    assert len(vendor.asked("/jobs")) == sent
    vendor.says("/jobs", QUEUED)
    assert face.do(client.resume, entry.job, submit_again=True).ticket.job != entry.job
    first, *_, anew = (asked.headers["idempotency-key"] for asked in vendor.asked("/jobs"))
    assert anew != first
