"""`segue new-provider`."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from segue import __version__

HOME = Path("segue-harmonia")


def test_it_writes_a_distribution_into_a_folder_of_its_name(segue):
    done = segue("new-provider", "harmonia")
    assert (done.exit_code, done.stdout) == (0, "segue-harmonia\n")
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    assert project["name"] == "segue-harmonia"
    assert project["entry-points"] == {"segue.providers": {"harmonia": "segue_harmonia:Harmonia"}}
    assert f"segue-core>={__version__}" in project["dependencies"]
    assert (HOME / "src/segue_harmonia/py.typed").exists()


def test_it_says_what_to_do_next(segue):
    said = segue("new-provider", "harmonia").stderr
    assert 'pip install -e "segue-harmonia[test]"' in said
    assert "pytest segue-harmonia" in said


def test_nothing_is_left_to_be_filled_in(segue):
    segue("new-provider", "cold_wave")
    home = Path("segue-cold-wave")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) == 7
    assert [path for path in files if "${" in path.read_text()] == []
    for path in home.rglob("*.py"):
        ast.parse(path.read_text())
    assert "class ColdWave(Provider)" in (home / "src/segue_cold_wave/provider.py").read_text()


def test_what_is_known_of_the_vendor_stands_in_the_provider(segue):
    url, env = "https://music.example/api/v2/", "MUSIC_TOKEN"
    segue("new-provider", "harmonia", "--base-url", url, "--key-env", env, "--in", "mine/too")
    text = Path("mine/too/segue-harmonia/src/segue_harmonia/provider.py").read_text()
    assert 'base_url = "https://music.example/api/v2"' in text
    assert 'Key(env="MUSIC_TOKEN")' in text


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["Harmonia"], "name"),
        (["9lives"], "name"),
        (["../harmonia"], "name"),
        (["with space"], "name"),
        (["class"], "name"),
        (["core"], "name"),
        (["venice"], "name"),
        (["harmonia", "--base-url", "ftp://music.example"], "base_url"),
        (["harmonia", "--base-url", 'https://music.example/"'], "base_url"),
        (["harmonia", "--base-url", "https://me:secret@music.example"], "base_url"),
        (["harmonia", "--key-env", "harmonia-key"], "key_env"),
    ],
)
def test_what_cannot_be_written_is_refused_by_its_field(segue, arguments, field):
    done = segue("new-provider", *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {field}=")
    assert done.stderr.count("is not allowed") == 1
    assert list(Path().iterdir()) == []


def test_without_a_name_it_says_so(segue):
    done = segue("new-provider")
    assert done.exit_code == 2
    assert "NAME" in done.stderr


def test_what_is_there_already_is_never_touched(segue):
    HOME.mkdir()
    done = segue("new-provider", "harmonia")
    assert done.exit_code == 2
    assert "segue-harmonia already exists" in done.stderr
    assert list(HOME.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(segue):
    Path("file").write_text("")
    done = segue("new-provider", "harmonia", "--in", "file")
    assert done.exit_code == 2
    assert "file" in done.stderr


def test_its_help_shows_every_option(segue):
    told = segue("new-provider", "--help").stdout
    assert all(option in told for option in ("NAME", "--in", "--base-url", "--key-env"))
