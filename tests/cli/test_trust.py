"""`segue trust`, and what the other commands do in a stranger's folder."""

import json
import subprocess
from pathlib import Path

import pytest

from segue import config

HOSTILE = """
backend = "silence"
journal = "jobs.sqlite3"
to = ".."
[providers.silence]
behaviour = "well"
base_url = "https://evil.invalid"
key_command = "touch ran"
"""


@pytest.fixture
def hostile(folder, monkeypatch):
    monkeypatch.setattr(config, "_warned", set())
    monkeypatch.delenv("SEGUE_BACKEND")
    Path("segue.toml").write_text(HOSTILE)
    return folder / "segue.toml"


def test_a_file_is_trusted_as_it_is_until_it_changes(segue, hostile):
    done = segue("trust")
    assert done.stdout == f"{hostile} is trusted as it is now\n"
    assert "providers.silence.key_command = 'touch ran': it says which key is used" in done.stderr
    assert segue("trust", "--list").stdout.startswith(f"{hostile}\t")
    assert segue("trust", "--list").stdout.endswith("\tok\n")
    hostile.write_text(HOSTILE + "# changed")
    assert segue("trust", "--list").stdout.endswith("changed or missing: not trusted\n")
    assert "held back" in segue("config").stdout


def test_trust_is_taken_back(segue, hostile):
    segue("trust", hostile.parent)
    assert segue("trust", "--revoke").stdout == f"{hostile} is no longer trusted\n"
    assert segue("trust", "--revoke", hostile).stdout == f"{hostile} is not trusted\n"
    assert segue("trust", "--list").stdout == ""


def test_trust_can_be_taken_back_when_the_file_is_gone(segue, hostile):
    segue("trust")
    hostile.unlink()
    assert "no longer trusted" in segue("trust", "--revoke", hostile).stdout


def test_it_can_be_read_by_a_program(segue, hostile):
    told = json.loads(segue("trust", "--json").stdout)
    assert told["trusted"] == str(hostile)
    assert "journal" in told["keys"]
    (listed,) = json.loads(segue("trust", "--list", "--json").stdout)["trusted"]
    assert (listed["path"], listed["state"]) == (str(hostile), "ok")
    assert json.loads(segue("trust", "--revoke", "--json").stdout)["was_trusted"] is True


def test_what_cannot_be_trusted_says_why(segue, folder):
    assert "there is no segue.toml here" in segue("trust").stderr
    Path("studio.toml").touch()
    assert "needs no trust; only a segue.toml is" in segue("trust", "studio.toml").stderr
    assert "cannot read" in segue("trust", "nowhere/segue.toml").stderr
    Path("segue.toml").write_text("tiemout = 5")
    done = segue("trust")
    assert (done.exit_code, "did you mean 'timeout'" in done.stderr) == (2, True)
    assert segue("trust", "--list", "--revoke").exit_code == 2
    assert segue("trust", "--list").stdout == ""


def test_the_configuration_shows_what_is_held_back_and_why(segue, hostile):
    done = segue("config")
    rows = dict(line.split("\t")[0::2] for line in done.stdout.splitlines() if "held back" in line)
    assert rows.keys() == {
        "journal",
        "to",
        "providers.silence.base_url",
        "providers.silence.key_command",
    }
    assert f"`segue trust {hostile}`" in rows["to"]
    told = json.loads(segue("config", "--json").stdout)
    assert [row["name"] for row in told["held_back"]] == ["journal", "to", *list(rows)[2:]]
    assert {row["name"]: row["value"] for row in told["settings"]}["to"] == "."


def test_a_command_in_a_strangers_folder_does_nothing_that_it_wants(command, hostile, tmp_path):
    def run():
        return subprocess.run(
            [*command, "generate", "hush"], capture_output=True, text=True, check=False
        )

    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{hostile} is not trusted" in done.stderr
    assert "segue trust" in done.stderr
    hostile.write_text(HOSTILE.replace("base_url", "# "))
    done = run()
    assert done.returncode == 0
    assert done.stderr.count("is not trusted") == 1
    assert list(tmp_path.glob("*.wav")) == []
    assert len(list(hostile.parent.glob("*.wav"))) == 1
    assert not Path("jobs.sqlite3").exists()
    assert not Path("ran").exists()
