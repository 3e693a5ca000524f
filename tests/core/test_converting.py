"""The file that was named: of that name and of that kind, whatever the vendor sends."""

import io
import shutil
import sys

import pytest
import soundfile
from encoded import MDAT, MOOV, brand, encoded
from toy_vendor import Answer, Toy

import segue
from segue import converting
from segue.converting import container_named, convert, refuse_unwritable, writable
from segue.errors import TargetError
from segue.provider import Capabilities

SENT = {
    "mp3": encoded("MP3", "MPEG_LAYER_III"),
    "flac": encoded("FLAC", "PCM_24"),
    "wav": encoded("WAV", "PCM_16"),
    "ogg": encoded("OGG", "VORBIS"),
    "aiff": encoded("AIFF", "PCM_16"),
}
M4A = brand(b"M4A ") + MOOV + MDAT


@pytest.fixture(autouse=True)
def no_ffmpeg(monkeypatch):
    monkeypatch.setattr(converting, "_ffmpeg", lambda: None)


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


@pytest.mark.parametrize("named", ["song.m4a", "song.wma", "song.tta"])
def test_what_cannot_be_had_is_refused_before_anything_is_spent(face, vendor, toy, tmp_path, named):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    with pytest.raises(TargetError, match="cannot be had here"):
        face.do(face.client(toy).generate_and_wait, "a waltz", to=tmp_path / named)
    assert not vendor.asked("/jobs")


def test_what_the_vendor_sends_by_its_documents_is_not_refused(vendor, toy, tmp_path):
    class Apple(Toy):
        capabilities = Capabilities(tasks=Toy.capabilities.tasks, sends=("m4a",))

    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    vendor.says("/songs/1", Answer(body=M4A, kind="audio/mp4"))
    with segue.Client(Apple(), journal=None) as client:
        delivery = client.generate_and_wait("a waltz", to=tmp_path / "song.m4a")
    assert delivery.paths == [tmp_path / "song.m4a"]


def test_without_any_tool_only_what_is_known_to_be_in_vain_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    monkeypatch.setattr(converting, "_has_soundfile", lambda: False)
    assert not writable("wav")
    refuse_unwritable("song.wav", ())
    refuse_unwritable("song.mp3", ("mp3",))
    with pytest.raises(
        TargetError, match=r"sends mp3, .*segue-core\[convert\].* or install ffmpeg"
    ):
        refuse_unwritable("song.wav", ("mp3",))


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for ffmpeg")
def test_ffmpeg_does_what_soundfile_cannot(tmp_path, monkeypatch):
    tool = tmp_path / "ffmpeg"
    tool.write_text('#!/bin/sh\nfor last; do :; done\nprintf "%s\\n" "$*" > "${last#file:}"\n')
    tool.chmod(0o755)
    monkeypatch.setattr(converting, "_ffmpeg", lambda: shutil.which(str(tool)))
    assert writable("m4a")
    (source := tmp_path / "-source").write_bytes(M4A)
    (target := tmp_path / "target").touch()
    convert(source, target, "m4a")
    said = target.read_text()
    assert f"-i file:{source} " in said
    assert said.endswith(f"-c:a aac -f ipod file:{target}\n")


def test_a_tool_that_fails_is_quoted(tmp_path, monkeypatch):
    monkeypatch.setattr(converting, "_ffmpeg", lambda: "/bin/false")
    (source := tmp_path / "source").write_bytes(M4A)
    (target := tmp_path / "target").touch()
    with pytest.raises(converting.CannotConvert, match=r"soundfile: .*; ffmpeg: it ended with 1"):
        convert(source, target, "wav")


def test_a_name_says_which_container(tmp_path):
    assert container_named(tmp_path / "a.OPUS") == "ogg"
    assert container_named(tmp_path / "a.aif") == "aiff"
    assert io.BytesIO(SENT["wav"]).read(4) == b"RIFF"
