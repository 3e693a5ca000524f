"""The standard streams in place of files: a prompt that is read, and audio that is written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from segue.cli import outlet


def run(command, *args, **how):
    return subprocess.run([*command, *args], capture_output=True, timeout=60, check=False, **how)


def leftovers():
    return list(Path(outlet.tempfile.gettempdir()).glob("segue-out-*"))


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(outlet.tempfile, "tempdir", None)


@pytest.mark.parametrize("command_", ["generate", "quote"])
def test_a_dash_is_a_prompt_from_the_standard_input(segue, journal, command_):
    assert segue(command_, "-", input="  hush,\nplease \n").exit_code == 0
    if command_ == "generate":
        assert journal.entries()[0].task["prompt"] == "hush,\nplease"


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_standard_input_is_no_prompt(segue, text):
    done = segue("generate", "-", input=text)
    assert (done.exit_code, "standard input is empty" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_the_audio_goes_to_the_standard_output_and_words_do_not(command, folder, name):
    done = run(command, "generate", "hush", "-o", name)
    assert done.returncode == 0
    whole = int.from_bytes(done.stdout[4:8], "little") + 8
    assert (done.stdout[:4], len(done.stdout)) == (b"RIFF", whole)
    assert whole > 16_044  # a second of silence, and its tags
    assert b"succeeded" in done.stderr
    assert list(folder.iterdir()) == leftovers() == []


def test_nothing_stays_of_what_goes_nowhere(command, folder):
    done = run(command, "generate", "hush", "-o", "/dev/null", "--json")
    assert json.loads(done.stdout)["ok"]
    assert list(folder.iterdir()) == leftovers() == []
    assert Path("/dev/null").is_char_device()


def test_a_job_of_a_stream_is_resumed_into_a_stream_or_a_folder(command, segue, named):
    run(command, "generate", "hush", "-o", "-")
    job = json.loads(segue("jobs", "--json").stdout)["jobs"][0]["job"]
    done = run(command, "jobs", "resume", job, "-o", "-")
    assert done.stdout[:4] == b"RIFF"
    assert segue("jobs", "resume", job, "-q").stdout == f"{named()}\n"
    row = segue("jobs").stdout
    assert named() in row


def test_the_prompt_stands_for_a_file_that_did_not_stay(command, segue):
    run(command, "generate", "hush", "-o", "-")
    assert segue("jobs").stdout.rstrip().endswith("hush")


def test_a_reader_that_goes_away_loses_nothing(command, segue, named):
    line = " ".join([*command, "generate", "hush", "-o", "-", "|", "true"])
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    (kept,) = leftovers() or [None]
    if kept is not None:  # unless all of it fitted into the pipe
        assert f"the saved files are in {kept}" in done.stderr
        assert [path.name for path in kept.iterdir()] == [named()]


def test_a_terminal_and_json_are_no_place_for_audio(segue, command, journal):
    done = segue("generate", "hush", "-o", "-", "--json")
    assert (done.exit_code, "--json writes to standard output" in done.stderr) == (2, True)
    assert journal.entries() == []


def test_a_failed_job_of_a_stream_leaves_no_folder(segue, behaving):
    behaving(behaviour="fail")
    assert segue("generate", "hush", "-o", "/dev/null").exit_code == 1
    assert leftovers() == []


def test_a_standard_input_that_is_closed_is_an_empty_one(command, folder):
    line = " ".join([*command, "generate", "-", "<&-"])
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, "standard input is empty" in done.stderr) == (2, True), done.stderr
