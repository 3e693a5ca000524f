"""Recording: what is taken out, what is refused, and what is never done by itself."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import wave
from contextlib import contextmanager

import msgspec
import pytest
from encoded import MDAT, MOOV, brand
from sounds import wave as waveform
from toy_vendor import Answer

from segue.errors import ConfigError, SpendingRefused
from segue.flow import at_once
from segue.job import Ticket
from segue.money import Money, Quote
from segue.tasks import Query
from segue.testing.cassettes import CassetteError, Sandbox, Scrub, alike, cassette, heard
from segue.testing.cassettes import clients as cassettes_clients
from segue.testing.cassettes import file as cassettes_file
from segue.testing.memory_journal import MemoryJournal

from .acme import KEY, TUNE, Acme, record, says, song, working

TOKEN = "mjt_abcdef0123456789"


def test_vcrpy_is_needed_by_who_uses_cassettes_and_by_nobody_else():
    told = "import segue.testing, segue.testing.simulation, sys; print('vcr' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_was_recorded_is_replayed_by_every_driver(tape, box, monkeypatch):
    monkeypatch.setenv("SEGUE_RECORD", "sandbox")
    seen = alike(
        tape, Acme, song, backend="acme/one", drivers=("sync", "asyncio", "trio"), sandbox=box
    )
    assert [file[:2] for file in seen.files] == [("track", "wav")]
    assert [snapshot.word for snapshot in seen.snapshots] == ["running", "done"]


def test_the_vendors_address_stands_for_the_sandboxes(tape, box, vendor):
    record(tape, box)
    assert {one.url.partition("/v2")[0] for one in heard(tape)} == {"https://api.acme.example"}
    assert vendor.url not in tape.read_text()
    assert "127.0.0.1" not in tape.read_text()


def test_the_head_says_that_the_vendor_was_never_called(tape, box):
    record(tape, box)
    first, second, third = tape.read_text().splitlines()[:3]
    assert re.fullmatch(r"# Recorded on \d{4}-\d\d-\d\d against a model of Acme\.", first)
    assert "public documents" in second
    assert third == "# this is not a recording of the live vendor."


def test_recording_twice_gives_the_same_bytes(tape, box, vendor):
    record(tape, box)
    first = tape.read_bytes()
    working(vendor)
    record(tape, box)
    assert tape.read_bytes() == first


def test_long_audio_is_cut_and_still_is_audio(tape, box):
    record(tape, box)
    body = heard(tape)[-1].response["body"]["string"]
    with wave.open(io.BytesIO(body)) as cut:
        assert 1_000 < cut.getnframes() < 7_000


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('{"id":"j1","email":"ann@firm.example"}', '{"id":"j1","email":"hidden"}'),
        ('{"id":"j1","note":"ask ann@firm.example"}', "hidden@example.com"),
        ('{"id":"j1","account_id":4711}', '"account_id":0'),
        (f'{{"id":"j1","job_token":"{TOKEN}"}}', '"job_token":"hidden"'),
        ('{"id":"j1","u":"https://cdn.example/a?X-Amz-Signature=abc&b=1"}', "b=hidden"),
        ('{"id": "j1",  "key": "C minor"}', '{"id": "j1",  "key": "C minor"}'),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays_to_the_letter(tape, box, vendor, body, kept):
    vendor.says("/v2/jobs", says(body))
    record(tape, box)
    assert kept in heard(tape)[0].response["body"]["string"].decode()
    assert not re.search(r"ann@|4711|mjt_|=abc", tape.read_text())


def test_of_headers_only_those_are_kept_that_are_known(tape, box, vendor):
    told = {"set_cookie": "id=1", "x_user_email": "ann@firm.example", "retry_after": "3"}
    vendor.says("/v2/jobs", says('{"id":"j1"}', **told, x_cost="3", x_acme_word="here"))
    record(tape, box, scrub=Scrub(headers=("x-cost",)))
    first = heard(tape)[0]
    assert sorted(first.response["headers"]) == [
        "content-length", "content-type", "retry-after", "x-acme-word", "x-cost"
    ]  # fmt: skip
    assert first.request["headers"] == {
        "authorization": "hidden",
        "content-type": "application/json",
    }


@pytest.mark.parametrize(
    "leak",
    [KEY, "Bearer abcdefgh1234", "sk-abcdefghijklmnop0123", TOKEN],
)
def test_a_secret_that_is_left_makes_recording_fail_and_nothing_is_written(tape, box, vendor, leak):
    vendor.says("/v2/jobs", says(f'{{"id":"j1","message":"you sent {leak}"}}'))
    with pytest.raises(CassetteError, match="not written") as caught:
        record(tape, box, scrub=Scrub(shapes=(r"\bmjt_\w{4,}",)))
    assert leak not in str(caught.value)
    assert [path.name for path in tape.parent.iterdir()] == ["song.wav"]


def test_a_secret_in_audio_is_found_too(tape, box, vendor):
    vendor.says(
        "/v2/j1.wav",
        Answer(body=waveform(TUNE[500:900] + KEY.encode() + bytes(99)), kind="audio/wav"),
    )
    with pytest.raises(CassetteError, match="the API key would be in it"):
        record(tape, box)
    assert not tape.exists()


def test_a_cassette_that_is_too_large_is_not_written(tape, box, vendor, monkeypatch):
    monkeypatch.setattr(cassettes_file, "LARGEST", 20_000)
    song = brand(b"M4A ") + MOOV + MDAT * 10  # of a kind that cannot be cut
    vendor.says("/v2/j1.wav", Answer(body=song, kind="audio/mp4"))
    with pytest.raises(CassetteError, match="record a shorter piece"):
        record(tape, box)
    assert not tape.exists()


def test_a_story_that_fails_leaves_the_old_recording_alone(tape, box):
    record(tape, box)
    before = tape.read_bytes()

    def failing(client, folder):
        client.submit("a tune to whistle")
        raise LookupError

    with pytest.raises(LookupError):
        record(tape, box, failing)
    assert tape.read_bytes() == before


def test_a_sandbox_elsewhere_is_no_sandbox(tape):
    @contextmanager
    def opened():
        yield "https://api.acme.example/v2"

    with pytest.raises(CassetteError, match="not on this computer"):
        record(tape, Sandbox(title="x", opened=opened))


def test_without_a_sandbox_nothing_is_recorded_from_one(tape):
    with pytest.raises(CassetteError, match="no sandbox"):
        record(tape, None)


def test_a_word_that_is_no_mode_is_refused_with_the_nearest(tape):
    with (
        pytest.raises(ConfigError, match="sandbox"),
        cassette(tape, Acme, environ={"SEGUE_RECORD": "sandbx"}),
    ):
        pass


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "TOY_KEY"),
        ({"SEGUE_RECORD_MAX_COST": "0.50 USD"}, "TOY_KEY"),
        ({"TOY_KEY": KEY}, "SEGUE_RECORD_MAX_COST"),
        ({"TOY_KEY": KEY, "SEGUE_RECORD_MAX_COST": "a little"}, "SEGUE_RECORD_MAX_COST"),
        (
            {"TOY_KEY": KEY, "SEGUE_RECORD_MAX_COST": "1 USD", "PYTEST_XDIST_WORKER": "gw0"},
            "-n0",
        ),
    ],
)
def test_the_live_vendor_is_recorded_only_with_a_key_and_a_cap(tape, environ, missing):
    live = {"SEGUE_RECORD": "live", **environ}
    with pytest.raises(ConfigError, match=missing), cassette(tape, Acme, environ=live):
        pass


@pytest.fixture
def live(vendor, monkeypatch):
    """Acme's own address, which for once is a vendor on loopback; and a key, and a cap."""
    monkeypatch.setattr(Acme, "base_url", f"{vendor.url}/v2")
    return {"SEGUE_RECORD": "live", "TOY_KEY": KEY, "SEGUE_RECORD_MAX_COST": "0.50 USD"}


def test_what_has_no_price_is_not_paid_for_while_recording_live(tape, live, vendor):
    with (
        cassette(tape, Acme, environ=live) as clients,
        clients.client("acme/one") as client,
        pytest.raises(SpendingRefused),
    ):
        client.submit("a tune to whistle")
    assert vendor.requests == []


class Dear(Query[str], frozen=True, kw_only=True):
    spends = 1


@pytest.mark.parametrize("ask", [lambda c: c.ask(Dear()), lambda c: c.stream(Dear()).__enter__()])
def test_a_question_that_costs_is_not_asked_while_recording_live(tape, live, vendor, ask):
    with (
        cassette(tape, Acme, environ=live) as clients,
        clients.client("acme/one") as client,
        pytest.raises(SpendingRefused, match="SEGUE_RECORD_MAX_COST"),
    ):
        ask(client)
    assert vendor.requests == []


class Priced(Acme):
    """Acme with a price: 0.30 USD for a job."""

    capabilities = msgspec.structs.replace(Acme.capabilities, quote=True)

    def quote(self, task):
        return at_once(Quote(cost=Money.parse("0.30 USD")))


def test_the_cap_is_for_all_that_is_recorded_live_together(tape, live, vendor, monkeypatch):
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Priced)
    monkeypatch.setattr(cassettes_clients, "_SPENT", MemoryJournal())
    monkeypatch.setattr(Priced, "base_url", Acme.base_url)
    with cassette(tape, Priced, environ=live) as clients, clients.client("acme/one") as client:
        song(client, tape.parent)
    assert "recording of the live vendor" in tape.read_text()
    assert "not a recording" not in tape.read_text()
    assert list(tape.parent.glob("*.ticket.json")) == []
    with (
        pytest.raises(SpendingRefused, match=r"0\.30 USD is spent"),
        cassette(tape, Priced, environ=live) as clients,
        clients.client("acme/one") as client,
    ):
        client.submit("another tune")
    assert len(vendor.asked("/v2/jobs")) == 1


def test_a_job_that_was_paid_for_is_not_lost_when_its_recording_fails(
    tape, live, vendor, monkeypatch
):
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Priced)
    monkeypatch.setattr(cassettes_clients, "_SPENT", MemoryJournal())
    monkeypatch.setattr(Priced, "base_url", Acme.base_url)

    def failing(client):
        failing.ticket = client.submit("a tune to whistle").ticket
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        cassette(tape, Priced, environ=live) as clients,
        clients.client("acme/one") as client,
    ):
        failing(client)
    assert not tape.exists()
    (kept,) = tape.parent.glob("*.ticket.json")
    assert Ticket.from_json(kept.read_text()) == failing.ticket
    assert kept.stat().st_mode & 0o077 == 0
