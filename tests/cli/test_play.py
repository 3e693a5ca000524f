"""Hearing it: a player on the PATH is given whole audio files and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from segue.cli import players


@pytest.fixture
def path(tmp_path, monkeypatch):
    """An empty PATH, into which a test puts players."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(players, "find_spec", lambda _name: None)
    return folder


@pytest.fixture
def heard(path, tmp_path):
    """Install a player, which writes down what it is given; yields what it was given."""

    def install(name, code=0):
        notes = tmp_path / "heard.jsonl"
        script = path / name
        script.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"open({str(notes)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
            f"sys.stderr.write('no sound card')\nsys.exit({code})\n"
        )
        script.chmod(0o755)
        return lambda: [json.loads(line) for line in notes.read_text().splitlines()]

    return install


def test_a_file_is_played(segue, heard):
    told = heard("ffplay")
    segue("generate", "hush", "-o", "out/quiet.wav")
    done = segue("play", "out/quiet.wav")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "playing out/quiet.wav\n"
    assert told() == [
        ["-nodisp", "-autoexit", "-loglevel", "error", str(Path("out/quiet.wav").absolute())]
    ]


def test_a_job_is_played_by_its_name_and_the_newest_without(segue, heard):
    told = heard("mpv")
    names = [
        json.loads(segue("generate", "hush", "-o", f"{n}.wav", "--json").stdout)["job"]
        for n in (1, 2)
    ]
    assert segue("play", names[0][:8]).exit_code == 0
    assert segue("play").exit_code == 0
    assert [Path(args[-1]).name for args in told()] == ["1.wav", "2.wav"]


@pytest.mark.parametrize("how", [["generate", "hush"], ["jobs", "resume"], ["generate", "-n"]])
def test_it_is_played_once_it_is_saved(segue, heard, how):
    told = heard("aplay")
    if how[0] == "jobs":
        how = [*how, json.loads(segue("generate", "hush", "--no-wait").stdout)["job"]]
    if how[-1] == "-n":
        how = ["generate", "hush", "--count", "2"]
    done = segue(*how, "--play", "-o", "out/")
    assert done.exit_code == 0
    assert all(Path(args[-1]).read_bytes().startswith(b"RIFF") for args in told())
    assert len(told()) == (2 if "--count" in how else 1)


def test_what_cannot_be_played_is_saved_all_the_same(segue, heard, named):
    heard("aplay", code=1)
    done = segue("generate", "hush", "--play")
    assert (done.exit_code, done.stdout) == (0, f"{named()}\n")
    assert "note: saved, but not played: aplay could not play" in done.stderr
    alone = segue("play", named())
    assert alone.exit_code == 1
    assert alone.stderr.splitlines()[-1].endswith(f"{named()}: no sound card")


def test_that_there_is_no_player_is_told_before_a_job_is_sent(segue, path, journal, named):
    done = segue("generate", "hush", "--play")
    assert done.exit_code == 2
    assert "found no player for .wav files; install ffmpeg" in done.stderr
    assert journal.entries() == []
    segue("generate", "hush")
    assert segue("play", named()).stderr.startswith("error: found no player")


def test_a_player_that_is_named_comes_first(segue, heard, monkeypatch, named):
    heard("ffplay")
    told = heard("mine")
    segue("generate", "hush")
    monkeypatch.setenv("SEGUE_PLAYER", "mine --loud")
    assert segue("play", named()).exit_code == 0
    assert told()[0][0] == "--loud"
    for name, why in (("other", "'other' was not found"), ("'", "cannot be parsed")):
        monkeypatch.setenv("SEGUE_PLAYER", name)
        done = segue("play", named())
        assert (done.exit_code, why in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"<html>not found</html>", "is not audio"), (None, "no such file")],
)
def test_what_is_no_audio_is_not_played(segue, heard, tmp_path, content, told):
    heard("ffplay")
    if content is not None:
        Path("song.wav").write_bytes(content)
    done = segue("play", "song.wav")
    assert (done.exit_code, told in done.stderr) == (2, True)
    assert not (tmp_path / "heard.jsonl").exists()


def test_a_job_without_sound_says_what_to_do(segue, heard, behaving):
    heard("ffplay")
    behaving(seconds=30.0)
    job = json.loads(segue("generate", "hush", "--no-wait").stdout)["job"]
    done = segue("play", job)
    assert done.exit_code == 1
    assert f"has nothing to play: it is waiting; `segue jobs resume {job}`" in done.stderr
    assert segue("play").exit_code == 2
    behaving()


def test_a_file_that_has_changed_is_told_and_one_that_is_gone_is_not_played(segue, heard, named):
    heard("ffplay")
    job = json.loads(segue("generate", "hush", "--json").stdout)["job"]
    with Path(named()).open("ab") as file:
        file.write(b"tag")
    assert f"{named()} has changed since it was saved" in segue("play", job).stderr
    Path(named()).unlink()
    done = segue("play", job)
    assert (done.exit_code, f"{named()} is missing" in done.stderr) == (1, True)


def test_the_library_plays_where_no_program_does(segue, path, monkeypatch, named):
    played = []

    class PortAudioError(Exception):
        pass

    fake = type(sys)("sounddevice")
    fake.PortAudioError = PortAudioError
    fake.play = lambda samples, rate, blocking: played.append((len(samples), rate, blocking))
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(players, "find_spec", lambda _name: object())
    segue("generate", "hush")
    assert segue("play", named()).exit_code == 0
    assert played == [(8000, 8000, True)]
