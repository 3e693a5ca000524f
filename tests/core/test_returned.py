"""A plugin's author errs: the user is told what is wrong, and what was paid for is kept."""

from decimal import Decimal

import msgspec
import pytest
from sounds import wave

import segue
from segue.errors import BrokenPlugin
from segue.flow import Call, at_once
from segue.job import Asset, Failure, Snapshot, Status, Ticket, Track
from segue.journal import State
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Limits, Provider
from segue.tasks import Generate, Problem


class Erring(Provider):
    """A provider that makes no requests; each test breaks one thing of it."""

    name = "erring"
    cadence = Cadence(first=0.0)
    capabilities = Capabilities(tasks={Generate: frozenset({"prompt"})}, quote=True, models=True)

    def check(self, task, models):
        return []

    def submit(self, task):
        return at_once(Ticket(provider="erring", id="1"))

    def poll(self, ticket):
        return at_once(DONE)

    def download(self, ticket, snapshot):
        return at_once([SONG])

    def quote(self, task):
        return at_once(Quote(cost=Money(amount=Decimal(0), unit="USD")))

    def models(self):
        return at_once([])


def beep(target):
    target.file.write(wave(bytes(2)))


DONE = Snapshot(status=Status.SUCCEEDED, tracks=(Track(id="1", status=Status.SUCCEEDED),))
SONG = Asset(kind="track", name="song", containers=("wav",), source=beep, track="1")


def broken(**how):
    return type("Erring", (Erring,), how)()


def gives(value):
    return lambda *_: at_once(value)


def but(struct, **fields):
    return gives(msgspec.structs.replace(struct, **fields))


def told(provider, tmp_path, **choices):
    """The error that a user of the plugin sees; the job's state, if there is one."""
    with segue.Client(provider, journal=tmp_path / "journal.sqlite3") as client:
        with pytest.raises(BrokenPlugin) as caught:
            client.generate_and_wait("a song", to=tmp_path / "out", timeout=5, **choices)
        entries = client.jobs()
    return str(caught.value), [entry.state for entry in entries]


@pytest.mark.parametrize(
    ("field", "poll"),
    [
        ("'done': a status is Status.NAME, one of QUEUED, RUNNING", but(DONE, status="done")),
        ("wrong status, 'succeeded'", but(DONE, status="succeeded")),
        ("wrong status, a track's", but(DONE, tracks=(Track(id="1", status="succeeded"),))),
        ("`$.tracks`", but(DONE, tracks=None)),
        ("`$.tracks[0]`", but(DONE, tracks=(None,))),
        ("`$.cost`", but(DONE, cost=0.5)),
        ("`$.error`", but(DONE, status=Status.FAILED, error="no breath")),
        ("`$.error.message`", but(DONE, status=Status.FAILED, error=Failure(message=None))),
        ("`$.eta`", but(DONE, status=Status.RUNNING, eta="5 s")),
        ("`$.expected`", but(DONE, status=Status.RUNNING, expected="5 s")),
    ],
)
def test_a_snapshot_with_a_wrong_field_is_the_plugins_fault(field, poll, tmp_path):
    sentence, states = told(broken(poll=poll), tmp_path)
    assert field in sentence
    assert states == [State.SUBMITTED]  # the job goes on, and can be resumed


@pytest.mark.parametrize(
    ("field", "download"),
    [
        ("a list with nothing in it", gives([None])),
        ("a list with a str in it", gives(["song.wav"])),
        ("a list with a Call in it", gives([Call(method="GET", url="/song")])),
        ("should be a list of Asset", gives(SONG)),
        ("`$.containers`", gives([msgspec.structs.replace(SONG, containers=())])),
        ("`$.containers`", gives([msgspec.structs.replace(SONG, containers="wav")])),
        ("`$.name`", gives([msgspec.structs.replace(SONG, name=None)])),
        ("source is a str", gives([msgspec.structs.replace(SONG, source="/song")])),
    ],
)
def test_a_download_with_a_wrong_asset_is_the_plugins_fault(field, download, tmp_path):
    sentence, states = told(broken(download=download), tmp_path)
    assert field in sentence
    assert states == [State.ENDED]


@pytest.mark.parametrize(
    ("field", "how"),
    [
        ("KeyError: 'mood'", {"check": lambda *_: {}["mood"]}),
        ("check returned nothing", {"check": lambda *_: None}),
        ("check returned a list with a str in it", {"check": lambda *_: ["too long"]}),
        ("check returned a generator", {"check": gives([])}),
        ("field is 3", {"check": lambda *_: [Problem(field=3, value=1, allowed="2")]}),
        ("a list with a dict in it", {"models": gives([{"id": "opera"}])}),
        ("`$.cost`", {"quote": gives(Quote(cost=0.5))}),
        ("`$.cost`", {"quote": gives(Quote(cost=None))}),
    ],
)
def test_what_goes_wrong_before_a_submission_spends_nothing(field, how, tmp_path):
    sentence, states = told(broken(**how), tmp_path)
    assert field in sentence
    assert states == []


def test_an_odd_ceiling_is_told_with_the_ticket_of_the_job(tmp_path):
    with (
        segue.Client(broken(ceiling=lambda *_: 0.5), journal=None) as client,
        pytest.raises(BrokenPlugin, match="ceiling returned a float") as caught,
    ):
        client.submit("a song", max_cost="1 USD")
    assert caught.value.ticket.id == "1"


@pytest.mark.parametrize("ticket", [{"id": None}, {"state": None}, {"secrets": {"token": 7}}])
def test_a_ticket_that_cannot_be_read_again_is_not_written_into_the_journal(ticket, tmp_path):
    """Such a ticket made the whole journal unreadable, with the jobs of all others."""
    made = {"provider": "erring", "id": "1"} | ticket
    sentence, states = told(broken(submit=gives(Ticket(**made))), tmp_path)
    assert "submit" in sentence or "Ticket" in sentence
    assert f"`$.{next(iter(ticket))}" in sentence
    assert states == [State.REFUSED]


def test_a_ticket_whose_id_is_a_number_or_which_names_another_provider_is_kept(tmp_path):
    provider = broken(submit=gives(Ticket(provider="somebody", id=5)))
    with segue.Client(provider, journal=tmp_path / "journal.sqlite3") as client:
        job = client.submit("a song")
        assert (job.ticket.provider, job.ticket.id) == ("erring", "5")
        assert [entry.ticket.id for entry in client.jobs()] == ["5"]
        job.wait()


@pytest.mark.parametrize(
    ("declared", "how"),
    [
        ("limits.in_flight = 0", {"limits": Limits(in_flight=0)}),  # it waited for ever
        ("limits.failures = 0", {"limits": Limits(failures=0)}),
        ("limits.failures = 1000000", {"limits": Limits(failures=10**30)}),
        ("limits.polls_per_minute = '60'", {"limits": Limits(polls_per_minute="60")}),
        ("limits = None", {"limits": None}),
        ("cadence.first = '2'", {"cadence": Cadence(first="2")}),
        ("cadence.cap = -1", {"cadence": Cadence(cap=-1)}),
        ("cadence = None", {"cadence": None}),
        ("its capabilities", {"capabilities": None}),
        ("None for Generate", {"capabilities": Capabilities(tasks={Generate: None})}),
        ("'Generate', which", {"capabilities": Capabilities(tasks={"Generate": frozenset()})}),
        ("tasks as list", {"capabilities": Capabilities(tasks=[Generate])}),
        ("key = str", {"key": "ERRING_KEY"}),
        ("base_url = None", {"base_url": None}),
        ("name = 'a vendor'", {"name": "a vendor"}),
        ("name = None", {"name": None}),
    ],
)
def test_a_declaration_that_core_could_not_work_with_is_refused(declared, how):
    with pytest.raises(BrokenPlugin) as caught:
        segue.Client(broken(**how), journal=None).close()
    assert declared in str(caught.value)
