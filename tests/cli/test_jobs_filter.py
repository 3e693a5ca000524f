"""`segue jobs` with filters, and page by page."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from segue.events import Intent, Submitted
from segue.job import Ticket

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(journal):
    for number, prompt in enumerate(["a lost waltz", "lofi", "drone", "waltz two", "rain"]):
        job, at = f"job{number}", NOON + timedelta(days=number)
        ticket = Ticket(provider="toy", id=job, job=job)
        journal.write(
            Intent(
                job=job,
                at=at,
                backend="toy/small" if number % 2 else "other",
                task={"type": "generate", "prompt": prompt},
                key=f"key {job}",
                owner="studio:1::x",
                labels={"user": str(number % 2)},
                order_key=f"order-{number}",
            )
        )
        if number != 1:
            journal.write(Submitted(job=job, at=at, ticket=ticket))
    return journal


def listed(segue, *options):
    done = segue("jobs", "--json", *options)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    return [job["job"] for job in told["jobs"]], told["after"]


@pytest.mark.parametrize(
    ("options", "jobs"),
    [
        ([], ["job1", "job4", "job3", "job2", "job0"]),
        (["--label", "user=0"], ["job4", "job2", "job0"]),
        (["--label", "user=1", "--state", "submitted"], ["job3"]),
        (["--text", "WALTZ"], ["job3", "job0"]),
        (["--backend", "toy"], ["job1", "job3"]),
        (["-b", "toy/small"], ["job1", "job3"]),
        (["--since", "2026-05-03"], ["job4", "job3", "job2"]),
        (["--until", "2026-05-02T00:00+00:00"], ["job0"]),
    ],
)
@pytest.mark.usefixtures("filled")
def test_only_the_wanted_jobs_are_listed(segue, options, jobs):
    assert listed(segue, *options) == (jobs, None)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_the_pages_hold_every_job(segue, limit):
    """The one whose outcome is unknown comes first, and again in its place."""
    jobs, after = listed(segue, "--limit", limit)
    assert jobs[0] == "job1"
    while after is not None:
        page, after = listed(segue, "--limit", limit, "--after", after)
        jobs += page
    assert [job for job in jobs[1:] if job != "job1"] == ["job4", "job3", "job2", "job0"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--since", "yesterday"], "2026-05-01T14:30"),
        (["--label", "user"], "NAME=VALUE"),
        (["--label", "=7"], "64 printable characters"),
        (["--after", "page two"], "cursor"),
    ],
)
def test_what_is_no_filter_is_refused(segue, options, word):
    done = segue("jobs", *options)
    assert done.exit_code == 2
    assert word in done.stderr


@pytest.mark.usefixtures("filled")
def test_a_job_shows_its_key_and_labels(segue):
    assert json.loads(segue("jobs", "show", "job3", "--json").stdout)["labels"] == {"user": "1"}
    shown = segue("jobs", "show", "job3").stdout
    assert "key\torder-3" in shown
    assert "label user\t1" in shown
