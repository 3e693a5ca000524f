"""The benchmarks, in small: in their accounts nothing is lost and nothing paid twice."""

import argparse
import gc
import logging

import pytest

from benchmarks import crash_points, in_flight, kill, pace, simulate


def measured(module, *arguments):
    parser = argparse.ArgumentParser()
    module.options(parser)
    before = gc.get_threshold(), logging.root.manager.disable
    figures = module.measure(parser.parse_args(arguments))
    assert (gc.get_threshold(), logging.root.manager.disable) == before
    return figures


def test_a_real_process_that_is_killed_loses_nothing_and_pays_nothing_twice():
    account = measured(kill, "--kills", "8", "--seed", "5")
    assert account["processes killed"] == 8
    assert account["charged"] >= 1
    assert (account["lost"], account["charged twice"]) == (0, 0)
    assert account["delivered"] == account["files on disk"]
    assert account["delivered"] + account["outcome unknown"] >= account["charged"]
    assert account["unfinished files left"] == 0


def test_no_crash_point_loses_a_track():
    tally = measured(crash_points, "--seeds", "1")
    assert tally["crash points tried"] > 100
    assert (tally["lost"], tally["charged twice"]) == (0, 0)


def test_no_fault_loses_a_track():
    figures = measured(simulate, "--jobs", "300")
    assert (figures["lost"], figures["double_charged"], figures["given_up"]) == (0, 0, 0)


@pytest.mark.parametrize("typical", ["30", "90"])
def test_our_polls_notice_sooner_than_fixed_ones_under_the_same_limits(typical):
    figures = measured(pace, "--jobs", "300", "--typical", typical)
    assert figures["ours: refused_429"] == 0
    assert figures["ours: mean_delay"] < figures["fixed 5 s: mean_delay"] / 1.5
    assert figures["ours: polls_per_job"] <= figures["fixed 5 s: polls_per_job"]


def test_however_few_may_run_at_once_no_place_is_held_by_the_dead():
    tally = measured(in_flight, "--most", "6", "--seeds", "1")
    assert tally["crashes"] > 300
    assert (tally["given_up"], tally["lost"], tally["double_charged"]) == (0, 0, 0)
    assert tally["delivered"] + tally["doubtful"] == tally["jobs asked for"]
