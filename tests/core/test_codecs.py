"""What soundfile cannot do is done by PyAV, or an ffmpeg on the PATH."""

import shutil
import sys
import time
from threading import Event, Timer

import anyio
import av
import pytest
import soundfile
from encoded import encoded
from toy_vendor import Answer

from segue._files import codecs
from segue._files import convert as converting
from segue._files.soundness import examined

SENT = {"wav": encoded("WAV", "PCM_16"), "flac": encoded("FLAC", "PCM_24")}


def seconds(path):
    with av.open(str(path)) as file:
        sound = file.streams.audio[0]
        return sum(frame.samples / frame.sample_rate for frame in file.decode(sound))


@pytest.fixture
def one_tool(monkeypatch, request):
    monkeypatch.setattr(converting, "_has_soundfile", lambda: False)
    lacking = {"av": "_ffmpeg", "ffmpeg": "_has_av"}[request.param]
    monkeypatch.setattr(codecs, lacking, lambda: None)
    if request.param == "ffmpeg" and shutil.which("ffmpeg") is None:
        pytest.skip("there is no ffmpeg here")


@pytest.mark.parametrize("one_tool", ["av", "ffmpeg"], indirect=True)
@pytest.mark.parametrize("named", ["m4a", "mp4", "aac", "webm", "ogg", "mp3", "mka", "flac", "wav"])
def test_every_kind_that_is_offered_is_made(tmp_path, one_tool, named):
    for sent, body in SENT.items():
        (source := tmp_path / f"source.{sent}").write_bytes(body)
        (target := tmp_path / "target").write_bytes(b"")
        assert converting.writable(named)
        converting.convert(source, target, named)
        with target.open("rb") as file:
            kind = examined(file).container
        assert kind == ("m4a" if named == "mp4" else named)
        assert seconds(target) == pytest.approx(seconds(source), abs=0.15)


@pytest.mark.parametrize("one_tool", ["av"], indirect=True)
def test_the_bit_depth_and_every_sample_stay(tmp_path, one_tool):
    (source := tmp_path / "source").write_bytes(SENT["flac"])
    (target := tmp_path / "target").touch()
    converting.convert(source, target, "wav")
    assert soundfile.info(target).subtype == "PCM_24"
    assert (soundfile.read(target)[0] == soundfile.read(source)[0]).all()


def test_a_named_m4a_is_made_and_carries_its_tags(face, vendor, toy, tmp_path, monkeypatch):
    monkeypatch.delenv("SEGUE_TAGS")
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    vendor.says("/songs/1", Answer(body=SENT["wav"], kind="audio/wav"))
    client = face.client(toy)
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path / "song.m4a")
    assert delivery.paths == [tmp_path / "song.m4a"]
    assert b"a waltz" in (tmp_path / "song.m4a").read_bytes()


def test_no_sound_is_no_crash(tmp_path, monkeypatch):
    monkeypatch.setattr(codecs, "_ffmpeg", lambda: None)
    (source := tmp_path / "source").write_bytes(b"nothing of the kind" * 99)
    (target := tmp_path / "target").touch()
    with pytest.raises(converting.CannotConvert, match="PyAV: "):
        converting.convert(source, target, "m4a")


@pytest.fixture
def sleeper(tmp_path, monkeypatch):
    """A tool that never ends, and writes its number down."""
    tool = tmp_path / "ffmpeg"
    tool.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'pid'}\nexec sleep 600\n")
    tool.chmod(0o755)
    monkeypatch.setattr(codecs, "_ffmpeg", lambda: str(tool))
    monkeypatch.setattr(codecs, "_has_av", lambda: False)
    return tmp_path / "pid"


def gone(pid):
    import os

    try:
        os.kill(int(pid.read_text()), 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for ffmpeg")
def test_ffmpeg_ends_when_nobody_waits_any_more(tmp_path, sleeper):
    (source := tmp_path / "source").write_bytes(SENT["wav"])
    (target := tmp_path / "target").touch()
    stop = Event()
    Timer(0.5, stop.set).start()
    with pytest.raises(codecs.Stopped):
        converting.convert(source, target, "m4a", stop)
    assert gone(sleeper)


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for ffmpeg")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_download_ends_ffmpeg(tmp_path, sleeper, vendor, toy, backend):
    import segue

    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    vendor.says("/songs/1", Answer(body=SENT["wav"], kind="audio/wav"))

    async def run():
        async with segue.AsyncClient(toy, journal=None) as client:
            job = await client.submit("a waltz")
            await job.wait()
            with anyio.move_on_after(2):
                await job.download(tmp_path / "out" / "song.m4a")

    began = time.monotonic()
    anyio.run(run, backend=backend)
    assert time.monotonic() - began < 20
    assert gone(sleeper)
    assert list((tmp_path / "out").iterdir()) == []
