"""The displays, apart from any job."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from segue.cli.progress import Lines, LiveLine, clock
from segue.cli.summary import size, understanding
from segue.errors import JournalError
from segue.job import Snapshot, Status, Ticket
from segue.journal import Entry, State

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def console(**how):
    return Console(file=io.StringIO(), width=60, **how)


def drawn(*snapshots):
    """The moving line, as it stands after the snapshots."""
    screen = console(force_terminal=True, color_system=None)
    shown = LiveLine(screen)
    for snapshot in snapshots:
        shown.update(snapshot)
    with shown.live():
        pass
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.file.getvalue())
    return text.split("\r")[0].splitlines()[0].rstrip()


def test_real_progress_is_shown_with_its_share():
    line = drawn(Snapshot(status=Status.RUNNING, progress=0.4))
    assert re.fullmatch(r". running ━+.* +40%  0:00", line)
    assert len(line) <= 60


def test_without_progress_the_time_is_compared_with_what_is_expected():
    line = drawn(Snapshot(status=Status.RUNNING, expected=90))
    assert re.fullmatch(r". running [━╺╸ ]+ 0:00 of about 1:30", line)


def test_what_the_vendor_says_is_left_beats_what_is_usual():
    line = drawn(Snapshot(status=Status.RUNNING, expected=90, eta=30))
    assert line.endswith("of about 0:30")


def entry(seconds, *, model="a", state=State.DELIVERED):
    ticket = Ticket(provider="hush", id="1", model=model, submitted_at=NOW)
    return Entry(
        job="j", state=state, backend="hush/a", task={}, key="", created=NOW,
        updated=NOW + timedelta(seconds=seconds), ticket=ticket,
    )  # fmt: skip


def test_without_a_word_of_the_vendors_the_times_of_earlier_jobs_are_expected():
    earlier = [entry(40), entry(7, model="b"), entry(3, state=State.ENDED), entry(50), entry(9000)]
    screen = console(force_terminal=True, color_system=None)
    shown = LiveLine(screen)
    shown.earlier(lambda: earlier)
    shown.submitted(Ticket(provider="hush", id="2", model="a", submitted_at=NOW))
    shown.update(Snapshot(status=Status.RUNNING))
    with shown.live():
        pass
    assert "running" in screen.file.getvalue()
    assert "of about 0:50" in screen.file.getvalue()


def test_a_journal_that_is_off_or_broken_keeps_no_job_from_being_shown():
    def broken():
        raise JournalError("the journal is damaged")

    shown = LiveLine(console(force_terminal=True, color_system=None))
    shown.earlier(broken)
    shown.submitted(Ticket(provider="hush", id="2"))


def test_with_neither_there_is_the_elapsed_time():
    assert re.fullmatch(r". queued ━.* 0:00", drawn(Snapshot(status=Status.QUEUED)))


def test_an_unknown_word_is_shown_without_what_could_command_the_terminal():
    line = drawn(Snapshot(status=Status.UNKNOWN, word="a\x1b[2Jb"))
    assert " unknown (a [2Jb) " in line


def test_lines_are_told_once_and_by_tenths():
    screen = console()
    shown = Lines(screen)
    for progress in (0.0, 0.05, 0.11, 0.19, 0.2):
        shown.update(Snapshot(status=Status.RUNNING, progress=progress))
    shown.note("a\nb")
    assert screen.file.getvalue().splitlines() == [
        *("running, 0 %", "running, 10 %", "running, 20 %", "note: a b")
    ]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0:00"), (59.6, "1:00"), (90, "1:30"), (3723, "1:02:03")]
)
def test_times_are_told_as_a_clock_tells_them(seconds, told):
    assert clock(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(512, "512 B"), (16_044, "16.0 kB"), (15_900_000, "15.9 MB"), (2e9, "2.0 GB")],
)
def test_sizes_are_told_in_the_unit_that_fits(count, told):
    assert size(count) == told


def test_what_was_understood_is_told_in_words():
    read = {
        "genre": {"value": "lofi", "from": "prompt"},
        "mood": {"value": [], "from": "genre"},
        "bpm": 90.0,
        "instruments": ["piano", "bass"],
        "duration": 60,
        "key": None,
    }
    assert understanding(read) == "genre lofi, bpm 90, instruments piano bass"
