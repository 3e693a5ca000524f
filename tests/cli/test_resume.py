"""`segue jobs resume`: every paid job comes home, or it is said exactly why not."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.cli import prompts
from segue.client import Client
from segue.events import Released
from segue.job import Ticket

from .test_jobs import lost, rows, submitted


def test_a_job_goes_where_it_was_told_to_go(segue, folder, monkeypatch, tmp_path):
    name = submitted(segue, "-o", "out/quiet.wav")
    monkeypatch.chdir(tmp_path)
    done = segue("jobs", "resume", name[:5])
    assert done.stdout == f"{folder}/out/quiet.wav\n"
    assert done.stderr.splitlines()[:2] == [f"resuming: job {name} at silence", "succeeded"]


def test_resume_is_told_as_generate_is_told(segue):
    told = json.loads(segue("jobs", "resume", submitted(segue), "--json").stdout)
    assert told.keys() == json.loads(segue("generate", "hush", "--json").stdout).keys()


@pytest.mark.parametrize("args", [[], ["--json"]])
def test_a_ticket_is_as_good_as_a_name(segue, args):
    ticket = segue("generate", "hush", "--no-wait", *args).stdout
    Path("t.json").write_text(ticket)
    assert segue("jobs", "resume", "@t.json", "-o", "a.wav", "-q").stdout == "a.wav\n"
    assert segue("jobs", "resume", "-", "-o", "b.wav", "-q", input=ticket).stdout == "b.wav\n"


def test_a_ticket_from_elsewhere_is_listed_from_then_on(segue, monkeypatch):
    Path("t.json").write_text(ticket := segue("generate", "hush", "--no-wait").stdout)
    monkeypatch.setenv("SEGUE_JOURNAL", "other.sqlite3")
    name = f"silence-{json.loads(ticket)['job']}.wav"  # nothing here knows its prompt
    assert segue("jobs", "resume", "@t.json", "-q").stdout == f"{name}\n"
    assert rows(segue)[0][3] == "saved"


@pytest.mark.parametrize("text", ["", "[]", "{}", "no"])
def test_what_is_no_ticket_is_wrong_usage(segue, text):
    done = segue("jobs", "resume", "-", input=text)
    assert (done.exit_code, "not a ticket" in done.stderr) == (2, True)


@pytest.mark.parametrize("args", [[], ["x", "--all"], ["x", "y", "--submit-again"]])
def test_it_must_be_clear_which_jobs_are_meant(segue, args):
    assert segue("jobs", "resume", *args).exit_code == 2


def test_the_exit_codes_are_those_of_generate(segue, behaving):
    behaving(behaviour="fail")
    failing = submitted(segue)
    done = segue("jobs", "resume", failing)
    assert (done.exit_code, "somebody coughed" in done.stderr) == (1, True)
    behaving(seconds=60.0)
    slow = submitted(segue)
    done = segue("jobs", "resume", slow, "--timeout", "0.1")
    assert (done.exit_code, f"`segue jobs resume {slow}`" in done.stderr) == (4, True)


def test_what_is_home_already_is_not_fetched_again(segue, named):
    segue("generate", "hush")
    name = rows(segue)[0][0]
    before = Path(named()).stat().st_mtime_ns
    done = segue("jobs", "resume", name)
    assert (done.exit_code, done.stdout) == (0, f"{named()}\n")
    assert f"job {name} is already downloaded" in done.stderr
    assert Path(named()).stat().st_mtime_ns == before
    assert segue("jobs", "resume", name, "-o", "again.wav", "-q").stdout == "again.wav\n"
    told = json.loads(segue("jobs", "resume", name, "--json", "-o", "b.wav").stdout)
    assert told.keys() == json.loads(segue("jobs", "resume", name, "--json").stdout).keys()


def test_a_file_that_is_gone_is_fetched_again(segue):
    segue("generate", "hush", "-o", "a.wav")
    Path("a.wav").unlink()
    done = segue("jobs", "resume", rows(segue)[0][0])
    assert (done.exit_code, Path("a.wav").exists()) == (0, True)
    assert "is missing: downloading it again" in done.stderr


def test_a_file_that_is_gone_everywhere_is_said_to_be(segue, journal):
    segue("generate", "hush", "-o", "a.wav")
    name = rows(segue)[0][0]
    journal.write(Released(job=name, at=datetime.now(UTC)))
    assert segue("jobs", "resume", name).exit_code == 0
    Path("a.wav").unlink()
    done = segue("jobs", "resume", name)
    assert (done.exit_code, "the vendor's copy was deleted" in done.stderr) == (1, True)


def test_a_job_that_a_living_process_waits_for_is_left_to_it(segue):
    with Client() as client:
        name = client.submit("hush").ticket.job
        done = segue("jobs", "resume", name)
        assert (done.exit_code, "another process is waiting" in done.stderr) == (1, True)
        done = segue("jobs", "resume", "--all")
        assert (done.exit_code, done.stdout) == (0, "")
        assert f"{name}: busy another process is waiting" in done.stderr
    assert segue("jobs", "resume", name).exit_code == 0


def test_an_unknown_outcome_is_never_sent_again_by_itself(segue):
    name = lost(segue)
    for args in ([name], ["--all"]):
        done = segue("jobs", "resume", *args)
        assert done.exit_code == 3
        assert f"`segue jobs resume {name} --submit-again`" in done.stderr
        assert len(rows(segue, "--all")) == 1


def test_submit_again_is_the_explicit_word(segue):
    """The backend loses every answer, so the second job is in doubt as well as the first."""
    name = lost(segue)
    assert segue("jobs", "resume", name, "--submit-again").exit_code == 3
    assert len(rows(segue)) == 2


@pytest.mark.parametrize("answer", ["n", ""])
def test_at_a_terminal_it_is_asked_before_anything_is_submitted_again(segue, monkeypatch, answer):
    name = lost(segue)
    monkeypatch.setattr(prompts, "interactive", lambda: True)
    done = segue("jobs", "resume", name, "--submit-again", input=f"{answer}\n")
    assert done.exit_code == 1
    assert "and possibly pay twice? [y/N]" in done.stderr
    assert "was not submitted again" in done.stderr
    assert len(rows(segue)) == 1


def test_all_goes_on_after_a_failure_and_tells_of_each(segue, behaving):
    doubtful = lost(segue)
    broken = submitted(segue, "-b", "full")
    fine = submitted(segue)
    done = segue("jobs", "resume", "--all")
    assert done.exit_code == 3
    assert done.stdout == f"{Path.cwd()}/hush-{fine}.wav\n"
    told = [line for line in done.stderr.splitlines() if re.match(r"\w{10}: ", line)]
    assert [line.split()[:2] for line in told] == [
        [f"{doubtful}:", "unknown"],
        [f"{broken}:", "failed"],
        [f"{fine}:", "saved"],
    ]
    assert done.stderr.endswith("1 of 3 jobs downloaded, 1 unknown, 1 failed\n")


def test_all_as_json_is_one_object(segue, behaving):
    behaving(seconds=60.0)
    slow = submitted(segue)
    done = segue("jobs", "resume", "--all", "--timeout", "0.1", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["exit_code"], told["ok"]) == (4, 4, False)
    assert [(job["job"], job["result"]) for job in told["jobs"]] == [(slow, "timed out")]


def test_all_with_nothing_to_do_is_fine(segue):
    segue("generate", "hush")
    done = segue("jobs", "resume", "--all")
    assert (done.exit_code, done.output) == (
        0,
        "nothing to resume: every job has been downloaded\n",
    )


def test_several_jobs_need_a_folder(segue):
    names = [submitted(segue), submitted(segue)]
    assert segue("jobs", "resume", *names, "-o", "a.wav").exit_code == 2
    done = segue("jobs", "resume", *names, "-o", "both", "-q")
    assert (done.exit_code, done.stdout) == (
        0,
        "".join(f"both/hush-{name}.wav\n" for name in names),
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_after_kill_9_while_waiting_all_brings_the_file_home(segue, behaving, command):
    behaving(seconds=1.0)
    Path("a.wav").write_bytes(b"to be replaced")
    process = subprocess.Popen(
        [*command, "generate", "hush", "-o", "a.wav", "--overwrite"],
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr.readline().startswith("submitted: job ")
        process.kill()
    done = segue("jobs", "resume", "--all", "-q")
    assert (done.exit_code, done.stdout) == (0, f"{Path.cwd()}/a.wav\n")
    assert Path("a.wav").read_bytes().startswith(b"RIFF")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_after_kill_9_while_submitting_the_job_is_in_doubt_and_not_sent_again(
    segue, journal, command
):
    process = subprocess.Popen([*command, "generate", "hush", "-b", "hanging"])
    with process:
        while not journal.entries():
            assert process.poll() is None
        process.kill()
    assert rows(segue)[0][3] == "outcome unknown"
    done = segue("jobs", "resume", "--all")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "its process died while it was being sent" in done.stderr


def test_the_ticket_of_a_resumed_job_is_in_the_error(segue, behaving):
    behaving(seconds=60.0)
    name = submitted(segue)
    told = json.loads(segue("jobs", "resume", name, "--timeout", "0.1", "--json").stdout)
    assert Ticket(**told["error"]["ticket"]).job == name
