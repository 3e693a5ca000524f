"""Each rule of the kit bites: for each of its tests there is a provider that it finds wanting."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.testing import ProviderKit
from segue.testing.kit.contract import kit_tests
from tests.kit.faulty import FAULTS, Fault
from tests.kit.metronome import Metronome, MetronomeKit

RECORDINGS = [
    Fault(
        "test_every_recording_plays_the_same_by_both_drivers",
        Metronome,
        "there is no recording",
        {"cassettes": Path(__file__).parent},
    ),
    Fault(
        "test_every_story_has_its_recording",
        Metronome,
        "no recording of waltz",
        {"cassettes": Path(__file__).parent, "stories": {"waltz": print}},
    ),
]
ALL = [*FAULTS, *RECORDINGS]


@pytest.mark.parametrize("fault", ALL, ids=[f"{at}-{fault.test}" for at, fault in enumerate(ALL)])
def test_a_faulty_provider_is_told_what_is_wrong(fault):
    brought = {"provider": fault.provider, "examples": 60, **fault.brought}
    kit = type("TestFaulty", (MetronomeKit, ProviderKit), brought)
    with pytest.raises((AssertionError, pytest.skip.Exception)) as failure:
        getattr(kit(), fault.test)()
    assert failure.type is AssertionError, f"skipped: {failure.value}"
    assert fault.words in str(failure.value)


def test_no_rule_is_left_untried():
    assert {fault.test for fault in ALL} == set(kit_tests())
