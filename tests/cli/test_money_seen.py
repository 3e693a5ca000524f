"""What a job costs: before it is sent, while it runs, in the end, and of a whole day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.events import Intent, Terminal
from segue.job import Status
from segue.money import Money, Quote, paid

USD = Money.parse


def told(segue, *args):
    return segue("generate", "hush", "-b", "dear", *args)


def test_a_price_has_a_line_before_the_job_is_submitted(segue):
    lines = told(segue).stderr.splitlines()
    assert lines[0] == "quoted: about 0.14 USD, at most 0.20 USD"
    assert lines[1].startswith("submitted: job ")
    assert lines[-1] == "quoted 0.20 USD"


def test_the_bill_stands_beside_the_quote(segue):
    lines = segue("generate", "hush", "-b", "billing").stderr.splitlines()
    assert lines[-1] == "0.06 USD, quoted 0.06 USD"
    assert lines[0] == "quoted: 0.06 USD"


def test_what_is_free_says_nothing_of_money(segue):
    assert "USD" not in segue("generate", "hush").stderr


def test_json_has_the_bill_or_else_the_quote_by_its_name(segue):
    facts = json.loads(told(segue, "--json").stdout)
    assert (facts["cost"], facts["cost_is"], facts["quoted"]) == ("0.20 USD", "quote", "0.20 USD")
    facts = json.loads(segue("generate", "hush", "-b", "billing", "--json").stdout)
    assert (facts["cost"], facts["cost_is"], facts["quoted"]) == ("0.06 USD", "bill", "0.06 USD")
    facts = json.loads(segue("generate", "hush", "-b", "stubborn", "--json").stdout)
    assert (facts["cost"], facts["cost_is"], facts["quoted"]) == (None, None, None)


def test_a_resumed_job_has_them_too(segue):
    ticket = json.loads(told(segue, "--no-wait").stdout)
    for _ in range(2):  # the second time it is here already
        facts = json.loads(segue("jobs", "resume", ticket["job"], "--json").stdout)
        assert (facts["cost"], facts["cost_is"]) == ("0.20 USD", "quote")


@pytest.mark.parametrize(
    ("bill", "quoted", "words"),
    [
        (None, None, ""),
        (None, USD("0.06 USD"), "quoted 0.06 USD"),
        (USD("0.05 USD"), None, "0.05 USD"),
        (USD("0.05 USD"), USD("0.06 USD"), "0.05 USD, quoted 0.06 USD"),
        (USD("0 USD"), USD("0 USD"), "0 USD"),
        (USD("0 USD"), USD("0.06 USD"), "0 USD, quoted 0.06 USD"),
    ],
)
def test_the_words_for_a_bill_and_a_quote(bill, quoted, words):
    assert paid(bill, quoted) == words


def intent(job, at, price):
    return Intent(
        job=job, at=at, backend="dear", task={}, key=job, owner="o", quoted=price, reserved=price
    )


@pytest.fixture
def spending(journal):
    """Two jobs of today, one of yesterday, and one in another unit."""
    now = datetime.now(UTC)
    before = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(minutes=1)
    journal.write(intent("aa", now, USD("0.20 USD")))
    journal.write(intent("bb", now, USD("0.20 USD")))
    journal.write(Terminal(job="bb", at=now, status=Status.SUCCEEDED, cost=USD("0.14 USD")))
    journal.write(intent("cc", before, USD("5 USD")))
    journal.write(intent("dd", now, USD("3 credits")))


@pytest.mark.usefixtures("spending")
def test_the_sum_of_today_stands_below_the_jobs(segue):
    assert segue("jobs").stderr.splitlines()[-1] == "today (UTC): 0.34 USD, 3 credits"
    assert json.loads(segue("jobs", "--json").stdout)["today"] == {
        "spent": ["0.34 USD", "3 credits"],
        "budget": None,
    }


@pytest.mark.usefixtures("spending")
def test_the_sum_of_today_stands_beside_the_budget(segue):
    Path("segue.toml").write_text('[budget]\nper_day = "1 USD"\n')
    assert segue("jobs").stderr.splitlines()[-1] == "today (UTC): 0.34 USD of 1 USD, 3 credits"
    one = segue("jobs", "--limit", "1", "--json")
    assert json.loads(one.stdout)["today"]["spent"][0] == "0.34 USD"


def test_a_day_without_spending_says_nothing(segue):
    segue("generate", "hush")
    assert "today" not in segue("jobs").stderr


def test_a_dropped_field_is_told_once_and_even_to_who_wants_quiet(segue, named):
    args = ("--voice", "Ann", "--unsupported", "ignore")
    quiet = segue("generate", "hush", *args, "-q")
    assert quiet.stdout == f"{named()}\n"
    assert quiet.stderr.count("dropped: voice='Ann'") == 1
    notes = json.loads(segue("generate", "hush", *args, "--json").stdout)["notes"]
    assert sum("dropped: voice='Ann'" in note for note in notes) == 1


def test_a_providers_note_is_printed_once(segue):
    done = segue("generate", "hush", "-b", "noting")
    assert done.stderr.count("the key of it all is C") == 1


def test_a_price_in_words():
    from segue.cli.progress import quote_text

    assert quote_text(Quote(cost=USD("0.06 USD"))) == "0.06 USD"
    assert quote_text(Quote(cost=USD("0.06 USD"), estimate=True)) == "about 0.06 USD"
