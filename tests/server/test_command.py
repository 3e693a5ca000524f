"""`segue serve` and its keys, as commands."""

import pytest
from typer.testing import CliRunner

from segue.cli.app import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))
    monkeypatch.chdir(tmp_path)

    def running(*arguments):
        done = CliRunner().invoke(app, ["serve", *arguments])
        return done.exit_code, done.output

    return running


def test_a_key_is_shown_once_listed_without_it_and_revoked(run):
    code, shown = run(
        "keys",
        "add",
        "ada",
        "--per-minute",
        "5",
        "--per-day",
        "5USD",
        "--backends",
        "local, venice",
    )
    key = shown.splitlines()[0]
    assert (code, key[:4]) == (0, "sgk_")
    listed = run("keys", "list")[1]
    assert "ada" in listed
    assert "5 a minute, 5 USD a day" in listed
    assert key not in listed
    assert run("keys", "add", "ada")[0] == 2
    assert run("keys", "revoke", "ada") == (0, "ada is revoked\n")
    assert run("keys", "list")[1] == ""
    assert run("keys", "revoke", "ada")[0] == 2


def test_a_limit_that_is_no_amount_is_refused(run):
    assert run("keys", "add", "ada", "--per-day", "much")[0] == 2
    assert run("keys", "list")[1] == ""


@pytest.mark.parametrize(
    "how", [("--host", "0.0.0.0"), ("--host", "::"), ("--public-url", "https://music.example.com")]
)
def test_where_others_reach_it_the_server_does_not_start_without_a_key(run, how):
    code, said = run("--port", "0", *how)
    assert code == 2
    assert "segue serve keys add" in said


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (("--alias", "fast"), "NAME=BACKEND"),
        (("--public-url", "music"), "https://"),
        (("--host", "no.such.host.invalid"), "segue serve keys add"),
    ],
)
def test_what_cannot_be_served_is_a_sentence(run, how, why):
    code, said = run("--port", "0", *how)
    assert (code, why in said) == (2, True)


def test_a_port_that_is_taken_is_named(run):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = str(sock.getsockname()[1])
        code, said = run("--port", port)
    assert code == 2
    assert f"port {port}" in said


def test_without_a_journal_nothing_is_served(run, monkeypatch):
    monkeypatch.setenv("SEGUE_JOURNAL", "off")
    code, said = run("--port", "0")
    assert (code, "journal" in said) == (2, True)
