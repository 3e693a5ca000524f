"""The file that was named: of that name and of that kind, whatever the vendor sends."""

import io
import re
import shutil
import sys
from pathlib import Path

import pytest
import soundfile
from encoded import M4A, SENT
from toy_vendor import Answer, Toy

from segue._files import codecs
from segue._files import convert as converting
from segue._files.convert import container_named, convert, doubtful, writable
from segue.errors import BrokenPlugin, TargetError
from segue.flow import Call
from segue.job import Asset
from segue.provider import Capabilities, Expected


@pytest.fixture(autouse=True)
def no_ffmpeg(monkeypatch):
    monkeypatch.setattr(codecs, "_ffmpeg", lambda: None)
    monkeypatch.setattr(codecs, "_has_av", lambda: False)


@pytest.fixture
def job(face, vendor, toy):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))

    def submitted(body):
        vendor.says("/songs/1", Answer(body=body, kind="audio/mpeg"))
        return face.do(face.client(toy).submit, "a waltz")

    return submitted


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("named", ["wav", "flac", "mp3", "ogg", "aiff", "WAV"])
def test_every_kind_becomes_the_kind_that_was_named(tmp_path, sent, named):
    (source := tmp_path / "source").write_bytes(SENT[sent])
    (target := tmp_path / "target").touch()
    convert(source, target, named.lower())
    before, after = soundfile.info(source), soundfile.info(target)
    assert (after.samplerate, after.channels) == (before.samplerate, before.channels)
    assert after.duration == pytest.approx(before.duration, abs=0.06)
    if named in ("wav", "flac", "aiff") and sent in ("wav", "flac", "aiff"):
        assert after.subtype == before.subtype
        assert after.frames == before.frames
        assert (soundfile.read(target)[0] == soundfile.read(source)[0]).all()


def test_tags_go_along(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    with soundfile.SoundFile(str(source), "w", 44_100, 1, "PCM_16", format="FLAC") as file:
        file.title, file.artist = "Waltz", "Toy"
        file.write([0.0] * 1000)
    target.touch()
    convert(source, target, "wav")
    with soundfile.SoundFile(str(target)) as file:
        assert (file.title, file.artist) == ("Waltz", "Toy")


def test_the_named_file_is_there_and_nothing_else(face, job, tmp_path):
    (path,) = face.do(job(SENT["mp3"]).download, tmp_path / "out" / "song.flac")
    assert soundfile.info(path).format == "FLAC"
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / "song.flac"]


def test_what_cannot_be_converted_is_saved_as_it_came_and_said(face, job, tmp_path, caplog):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "song.m4a").write_bytes(b"mine")
    (path,) = face.do(job(M4A).download, tmp_path / "out" / "song.wav")
    assert path == tmp_path / "out" / "song-2.m4a"
    assert path.read_bytes() == M4A
    assert (tmp_path / "out" / "song.m4a").read_bytes() == b"mine"
    assert "song.wav is saved as it came, for it cannot be converted: soundfile" in caplog.text
    assert sorted(each.name for each in path.parent.iterdir()) == ["song-2.m4a", "song.m4a"]


def test_a_converted_file_overwrites_nothing(face, job, tmp_path):
    waiting = job(SENT["mp3"])
    (tmp_path / "song.wav").write_bytes(b"mine")
    with pytest.raises(TargetError, match=r"song\.wav: the file exists"):
        face.do(waiting.download, tmp_path / "song.wav")
    assert (tmp_path / "song.wav").read_bytes() == b"mine"
    face.do(waiting.download, tmp_path / "song.wav", overwrite=True)
    assert soundfile.info(tmp_path / "song.wav").format == "WAV"


@pytest.mark.parametrize("named", ["song.wma", "song.tta"])
def test_what_cannot_be_had_is_refused_before_anything_is_spent(face, vendor, toy, tmp_path, named):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    with pytest.raises(TargetError, match="cannot be had here"):
        face.do(face.client(toy).generate_and_wait, "a waltz", to=tmp_path / named)
    assert not vendor.asked("/jobs")


class Apple(Toy):
    """It sends M4A, says its documentation."""

    capabilities = Capabilities(tasks=Toy.capabilities.tasks, sends=("m4a",))


def sending(vendor, body, kind):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    vendor.says("/songs/1", Answer(body=body, kind=kind))


@pytest.mark.parametrize("plugin", [Apple, Toy])
def test_what_a_vendor_sends_itself_needs_no_tool(face, vendor, toy, tmp_path, plugin, caplog):
    sending(vendor, M4A, "audio/mp4")
    client = face.client(plugin())
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path / "song.m4a")
    assert delivery.paths == [tmp_path / "song.m4a"]
    undeclared = "song.m4a comes about only if toy sends .m4a itself"
    assert (undeclared in caplog.text) == (plugin is Toy)


def test_a_vendor_that_sends_something_else_is_not_paid(face, vendor, toy, tmp_path):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    with pytest.raises(TargetError, match=r"toy sends m4a, .* choose another extension"):
        face.do(face.client(Apple()).generate_and_wait, "a waltz", to=tmp_path / "song.webm")
    assert not vendor.asked("/jobs")


def test_without_any_tool_only_what_is_known_to_be_in_vain_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    monkeypatch.setattr(converting, "_has_soundfile", lambda: False)
    assert not writable("wav")
    (note,) = doubtful(Path("song.wav"), (), "toy")
    assert "only if toy sends .wav itself: nothing here can make one; pip install" in note
    assert doubtful(Path("song.mp3"), ("mp3",), "toy") == ()
    with pytest.raises(
        TargetError, match=r"sends mp3, .*such as \.mp3.*segue-core\[convert\].* or install ffmpeg"
    ):
        doubtful(Path("song.wav"), ("mp3",), "toy")
    with pytest.raises(TargetError, match=r"not known, .* take what comes"):
        doubtful(Path("song.tta"), (), "toy")


class Several(Toy):
    """Two tracks of each task, says its documentation."""

    def expected(self, task, models):
        return Expected(containers=("wav",), tracks=2)

    def download(self, ticket, snapshot):
        yield from ()
        track = Asset(
            kind="track", name="a", containers=("wav",), source=Call(method="GET", url="/songs/1")
        )
        words = Asset(
            kind="lyrics", name="b", containers=("txt",), source=Call(method="GET", url="/words")
        )
        return [track, track, words]


@pytest.mark.parametrize("there", ["song.wav", "song-2.wav"])
@pytest.mark.parametrize("method", ["generate_and_wait", "submit"])
def test_a_name_of_any_track_that_is_taken_is_refused_before_anything_is_spent(
    face, vendor, toy, tmp_path, there, method
):
    sending(vendor, SENT["wav"], "audio/wav")
    vendor.says("/words", Answer(body=b"la", kind="text/plain"))
    (tmp_path / there).write_bytes(b"mine")
    client = face.client(Several())
    with pytest.raises(TargetError, match=rf"/{re.escape(there)} exists already"):
        face.do(getattr(client, method), "a waltz", to=tmp_path / "song.wav")
    assert not vendor.asked("/jobs")
    face.do(client.generate_and_wait, "a waltz", to=tmp_path / "song.wav", overwrite=True)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["song-2.wav", "song-b.txt", "song.wav"]
    assert (tmp_path / there).read_bytes() != b"mine"


def test_several_tracks_are_announced_with_their_names(face, vendor, toy, tmp_path, caplog):
    sending(vendor, SENT["wav"], "audio/wav")
    vendor.says("/words", Answer(body=b"la", kind="text/plain"))
    client = face.client(Several())
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path / "song.wav")
    assert "toy makes 2 tracks of this: song.wav, song-2.wav" in caplog.text
    assert "toy makes 2 tracks of this: song.wav, song-2.wav" in delivery.notes


def test_no_file_that_nobody_foresaw_costs_a_paid_job_its_others(face, vendor, toy, tmp_path):
    class Unforeseen(Several):
        def expected(self, task, models):
            return Expected()

    sending(vendor, SENT["wav"], "audio/wav")
    vendor.says("/words", Answer(body=b"la", kind="text/plain"))
    for name in ("song-2.wav", "song-b.txt"):
        (tmp_path / name).write_bytes(b"mine")
    client = face.client(Unforeseen())
    delivery = face.do(client.generate_and_wait, "a waltz", to=tmp_path / "song.wav")
    assert [path.name for path in delivery.paths] == ["song.wav", "song-2-2.wav", "song-b-2.txt"]
    assert (tmp_path / "song-2.wav").read_bytes() == b"mine"


@pytest.mark.parametrize("named", ["song.wav", "song.mp3"])
@pytest.mark.parametrize("good", [True, False])
def test_the_vendors_own_file_of_that_kind_is_requested(face, vendor, toy, tmp_path, named, good):
    class Both(Toy):
        def download(self, ticket, snapshot):
            yield from ()
            mp3, wav = (Call(method="GET", url=f"/songs/{kind}") for kind in ("mp3", "wav"))
            return [
                Asset(kind="track", name="a", containers=("mp3",), source=mp3, instead={"wav": wav})
            ]

    sending(vendor, b"", "")
    vendor.says("/songs/mp3", Answer(body=SENT["mp3"], kind="audio/mpeg"))
    vendor.says("/songs/wav", Answer(body=SENT["wav"] if good else b"<html>", kind="audio/wav"))
    client = face.client(Both())
    (path,) = face.do(client.generate_and_wait, "a waltz", to=tmp_path / named).paths
    assert path == tmp_path / named
    assert bool(vendor.asked("/songs/wav")) == (named == "song.wav")
    assert bool(vendor.asked("/songs/mp3")) == (named == "song.mp3" or not good)


@pytest.mark.parametrize("told", [None, "mp3", Expected(tracks="two"), Expected(containers="mp3")])
def test_an_expectation_that_is_none_is_the_plugins_fault(face, vendor, toy, tmp_path, told):
    class Odd(Toy):
        def expected(self, task, models):
            return told

    with pytest.raises(BrokenPlugin, match="expected returned"):
        face.do(face.client(Odd()).generate_and_wait, "a waltz", to=tmp_path / "song.wav")
    assert not vendor.asked("/jobs")


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for ffmpeg")
def test_ffmpeg_does_what_soundfile_cannot(tmp_path, monkeypatch):
    tool = tmp_path / "ffmpeg"
    tool.write_text('#!/bin/sh\nfor last; do :; done\nprintf "%s\\n" "$*" > "${last#file:}"\n')
    tool.chmod(0o755)
    monkeypatch.setattr(codecs, "_ffmpeg", lambda: shutil.which(str(tool)))
    assert writable("m4a")
    (source := tmp_path / "-source").write_bytes(M4A)
    (target := tmp_path / "target").touch()
    convert(source, target, "m4a")
    said = target.read_text()
    assert f"-i file:{source} " in said
    assert said.endswith(f"-c:a aac -f ipod file:{target}\n")


def test_a_tool_that_fails_is_quoted(tmp_path, monkeypatch):
    monkeypatch.setattr(codecs, "_ffmpeg", lambda: "/bin/false")
    (source := tmp_path / "source").write_bytes(M4A)
    (target := tmp_path / "target").touch()
    with pytest.raises(converting.CannotConvert, match=r"soundfile: .*; ffmpeg: it ended with 1"):
        convert(source, target, "wav")


def test_a_name_says_which_container(tmp_path):
    assert container_named(tmp_path / "a.OPUS") == "ogg"
    assert container_named(tmp_path / "a.aif") == "aiff"
    assert io.BytesIO(SENT["wav"]).read(4) == b"RIFF"
