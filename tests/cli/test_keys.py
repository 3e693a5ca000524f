"""`segue keys`: the computer's keyring, which the environment beats and files do not."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from segue._config import keychain
from segue.config import Config
from segue.errors import AuthenticationFailed

SECRET = "sk-very-secret-1234"


class Memory(KeyringBackend):
    """A keyring that forgets everything with the test."""

    priority = 1
    broken = None
    forgetful = False

    def __init__(self):
        self.held = {}

    def get_password(self, service, username):
        if self.broken:
            raise self.broken
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        if self.broken:
            raise self.broken
        if not self.forgetful:
            self.held[service, username] = password

    def delete_password(self, service, username):
        if self.broken:
            raise self.broken
        if (service, username) not in self.held:
            raise keyring.errors.PasswordDeleteError("not found")
        del self.held[service, username]


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    before, ring = keyring.get_keyring(), Memory()
    keyring.set_keyring(ring)
    monkeypatch.delenv("CLOSED_KEY", raising=False)
    for name in ("VENICE_API_KEY", "MUSICAPI_KEY", "SURPLUS_API_KEY", "OWING_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield ring
    keyring.set_keyring(before)


def account():
    from cli_plugins import Closed

    return Config.load().account(Closed, "closed")


def test_a_key_is_put_there_used_listed_and_removed(segue, ring):
    done = segue("keys", "set", "closed", input=f"{SECRET}\n")
    assert (done.exit_code, done.stdout) == (0, "stored the key of closed in the keyring\n")
    assert ring.held == {("segue", "closed"): SECRET}
    assert account().key == SECRET
    rows = segue("keys")
    assert "closed\t••••\tkeyring" in rows.stdout
    assert SECRET not in rows.output
    done = segue("keys", "remove", "closed")
    assert done.stdout == "removed the key of closed from the keyring\n"
    assert ring.held == {}
    with pytest.raises(AuthenticationFailed, match="`segue keys set closed`"):
        account().key  # noqa: B018 - asking is what is tested


def test_the_environment_beats_it_and_a_file_does_not(segue, ring, monkeypatch):
    Path("closed.key").write_text("of-the-file\n")
    Path("closed.key").chmod(0o600)
    Path("mine.toml").write_text('[providers.closed]\nkey_file = "closed.key"\n')
    monkeypatch.setenv("SEGUE_CONFIG", "mine.toml")
    assert account().key == "of-the-file"
    segue("keys", "set", "closed", input=SECRET)
    assert account().key == SECRET
    monkeypatch.setenv("CLOSED_KEY", "of-the-environment")
    assert account().key == "of-the-environment"
    done = segue("keys", "set", "closed", input=SECRET)
    assert "note: CLOSED_KEY also has a key of closed, and takes precedence" in done.stderr
    monkeypatch.delenv("CLOSED_KEY")
    assert "note: key_file still has a key" in segue("keys", "remove", "closed").stderr


def test_the_list_says_where_from_and_never_what(segue, monkeypatch):
    monkeypatch.setenv("CLOSED_KEY", SECRET)
    done = segue("keys")
    rows = dict(line.split("\t", 1) for line in done.stdout.splitlines())
    assert rows["closed"] == "••••\tCLOSED_KEY"
    assert rows["owing"] == "not set\tset OWING_KEY, or `segue keys set owing`"
    assert "silence" not in rows  # it needs none
    facts = {each["provider"]: each for each in json.loads(segue("keys", "--json").stdout)["keys"]}
    assert facts["closed"] == {
        "provider": "closed",
        "set": True,
        "from": "CLOSED_KEY",
        "variable": "CLOSED_KEY",
    }
    assert facts["owing"]["from"] is None
    assert SECRET not in done.output


def test_the_configuration_in_force_says_that_it_is_in_the_keyring(segue, ring):
    ring.held["segue", "closed"] = SECRET
    done = segue("config")
    assert "providers.closed.key\t•••• (from keyring)\tkeyring" in done.stdout
    assert SECRET not in done.output


@pytest.mark.parametrize(
    ("args", "text", "code", "told"),
    [
        (["closd"], SECRET, 2, "did you mean 'closed'?"),
        (["silence"], SECRET, 2, "silence needs no key"),
        (["closed"], "", 2, "no key on standard input"),
        (["closed"], " \n", 2, "no key on standard input"),
        (["closed"], "two words", 2, "not a key"),
        (["closed"], "ké", 2, "not a key"),
        (["closed", SECRET], "", 2, "enter the key at the prompt"),
        ([], "", 2, "missing argument 'PROVIDER'"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(segue, ring, args, text, code, told):
    done = segue("keys", "set", *args, input=text)
    assert (done.exit_code, told in done.stderr) == (code, True), done.stderr
    assert SECRET not in done.output
    assert ring.held == {}


def test_one_that_is_not_there_cannot_be_removed(segue):
    done = segue("keys", "remove", "closed")
    assert (done.exit_code, "the keyring has no key of closed" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (keyring.errors.NoKeyringError("none"), "this computer has no keyring that can be used"),
        (keyring.errors.KeyringLocked(SECRET), "the keyring cannot be used: KeyringLocked"),
        (RuntimeError(SECRET), "the keyring cannot be used: RuntimeError"),
    ],
)
@pytest.mark.parametrize("command", ["set", "remove"])
def test_a_keyring_that_fails_is_told_without_its_words(segue, ring, error, told, command):
    ring.broken = error
    done = segue("keys", command, "closed", input=SECRET)
    assert (done.exit_code, told in done.stderr) == (2, True), done.stderr
    assert SECRET not in done.output


def test_a_keyring_that_fails_does_not_hide_the_other_places(ring, caplog):
    ring.broken = keyring.errors.NoKeyringError("none")
    with caplog.at_level(logging.WARNING, "segue"):
        assert keychain.stored("closed") is None
        assert caplog.messages == []
        ring.broken = keyring.errors.KeyringLocked(SECRET)
        assert keychain.stored("closed") is None
    assert caplog.messages == ["the keyring could not be read: KeyringLocked"]


def test_a_keyring_that_does_not_hold_it_is_told(segue, ring):
    ring.forgetful = True
    done = segue("keys", "set", "closed", input=SECRET)
    assert (done.exit_code, "did not hold the key" in done.stderr) == (2, True)


def test_without_the_library_the_advice_says_what_to_install(segue, monkeypatch):
    monkeypatch.setattr(keychain, "find_spec", lambda _name: None)
    done = segue("keys", "set", "closed", input=SECRET)
    assert done.exit_code == 2
    assert "pip install 'segue-core[keys]'" in done.stderr
    assert "closed\tnot set" in segue("keys").stdout
