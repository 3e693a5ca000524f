"""`segue init`."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.config import Config
from segue.provider import Key


def test_the_file_that_it_writes_loads(segue):
    done = segue("init", "--backend", "silence/quiet")
    assert (done.exit_code, done.stdout) == (0, "segue.toml\n")
    settings = Config.load("segue.toml", environ={}).settings
    assert settings.backend == "silence/quiet"


def test_every_line_that_it_suggests_is_valid(segue):
    segue("init", "--backend", "silence")
    lines = Path("segue.toml").read_text().splitlines()
    active = [line.removeprefix("# ") if " = " in line else line for line in lines]
    Path("all.toml").write_text("\n".join(active))
    assert Config.load("all.toml", environ={}).settings.timeout == 1800


def test_it_writes_down_where_a_key_comes_from(segue, monkeypatch):
    monkeypatch.setattr("segue.testing.Silence.key", Key(env="HUSH"))
    segue("init", "--backend", "silence")
    text = Path("segue.toml").read_text()
    assert "[providers.silence]" in text
    assert "read from HUSH" in text


def test_a_file_that_is_there_is_left_alone(segue):
    Path("segue.toml").write_text("timeout = 5\n")
    done = segue("init", "--backend", "silence")
    assert done.exit_code == 2
    assert "use --force to replace it" in done.stderr
    assert Path("segue.toml").read_text() == "timeout = 5\n"


def test_force_replaces_it(segue):
    Path("segue.toml").write_text("timeout = 5\n")
    assert segue("init", "--backend", "silence", "--force").exit_code == 0
    assert "timeout = 5\n" not in Path("segue.toml").read_text()


@pytest.mark.parametrize("backend", ["nobody", "broken", "/x"])
def test_a_backend_that_cannot_be_used_is_not_written_down(segue, backend):
    assert segue("init", "--backend", backend).exit_code == 2
    assert not Path("segue.toml").exists()


def test_a_model_with_any_characters_is_written_as_toml(segue):
    segue("init", "--backend", 'silence/a "b" \\ ü 🎵')
    assert Config.load("segue.toml", environ={}).settings.backend == 'silence/a "b" \\ ü 🎵'
