"""Distributions of others: built, installed beside core's wheel, listed, and tested there."""

import re
import shutil
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "example/segue-harmonia"
TUTORIAL = DOCS / "write-a-provider.md"
TWO_FILES = r"<!-- file: segue-metronome/(\S+) -->\n```\w+\n(.*?)```"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fresh(environment):
    """Core, its command line and its kit."""
    environment.install("segue_core", "[cli,testing]")
    return environment


def test_what_new_provider_writes_installs_is_listed_and_passes_the_kit(fresh, built, tmp_path):
    fresh.run("segue", "new-provider", "cold_wave", cwd=tmp_path)
    home = tmp_path / "segue-cold-wave"
    fresh.install("segue_cold_wave", wheels=built(home))
    assert row(fresh, "cold_wave") == [
        "cold_wave",
        "segue-cold-wave",
        "0.1.0",
        "1",
        "generate",
        "ok",
    ]
    try_out(fresh, home / "tests")


def test_the_example_of_the_tutorial_installs_is_listed_and_passes_its_tests(
    fresh, built, tmp_path
):
    home = shutil.copytree(EXAMPLE, tmp_path / "segue-harmonia")
    fresh.install("segue_harmonia", wheels=built(home))
    assert row(fresh, "harmonia")[-2:] == [
        "generate cancel models quote balance (and 1 of its own)",
        "ok",
    ]
    told = try_out(fresh, home / "tests")
    assert "vendor()" not in told


def test_the_two_files_at_which_the_tutorial_begins_can_be_installed(fresh, built, tmp_path):
    files = re.findall(TWO_FILES, TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    assert [name for name, _ in files] == ["pyproject.toml", "segue_metronome.py"]
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
    fresh.install("segue_metronome", wheels=built(tmp_path))
    assert row(fresh, "metronome")[-2:] == ["generate", "ok"]


def row(fresh, name):
    rows = [line.split("\t") for line in fresh.run("segue", "providers").splitlines()]
    return next(row for row in rows if row[0] == name)


def try_out(fresh, tests):
    """Run its own tests from elsewhere, so that only what is installed is found."""
    told = fresh.run(
        "pytest", "-q", "-rs", "-W", "error", "tests", cwd=tests.parent, SEGUE_KIT_EXAMPLES="5"
    )
    assert " passed" in told
    assert "no installed distribution" not in told
    return told
