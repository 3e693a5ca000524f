"""The side-by-side benchmarks, in small: they run, they count right, nothing is timed.

All play in this environment here; peers that are not installed are left out of their tables, with
the reason.
"""

import argparse
import dataclasses
import json

import pytest
from benchmarks.__main__ import as_json
from benchmarks.arena import play
from benchmarks.contenders import CONTENDERS
from benchmarks.entrants import Entrant
from benchmarks.environments import Environments
from benchmarks.start_up_steps import STEPS
from benchmarks.tables import Table, machine, ratios
from benchmarks.vendor import Model, Setting
from benchmarks.wire_answers import faults

from benchmarks import (
    decoding,
    download,
    forks,
    growth,
    journal,
    lost_replies,
    many_jobs,
    one_job,
    start_up,
    wire_faults,
)
from segue._pace import retry_policy as policy


def measured(module, *arguments):
    parser = argparse.ArgumentParser()
    module.options(parser)
    return module.measure(parser.parse_args(arguments))


def round_of(name, setting, **choices):
    entrant = Entrant(label=name, contender=name)
    return play(entrant, setting, Environments(here=True), **choices)


def row(table, name):
    return next(row for row in table.rows if row[""] == name)


def test_start_up_has_a_row_for_each_that_is_installed_and_a_reason_for_the_others():
    table = measured(start_up, "--here", "--runs", "1", "--only", "segue", "httpx")
    chosen = [one for one in STEPS if one.who in ("python alone", "musicapi-sdk", "segue", "httpx")]
    assert len(table.rows) + len(table.skipped) == len(chosen)
    modules = [
        row(table, f"segue: {what}")["modules"]
        for what in ("import", "client made", "first request sent")
    ]
    assert modules == sorted(modules)
    assert row(table, "segue: import")["modules"] < row(table, "httpx: import")["modules"]


def test_a_first_request_that_the_vendor_does_not_take_is_an_error(monkeypatch):
    idle = [dataclasses.replace(one, code="") if one.who == "httpx" else one for one in STEPS]
    monkeypatch.setattr(start_up, "STEPS", [one for one in idle if one.who != "musicapi-sdk"])
    with pytest.raises(RuntimeError, match="0 orders in place of 2"):
        measured(start_up, "--here", "--runs", "1", "--only", "httpx")


@pytest.mark.parametrize("name", ["segue", "httpx-musicapi"])
def test_a_round_delivers_each_piece_and_none_is_charged_twice(name):
    played = round_of(name, Setting(typical=0.05), jobs=2, interval=0.25)
    assert not played.errors, played.example
    assert sorted(played.landed) == ["piece 0", "piece 1"]
    assert played.charges == {"a warm-up": 1, "piece 0": 1, "piece 1": 1}
    assert all(delay >= 0 for delay in played.delays)


def test_more_pieces_at_once_than_there_are_connections_all_come_home():
    played = round_of("segue-async", Setting(typical=0.1), jobs=120, at_once=True, interval=0.5)
    assert not played.errors, played.example
    assert len(played.landed) == 120
    assert set(played.charges.values()) == {1}


@pytest.mark.parametrize("name", ["segue-async", "segue-fast"])
def test_a_lost_reply_is_never_paid_for_twice_by_us(name):
    table = measured(
        lost_replies, "--here", "--jobs", "60", "--losing", "0.1", "--typical", "0.2",
        "--interval", "0.25", "--only", name,
    )  # fmt: skip
    ours = row(table, name)
    assert ours["jobs"] == 60
    assert ours["charged twice"] == 0
    assert ours["of which named as unknown"] > 0
    assert ours["charged, not delivered"] >= ours["of which named as unknown"]


def test_one_job_and_many_jobs_leave_out_who_is_missing():
    tables = measured(
        many_jobs, "--here", "--jobs", "2", "--runs", "1", "--typical", "0.05",
        "--interval", "0.25", "--only", "segue-async", "httpx-async", "aiohttp",
    )  # fmt: skip
    for table in tables:
        assert [one[""] for one in table.rows] == ["segue-async", "httpx-async", "aiohttp"]
        assert {one["errors"] for one in table.rows} == {0}
    (table,) = measured(
        one_job, "--here", "--jobs", "1", "--runs", "1", "--typical", "0.05",
        "--only", "segue", "httpx", "venice-py",
    )  # fmt: skip
    assert {"segue", "segue, journal off", "httpx"} <= {one[""] for one in table.rows}
    assert {one["errors"] for one in table.rows} == {0}
    assert len(table.rows) + len(table.skipped) == 4
    assert set(many_jobs.NAMES + one_job.VENICE + one_job.MUSICAPI) <= set(CONTENDERS)


def test_with_limits_the_vendor_refuses_who_keeps_none_and_we_keep_them():
    (table,) = measured(
        many_jobs, "--here", "--jobs", "4", "--runs", "1", "--typical", "0.05", "--interval", "0.5",
        "--limits", "0.1", "--only", "httpx-async",
    )  # fmt: skip
    by_hand = row(table, "httpx-async")
    assert by_hand["refused 429"] == by_hand["errors"] == 1  # the fifth with the warm-up
    (table,) = measured(
        many_jobs, "--here", "--jobs", "3", "--runs", "1", "--typical", "0.05", "--interval", "0.5",
        "--limits", "0.1", "--only", "segue-async",
    )  # fmt: skip
    ours = row(table, "segue-async")
    assert ours["refused 429"] == ours["errors"] == 0


def test_the_vendor_counts_what_it_allowed_in_the_last_minute(monkeypatch):
    model, clock = Model(Setting(submits_per_minute=2)), iter([0.0, 1.0, 2.0, 60.5, 61.5])
    monkeypatch.setattr("benchmarks.vendor.time.monotonic", lambda: next(clock))
    order = json.dumps({"model": "ace-step-15", "prompt": "a song"}).encode()
    statuses = [model.answer("POST", "/venice/audio/queue", order)[0] for _ in range(5)]
    assert statuses == [200, 200, 429, 200, 200]
    assert (model.refused, model.charges.total()) == (1, 4)


def test_a_download_is_shown_for_each_contender_that_downloads():
    (table,) = measured(download, "--here", "--megabytes", "1", "--runs", "1")
    assert {"segue", "httpx"} <= {one[""] for one in table.rows}
    assert "musicapi-sdk" in table.skipped


def test_decoding_and_growth_give_tables():
    assert [table.rows[0][""] for table in measured(decoding, "--replies", "5", "--runs", "1")] == [
        "segue: Snapshot",
        "segue: Snapshot",
    ]
    (one,) = measured(journal, "--jobs", "40", "--runs", "2").rows
    assert one["jobs"] == 40
    table = measured(growth, "--jobs", "10", "100")
    assert [(one["jobs"], one["lost"]) for one in table.rows] == [(10, 0), (100, 0)]
    table = measured(growth, "--jobs", "50", "--limits")
    assert [(one["jobs"], one["lost"]) for one in table.rows] == [(50, 0)]


def test_a_used_client_mixes_up_no_jobs_in_children_and_loops():
    ways = ["used, then os.fork", "os.fork while a loop submits", "one trio loop after another",
            "loops in threads at once, aiohttp"]  # fmt: skip
    table = measured(forks, "--children", "2", "--each", "4", "--only", *ways)
    assert [one[""] for one in table.rows] == ways
    for one in table.rows:
        assert one["jobs"] == one["charged"] >= 8
        wrong = ("mixed up", "charged twice", "lost", "unknown", "errors")
        assert [one[name] for name in wrong] == [0] * len(wrong)


def test_figures_are_kept_with_the_machine_the_versions_and_the_command():
    kept = json.loads(json.dumps({**machine(), **as_json(Table(title="t", rows=[{"": "a"}]))}))
    assert kept["versions"]["httpx"]
    assert kept["command"].startswith("python -m benchmarks")
    assert kept["tables"][0]["rows"] == [{"": "a"}]


def test_ratios_are_taken_run_by_run():
    told = ratios({"ours": [1.0, 4.0, 9.0], "theirs": [2.0, 2.0, 3.0]}, "theirs")
    assert told == {"ours": "2.00", "theirs": "1.00"}


@pytest.mark.parametrize("transport", ["sync", "trio", "aiohttp"])
def test_whatever_comes_over_the_wire_nothing_is_paid_twice_or_called_unspent(
    transport, monkeypatch
):
    monkeypatch.setattr(policy, "_BACKOFF", (0.0, 0.0, 0.0))
    (table,) = measured(wire_faults, "--every", "19", "--transports", transport)
    every = row(table, "all")
    assert every["faults"] == 2 * 3 * sum(not n % 19 for n in range(len(faults())))
    assert [every[kind] for kind in wire_faults.BAD] == [0] * len(wire_faults.BAD)
    assert every["delivered"] > every["unknown"] > 0


def test_the_wire_finds_out_who_takes_a_paid_answer_for_a_refusal(monkeypatch):
    monkeypatch.setattr(policy, "outcome_unknown", lambda call, outcome: False)
    few = ("--fault", "502 page", "302 to relative", "--steps", "submit", "--transports", "sync")
    (table,) = measured(wire_faults, *few)
    assert row(table, "all")["charged twice"] == 4
