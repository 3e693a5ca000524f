"""The commands that list."""

from __future__ import annotations

import json
from pathlib import Path


def rows(done):
    assert done.exit_code == 0, done.stderr
    return {line.split("\t")[0]: line.split("\t")[1:] for line in done.stdout.splitlines()}


def test_providers_has_a_line_for_each_and_tells_why_one_is_broken(segue):
    done = segue("providers")
    told = rows(done)
    assert told["silence"] == [
        *("cli-plugins", "1.0", "1", "generate cancel models quote release", "ok")
    ]
    assert told["broken"][-1] == "broken"
    assert "broken: plugin 'broken'" in done.stderr


def test_providers_as_json(segue):
    told = json.loads(segue("providers", "--json").stdout)
    found = {each["name"]: each for each in told["providers"]}
    assert told["ok"]
    assert found["silence"]["capabilities"][0] == "generate"
    assert (found["silence"]["ok"], found["broken"]["ok"]) == (True, False)
    assert "cannot be imported" in found["broken"]["problem"]


def test_models_lists_those_of_the_backend(segue):
    assert rows(segue("models")) == {"quiet": ["Quiet", "music", "free"]}
    told = json.loads(segue("models", "--backend", "silence", "--json").stdout)
    assert [model["id"] for model in told["models"]] == ["quiet"]


def test_a_backend_without_a_catalogue_says_so_kindly(segue):
    done = segue("models", "--backend", "keen")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith(
        "keen publishes no list of models: name the one you want, --backend keen/MODEL"
    )


def test_models_of_an_unknown_backend_is_wrong_usage(segue):
    assert segue("models", "--backend", "nobody").exit_code == 2


def test_config_tells_every_value_and_where_it_is_from(segue):
    Path("segue.toml").write_text("timeout = 60\n")
    told = rows(segue("config"))
    assert told["backend"] == ["silence", "SEGUE_BACKEND"]
    assert told["timeout"] == ["60", f"{Path.cwd() / 'segue.toml'}: timeout"]
    assert told["unsupported"] == ["error", "default"]


def test_config_as_json_names_the_files(segue):
    Path("segue.toml").write_text("timeout = 60\n")
    told = json.loads(segue("config", "--json").stdout)
    assert told["files"] == [str(Path.cwd() / "segue.toml")]
    assert {"name": "unsupported", "value": "error", "where": "default"} in told["settings"]


def test_a_configuration_with_a_mistake_is_wrong_usage(segue):
    Path("segue.toml").write_text("timeuot = 60\n")
    done = segue("config")
    assert done.exit_code == 2
    assert "did you mean 'timeout'?" in done.stderr


def test_help_groups_the_options_of_a_command(segue):
    text = segue("generate", "--help").stdout
    headings = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert headings == ["Arguments:", "The music:", "Options:"]
    assert "4 timed out, the job goes on" in " ".join(text.split())


def test_without_a_command_there_is_what_to_try_first(segue):
    done = segue()
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Segue ")
    assert 'segue generate "lofi, rainy night" -o song.wav   generate music' in done.stdout
    assert lines[-2] == "Backend: silence (SEGUE_BACKEND). Another: -b, SEGUE_BACKEND, segue.toml."
    assert lines[-1] == "`segue --help` lists all commands."


def test_the_first_screen_tells_of_jobs_that_wait(segue):
    segue("generate", "hush", "--no-wait")
    assert "1 job to download: `segue jobs resume --all`." in segue().stdout
    segue("generate", "hush", "--no-wait")
    assert "2 jobs to download" in segue().stdout


def test_a_configuration_that_is_wrong_does_not_hide_the_first_screen(segue):
    Path("segue.toml").write_text("bakcend = 3\n")
    assert "segue generate" in segue().stdout


def test_models_tell_what_they_take(segue):
    done = segue("models", "--verbose")
    assert done.exit_code == 0
    [row] = [line.split("\t") for line in done.stdout.splitlines()]
    assert row[:4] == ["quiet", "Quiet", "music", "free"]
    assert row[4] == "prompt, duration, title, seed"
    told = json.loads(segue("models", "-v", "--json").stdout)["models"][0]
    assert told["takes"] == {"prompt": "", "duration": "", "title": "", "seed": ""}
    assert "takes" not in json.loads(segue("models", "--json").stdout)["models"][0]


def test_one_model_of_several_is_listed_by_its_name(segue):
    rows = segue("models", "-b", "musicapi/sonic-v5").stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["sonic-v5"]
    assert len(segue("models", "-b", "musicapi").stdout.splitlines()) > 5
