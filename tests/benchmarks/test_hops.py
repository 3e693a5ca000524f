"""How far a job travels is counted by file, in flat modules and in packages alike."""

import argparse
import importlib
import json
import sys
from collections import Counter

import pytest
from benchmarks.traced import Trace

from benchmarks import hops

FLAT = (
    "from journey.wing.far import far\n\n"
    "def near():\n    far()\n    here()\n\ndef here():\n    pass\n"
)
FAR = "def far():\n    return list(steps())\n\ndef steps():\n    yield 1\n    yield 2\n"


@pytest.fixture
def near(tmp_path, monkeypatch):
    """A function of a flat module that calls one of a package; both in `journey`."""
    for name, text in (("__init__", ""), ("flat", FLAT), ("wing/__init__", ""), ("wing/far", FAR)):
        file = tmp_path / f"journey/{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("journey.flat").near
    for name in [name for name in sys.modules if name.startswith("journey")]:
        del sys.modules[name]


def test_calls_are_counted_with_their_file_and_moves_from_one_file_to_another(near, tmp_path):
    trace, before = Trace(tmp_path / "journey"), sys.getprofile()
    sys.setprofile(trace)
    try:
        near()  # not counted: it is not on yet
        trace.start()
        near()
        trace.stop()
    finally:
        sys.setprofile(before)
    assert json.loads(trace.as_json()) == {
        "calls": {"flat.py": 2, "wing/far.py": 4},  # of which three steps of a generator
        "steps": 3,
        "moves": 2,
        "threads": 1,
    }


def test_a_wing_is_a_package_or_a_module_beside_the_packages():
    calls = Counter({"client.py": 1, "_journal/rows.py": 2, "_journal/sql/text.py": 3})
    assert hops._by_wing(calls) == {"client.py": 1, "_journal/": 5}


def test_a_warm_job_is_traced_with_both_clients():
    parser = argparse.ArgumentParser()
    hops.options(parser)
    job, wings, files = hops.measure(parser.parse_args(["--here", "--times", "1", "--files", "5"]))
    assert [row[""] for row in job.rows] == ["sync", "async"]
    for row in job.rows:
        assert row["calls"] > row["moves"] > row["files"] > 5
        assert row["calls"] > row["of which steps of generators"] > 0
    assert len(wings.rows) == len(files.rows) == 5
