"""The garbage benchmark, in small; and that it would notice what it looks for."""

import argparse

import pytest
from benchmarks.garbage_samples import Step, steps

from benchmarks import garbage
from segue.errors import Rejected
from segue.flow import call
from segue.job import Snapshot, Status, Ticket


def measured(*arguments):
    parser = argparse.ArgumentParser()
    garbage.options(parser)
    return garbage.measure(parser.parse_args(arguments))


def test_spoilt_answers_break_no_provider_and_lose_no_ticket():
    table = measured("--replies", "6000", "--seed", "7")
    assert sum(row["replies"] for row in table.rows) == 6000
    assert len(table.rows) == 8
    for row in table.rows:
        assert [row[bad] for bad in garbage._BAD] == [0, 0, 0, 0], table.skipped
        assert row["values"] > 100
        assert row["errors of Segue's"] > 100


def careless():
    reply = yield from call("GET", "/x")
    return Snapshot(status=Status.RUNNING, word=reply.json(dict)["status"])


def endless():
    while True:
        yield from call("GET", "/x")


def odd():
    yield from call("GET", "/x")
    return Snapshot(status=Status.RUNNING, progress="half")


def forgetful():
    yield from call("POST", "/x")
    raise Rejected("no")


@pytest.mark.parametrize(
    ("flow", "method", "fault"),
    [
        (careless, "poll", "let out"),
        (endless, "poll", "hangs"),
        (odd, "poll", "not of its type"),
        (forgetful, "submit", "lost tickets"),
    ],
)
def test_it_would_notice(flow, method, fault, monkeypatch):
    good = next(step for step in steps() if step.method == method)
    bad = Step("bad", method, flow, good.answers, good.named)
    monkeypatch.setattr(garbage, "steps", lambda: [bad])
    table = measured("--replies", "200")
    assert table.rows[0][fault] > 3
    assert table.skipped


def test_the_same_seed_is_the_same_run():
    one, other = (measured("--replies", "400", "--seed", "3") for _ in range(2))
    for rows in (one.rows, other.rows):
        for row in rows:
            row.pop("slowest, ms")
    assert one.rows == other.rows


def test_a_ticket_with_another_id_counts_as_lost(monkeypatch):
    def another():
        yield from call("POST", "/x")
        return Ticket(provider="x", id="another")

    good = next(step for step in steps() if step.method == "submit")
    bad = Step("bad", "submit", another, good.answers, good.named)
    monkeypatch.setattr(garbage, "steps", lambda: [bad])
    assert measured("--replies", "100").rows[0]["lost tickets"] > 10
