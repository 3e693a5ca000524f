"""The commands that are named as next do something."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest


def after(segue, job):
    return json.loads(segue("jobs", "show", job, "--json").stdout)["next"]


def job(segue, *args):
    told = json.loads(segue("generate", "hush", *args, "--json").stdout)
    return told.get("job") or json.loads(segue("jobs", "--json").stdout)["jobs"][0]["job"]


def test_what_is_saved_can_be_heard_and_made_once_more(segue):
    name = job(segue)
    assert after(segue, name) == [
        f"segue play {name}",
        f"segue again {name}",
        f"segue jobs forget {name}",
    ]


def test_what_is_gone_can_be_fetched(segue, named):
    name = job(segue)
    Path(named()).unlink()
    assert after(segue, name)[0] == f"segue jobs resume {name}"


def test_a_vendor_that_cannot_stop_a_job_is_not_asked_to(segue):
    name = job(segue, "--no-wait", "-b", "stubborn")
    assert after(segue, name) == [f"segue jobs resume {name}"]
    name = job(segue, "--no-wait")
    assert after(segue, name) == [f"segue jobs resume {name}", f"segue jobs cancel {name}"]


@pytest.mark.parametrize("how", [[], ["-o", "/dev/null"], ["-b", "free"], ["--no-wait"]])
def test_every_one_of_them_runs(segue, how, monkeypatch, tmp_path):
    player = tmp_path / "player"
    player.write_text("#!/bin/sh\nexit 0\n")
    player.chmod(0o755)
    monkeypatch.setenv("SEGUE_PLAYER", str(player))
    for at in range(len(after(segue, job(segue, *how)))):
        command = after(segue, job(segue, *how))[at]
        words = [word.replace("FOLDER", "out/") for word in shlex.split(command)[1:]]
        done = segue(*words, *(["--yes"] if words[1] == "forget" else []))
        assert done.exit_code == (1 if "free" in how and words[0] == "again" else 0), done.stderr
        assert "already" not in done.stderr
