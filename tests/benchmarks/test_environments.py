"""Each contender has an environment of its own, with what its own `pip install` brings."""

import argparse
import os
import subprocess
import time

import pytest
from benchmarks.contenders import CONTENDERS
from benchmarks.entrants import Entrant, changes, checkout, entered, paired
from benchmarks.environments import ROOT, Environments, alone, tidy

FOUND = """
import importlib.util
names = ("httpx", "rich", "msgspec", "segue", "segue_musicapi", "segue_venice")
print(*(name for name in names if importlib.util.find_spec(name)))
"""


def found(requires, folder):
    done = subprocess.run(
        [Environments().python(requires), "-c", FOUND],
        cwd=folder, env=alone(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("requires", "names"),
    [
        (("musicapi-sdk",), ["httpx"]),
        (("segue-musicapi",), ["httpx", "msgspec", "segue", "segue_musicapi"]),
        (("segue-musicapi", "segue-core[cli]"),
         ["httpx", "rich", "msgspec", "segue", "segue_musicapi"]),
    ],
)  # fmt: skip
def test_an_environment_holds_what_its_distributions_bring_and_no_more(requires, names, tmp_path):
    assert found(requires, tmp_path) == names


@pytest.mark.slow
def test_an_environment_is_made_once_for_the_same_files():
    assert Environments().python(("httpx",)) == Environments().python(("httpx",))
    assert Environments().python(("httpx",)) != Environments().python(("musicapi-sdk",))


def test_of_older_environments_the_last_few_remain_and_those_in_use(tmp_path):
    hours = [0.0, 0.5, 2, 3, 0.9, 5, 6]
    for number, age in enumerate(hours):
        folder = tmp_path / f"segue-{number:016x}"
        folder.mkdir()
        used = time.time() - age * 3600
        os.utime(folder, (used, used))
    (tmp_path / f"segue-core-{8:016x}").mkdir()
    tidy(tmp_path, "segue")
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {f"segue-{n:016x}" for n in (0, 1, 4, 2)} | {f"segue-core-{8:016x}"}


def test_here_nobody_gets_an_environment_and_who_is_missing_is_named():
    here = Environments(here=True)
    assert here.python(("httpx",)) == here.python(("segue", "segue-core[fast]"))
    assert here.absent(("segue", "segue-core[fast]")) == ""
    assert here.absent(("httpx", "no-such-thing")) == "no-such-thing not installed here"
    skipped = {}
    everybody = entered(CONTENDERS, here, skipped)
    assert {one.label for one in everybody} | skipped.keys() == CONTENDERS.keys()
    assert skipped.keys() <= {"venice-py", "musicapi-sdk"}


def test_the_other_checkouts_segue_plays_right_after_ours_and_is_compared_with_it(tmp_path):
    other = tmp_path / "other"
    entrants = paired(
        [Entrant(label="segue", contender="segue"), Entrant(label="httpx", contender="httpx")],
        other,
    )
    assert [(one.label, one.checkout) for one in entrants] == [
        ("segue", ROOT),
        ("segue (other)", other),
        ("httpx", ROOT),
    ]
    cpu = {"segue": [2.0, 3.0, 4.0], "segue (other)": [4.0, 4.0, 4.0], "httpx": [1.0] * 3}
    assert changes(entrants, cpu, other) == {
        "segue": {"CPU / other": "0.75"},
        "segue (other)": {"CPU / other": ""},
        "httpx": {"CPU / other": ""},
    }
    assert changes(entrants, cpu, None) == {}


def test_a_checkout_is_one_of_this_repository(tmp_path):
    assert checkout(str(ROOT)) == ROOT
    with pytest.raises(argparse.ArgumentTypeError, match="no checkout"):
        checkout(str(tmp_path))
