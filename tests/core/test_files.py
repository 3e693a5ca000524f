"""Files: told by their bytes, named safely, and their place made sure of beforehand."""

import errno
import os
import tempfile
import wave

import pytest
from encoded import encoded
from hypothesis import given
from hypothesis import strategies as st
from sounds import wave as waveform

import segue
from segue._files.atomic import Landing
from segue._files.destination import destination
from segue.containers import container_of, id3_length
from segue.errors import DownloadError, TargetError
from segue.flow import Call, Save
from segue.job import Asset
from segue.testing import Silence


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "wav"),
        (b"fLaC\x00\x00\x00\x22", "flac"),
        (b"OggS\x00\x02", "ogg"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"\xff\xf3\x40\x00", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\x00\x00\x00\x20ftypM4A ", "m4a"),
        (b"\x1a\x45\xdf\xa3\x01", "webm"),
        (b"FORM\x00\x00\x00\x00AIFF", "aiff"),
        (b"MThd\x00\x00", "mid"),
        (b"<!DOCTYPE html>", None),
        (b'{"error": "no"}', None),
        (b"\xff\xff\xff\xff", None),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"", None),
    ],
)
def test_a_container_is_told_by_its_bytes(head, container):
    assert container_of(head) == container


@given(st.binary(max_size=80))
def test_no_bytes_confuse_the_sniffing(head):
    container_of(head)
    assert id3_length(head) >= 0


def make(body):
    return lambda target: target.file.write(body) and None


def landed(tmp_path, body, name="song.wav", **how):
    asset = Asset(kind="track", name="song", containers=("wav", "flac"), source=make(body))
    with Landing(Save(asset=asset, path=tmp_path / name, **how)) as landing:
        return landing.make()


WAV = waveform(bytes(100))


def test_flac_behind_an_id3_tag_is_flac(tmp_path):
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    assert landed(tmp_path, tag + encoded("FLAC", "PCM_16")).path.name == "song.flac"


def test_a_maker_that_fails_leaves_nothing_behind(tmp_path):
    def full(target):
        target.file.write(WAV)
        raise OSError(errno.ENOSPC, "No space left on device")

    asset = Asset(kind="track", name="song", containers=("wav",), source=full)
    with (
        pytest.raises(TargetError, match="no space left on device; free some space"),
        Landing(Save(asset=asset, path=tmp_path / "song.wav")) as landing,
    ):
        landing.make()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_track(tmp_path):
    with pytest.raises(DownloadError, match="empty"):
        landed(tmp_path, b"")


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "song.wav"

    def meanwhile(target):
        path.write_bytes(b"mine")
        target.file.write(WAV)

    asset = Asset(kind="track", name="song", containers=("wav",), source=meanwhile)
    with (
        pytest.raises(TargetError, match="exists"),
        Landing(Save(asset=asset, path=path, exact=True)) as landing,
    ):
        landing.make()
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_file_survives_a_crash_before_its_other_name_was_gone(tmp_path):
    (tmp_path / "song.wav").write_bytes(WAV)
    os.link(tmp_path / "song.wav", tmp_path / "song.wav.abc.part")
    asset = Asset(kind="track", name="song", containers=("wav",), source=make(WAV))
    with Landing(Save(asset=asset, path=tmp_path / "song.wav", tag="abc")) as landing:
        landing.write(b"RIFF")  # and then the vendor has it no more
    assert (tmp_path / "song.wav").read_bytes() == WAV
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


@pytest.mark.parametrize("exact", [True, False])
def test_two_who_save_under_the_same_name_at_once_do_not_mix_their_bytes(tmp_path, exact):
    asset = Asset(kind="track", name="song", containers=("wav",), source=make(WAV))
    save = Save(asset=asset, path=tmp_path / "song.wav", tag="abc", exact=exact)
    one = WAV + bytes(range(256)) * 400
    two = one if exact else one[::-1]
    with Landing(save) as early, Landing(save) as late:
        late.write(WAV + two[:20_000])
        early.write(one)
        assert early.finish().path.read_bytes() == one
        late.restart()
        late.write(WAV + two[len(WAV) :])
        assert late.finish().path.read_bytes() == WAV + two[len(WAV) :]
    names = ["song.wav"] if exact else ["song-2.wav", "song.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_other_files_than_music_may_be_what_they_are(tmp_path):
    asset = Asset(kind="lyrics", name="words", containers=("txt",), source=make(b"la la la"))
    with Landing(Save(asset=asset, path=tmp_path / "words.txt")) as landing:
        assert landing.make().path.read_bytes() == b"la la la"


def test_a_file_of_another_length_than_was_announced_is_not_saved(tmp_path):
    asset = Asset(kind="track", name="song", containers=("wav",), source=make(WAV))
    with Landing(Save(asset=asset, path=tmp_path / "song.wav")) as landing:
        landing.expected = len(WAV) - 1
        landing.write(WAV)
        with pytest.raises(DownloadError, match="were announced"):
            landing.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    named, synced = [], os.fsync

    def sync(handle):
        named.append((os.fstat(handle).st_size, (tmp_path / "song.wav").exists()))
        synced(handle)

    monkeypatch.setattr("segue._files.atomic.os.fsync", sync)
    landed(tmp_path, WAV)
    assert named == [(len(WAV), False)]


def test_a_request_is_not_made_by_hand(tmp_path):
    asset = Asset(kind="track", name="s", containers=("wav",), source=Call(method="GET", url="/s"))
    with (
        pytest.raises(TypeError),
        Landing(Save(asset=asset, path=tmp_path / "s.wav")) as landing,
    ):
        landing.make()


def test_a_path_with_an_audio_extension_is_a_file_and_else_a_folder(tmp_path):
    assert destination(tmp_path / "a" / "song.flac").file == "song.flac"
    assert destination(tmp_path / "out").file is None
    assert (tmp_path / "out").is_dir()
    (tmp_path / "v1.2").mkdir()
    assert destination(tmp_path / "v1.2").file is None
    assert destination(f"{tmp_path}/v1.3/").file is None


def test_an_extension_that_no_audio_has_is_refused(tmp_path):
    with pytest.raises(TargetError, match=r"ends in \.doc, which is no audio file"):
        destination(tmp_path / "song.doc")


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TargetError, match="choose another"):
        destination(tmp_path / "file" / "out")


def test_a_folder_is_tried_again_when_it_is_no_longer_open_to_us(tmp_path, monkeypatch):
    destination(tmp_path)

    def full(**_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    destination(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(TargetError, match="read-only file system"):
        destination(tmp_path)


def test_a_file_that_exists_is_refused_beforehand(tmp_path):
    (tmp_path / "song.wav").write_text("mine")
    with pytest.raises(TargetError, match="exists already"):
        destination(tmp_path / "song.wav")
    assert destination(tmp_path / "song.wav", overwrite=True).file == "song.wav"


def test_several_files_of_a_job_have_names_of_their_own(tmp_path):
    place = destination(tmp_path / "song.wav")
    track = Asset(kind="track", name="x", containers=("wav",), source=make(WAV))
    stem = Asset(kind="stem", name="drums", containers=("wav",), source=make(WAV))
    midi = Asset(kind="midi", name="score", containers=("mid",), source=make(WAV))
    saves = place.saves([track, track, stem, midi], tag="", on_progress=lambda path, part: None)
    assert [save.path.name for save in saves] == [
        "song.wav",
        "song-2.wav",
        "song-drums.wav",
        "song-score.mid",
    ]


def test_a_container_that_the_backend_cannot_make_is_refused(tmp_path):
    place = destination(tmp_path / "song.m4a")
    track = Asset(kind="track", name="x", containers=("wav", "flac"), source=make(WAV))
    with pytest.raises(TargetError, match=r"cannot make a \.m4a file"):
        place.saves([track], tag="", on_progress=lambda path, part: None)


def test_silence_is_a_real_wav_file(tmp_path):
    with segue.Client(Silence()) as client:
        delivery = client.generate_and_wait("hush", to=tmp_path)
    with wave.open(str(delivery.tracks[0].path)) as silence:
        assert silence.getnframes() == 8000
