"""Joining pieces of sound: one file that is as long as its pieces, to any player."""

import io
import os

import numpy as np
import pytest
import soundfile

from segue.containers import id3_length, mp3_frame
from segue.errors import DownloadError, TargetError
from segue.job import Saved
from segue.joining import join


def mp3(seconds: float, rate: int, channels: int = 1) -> bytes:
    file = io.BytesIO()
    tone = np.sin(np.arange(int(seconds * rate)) * 0.1)[:, None].repeat(channels, 1) / 2
    soundfile.write(file, tone, rate, format="MP3")
    return file.getvalue()


def pieces(tmp_path, *bodies, container="mp3"):
    saved = []
    for number, body in enumerate(bodies):
        path = tmp_path / f"{number}.{container}"
        path.write_bytes(body)
        saved.append(Saved(path=path, bytes=len(body), sha256="", container=container))
    return saved


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_frames_of_every_rate_follow_each_other_to_the_end(rate, channels):
    body = mp3(0.5, rate, channels)
    place = id3_length(body[:10])
    while length := mp3_frame(body[place : place + 64]):
        place += length
    assert place == len(body)


@pytest.mark.parametrize("head", [b"", b"\xff\xfb", b"RIFF....", b"\xff\xf1\x50\x80", bytes(64)])
def test_what_begins_with_no_frame_has_no_length(head):
    assert mp3_frame(head) == 0


def test_a_joined_mp3_is_as_long_as_its_pieces_to_any_player(tmp_path):
    """Encoders note the length of a piece in its first frame: a player that believed the first
    piece's note would stop after it."""
    bodies = [mp3(1.0, 24_000), mp3(2.0, 24_000), mp3(0.5, 24_000)]
    alone = sum(soundfile.info(io.BytesIO(body)).duration for body in bodies)
    saved = join(pieces(tmp_path, *bodies), tmp_path / "whole.mp3", overwrite=False)
    assert soundfile.info(saved.path).duration == pytest.approx(alone, abs=0.3)
    assert len(soundfile.read(saved.path)[0]) / 24_000 == pytest.approx(alone, abs=0.3)
    assert saved.path.read_bytes().count(b"Xing") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["whole.mp3"]


def test_pieces_without_a_note_are_joined_as_they_are(tmp_path):
    bare = [body[mp3_frame(body[:64]) :] for body in (mp3(0.3, 24_000), mp3(0.2, 24_000))]
    saved = join(pieces(tmp_path, *bare), tmp_path / "whole.mp3", overwrite=False)
    assert saved.path.read_bytes() == b"".join(bare)


def test_pieces_of_different_kinds_are_kept(tmp_path):
    mixed = [*pieces(tmp_path, b"a"), *pieces(tmp_path, b"b", container="wav")]
    with pytest.raises(DownloadError, match="different kinds"):
        join(mixed, tmp_path / "whole.mp3", overwrite=False)
    assert all(piece.path.exists() for piece in mixed)


def test_a_file_that_is_there_is_not_overwritten_and_the_pieces_are_kept(tmp_path):
    (tmp_path / "whole.mp3").write_bytes(b"mine")
    parts = pieces(tmp_path, mp3(0.2, 24_000))
    with pytest.raises(TargetError, match="exists"):
        join(parts, tmp_path / "whole.mp3", overwrite=False)
    assert (tmp_path / "whole.mp3").read_bytes() == b"mine"
    assert parts[0].path.exists()


def test_a_link_that_somebody_planted_is_not_followed(tmp_path):
    (tmp_path / "theirs").write_bytes(b"precious")
    (tmp_path / "whole.mp3.part").symlink_to(tmp_path / "theirs")
    saved = join(pieces(tmp_path, mp3(0.2, 24_000)), tmp_path / "whole.mp3", overwrite=False)
    assert (tmp_path / "theirs").read_bytes() == b"precious"
    assert saved.path.is_file()
    assert not saved.path.is_symlink()


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_link_under_the_name_of_the_whole_is_not_written_through(tmp_path, overwrite):
    (tmp_path / "theirs").write_bytes(b"precious")
    (tmp_path / "whole.mp3").symlink_to(tmp_path / "theirs")
    parts = pieces(tmp_path, mp3(0.2, 24_000))
    if overwrite:
        join(parts, tmp_path / "whole.mp3", overwrite=True)
        assert not (tmp_path / "whole.mp3").is_symlink()
    else:
        with pytest.raises(TargetError, match="exists"):
            join(parts, tmp_path / "whole.mp3", overwrite=False)
    assert (tmp_path / "theirs").read_bytes() == b"precious"


def test_a_file_that_appears_while_pieces_are_joined_is_not_overwritten(tmp_path, monkeypatch):
    target = tmp_path / "whole.mp3"
    sync = os.fsync

    def meanwhile(handle):
        target.write_bytes(b"mine")
        sync(handle)

    monkeypatch.setattr("segue.joining.os.fsync", meanwhile)
    parts = pieces(tmp_path, mp3(0.2, 24_000))
    with pytest.raises(TargetError, match="exists"):
        join(parts, target, overwrite=False)
    assert target.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.mp3", "whole.mp3"]
