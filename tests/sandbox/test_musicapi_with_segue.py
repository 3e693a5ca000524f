"""Segue's own MusicAPI provider against the sandbox, over real HTTP: they agree on the vendor."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from urllib.request import urlopen
from uuid import uuid4

import pytest
import soundfile
from sandboxes import on_loopback

import segue
from segue.containers import container_of
from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    JobFailed,
    RateLimited,
    Rejected,
    SubmissionUnknown,
)
from segue.job import Status
from segue.journal import State
from segue.provider import Cadence, Limits
from segue.tasks import Cover, Extend, Generate, Replace, Source, Stems, Upload
from segue_musicapi import MusicAPI as Provider
from segue_musicapi import queries
from segue_musicapi.other_tasks import Download, MakeLyrics, ReplaceUpload, SwapSound, SwapVocals
from segue_musicapi.sonic_tasks import (
    AddVocals,
    Concat,
    CoverUpload,
    CreateVoice,
    ExtendUpload,
    Mashup,
    Remaster,
    Sample,
)
from segue_musicapi.webhooks import Unverified, received
from segue_sandbox.accounts import fingerprint
from segue_sandbox.app import application
from segue_sandbox.audio import blip
from segue_sandbox.clock import Clock
from segue_sandbox.musicapi import MusicAPI

SONIC, PRODUCER = "musicapi/sonic-v5", "musicapi/producer"
URL = "https://example.org/recording.mp3"
FAMILIES = {
    SONIC: (15, "MP3", 2),
    PRODUCER: (12, None, 1),
    "musicapi/FUZZ-1.1 Pro": (12, "MP3", 2),
    "musicapi/studio130-v1.5": (15, "MP3", 2),
    "musicapi/suno/sonic-v5": (15, "MP3", 2),
}
"""What a song costs, the format of its files, and how many there are."""


@pytest.fixture(scope="module")
def server_():
    clock = Clock(600)
    with on_loopback(application([MusicAPI(dial=clock.dial, sound=blip)], clock)) as origin:
        yield origin


@pytest.fixture
def origin(server_, monkeypatch, tmp_path):
    """The server, with an account that nobody used before, and no faults."""
    monkeypatch.setenv("SEGUE_MUSICAPI_BASE_URL", f"{server_}/musicapi/api/v1")
    # The vendor's time runs 600 times faster, so the pace that it allows does too.
    monkeypatch.setattr(Provider, "cadence", Cadence(first=0.02, growth=1.2, cap=0.1))
    monkeypatch.setattr(Provider, "limits", Limits(submits_per_minute=12_000))
    monkeypatch.setenv("MUSICAPI_KEY", f"key-{uuid4()}")
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    plan(server_)
    return server_


def account(origin):
    """This test's account in the ledger; an empty one if it was never heard of."""
    with urlopen(f"{origin}/sandbox/ledger") as reply:
        ledger = json.load(reply)["musicapi"]
    name = fingerprint(os.environ["MUSICAPI_KEY"])
    return ledger.get(name, {"jobs": [], "webhooks": []})


def charged(origin):
    """Each charge and what came back of it, but for what was free."""
    lines = account(origin)["jobs"]
    sums = [(Decimal(line["charged"]), Decimal(line["refunded"])) for line in lines]
    return [one for one in sums if one[0]]


def plan(origin, *faults):
    urlopen(f"{origin}/sandbox/faults", json.dumps(faults).encode()).close()


@pytest.mark.parametrize("backend", FAMILIES)
def test_a_song_of_each_family_comes_home_and_is_charged_once(origin, tmp_path, backend):
    price, form, count = FAMILIES[backend]
    with segue.Client(backend) as client:
        task = Generate(prompt="warm strings, hopeful and spacious")
        assert client.quote(task).cost == segue.Money(amount=Decimal(price), unit="credits")
        delivery = client.generate_and_wait(task, to=tmp_path / "out")
    assert len(delivery.tracks) == count
    for track in delivery.tracks:
        if form:
            assert soundfile.info(track.path).format == form
        else:
            assert container_of(track.path.read_bytes()[:64]) == "m4a"
    assert charged(origin) == [(price, 0)]


def test_lyrics_are_sung_as_they_were_written(origin):
    written = "[Verse]\nrain on the roof"
    with segue.Client(SONIC) as client:
        job = client.submit(Generate(prompt="folk", lyrics=written, title="Rain"))
        tracks = job.wait().tracks
    assert [(track.title, track.lyrics) for track in tracks] == [("Rain", written)] * 2
    assert all(track.duration > 0 for track in tracks)
    assert all(track.url.startswith(f"{origin}/musicapi/cdn/") for track in tracks)


@pytest.mark.parametrize(
    ("backend", "marks"),
    [
        (SONIC, "failed timeout forbidden api_error bad_request 504 all-failed"),
        (PRODUCER, "failed status-failed timeout 504"),
        ("musicapi/FUZZ-1.1 Pro", "failed api_error 504 all-failed"),
        ("musicapi/studio130-v1.5", "failed timeout 504"),
    ],
)
def test_each_form_of_failure_is_one_and_is_refunded(origin, backend, marks):
    with segue.Client(backend) as client:
        for mark in marks.split():
            job = client.submit(Generate(prompt=f"slow piano [sandbox:{mark}]"))
            with pytest.raises(JobFailed) as failed:
                job.wait(timeout=10)
            assert failed.value.snapshot.status is Status.FAILED
            assert failed.value.snapshot.error.message, mark
    sums = charged(origin)
    assert len(sums) == len(marks.split())
    assert all(taken == back for taken, back in sums)


@pytest.mark.parametrize("backend", [SONIC, "musicapi/FUZZ-1.1 Pro"])
def test_one_song_of_two_is_a_success_in_part(origin, tmp_path, backend):
    with segue.Client(backend) as client:
        job = client.submit(Generate(prompt="slow piano [sandbox:one-failed]"))
        snapshot = job.wait(timeout=10)
        assert snapshot.partial
        assert len(job.download(tmp_path / "out")) == 1
    assert [track.status for track in snapshot.tracks] == [Status.SUCCEEDED, Status.FAILED]


@pytest.mark.parametrize("backend", FAMILIES)
def test_no_form_of_waiting_is_taken_for_the_end(origin, backend):
    count = FAMILIES[backend][2]
    with segue.Client(backend) as client:
        for mark in ("102", "code-200", "streaming", "with-code"):
            tracks = finished(client, Generate(prompt=f"piano [sandbox:{mark}]"))
            assert [track.status for track in tracks] == [Status.SUCCEEDED] * count, mark
            assert all("/cdn/" in track.url for track in tracks)


@pytest.mark.parametrize("backend", FAMILIES)
def test_each_refusal_is_told_apart_and_costs_nothing(origin, monkeypatch, backend):
    for key, error in [
        ("bad-key", AuthenticationFailed),
        ("poor-1", InsufficientFunds),
        ("free-1", InsufficientFunds),
    ]:
        monkeypatch.setenv("MUSICAPI_KEY", key)
        with segue.Client(backend) as client, pytest.raises(error):
            client.submit("slow piano")
        assert charged(origin) == []
    monkeypatch.setenv("MUSICAPI_KEY", f"key-{uuid4()}")
    with segue.Client(backend) as client:
        for mark, error in [
            ("refused", ContentPolicy),
            ("copyright", ContentPolicy),
            ("artist", ContentPolicy),
            ("retired", Rejected),
        ]:
            with pytest.raises(error):
                client.submit(f"slow piano [sandbox:{mark}]")
    assert charged(origin) == []


@pytest.mark.parametrize("backend", FAMILIES)
def test_a_200_without_a_task_is_no_job(origin, backend):
    with segue.Client(backend) as client, pytest.raises((Rejected, SubmissionUnknown)):
        client.submit("slow piano [sandbox:no-task-id]")
    assert charged(origin) == []


@pytest.mark.parametrize("backend", FAMILIES)
def test_a_lost_answer_is_in_doubt_and_not_sent_again(origin, backend):
    plan(origin, {"vendor": "musicapi", "nth": 1, "kind": "drop_after"})
    with segue.Client(backend) as client:
        with pytest.raises(SubmissionUnknown):
            client.submit("slow piano")
        (entry,) = client.jobs()
    assert entry.state is State.UNKNOWN
    assert charged(origin) == [(FAMILIES[backend][0], 0)]


def test_a_lost_poll_ends_nothing(origin):
    with segue.Client(SONIC) as client:
        job = client.submit("slow piano")
        path = f"/api/v1/sonic/task/{job.ticket.id}"
        plan(
            origin,
            {"endpoint": path, "nth": 1, "kind": "drop_after"},
            {"endpoint": path, "nth": 2, "kind": "status", "status": 503},
            {"endpoint": path, "nth": 3, "kind": "garbage"},
        )
        assert len(job.wait(timeout=20).tracks) == 2
    assert charged(origin) == [(15, 0)]


def test_an_interrupted_download_is_fetched_again(origin, tmp_path):
    with segue.Client(SONIC) as client:
        job = client.submit("slow piano")
        first = job.wait(timeout=10).tracks[0]
        path = f"/cdn/{first.id}.mp3"
        plan(origin, {"endpoint": path, "nth": 1, "kind": "truncate"})
        paths = job.download(tmp_path / "out")
    assert all(soundfile.info(path).frames > 0 for path in paths)


def finished(client, task):
    """The tracks of a finished task."""
    return client.submit(task).wait(timeout=10).tracks


def test_songs_are_made_out_of_songs(origin):
    with segue.Client(SONIC) as client:
        song = client.submit(Generate(prompt="slow piano"))
        track = song.wait(timeout=10).tracks[0].id
        source = Source(track=track)
        extended = finished(client, Extend(source=source, at=30.0, prompt="louder"))
        assert len(extended) == 2
        assert len(finished(client, Concat(source=Source(track=extended[0].id)))) == 1
        assert len(finished(client, Cover(source=source, style="jazz"))) == 2
        assert len(finished(client, Replace(source=source, start=1.0, end=9.0))) == 2
        assert len(finished(client, Remaster(source=source))) == 2
        mashup = Mashup(first=source, second=Source(track=extended[1].id), prompt="both")
        assert len(finished(client, mashup)) == 2
        assert len(finished(client, Stems(source=source))) == 2
        assert len(finished(client, Stems(source=source, full=True))) == 12
    paid = [taken for taken, _ in charged(origin)]
    assert paid == [15, 15, 2, 15, 15, 10, 15, 15, 75]


def test_songs_are_made_out_of_recordings(origin):
    with segue.Client(SONIC) as client:
        (voice,) = finished(client, CreateVoice(source=Source(url=URL)))
        sung = Generate(prompt="folk", lyrics="[Verse]\nrain", voice=voice.id)
        assert len(finished(client, sung)) == 2
        (clip,) = finished(client, Upload(source=Source(url=URL)))
        source = Source(track=clip.id)
        assert len(finished(client, ExtendUpload(source=source, at=0.1, prompt="more"))) == 2
        assert len(finished(client, CoverUpload(source=source, style="jazz"))) == 2
        assert len(finished(client, AddVocals(source=source, lyrics="[Verse]\nrain"))) == 2
        assert len(finished(client, Cover(source=Source(url=URL), style="jazz"))) == 2
        assert len(finished(client, Extend(source=Source(url=URL), at=0.1, prompt="more"))) == 2
        sample = Sample(source=Source(url=URL), start=1.0, end=5.0, prompt="folk")
        assert len(finished(client, sample)) == 2


def test_an_auto_concat_waits_for_the_full_songs(origin):
    with segue.Client(SONIC) as client:
        song = finished(client, Generate(prompt="slow piano"))
        extra = {"musicapi": {"auto_concat": True}}
        part = Replace(source=Source(track=song[0].id), start=1.0, end=9.0, extra=extra)
        snapshot = client.submit(part).wait(timeout=10)
        assert snapshot.status is Status.SUCCEEDED
        assert len(snapshot.tracks) >= 2
        assert account(origin)["jobs"][-1]["state"] == "finished"


@pytest.mark.parametrize("mark", ["failed-upload", "failed-step"])
@pytest.mark.parametrize("quiet", ["", "[sandbox:no-task-id]"])
def test_a_failed_step_is_no_job(origin, mark, quiet):
    task = Cover(source=Source(url=URL), prompt=f"jazz [sandbox:{mark}]{quiet}")
    with segue.Client(SONIC) as client, pytest.raises(Rejected) as refused:
        client.submit(task)
    assert "upload" in str(refused.value) or "cover" in str(refused.value)
    assert charged(origin) == []


def test_producers_pieces_are_made_out_of_pieces_and_downloaded(origin, tmp_path):
    with segue.Client(PRODUCER) as client:
        (piece,) = finished(client, Generate(prompt="calm piano"))
        source = Source(track=piece.id)
        assert len(finished(client, Extend(source=source, at=20.0))) == 1
        assert len(finished(client, Replace(source=source, start=2.0, end=9.0))) == 1
        extra = {"musicapi": {"strength": 0.5}}
        assert len(finished(client, Cover(source=source, prompt="jazz", extra=extra))) == 1
        job = client.submit(Download(source=source, container="wav"))
        job.wait(timeout=10)
        (path,) = job.download(tmp_path / "out")
        assert len(finished(client, Upload(source=Source(url=URL)))) == 1
    assert soundfile.info(path).format == "WAV"
    assert [taken for taken, _ in charged(origin)] == [12, 12, 12, 12, 2]


def test_riffusions_songs_go_on(origin):
    with segue.Client("musicapi/FUZZ-1.1 Pro") as client:
        source = Source(track=finished(client, Generate(prompt="calm piano"))[0].id)
        for task in (
            Extend(source=source, at=20.0, prompt="more"),
            Cover(source=source, prompt="jazz"),
            Replace(source=source, start=1.0, end=9.0, prompt="drums"),
            SwapSound(source=source, prompt="guitars"),
            SwapVocals(source=source, prompt="a choir"),
        ):
            assert len(finished(client, task)) == 2
    assert charged(origin) == [(12, 0)] * 6


def test_a_recording_goes_on_in_the_other_families(origin):
    with segue.Client("musicapi/FUZZ-1.1 Pro") as client:
        source = Source(track=client.ask(queries.RiffusionUpload(url=URL)))
        assert len(finished(client, ExtendUpload(source=source, at=9.0, prompt="more"))) == 2
    with segue.Client(PRODUCER) as client:
        (clip,) = finished(client, Upload(source=Source(url=URL)))
        source = Source(track=clip.id)
        assert len(finished(client, ExtendUpload(source=source, at=9.0))) == 1
        assert len(finished(client, ReplaceUpload(source=source, start=1.0, end=9.0))) == 1


def test_a_field_that_segue_does_not_know_is_passed_through(origin):
    extra = {"musicapi": {"use_suno_cdn": True, "duration": 42}}
    with segue.Client(SONIC) as client:
        tracks = finished(client, Generate(prompt="slow piano", extra=extra))
    assert [track.duration for track in tracks] == [42.0, 42.0]


def test_every_question_is_answered(origin):
    with segue.Client(SONIC) as client:
        clip = finished(client, Generate(prompt="slow piano"))[0].id
        assert len(client.ask(queries.WriteLyrics(description="rain"))) == 2
        assert client.ask(queries.AlignedLyrics(clip=clip))
        assert client.ask(queries.Bpm(clip=clip)).average > 0
        assert "pop" in client.ask(queries.UpsampleTags(tags="pop"))
        assert client.ask(queries.Persona(name="Rain", clip=clip))
        assert client.ask(queries.Vox(clip=clip, start=1.0, end=5.0)).clip == clip
        assert client.ask(queries.Midi(clip=clip, every=0.05)).url.endswith(".mid")
        assert client.ask(queries.Wav(clip=clip)).endswith(".wav")
        assert client.ask(queries.SonicUpload(url=URL))
        assert client.ask(queries.RiffusionUpload(url=URL))
        assert client.ask(queries.GetSong(link="https://suno.com/s/abc")).title
        left = client.ask(queries.Credits())
        assert left.credits == Decimal(10_000) - sum(
            taken for taken, _ in charged(origin) if taken != 10
        )


def test_words_are_written_as_a_job(origin, tmp_path):
    with segue.Client("musicapi/suno") as client:
        job = client.submit(MakeLyrics(prompt="rain on the roof"))
        assert job.wait(timeout=10).status is Status.SUCCEEDED
        (path,) = job.download(tmp_path / "out")
        written = client.ask(queries.GetLyrics(task=job.ticket.id))
        failed = client.submit(MakeLyrics(prompt="rain [sandbox:failed]"))
        with pytest.raises(JobFailed):
            failed.wait(timeout=10)
    assert written.status == "complete"
    assert path.read_text() == written.text
    assert charged(origin) == [(10, 0), (10, 10)]


def test_a_webhook_of_the_sandbox_is_verified_and_read(origin):
    extra = {"musicapi": {"webhook_url": "https://example.org/hook", "webhook_secret": "s3cret"}}
    with segue.Client(SONIC) as client:
        snapshot = client.submit(Generate(prompt="slow piano", extra=extra)).wait(timeout=10)
    events = []
    for line in account(origin)["webhooks"]:
        sent = datetime.fromtimestamp(int(line["headers"]["X-Webhook-Timestamp"]), UTC)
        body = line["body"].encode()
        events.append(received(line["headers"], body, secret="s3cret", now=sent))
        with pytest.raises(Unverified):
            received(line["headers"], body + b" ", secret="s3cret", now=sent)
    streams, done = events
    assert not streams.snapshot.status.terminal
    assert done.snapshot.status is Status.SUCCEEDED
    assert [track.url for track in done.snapshot.tracks] == [track.url for track in snapshot.tracks]


def test_the_balance_is_the_accounts(origin, monkeypatch):
    monkeypatch.setenv("MUSICAPI_KEY", f"extra-{uuid4()}")
    with segue.Client(SONIC) as client:
        assert [str(money) for money in client.balance()] == ["10100 credits"]


def test_jobs_side_by_side_are_each_charged_once(origin):
    async def main():
        async with segue.AsyncClient(SONIC) as client:
            jobs = await asyncio.gather(*(client.submit(f"piano number {n}") for n in range(8)))
            return await asyncio.gather(*(job.wait(timeout=20) for job in jobs))

    snapshots = asyncio.run(main())
    assert {len(snapshot.tracks) for snapshot in snapshots} == {2}
    assert charged(origin) == [(15, 0)] * 8


def test_a_limit_is_no_charge(origin):
    headers = {"retry-after": "1"}
    plan(origin, {"nth": 1, "kind": "status", "status": 429, "headers": headers})
    with segue.Client(SONIC) as client:
        with pytest.raises(RateLimited) as limited:
            client.submit("slow piano")
        assert limited.value.retry_after == 1
        (entry,) = client.jobs()
    assert entry.state is State.REFUSED
    assert charged(origin) == []
