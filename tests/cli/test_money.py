"""`--max-cost` and `segue quote`: what it may cost, and what it would cost."""

from __future__ import annotations

import json

import pytest


def test_a_price_over_the_limit_is_refused_before_anything_is_sent(segue, journal):
    done = segue("generate", "hush", "-b", "dear", "--max-cost", "0.15USD")
    assert done.exit_code == 1
    assert "dear would cost up to 0.20 USD, and the limit is 0.15 USD" in done.stderr
    assert journal.entries() == []


def test_a_price_within_the_limit_is_paid(segue):
    assert segue("generate", "hush", "-b", "dear", "--max-cost", "0.20 usd").exit_code == 0


def test_another_unit_is_refused(segue):
    done = segue("generate", "hush", "-b", "dear", "--max-cost", "15credits")
    assert (done.exit_code, "dear is paid in USD" in done.stderr) == (1, True)


@pytest.mark.parametrize("amount", ["5", "USD", "-1USD", "1,50 USD"])
def test_what_is_no_amount_is_wrong_usage(segue, amount):
    done = segue("generate", "hush", f"--max-cost={amount}")
    assert done.exit_code == 2
    assert "for --max-cost: " in done.stderr
    assert "such as '0.50 USD' or '15 credits'" in done.stderr


def test_a_quote_is_a_sentence(segue):
    done = segue("quote", "hush", "-b", "dear")
    assert done.stdout == "0.14 USD, at most 0.20 USD (an estimate): 60 s, 0.14 USD each\n"


def test_a_quote_as_json(segue, journal):
    told = json.loads(segue("quote", "hush", "-b", "dear", "--json").stdout)
    assert (told["backend"], told["cost"], told["maximum"]) == ("dear", "0.14 USD", "0.20 USD")
    assert told["estimate"]
    assert journal.entries() == []


def test_a_backend_without_prices_says_so(segue):
    done = segue("quote", "hush", "-b", "stubborn")
    assert done.exit_code == 2
    assert "stubborn gives no quotes; see the vendor's price list" in done.stderr


def test_a_task_that_would_be_refused_has_no_price(segue):
    assert segue("quote", "hush", "-b", "dear", "--voice", "Ann").exit_code == 2


def test_the_next_backend_is_tried_when_the_first_one_refuses(segue, behaving):
    behaving(behaviour="refuse")
    done = segue("generate", "hush", "-b", "silence", "-b", "keen", "--json")
    assert json.loads(done.stdout)["backend"] == "keen"
    assert "note: silence failed" in done.stderr


def test_when_none_is_left_every_reason_is_told(segue, behaving):
    behaving(behaviour="refuse")
    done = segue("generate", "hush", "-b", "silence", "-b", "silence/quiet")
    assert done.exit_code == 1
    assert "no backend of 2 could do it" in done.stderr


def test_the_help_tells_the_code_of_a_price_that_is_too_high(segue):
    told = " ".join(segue("generate", "--help").stdout.split())
    assert "1 failed, or over a price limit (--max-cost, budgets)" in told
    assert "nothing is submitted: exit code 1" in told


def test_a_balance_is_a_line_for_each_unit(segue):
    done = segue("balance", "-b", "dear")
    assert (done.exit_code, done.stdout) == (0, "12.50 USD\n3 credits\n")


def test_a_balance_as_json(segue, journal):
    told = json.loads(segue("balance", "-b", "dear/grand", "--json").stdout)
    assert told == {"ok": True, "backend": "dear", "balance": ["12.50 USD", "3 credits"]}
    assert journal.entries() == []


def test_a_backend_without_a_balance_says_so_and_where_to_look(segue):
    done = segue("balance", "-b", "closed")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "closed reports no balance; see your account on its website: https://closed" in (
        done.stderr
    )


def test_a_backend_without_a_key_has_no_account(segue):
    done = segue("balance", "--json")
    assert done.exit_code == 2
    assert "silence needs no key, so there is no account" in done.stderr
    assert json.loads(done.stdout)["error"]["type"] == "Unsupported"


def test_a_balance_without_the_key_is_an_error_that_names_it(segue):
    done = segue("balance", "-b", "owing")
    assert done.exit_code == 1
    assert "OWING_KEY" in done.stderr


def test_a_maker_refuses_what_it_cannot_make_before_submitting(segue, journal):
    done = segue("generate", "hush", "-o", "a.mp3")
    assert (done.exit_code, journal.entries()) == (2, [])
    assert "cannot make a .mp3 file" in done.stderr
