"""Several pieces by one command, and the same file again."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from segue.journal import State


def facts(done):
    return json.loads(done.stdout)


def results(done):
    return [piece["result"] for piece in facts(done)["pieces"]]


@pytest.fixture
def prompts(folder):
    Path("prompts.txt").write_text("hush\n\n# a comment\na pause\nhush\n")
    return "prompts.txt"


def test_every_line_is_a_prompt_and_has_a_row(segue, prompts):
    done = segue("generate", "--from", prompts, "-o", "out/")
    assert done.exit_code == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[:4] for row in rows] == [
        ["1", "hush", "saved", "0 USD"],
        ["4", "a pause", "saved", "0 USD"],
        ["5", "hush", "saved", "0 USD"],
    ]
    assert all(Path(row[4]).is_file() for row in rows)
    assert done.stderr.splitlines()[-1] == "3 of 3 saved"


def test_the_same_file_again_makes_nothing(segue, prompts, journal):
    first = facts(segue("generate", "--from", prompts, "--json"))
    again = segue("generate", "--from", prompts, "--json")
    assert results(again) == ["there already"] * 3
    assert [p["paths"] for p in facts(again)["pieces"]] == [p["paths"] for p in first["pieces"]]
    assert len(journal.entries()) == 3


def test_a_line_is_known_by_what_it_asks_for(segue, prompts, journal):
    """Not by its place, nor by the file's name; an equal line counts once more."""
    segue("generate", "--from", prompts)
    Path("other.txt").write_text("something new\nhush\na pause\nhush\nhush\n")
    done = segue("generate", "--from", "other.txt", "--json")
    assert results(done) == ["saved", *["there already"] * 3, "saved"]
    done = segue("generate", "--from", "other.txt", "--duration", "1", "--json")
    assert results(done) == ["saved"] * 5  # another task
    done = segue("generate", "--from", "other.txt", "-b", "dear", "--json")
    assert results(done) == ["saved"] * 5  # somebody else
    done = segue("generate", "--from", "other.txt", "--fresh", "--json")
    assert results(done) == ["saved"] * 5


def test_a_file_that_is_gone_is_fetched_without_a_new_job(segue, journal):
    lines = [json.dumps({"prompt": "hush", "to": f"{number}.wav"}) for number in range(3)]
    Path("tasks.jsonl").write_text("\n".join(lines))
    first = facts(segue("generate", "--from", "tasks.jsonl", "--json"))["pieces"]
    Path(first[1]["paths"][0]).unlink()
    again = facts(segue("generate", "--from", "tasks.jsonl", "--json"))["pieces"]
    assert [p["result"] for p in again] == ["there already", "saved", "there already"]
    assert again[1]["job"] == first[1]["job"]
    assert len(journal.entries()) == 3


def test_what_failed_is_made_again_and_the_others_are_not(segue, prompts, behaving):
    behaving(behaviour="fail")
    done = segue("generate", "--from", prompts, "--json")
    assert (done.exit_code, results(done)) == (1, ["failed"] * 3)
    assert "somebody coughed" in facts(done)["pieces"][0]["message"]
    behaving()
    assert results(segue("generate", "--from", prompts, "--json")) == ["saved"] * 3


def test_what_may_be_charged_is_not_sent_again(segue, prompts, journal):
    done = segue("generate", "--from", prompts, "-b", "lost", "--json")
    assert (done.exit_code, results(done)) == (3, ["unknown"] * 3)
    jobs = journal.entries()
    done = segue("generate", "--from", prompts, "-b", "lost", "--json")
    assert (done.exit_code, results(done)) == (3, ["unknown"] * 3)
    assert "may have been charged or not" in facts(done)["pieces"][0]["message"]
    assert journal.entries() == jobs
    for entry in jobs:  # only the user's word lets them be made anew
        segue("jobs", "forget", entry.job, "--yes")
    segue("generate", "--from", prompts, "-b", "lost", "--json")
    assert len(journal.entries()) == 3


def test_what_was_only_submitted_is_brought(segue, prompts, journal):
    done = segue("generate", "--from", prompts, "--no-wait", "--json")
    assert (done.exit_code, results(done)) == (0, ["submitted"] * 3)
    assert {entry.state for entry in journal.entries()} == {State.SUBMITTED}
    assert results(segue("generate", "--from", prompts, "--json")) == ["saved"] * 3
    assert len(journal.entries()) == 3


def test_after_a_kill_the_same_file_goes_on(command, segue, prompts, behaving, journal):
    behaving(seconds=30.0)
    process = subprocess.Popen(
        [*command, "generate", "--from", prompts, "--at-once", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 30
    while len([e for e in journal.entries() if e.state is State.SUBMITTED]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for entry in journal.entries():  # let the vendor be done with them
        ticket = entry.ticket
        assert ticket.state["done"] > time.time()
    behaving()
    done = segue("generate", "--from", prompts, "--timeout", "0.1", "--json")
    assert (done.exit_code, sorted(results(done))) == (4, ["saved", "timed out", "timed out"])
    assert len(journal.entries()) == 3


def test_json_lines_have_fields_backends_and_places(segue, journal):
    lines = [
        {"prompt": "hush", "title": "One", "seed": 3},
        {"prompt": "hush", "backend": "billing", "to": "apart/two.wav"},
    ]
    Path("tasks.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = segue("generate", "--from", "tasks.jsonl", "--duration", "2", "--json")
    one, two = facts(done)["pieces"]
    assert (one["backend"], one["cost"], one["cost_is"]) == ("silence", "0 USD", "quote")
    assert (two["backend"], two["cost"], two["cost_is"]) == ("billing", "0.06 USD", "bill")
    assert two["paths"] == ["apart/two.wav"]
    assert facts(done)["spent"] == ["0.06 USD"]
    tasks = {entry.backend: entry.task for entry in journal.entries()}
    assert (tasks["silence"]["title"], tasks["silence"]["duration"]) == ("One", 2)
    assert results(segue("generate", "--from", "tasks.jsonl", "--duration", "2", "--json")) == [
        "there already",
        "there already",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no prompts"),
        ("# only\n\n", "no prompts"),
        ('{"prompt": "a"}\n{"promt": "b"}', "line 2: unknown key 'promt'; did you mean 'prompt'?"),
        ('{"prompt": "a"}\nb', "line 2: not JSON, but the lines before it are"),
        ('{"prompt": "a"', "line 1: not a JSON object"),
        ('{"title": "a"}', "line 1: no prompt"),
        ('{"prompt": "a", "bpm": 5}', "line 1: bpm=5 is not allowed: write a number from 20"),
        ('{"prompt": "a", "bpm": "x"}', "line 1: bpm='x' is not allowed: write a number"),
        ('{"prompt": "a", "backend": 3}', "line 1: backend must be 'provider/model'"),
        ('{"prompt": "a", "to": ""}', "line 1: to must be the name of a file"),
    ],
)
def test_a_line_that_is_wrong_is_told_before_anything_is_sent(segue, text, told, journal):
    Path("tasks.txt").write_text(text)
    done = segue("generate", "--from", "tasks.txt")
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
    assert journal.entries() == []


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--from", "none.txt"], "for --from: cannot read none.txt"),
        (["hush", "--from", "prompts.txt"], "omit PROMPT"),
        (["hush", "--fresh"], "requires --from"),
        (["--from", "prompts.txt", "-o", "-"], "several pieces need a folder"),
        (["--from", "prompts.txt", "-o", "one.wav"], "one.wav is one file for several pieces"),
        (["hush", "--count", "0"], "for --count: must be"),
        (["hush", "--count", "2", "-o", "song.txt"], "no audio file"),
        ([], "missing argument 'PROMPT'"),
        (["--from", "prompts.txt", "-b", "nobody"], "no installed distribution provides 'nobody'"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_sent(segue, prompts, args, told, journal):
    done = segue("generate", *args)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
    assert journal.entries() == []


def test_prompts_come_from_the_standard_input(segue, journal):
    done = segue("generate", "--from", "-", "-q", input="hush\na pause\n")
    jobs = {entry.task["prompt"]: entry.job for entry in journal.entries()}
    assert done.stdout == f"hush-{jobs['hush']}.wav\na-pause-{jobs['a pause']}.wav\n"


def test_a_count_numbers_files_and_seeds(segue, journal):
    done = segue("generate", "hush", "--count", "3", "--seed", "5", "-o", "song.wav", "-q")
    assert done.stdout == "song-1.wav\nsong-2.wav\nsong-3.wav\n"
    assert sorted(entry.task["seed"] for entry in journal.entries()) == [5, 6, 7]
    assert {entry.label for entry in journal.entries()} == {None}
    again = segue("generate", "hush", "--count", "3", "-o", "song.wav")
    assert (again.exit_code, "song-1.wav exists already" in again.stderr) == (2, True)
    assert len(journal.entries()) == 3


def test_a_count_of_a_file_is_resumed_as_well(segue, prompts, journal):
    segue("generate", "--from", prompts, "--count", "2")
    done = segue("generate", "--from", prompts, "--count", "3", "--json")
    assert sorted(results(done)) == ["saved"] * 3 + ["there already"] * 6
    assert len(journal.entries()) == 9


def test_without_a_journal_a_file_cannot_be_resumed(segue, prompts, monkeypatch):
    monkeypatch.setenv("SEGUE_JOURNAL", "off")
    done = segue("generate", "--from", prompts)
    assert (done.exit_code, "the journal is off" in done.stderr) == (2, True)


def test_one_that_another_process_works_on_is_left_to_it(segue, prompts, journal):
    segue("generate", "--from", prompts, "--no-wait")
    entry = journal.entries()[0]
    from datetime import UTC, datetime

    assert journal.claim(entry.job, "elsewhere:1:x:y", datetime.now(UTC)) is None
    done = segue("generate", "--from", prompts, "--json")
    assert (done.exit_code, sorted(results(done))) == (0, ["busy", "saved", "saved"])


def test_a_look_that_fails_is_told_of_its_piece(segue, journal):
    done = segue("generate", "hush", "--count", "2", "-b", "rough", "-o", "out/")
    assert done.exit_code == 0
    names = {entry.job for entry in journal.entries()}
    told = re.findall(
        r"^(\d): job (\w+): poll failed: rough answered 503: too hot; retrying$",
        done.stderr,
        re.MULTILINE,
    )
    assert {number for number, _ in told} == {"1", "2"}
    assert {job for _, job in told} == names
    done = segue("generate", "hush", "--count", "2", "-b", "rough", "-o", "out/", "--quiet")
    assert done.stderr == ""


def test_ctrl_c_names_the_jobs_that_were_sent(command, journal):
    process = subprocess.Popen(
        [*command, "generate", "hush", "--count", "2", "-b", "endless", "-o", "out/"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 30
    while len(journal.entries(states=[State.SUBMITTED])) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    names = [entry.job for entry in journal.entries()]
    assert all(f"not finished\t0 USD\t{name}" in out for name in names), out
    last = err.splitlines()[-1]
    assert "interrupted; 2 not finished; `segue jobs resume" in last
    assert all(name in last for name in names)
