"""API keys: where they are looked for, in which order, and that none is ever shown."""

import logging
import os
import sys
from pathlib import Path

import pytest

from segue._config import credentials as keys
from segue._config.files import Document
from segue.cli.config_report import settings_in_force
from segue.config import Config
from segue.errors import AuthenticationFailed, ConfigError
from segue.provider import Capabilities, Key, Provider


class Vendor(Provider):
    name = "venice"
    base_url = "https://vendor.example"
    key = Key(env="VENICE_API_KEY", page="https://vendor.example/keys")
    capabilities = Capabilities(tasks={})

    def check(self, task, models):
        return []

    def submit(self, task):
        raise NotImplementedError

    poll = download = submit


class Lenient(Vendor):
    key = Key(env="VENICE_API_KEY", required=False)


class Keyless(Vendor):
    key = None


def config(folder=Path(), environ=None, **table):
    content = {"providers": {"venice": table}}
    return Config([Document(path=folder / "segue.toml", content=content)], environ=environ or {})


def python(code):
    return f"'{sys.executable}' -c \"{code}\""


def refusal(**table):
    with pytest.raises(ConfigError) as caught:
        config(**table).account(Vendor).key  # noqa: B018 - asking is what is tested
    return str(caught.value)


def test_the_key_comes_from_the_vendors_own_variable():
    account = config(environ={"VENICE_API_KEY": "abc"}).account(Vendor)
    assert account.signature("https://vendor.example/x") == {"Authorization": "Bearer abc"}


def test_another_variable_can_be_named():
    environ = {"VENICE_API_KEY": "abc", "OTHER": "def"}
    assert config(environ=environ, key_env="OTHER").account(Vendor).key == "def"


def test_plugins_are_asked_first_with_provider_and_variable():
    asked = []
    made = config(environ={"VENICE_API_KEY": "abc"})
    account = made.account(Vendor, secret=lambda *names: asked.append(names) or "from-plugin")
    assert asked == []
    assert account.key == "from-plugin"
    assert asked == [("venice", "VENICE_API_KEY")]


def test_the_environment_beats_the_file(tmp_path):
    (tmp_path / "k").write_text("from-file\n")
    made = config(tmp_path, {"VENICE_API_KEY": "from-env"}, key_file="k")
    assert made.account(Vendor).key == "from-env"
    made = config(tmp_path, {"VENICE_API_KEY": " "}, key_file="k")
    assert made.account(Vendor).key == "from-file"


def test_a_relative_key_file_is_relative_to_the_file_that_names_it(tmp_path, monkeypatch):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "k").write_text("abc\r\n")
    monkeypatch.chdir(tmp_path)
    assert config(tmp_path / "etc", key_file="k").account(Vendor).key == "abc"


def test_a_key_file_may_be_in_the_home_folder(tmp_path, monkeypatch):
    (tmp_path / "venice.key").write_text("abc")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert config(key_file="~/venice.key").account(Vendor).key == "abc"


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_a_key_file_that_all_can_read_is_warned_of(tmp_path, caplog):
    path = tmp_path / "k"
    path.write_text("abc")
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING, "segue"):
        assert config(key_file=str(path)).account(Vendor).key == "abc"
    assert f"can read {path}: chmod 600 it" in caplog.text
    caplog.clear()
    path.chmod(0o600)
    assert config(key_file=str(path)).account(Vendor).key == "abc"
    assert not caplog.records


def test_a_key_file_that_cannot_be_used_is_named(tmp_path):
    assert "cannot read key_file" in refusal(key_file=str(tmp_path / "gone"))
    (tmp_path / "empty").write_text("\n")
    assert "key_file of provider venice gave an empty key" in refusal(
        key_file=str(tmp_path / "empty")
    )
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x81secret")
    assert "secret" not in refusal(key_file=str(tmp_path / "binary"))


def test_a_command_prints_the_key():
    assert config(key_command=python("print('abc')")).account(Vendor).key == "abc"


def test_a_command_is_run_without_a_shell_and_only_when_needed(tmp_path):
    line = f"{python('print(1)')} ; touch {tmp_path}/made $(touch {tmp_path}/made)"
    assert config(key_command=line).account(Vendor).key == "1"
    assert not (tmp_path / "made").exists()


def test_a_command_that_fails_tells_what_it_said_but_not_what_it_printed():
    code = "import sys; print('hidden' * 2); sys.exit('locked')"
    told = refusal(key_command=python(code))
    assert "failed with 1: locked" in told
    assert "hiddenhidden" not in told


def test_a_command_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(keys, "COMMAND_TIMEOUT", 0.2)
    assert "did not end within" in refusal(key_command=python("import time; time.sleep(60)"))


@pytest.mark.parametrize(
    ("line", "told"),
    [("no-such-program-here", "cannot run"), ("'open", "cannot be read"), (" ", "no command")],
)
def test_a_command_that_cannot_be_run_is_refused(line, told):
    assert told in refusal(key_command=line)


def test_two_places_for_one_key_are_refused():
    with pytest.raises(ConfigError, match="sets key_env and key_file; keep one"):
        config(key_env="A", key_file="b")


def test_a_place_in_the_projects_file_replaces_the_one_in_the_users():
    files = [
        Document(path=Path("user.toml"), content={"providers": {"venice": {"key_file": "k"}}}),
        Document(path=Path("mine.toml"), content={"providers": {"venice": {"key_env": "MINE"}}}),
    ]
    assert Config(files, environ={"MINE": "abc"}).account(Vendor).key == "abc"


@pytest.mark.parametrize("name", ["key", "api_key", "token"])
def test_a_key_in_the_file_itself_is_refused_without_showing_it(name):
    with pytest.raises(ConfigError, match="key_env, key_file or key_command") as caught:
        config(**{name: "very-secret"}).options(Vendor)
    assert "very-secret" not in str(caught.value)


def test_a_key_where_the_variables_name_belongs_is_not_shown():
    with pytest.raises(ConfigError, match="the name of an environment variable") as caught:
        config(key_env="sk-very-secret")
    assert "very-secret" not in str(caught.value)


def test_a_missing_key_says_how_to_give_one():
    with pytest.raises(AuthenticationFailed) as caught:
        config().account(Vendor).key  # noqa: B018 - asking is what is tested
    told = str(caught.value)
    assert caught.value.provider == "venice"
    assert "set VENICE_API_KEY in the environment" in told
    assert "key_file or key_command under [providers.venice]" in told
    assert "https://vendor.example/keys" in told


def test_a_key_that_is_not_required_may_be_missing():
    assert config().account(Lenient).key is None
    assert config().account(Keyless).key is None


def test_the_report_runs_no_command_and_shows_no_key(tmp_path):
    def shown(environ=None, **table):
        rows = settings_in_force(config(tmp_path, environ, **table), {"venice": Vendor})
        return next((row.value, row.where) for row in rows if row.name == "providers.venice.key")

    (tmp_path / "k").write_text("abc")
    file = f"{tmp_path / 'segue.toml'}: providers.venice."
    marker = tmp_path / "ran"
    command = python(f"open('{marker}', 'w')")
    assert shown() == ("not set (VENICE_API_KEY)", "default")
    assert shown(key_env="MINE") == ("not set (MINE)", f"{file}key_env")
    assert shown({"MINE": "x"}, key_env="MINE") == ("•••• (from MINE)", "MINE")
    assert shown(key_file="k") == ("•••• (from key_file)", f"{file}key_file")
    assert shown(key_file="gone")[0].startswith("cannot be read (")
    assert shown(key_command=command) == ("•••• (from key_command)", f"{file}key_command")
    assert not marker.exists()


def test_no_repr_holds_a_key():
    made = config(environ={"VENICE_API_KEY": "very-secret"})
    account = made.account(Vendor)
    assert account.key == "very-secret"
    assert "very-secret" not in repr([made, account, made.secret(Vendor, "venice")])
