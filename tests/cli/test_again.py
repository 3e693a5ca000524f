"""`segue again`: an earlier task, changed."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def first(segue):
    done = segue("generate", "hush", "--title", "One", "--seed", "3", "--duration", "2", "--json")
    return json.loads(done.stdout)["job"]


def newest(journal):
    return journal.entries()[0]


def test_the_same_task_is_a_new_job(segue, first, journal):
    done = segue("again", first[:6], "-o", "out/", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["backend"], told["job"] != first) == (0, "silence", True)
    assert newest(journal).task == journal.entry(first).task


def test_what_is_given_changes_it(segue, first, journal):
    assert segue("again", first, "--seed", "9", "--prompt", "hush now", "-b", "dear").exit_code == 0
    entry = newest(journal)
    assert entry.backend == "dear"
    assert entry.task["seed"] == 9
    assert (entry.task["prompt"], entry.task["title"]) == ("hush now", "One")


def test_the_model_is_that_of_the_new_backend(segue, first, journal):
    segue("again", first, "-b", "silence/quiet")
    assert (newest(journal).backend, newest(journal).task["model"]) == ("silence/quiet", "quiet")
    segue("again", newest(journal).job)
    assert newest(journal).backend == "silence/quiet"
    segue("again", newest(journal).job, "-b", "dear")
    assert newest(journal).task["model"] is None


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["nobody"], 2, "no job"),
        ([], 2, "missing argument 'JOB'"),
        (["FIRST", "--voice", "Ann"], 2, "voice='Ann' is not supported"),
        (["FIRST", "-b", "nobody"], 2, "no installed distribution"),
        (["FIRST", "--bpm", "3"], 2, "write a number from 20 to 400"),
    ],
)
def test_what_cannot_be_repeated_is_told(segue, first, args, code, told, journal):
    done = segue("again", *(first if arg == "FIRST" else arg for arg in args))
    assert (done.exit_code, told in done.stderr) == (code, True), done.stderr
    assert len(journal.entries()) == 1


def test_a_job_that_is_known_by_its_ticket_only_has_no_task(segue, monkeypatch, tmp_path):
    ticket = segue("generate", "hush", "--no-wait").stdout
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "other.sqlite3"))
    segue("jobs", "resume", "-", input=ticket)
    done = segue("again", json.loads(ticket)["job"])
    assert "has no task in the journal, only a ticket" in done.stderr


def test_any_kind_of_task_is_repeated(segue, journal):
    made = json.loads(segue("generate", "waltz", "--duration", "2", "-b", "local", "--json").stdout)
    import segue as library

    with library.Client("local") as client:
        ticket = client.resume(made["job"]).ticket
        client.generate_and_wait(library.Stems(source=library.Source(ticket=ticket)), to="stems/")
    stems = newest(journal)
    assert segue("again", stems.job, "-o", "more/", "-q").exit_code == 0
    assert newest(journal).task["type"] == "stems"
    done = segue("again", stems.job, "--bpm", "90")
    assert (done.exit_code, "'stems', has no field 'bpm'" in done.stderr) == (2, True)
    done = segue("again", stems.job, "-b", "silence")
    assert (done.exit_code, "silence does not support 'stems' tasks" in done.stderr) == (2, True)
