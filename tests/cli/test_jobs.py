"""`segue jobs`: the list, and what can be told and done about one job."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue._journal.sqlite import SqliteJournal
from segue._process.owner import new_owner
from segue.cli import prompts
from segue.client import Client
from segue.errors import JournalError
from segue.events import Intent, Submitted
from segue.job import Ticket
from segue.money import Money


def submitted(segue, *args):
    """The name of a job that nobody waits for."""
    return json.loads(segue("generate", "hush", "--no-wait", *args).stdout)["job"]


def lost(segue):
    """The name of a job whose answer was lost."""
    assert segue("generate", "hush", "-b", "lost").exit_code == 3
    return json.loads(segue("jobs", "--json", "--state", "unknown").stdout)["jobs"][0]["job"]


def rows(segue, *args):
    done = segue("jobs", *args)
    assert done.exit_code == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def intent(journal, name, owner):
    journal.write(
        Intent(
            job=name,
            at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
            backend="silence",
            task={"type": "generate", "prompt": "a lost waltz"},
            key="k",
            owner=owner,
            quoted=Money.parse("0.14 USD"),
        )
    )


def test_without_any_job_the_list_is_empty_and_makes_no_file(segue, tmp_path):
    done = segue("jobs")
    assert (done.exit_code, done.output) == (0, "")
    assert not (tmp_path / "state").exists()


def test_every_job_is_a_line_newest_first(segue):
    segue("generate", "hush")
    waiting = submitted(segue, "-b", "dear")
    first, second = rows(segue)
    assert (first[0], first[2:]) == (waiting, ["dear", "waiting", "quoted 0.20 USD", "hush"])
    assert second[2:] == ["silence", "saved", "quoted 0 USD", f"hush-{second[0]}.wav"]
    assert datetime.strptime(first[1], "%Y-%m-%d %H:%M")


def test_a_failed_job_tells_the_reason(segue, behaving):
    behaving(behaviour="fail")
    segue("generate", "hush")
    assert rows(segue)[0][3] == "failed: somebody coughed"


def test_a_job_of_unknown_outcome_comes_first_with_what_is_known_and_the_choices(segue, journal):
    intent(journal, "aaaa", "elsewhere:1:2:dead")  # its lease is over
    submitted(segue)
    done = segue("jobs", "--limit", "1")
    assert done.stdout.startswith("aaaa\t")
    assert "outcome unknown\tquoted 0.14 USD\ta lost waltz" in done.stdout
    [told] = done.stderr.splitlines()
    assert "quoted at 0.14 USD, 'a lost waltz') may have been charged or not" in told
    assert told.endswith("`segue jobs forget aaaa` or `segue jobs resume aaaa --submit-again`")


def test_a_job_that_is_just_being_submitted_is_not_in_doubt(segue, journal):
    intent(journal, "aaaa", new_owner())
    journal.claim("aaaa", "", datetime(2026, 1, 2, tzinfo=UTC))
    owner = new_owner()
    journal.claim("aaaa", owner, datetime.now(UTC))
    done = segue("jobs")
    assert "\tbeing submitted\t" in done.stdout
    assert done.stderr == ""


def test_states_and_a_limit_choose(segue):
    segue("generate", "hush")
    waiting = [submitted(segue), submitted(segue)]
    assert [row[0] for row in rows(segue, "--state", "submitted")] == waiting[::-1]
    assert len(rows(segue, "--state", "submitted", "--state", "delivered")) == 3
    assert [row[0] for row in rows(segue, "--limit", "1")] == waiting[-1:]
    done = segue("jobs", "--state", "lost")
    assert done.exit_code == 2
    assert "'lost' is not one of intent, refused, unknown, submitted" in done.stderr


def test_a_forgotten_job_is_listed_by_all_only(segue):
    name = submitted(segue)
    assert segue("jobs", "forget", name, "--yes").stdout == f"{name} forgotten\n"
    assert rows(segue) == []
    assert rows(segue, "--all")[0][3] == "forgotten"


def test_the_list_as_json(segue):
    name = submitted(segue)
    [told] = json.loads(segue("jobs", "--json").stdout)["jobs"]
    assert (told["job"], told["state"], told["doubtful"]) == (name, "submitted", False)
    assert told["next"] == [f"segue jobs resume {name}", f"segue jobs cancel {name}"]


def test_a_journal_that_is_off_knows_no_jobs(segue, monkeypatch):
    monkeypatch.setenv("SEGUE_JOURNAL", "off")
    done = segue("jobs")
    assert done.exit_code == 2
    assert "the journal is off, so no job is known; set SEGUE_JOURNAL" in done.stderr
    told = json.loads(segue("generate", "hush", "--json").stdout)
    assert told["files"][0]["path"] == f"hush-{told['job']}.wav"


def test_show_tells_everything_and_no_secret(segue):
    name = submitted(segue, "-b", "stubborn", "--title", "Hush")
    done = segue("jobs", "show", name[:6])
    told = [line.split("\t") for line in done.stdout.splitlines()]
    assert ["state", "waiting"] in told
    assert ["title", "Hush"] in told
    assert ["ticket id", "shh"] in told
    assert ["next", f"segue jobs resume {name}"] in told
    assert "s3cr3t" not in done.output + segue("jobs", "show", name, "--json").output
    assert "s3cr3t" not in segue("jobs", "--json").output


def test_show_names_files_with_their_checksums(segue, named):
    segue("generate", "hush")
    told = json.loads(segue("jobs", "show", rows(segue)[0][0], "--json").stdout)
    [file] = told["files"]
    assert (file["path"], len(file["sha256"])) == (str(Path.cwd() / named()), 64)


def test_show_names_who_is_at_work(segue):
    with Client() as client:
        name = client.submit("hush").ticket.job
        told = json.loads(segue("jobs", "show", name, "--json").stdout)
        assert told["held_by"].startswith("process ")
        assert told["next"] == []


def test_the_ticket_is_printed_when_asked_for_and_said_to_be_secret(segue):
    name = submitted(segue, "-b", "stubborn")
    done = segue("jobs", "show", name, "--ticket")
    assert Ticket.from_json(done.stdout).secrets == {"token": "s3cr3t"}
    assert "keep the ticket secret" in done.stderr


def test_a_name_that_nobody_has_is_wrong_usage(segue):
    done = segue("jobs", "show", "nothing")
    assert done.exit_code == 2
    assert "knows no job 'nothing'; `segue jobs` lists them" in done.stderr


def test_cancel_prints_how_the_job_ended(segue, behaving):
    behaving(seconds=60.0)
    name = submitted(segue)
    with Client() as client:
        client.resume(name)  # a process that waits for it is no obstacle
        assert segue("jobs", "cancel", name).output == "cancelled\n"
    assert rows(segue)[0][3] == "cancelled"
    done = segue("jobs", "cancel", name)
    assert (done.exit_code, "has already ended: cancelled" in done.stderr) == (1, True)


def test_cancel_says_when_a_vendor_cannot(segue):
    done = segue("jobs", "cancel", submitted(segue, "-b", "stubborn"))
    assert done.exit_code == 1
    assert "stubborn cannot stop a job; it goes on and stays billed" in done.stderr


def test_cancel_of_an_unknown_outcome_has_nothing_to_cancel(segue):
    done = segue("jobs", "cancel", lost(segue))
    assert done.exit_code == 3
    assert "cannot be cancelled: outcome unknown" in done.stderr


def test_to_forget_what_may_be_paid_for_takes_an_explicit_word(segue):
    name = lost(segue)
    done = segue("jobs", "forget", name)
    assert done.exit_code == 2
    assert "is no longer listed, even if it was paid for: --yes" in done.stderr
    assert len(rows(segue)) == 1


@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("", 1), ("y", 0)])
def test_at_a_terminal_it_is_asked_before_a_job_is_forgotten(segue, monkeypatch, answer, left):
    name = submitted(segue)
    monkeypatch.setattr(prompts, "interactive", lambda: True)
    done = segue("jobs", "forget", name, input=f"{answer}\n")
    assert (done.exit_code, len(rows(segue))) == (left, left)


def test_a_job_that_is_over_is_forgotten_without_a_question(segue):
    segue("generate", "hush")
    assert segue("jobs", "forget", rows(segue)[0][0]).exit_code == 0


def test_a_job_that_could_not_be_written_down_leaves_its_ticket(segue, monkeypatch, folder, named):
    """The vendor has taken it, and then the disk is full."""
    write = SqliteJournal.write

    def full(self, event):
        if isinstance(event, Submitted):
            raise JournalError("the disk is full")
        write(self, event)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteJournal, "write", full)
        done = segue("generate", "hush")
    [kept] = folder.glob("segue-*.ticket.json")
    assert done.exit_code == 1
    assert f"`segue jobs resume @{kept}`" in done.stderr
    assert kept.stat().st_mode & 0o077 == 0
    assert segue("jobs", "resume", f"@{kept}", "-q").stdout == f"{Path.cwd()}/{named()}\n"
