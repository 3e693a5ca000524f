"""What may be sent again, and when to look: the table of the module, row by row."""

from datetime import UTC, datetime
from random import Random

import pytest

from segue._data.header_times import retry_after
from segue._pace import retry_policy as policy
from segue._pace.durations import Typical, likely_done
from segue._pace.rate_limit import LAVISH, Gate
from segue.errors import ConnectionLost, NotSent
from segue.flow import Call, Reply
from segue.provider import Cadence, Limits

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FREE = Call(method="POST", url="/x")
PAID = Call(method="POST", url="/x", spends=True)
KEYED = Call(method="POST", url="/x", spends=True, idempotency="idempotency-key")
DOCUMENTED = Call(method="POST", url="/x", spends=True, uncharged=frozenset({429, 503}))
FINAL = Call(method="GET", url="/x", final=frozenset({504}))


def reply(status, **headers):
    return Reply(status=status, headers={n.replace("_", "-"): v for n, v in headers.items()})


@pytest.mark.parametrize(
    ("call", "outcome", "again"),
    [
        (FREE, NotSent("refused"), True),
        (PAID, NotSent("refused"), True),
        (PAID, NotSent("bad certificate", passing=False), False),
        (FREE, ConnectionLost("reset"), True),
        (PAID, ConnectionLost("reset"), False),
        (KEYED, ConnectionLost("reset"), True),
        (FREE, reply(500), True),
        (PAID, reply(500), False),
        (KEYED, reply(502), True),
        (DOCUMENTED, reply(503), True),
        (FREE, reply(404), False),
        (FREE, reply(408), True),
        (FREE, reply(425), True),
        (FREE, reply(499), True),
        (FREE, reply(409), False),
        (PAID, reply(408), False),
        (KEYED, reply(408), True),
        (FREE, reply(429), False),
        (FREE, reply(503, retry_after="5"), False),
        (FINAL, reply(504), False),
        (FINAL, reply(502), True),
        (FREE, reply(200), False),
    ],
)
def test_what_the_drivers_send_again_by_themselves(call, outcome, again):
    assert (policy.again(call, outcome, 1) is not None) is again


def test_nothing_is_tried_for_ever():
    assert policy.again(FREE, reply(500), policy.ATTEMPTS) is None


TOLD = b'{"error": "no"}'
PAGE = b"<html><h1>403 Forbidden</h1></html>"
VERDICT = Call(method="POST", url="/x", spends=True, final=frozenset({409, 404}))


@pytest.mark.parametrize(
    ("call", "outcome", "unknown"),
    [
        (PAID, ConnectionLost("reset"), True),
        (PAID, reply(500), True),
        (PAID, NotSent("refused"), False),
        (FREE, reply(500), False),
        (FREE, reply(302), False),
        (DOCUMENTED, reply(503), False),
        (DOCUMENTED, Reply(status=429, body=PAGE), False),
        (VERDICT, Reply(status=409, body=TOLD), False),
        (VERDICT, Reply(status=404, body=PAGE), False),
        (PAID, Reply(status=200, body=TOLD), False),
    ],
)
def test_when_the_outcome_of_a_submission_is_not_known(call, outcome, unknown):
    assert policy.outcome_unknown(call, outcome) is unknown


def test_a_refusal_is_a_status_that_says_so_in_the_words_of_an_api():
    """Every status there is: only some 4xx tell that nothing was done, and only as JSON."""
    told = {s for s in range(100, 1000) if not unsure(Reply(status=s, body=TOLD))}
    assert told == {*range(200, 300), *policy.REFUSALS}
    assert {400, 401, 402, 403, 404, 422, 429} <= policy.REFUSALS
    doubtful = {101, 300, 301, 302, 303, 304, 307, 308, 406, 407, 408, 409, 418, 425, 444, 460, 499}
    assert not doubtful & policy.REFUSALS


@pytest.mark.parametrize("body", [PAGE, b"", b"Too many requests", b'"no"', b"404", b"{"])
def test_a_page_that_no_api_wrote_is_no_refusal(body):
    assert all(unsure(Reply(status=status, body=body)) for status in policy.REFUSALS)


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf" + TOLD, TOLD.decode().encode("utf-16"), b" [1] "])
def test_a_refusal_counts_however_it_is_written(body):
    assert not unsure(Reply(status=400, body=body))


def unsure(outcome):
    return policy.outcome_unknown(PAID, outcome)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-3", None),
        ("1e999", None),
    ],
)
def test_a_retry_after_is_a_number_or_a_date(told, seconds):
    assert retry_after(reply(429, retry_after=told).headers, NOW) == seconds


def test_a_429_pauses_the_account_even_if_it_does_not_say_for_how_long():
    assert policy.pause(reply(429), NOW) == policy.UNTOLD
    assert policy.pause(reply(503), NOW) is None
    assert policy.pause(reply(503, retry_after="9"), NOW) == 9
    assert policy.pause(reply(500, retry_after="9"), NOW) is None


@pytest.mark.parametrize(
    ("call", "status", "seconds", "again"),
    [
        (FREE, 429, 10, True),
        (FREE, 429, policy.PATIENCE + 1, False),
        (PAID, 429, 10, False),
        (DOCUMENTED, 429, 10, True),
    ],
)
def test_what_is_sent_again_after_a_pause(call, status, seconds, again):
    assert policy.after_pause(call, reply(status), seconds, 1) is again


def delay(age, *, eta=None, p80=None, polls=1, share=LAVISH):
    cadence = Cadence(first=2, growth=2, cap=15)
    rng = Random(1)
    return policy.next_poll(cadence, rng, polls=polls, age=age, eta=eta, p80=p80, share=share)


def test_without_a_hint_the_cadence_decides_and_jitter_only_shortens():
    for polls, ideal in [(0, 2), (1, 4), (2, 8), (3, 15), (99, 15)]:
        assert 0.9 * ideal <= delay(0, polls=polls) <= ideal


def test_a_cadence_that_begins_with_zero_asks_no_vendor_without_a_pause():
    """0 times any growth is 0: a job that was not done at once was asked for in a hot loop."""
    hints = {"age": 0.0, "eta": None, "p80": None, "share": LAVISH}
    for cadence in (Cadence(first=0.0), Cadence(first=0.0, growth=1.0, cap=0.0)):
        for polls in (1, 2, 3):
            assert policy.next_poll(cadence, Random(1), polls=polls, **hints) > 0.2
    assert policy.next_poll(Cadence(first=0.0), Random(1), polls=99, **hints) > 13


def test_what_the_vendor_says_is_left_is_believed():
    assert 36 <= delay(10, eta=40) <= 40


def test_a_typical_time_beats_the_cadence():
    first = delay(0, p80=100)
    assert 30 < first < 60
    assert delay(70, p80=100) < first
    assert delay(0, p80=100, share=0.5) > first


def test_long_after_the_typical_time_the_looks_become_rare_but_do_not_end():
    assert 10 < delay(1000, p80=100) <= 30


def test_a_job_is_likely_done_in_the_share_that_was_asked_for():
    rng = Random(3)
    times = [60 * rng.lognormvariate(0, 0.45) for _ in range(4000)]
    p80 = sorted(times)[3200]
    age = likely_done(50, p80, 0.3)
    later = [time for time in times if time > 50]
    assert sum(time <= age for time in later) / len(later) == pytest.approx(0.3, abs=0.03)


def test_job_times_are_learnt_where_the_vendor_tells_none():
    typical = Typical()
    assert typical.p80 is None
    for seconds in (10, 20, 30, 40, 50):
        typical.took(seconds)
    assert typical.p80 == 50
    typical.stated(99)
    assert typical.p80 == 99


def test_scarce_polls_are_kept_for_jobs_that_are_likely_done():
    gate = Gate(Limits(submits_per_minute=40, polls_per_minute=120))
    assert gate.share(0) == LAVISH
    for job in range(40):
        assert gate.turn("submit", f"{job}", 0, 0) == 0
    assert 0.3 < gate.share(1) < 0.5
    assert Gate(Limits()).share(0) == LAVISH
