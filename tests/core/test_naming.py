"""Names of files: every file system takes them, they mislead nobody, and no bytes of them are lost
that need not be."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue._files.atomic import Landing
from segue._files.destination import destination
from segue._files.filenames import file_name, shortened
from segue.errors import TargetError
from segue.flow import Save
from segue.job import Asset

WAV = bytes.fromhex("52494646 28000000 57415645 666d7420 10000000 0100 0100 401f0000 803e0000")
WAV += bytes.fromhex("0200 1000 64617461 04000000 01000200")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Moonlit Caper", "Moonlit-Caper"),
        ("../../etc/passwd", "etc-passwd"),
        ("a/b\\c:d*e?f\x00g\nh", "a-b-c-d-e-f-g-h"),
        ('a<b>c"d|e', "a-b-c-d-e"),
        ("...", "track"),
        ("", "track"),
        ("夜の雨", "夜の雨"),
        ("x" * 300, "x" * 80),
        ("हिन्दी गाना", "हिन्दी-गाना"),
        ("เพลงไทย", "เพลงไทย"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("song. . ", "song"),
        ("song -", "song"),
        ("CON", "CON_"),
        ("con.tune", "con_.tune"),
        ("aux .x", "aux-.x"),
        ("Lpt9.", "Lpt9_"),
        ("COM¹", "COM¹_"),
        ("concert", "concert"),
        ("COM", "COM"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("\ufeffa\u200bb\u2066c", "abc"),
        ("calm \ud83c rain", "calm-rain"),
        ("🎵\ufe0f rain 👨\u200d👩\u200d👧", "rain"),
        ("\u0301loose", "loose"),
        ("Don't Stop", "Dont-Stop"),
        ("l\u2019\u00e9t\u00e9 'indien'", "l\u00e9t\u00e9-indien"),
        ("rock 'n' roll", "rock-n-roll"),
        ("one -- two - three", "one-two-three"),
        ("Op. 27, No. 2 (slow)", "Op.-27-No.-2-slow"),
        ("snake_case", "snake_case"),
    ],
)
def test_a_title_becomes_a_safe_name(title, name):
    assert file_name(title) == name


@given(st.text())
def test_any_title_stays_in_its_folder_and_can_be_written(title):
    name = file_name(title)
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set("/\\\0<>:\"|?*' ")
    assert "--" not in name
    assert not any(unicodedata.category(letter)[0] == "C" for letter in name)
    assert name[0] not in " .-"
    assert name[-1] not in " .-"
    assert len(name) <= 81
    assert len(f"{name}-999.webm.0123456789.0123456789abcdef.part".encode()) <= 255


LONG = {
    "ideographs": "漢" * 79,
    "half of an emoji's sequence": "👩\u200d" * 79,
    "letters with marks": "q\u0301\u0323" * 79,
    "Devanagari": "क्षि" * 79,
    "four bytes": "𝄞𠀀" * 79,
    "Latin": "x" * 300,
}


def landed(place, *, tag="0123456789", times=1):
    assets = [
        Asset(kind="track", name=title, containers=("wav",), source=lambda t: t.file.write(WAV))
        for title in LONG.values()
    ]
    for _ in range(times):
        for save in place.saves(assets, tag=tag, on_progress=lambda path, part: None):
            with Landing(save) as landing:
                yield landing.make().path


def test_long_titles_of_every_script_are_saved(tmp_path):
    paths = list(landed(destination(tmp_path)))
    assert len(set(paths)) == len(LONG)
    assert sorted(tmp_path.iterdir()) == sorted(set(paths))


def test_a_name_is_cut_before_a_letter_and_not_before_its_marks():
    assert shortened("e\u0301" * 100, room=255 - 31) == "e\u0301" * 10
    assert shortened("x👩\u200d👧", room=255 - 16) == "x👩\u200d👧"
    assert shortened("xxxxxxxxxx👩\u200d👧", room=255 - 16) == "xxxxxxxxxx"


def test_a_file_system_that_takes_shorter_names_is_asked_for_its_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "pathconf", lambda folder, name: 143)  # eCryptfs
    for path in landed(destination(tmp_path)):
        assert len(path.name.encode()) <= 143 - 30


@pytest.mark.parametrize("length", [200, 240, 255])
def test_a_long_name_that_the_user_chose_is_used_as_it_is(tmp_path, length):
    name = "漢" * ((length - 4) // 3) + "x" * ((length - 4) % 3) + ".wav"
    asset = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    with Landing(Save(asset=asset, path=tmp_path / name, exact=True, tag="0123456789")) as landing:
        assert landing.make().path.name == name
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["x" * 252 + ".wav", "漢" * 84 + ".wav", "calm \ud83c rain.wav"])
def test_a_name_that_cannot_be_is_refused_beforehand(tmp_path, name):
    with pytest.raises(TargetError, match="name"):
        destination(tmp_path / name)


def test_a_name_that_is_too_long_is_refused_before_its_bytes_are_requested(tmp_path):
    asset = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    with pytest.raises(TargetError, match="too long; choose a shorter name"):
        Landing(Save(asset=asset, path=tmp_path / ("x" * 252 + ".wav"), tag="t"))
    assert list(tmp_path.iterdir()) == []


def test_stems_of_a_long_name_are_cut(tmp_path):
    place = destination(tmp_path / ("y" * 240 + ".wav"))
    stem = Asset(kind="stem", name="x" * 80, containers=("wav",), source=lambda t: None)
    saves = place.saves([stem, stem], tag="0123456789", on_progress=lambda path, part: None)
    assert all(len(save.path.name) <= 255 for save in saves)
    assert saves[0].path != saves[1].path


@pytest.mark.parametrize("stem", ["x" * 251, "漢" * 83 + "x"], ids=["letters", "characters"])
def test_no_further_track_of_a_long_name_is_lost(tmp_path, stem):
    place = destination(tmp_path / f"{stem}.wav")
    track = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    saves = place.saves([track] * 12, tag="0123456789", on_progress=lambda path, part: None)
    for save in saves:
        with Landing(save) as landing:
            landing.make()
    assert len(list(tmp_path.iterdir())) == 12
    assert saves[0].path.name == f"{stem}.wav"


@pytest.mark.parametrize(("name", "ending"), [("x" * 251 + ".mp3", ".wav"), ("x" * 255, ".wav")])
def test_a_long_name_leaves_room_for_the_extension_of_what_came(tmp_path, name, ending):
    asset = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    for number in range(2):
        with Landing(Save(asset=asset, path=tmp_path / name, tag=str(number))) as landing:
            assert landing.make().path.suffix == ending
    assert len(list(tmp_path.iterdir())) == 1, "the same bytes"
    other = Asset(
        kind="track",
        name="a",
        containers=("wav",),
        source=lambda t: t.file.write(WAV[:-1] + bytes([9])),
    )
    with Landing(Save(asset=other, path=tmp_path / name, tag="2")) as landing:
        assert landing.make().path.stem.endswith("-2")


def test_names_that_differ_in_case_alone_are_told_apart(tmp_path):
    place = destination(tmp_path)
    names = ("Song", "song", "SONG")
    tracks = [
        Asset(kind="track", name=n, containers=("wav",), source=lambda t: None) for n in names
    ]
    saves = place.saves(tracks, tag="", on_progress=lambda path, part: None)
    assert [save.path.name for save in saves] == ["Song.wav", "song-2.wav", "SONG-3.wav"]


@pytest.mark.parametrize(
    ("told", "body", "extension"),
    [
        ("exe", b"MZ\x90\x00" + bytes(99), "bin"),
        ("exe", b"words", "txt"),
        ("html", b"<html><script>", "txt"),
        ("desktop", b"[Desktop Entry]", "txt"),
        ("sh", b"#!/bin/sh\n", "txt"),
        ("svg", b"<svg onload=''>", "txt"),
        ("../x", b"words", "txt"),
        ("png", b"\x89PNG\r\n\x1a\n", "png"),
        ("exe", b"\x89PNG\r\n\x1a\n", "png"),
        ("jpeg", b"\xff\xd8\xff\xe0", "jpg"),
        ("webp", b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        ("png", b"MZ\x90\x00" + bytes(99), "bin"),
        ("lrc", "[00:01.00]漢".encode(), "lrc"),
        ("json", b"{}", "json"),
        ("png", b"{}", "txt"),
        ("mid", b"MThd\x00\x00\x00\x06", "mid"),
    ],
)
def test_the_extension_of_a_file_beside_the_music_is_not_the_vendors_to_choose(
    tmp_path, told, body, extension
):
    asset = Asset(kind="image", name="a", containers=(told,), source=lambda t: t.file.write(body))
    (save,) = destination(tmp_path).saves([asset], tag="", on_progress=lambda path, part: None)
    with Landing(save) as landing:
        saved = landing.make()
    assert (saved.path.name, saved.container) == (f"a.{extension}", extension)


def test_a_link_that_somebody_planted_is_not_followed(tmp_path):
    (tmp_path / "theirs").write_bytes(b"precious")
    (tmp_path / "a.wav.t.part").symlink_to(tmp_path / "theirs")
    asset = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    with Landing(Save(asset=asset, path=tmp_path / "a.wav", tag="t")) as landing:
        landing.make()
    assert (tmp_path / "theirs").read_bytes() == b"precious"
    assert not (tmp_path / "a.wav").is_symlink()


def test_a_folder_where_the_unfinished_file_would_be_is_in_nobodys_way(tmp_path):
    (tmp_path / "a.wav.t.part").mkdir()
    asset = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    with Landing(Save(asset=asset, path=tmp_path / "a.wav", tag="t")) as landing:
        assert landing.make().path == tmp_path / "a.wav"


@pytest.mark.parametrize("exact", [True, False])
def test_without_hard_links_nothing_is_overwritten_either(tmp_path, monkeypatch, exact):
    def no_links(*args, **how):
        raise OSError("this file system has none")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a.wav").symlink_to(tmp_path / "nowhere")
    asset = Asset(kind="track", name="a", containers=("wav",), source=lambda t: t.file.write(WAV))
    with Landing(Save(asset=asset, path=tmp_path / "a.wav", tag="t", exact=exact)) as landing:
        if exact:
            with pytest.raises(TargetError, match="exists"):
                landing.make()
        else:
            assert landing.make().path == tmp_path / "a-2.wav"
    assert (tmp_path / "a.wav").is_symlink()


def test_a_link_that_leads_nowhere_is_a_file_that_exists(tmp_path):
    (tmp_path / "a.wav").symlink_to(tmp_path / "nowhere")
    with pytest.raises(TargetError, match="exists already"):
        destination(tmp_path / "a.wav")
