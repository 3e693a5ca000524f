"""A command line in a folder of its own, with providers that only the tests install."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from segue._journal.sqlite import SqliteJournal
from segue.cli.app import app

PLUGINS = """
import errno
import time

from keyring.backend import KeyringBackend
from msgspec.structs import replace

from segue.errors import SubmissionUnknown, Unavailable
from segue.flow import at_once, call
from segue.job import Failure, Snapshot, Status
from segue.money import Money, Quote
from segue.provider import Capabilities, Key
from segue.tasks import Generate
from segue.testing import Silence

FIELDS = frozenset(Generate.__struct_fields__) - {"model", "extra"}


class Ring(KeyringBackend):
    priority = 1
    held = {}

    def get_password(self, service, username):
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.held[service, username] = password


class Full(Silence):
    name = "full"

    def _make(self, target):
        raise OSError(errno.ENOSPC, "No space left on device")


class Keen(Silence):
    name = "keen"
    capabilities = Capabilities(tasks={Generate: FIELDS})


class Lost(Silence):
    name = "lost"

    def submit(self, task):
        yield from at_once(None)
        raise SubmissionUnknown("the answer to the submission was lost")


class Dear(Silence):
    name = "dear"
    capabilities = replace(Silence.capabilities, balance=True)

    def balance(self):
        return at_once([Money.parse("12.50 USD"), Money.parse("3 credits")])

    def quote(self, task):
        cost, most = Money.parse("0.14 USD"), Money.parse("0.20 USD")
        return at_once(Quote(cost=cost, maximum=most, estimate=True, basis="60 s, 0.14 USD each"))


class Billing(Silence):
    name = "billing"

    def quote(self, task):
        return at_once(Quote(cost=Money.parse("0.06 USD")))

    def poll(self, ticket):
        snapshot = yield from super().poll(ticket)
        return replace(snapshot, cost=Money.parse("0.06 USD"))


class Noting(Silence):
    name = "noting"

    def poll(self, ticket):
        snapshot = yield from super().poll(ticket)
        return replace(snapshot, notes=("the key of it all is C",))


class Closed(Silence):
    name = "closed"
    base_url = "https://closed.invalid"
    key = Key(env="CLOSED_KEY", page="https://closed.invalid/account")


class Owing(Dear):
    name = "owing"
    base_url = "https://owing.invalid"
    key = Key(env="OWING_KEY")

    def balance(self):
        yield from call("GET", "/balance")


class Stubborn(Silence):
    name = "stubborn"
    capabilities = Capabilities(tasks=Silence.capabilities.tasks)

    def submit(self, task):
        ticket = yield from super().submit(task)
        return replace(ticket, secrets={"token": "s3cr3t"})


class Free(Silence):
    name = "free"

    def poll(self, ticket):
        failure = Failure(message="nobody took it", charged=False)
        return at_once(Snapshot(status=Status.FAILED, word="failed", error=failure))


class Rough(Silence):
    name = "rough"
    failed = set()

    def poll(self, ticket):
        if ticket.job not in self.failed:
            self.failed.add(ticket.job)
            raise Unavailable("too hot", status=503)
        return (yield from super().poll(ticket))


class Endless(Silence):
    name = "endless"

    def poll(self, ticket):
        return at_once(Snapshot(status=Status.RUNNING))


class Interrupted(Silence):
    name = "interrupted"

    def submit(self, task):
        raise KeyboardInterrupt


class Hanging(Silence):
    name = "hanging"

    def submit(self, task):
        time.sleep(30)
        yield from at_once(None)


class Faulty(Silence):
    name = "faulty"

    def download(self, ticket, snapshot):
        raise ZeroDivisionError("a number\\n\\x1b[31mtoo small")
"""
PROVIDERS = {
    "silence": "segue.testing:Silence",
    "full": "cli_plugins:Full",
    "keen": "cli_plugins:Keen",
    "lost": "cli_plugins:Lost",
    "free": "cli_plugins:Free",
    "rough": "cli_plugins:Rough",
    "endless": "cli_plugins:Endless",
    "interrupted": "cli_plugins:Interrupted",
    "hanging": "cli_plugins:Hanging",
    "faulty": "cli_plugins:Faulty",
    "dear": "cli_plugins:Dear",
    "billing": "cli_plugins:Billing",
    "noting": "cli_plugins:Noting",
    "closed": "cli_plugins:Closed",
    "owing": "cli_plugins:Owing",
    "stubborn": "cli_plugins:Stubborn",
    "broken": "cli_plugins_that_are_not_there:Broken",
}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder on the path, with a distribution that provides a few strange backends."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "cli_plugins.py").write_text(PLUGINS)
    info = folder / "cli_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cli-plugins\nVersion: 1.0\n")
    lines = [f"{name} = {where}" for name, where in PROVIDERS.items()]
    (info / "entry_points.txt").write_text("\n".join(["[segue.providers]", *lines, ""]))
    return folder


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, site):
    """The current folder: empty, and no configuration from outside."""
    for name in [name for name in os.environ if name.startswith("SEGUE_")]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("SEGUE_BACKEND", "silence")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def journal(tmp_path):
    """The journal that the commands of this test use."""
    with closing(SqliteJournal(tmp_path / "state/segue/journal.sqlite3")) as journal:
        yield journal


@pytest.fixture
def named(journal):
    """The name of the newest job's file in a folder: `named()` is `hush-JOB.wav`."""
    return lambda words="hush": f"{words}-{journal.entries()[0].job}.wav"


@pytest.fixture
def segue():
    """Run the program in this process: `segue("generate", "hush")`."""
    return lambda *args, **how: CliRunner().invoke(app, [str(arg) for arg in args], **how)


@pytest.fixture
def command(site, monkeypatch):
    """The command line of the real program, for a process of its own."""
    paths = [str(site), *(path for path in sys.path if path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("TERM", "xterm-256color")
    return [sys.executable, "-m", "segue.cli"]


@pytest.fixture
def behaving(folder):
    """Write a segue.toml that tells the silent provider how to behave."""

    def write(**options):
        lines = [f"{name} = {value!r}" for name, value in options.items()]
        Path("segue.toml").write_text("\n".join(["[providers.silence]", *lines, ""]))

    return write
