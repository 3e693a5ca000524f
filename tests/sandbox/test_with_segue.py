"""Segue's own Venice provider against the sandbox, over real HTTP: the two agree on the vendor."""

import asyncio
import json
from decimal import Decimal

import httpx
import pytest
import soundfile

import segue
from segue.errors import InsufficientFunds, SubmissionUnknown
from segue.journal import State
from segue.provider import Cadence
from segue_sandbox.audio import Composer
from segue_venice import Venice as Provider

from .served import serving

PROMPT = "Warm cinematic strings, hopeful and spacious"
MODEL = "venice/ace-step-15"


@pytest.fixture
def origin(monkeypatch, tmp_path):
    with serving(sound=Composer(1.0)) as served:
        monkeypatch.setenv("SEGUE_VENICE_BASE_URL", served.base)
        monkeypatch.setattr(Provider, "cadence", Cadence(first=0.05, growth=1.2, cap=0.2))
        monkeypatch.setenv("VENICE_API_KEY", "any-key")
        monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        yield served.origin


def charged(origin):
    ledger = httpx.get(f"{origin}/sandbox/ledger").json()
    return [
        Decimal(line["charged"])
        for account in ledger["venice"].values()
        for line in account["jobs"]
        if Decimal(line["charged"])
    ]


def test_a_song_comes_home_and_is_charged_once(origin, tmp_path):
    task = segue.Generate(prompt=PROMPT, duration=60)
    with segue.Client(MODEL) as client:
        assert str(client.quote(task).cost) == "0.03 USD"
        delivery = client.generate_and_wait(task, to=tmp_path / "song.flac", max_cost="0.03 USD")
    assert soundfile.info(delivery.tracks[0].path).format == "FLAC"
    assert charged(origin) == [Decimal("0.03")]


def test_the_same_asynchronously(origin, tmp_path):
    async def main():
        async with segue.AsyncClient(MODEL) as client:
            job = await client.submit(PROMPT)
            await job.wait()
            return await job.download(tmp_path / "out")

    (path,) = asyncio.run(main())
    assert path.suffix == ".flac"
    assert len(charged(origin)) == 1


def test_an_account_without_money_is_refused_and_not_charged(origin, monkeypatch):
    monkeypatch.setenv("VENICE_API_KEY", "poor-key")
    with segue.Client(MODEL) as client, pytest.raises(InsufficientFunds):
        client.submit(PROMPT)
    assert charged(origin) == []


def test_a_lost_answer_is_in_doubt_and_not_sent_again(origin):
    plan = [{"endpoint": "POST /audio/queue", "nth": 1, "kind": "drop_after"}]
    httpx.post(f"{origin}/sandbox/faults", content=json.dumps(plan))
    with segue.Client(MODEL) as client:
        with pytest.raises(SubmissionUnknown):
            client.submit(PROMPT)
        (entry,) = client.jobs()
    assert entry.state is State.UNKNOWN
    assert len(charged(origin)) == 1


def test_an_interrupted_download_is_fetched_again(origin, tmp_path):
    with segue.Client(MODEL) as client:
        job = client.submit(PROMPT)
        job.wait()
        plan = [{"endpoint": "/audio/retrieve", "nth": 1, "kind": "truncate"}]
        httpx.post(f"{origin}/sandbox/faults", content=json.dumps(plan))
        (path,) = job.download(tmp_path / "song.flac")
    assert soundfile.info(path).frames > 0


def test_the_catalogue_tells_music_from_speech(origin):
    with segue.Client(MODEL) as client:
        kinds = {model.id: model.kind for model in client.models()}
    assert kinds["ace-step-15"] == "music"
    assert kinds["elevenlabs-sound-effects-v2"] == "sound-effect"
    assert kinds["elevenlabs-tts-v3"] == "speech"
