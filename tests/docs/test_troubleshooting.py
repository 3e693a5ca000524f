"""Every message of the page comes: each heading's words are in the error that its case makes."""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from sandboxes import leading_to, sandbox

import segue

from .pages import ROOT, Page
from .shown import pattern

PAGE = Page(ROOT / "docs/troubleshooting.md")
MESSAGES = re.findall(r"^### `(.*)`$", PAGE.text, re.MULTILINE)
MODEL = "venice/ace-step-15"


def make(backend=MODEL, prompt="a slow waltz", *, config=None, to=None, key=None, **fields):
    """Make a piece as a user would; `key` is the sandbox's account."""
    fields = {"duration": 60, **fields} if backend == MODEL else fields
    with pytest.MonkeyPatch.context() as patch, segue.Client(backend, config=config) as client:
        if key:
            patch.setenv("VENICE_API_KEY", key)
        client.generate_and_wait(prompt, to=to, **fields)


def keyless():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VENICE_API_KEY")
        make()


def configured(text):
    Path("some.toml").write_text(text, encoding="utf-8")
    make("local", config="some.toml")


def unjournalled():
    with pytest.MonkeyPatch.context() as patch:
        Path("file").touch()
        patch.setenv("SEGUE_JOURNAL", "file/journal.sqlite3")
        make("local")


def unconnected():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGUE_VENICE_BASE_URL", "http://127.0.0.1:9/api/v1")
        make()


def there_already():
    Path("song.wav").touch()
    make("local", to="song.wav")


@contextmanager
def submitted():
    with segue.Client(MODEL) as client:
        yield client.submit("a slow waltz", duration=60)


def impatient():
    with submitted() as job:
        job.wait(timeout=0.001)


def out_of_order():
    with submitted() as job, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGUE_VENICE_BASE_URL", "http://127.0.0.1:9/api/v1")
        with segue.Client(MODEL, journal=None) as other:
            other.resume(job.ticket).wait(patience=0.1)


def hasty():
    with submitted() as job:
        job.download("out/")


def together():
    with submitted() as job, segue.Client() as other:
        other.resume(job.ticket.job)


def regretted():
    with submitted() as job:
        job.cancel()


def misnamed():
    with segue.Client() as client:
        client.resume("7f3a")


CASES = {
    "no installed distribution provides '…'": lambda: make("vence"),
    "no API key": keyless,
    "unknown key …; did you mean '…'?": lambda: configured("bakend = 'local'"),
    "is not valid TOML": lambda: configured("backend = local"),
    "the journal … cannot be used": unjournalled,
    "would refuse this Generate: … is not supported": lambda: make("local", lyrics="la la la"),
    "would refuse this Generate: … is not allowed": lambda: make("local", duration=9000),
    "there is no keyword '…'": lambda: make("local", duraton=9),
    "exists already; choose another name, or allow overwriting": there_already,
    "ends in …, which is no audio file": lambda: make("local", to="song.txt"),
    "would cost …, and the limit is …": lambda: make(max_cost="0.01 USD"),
    "is paid in …, but the limit is …": lambda: make(max_cost="5 credits"),
    "is spent or reserved": lambda: make(config=budget("0.01 USD")),
    "no backend of … could do it": lambda: make([MODEL, "local"], lyrics="la", duration=30),
    "check the network and the provider's base_url": unconnected,
    "Authentication failed": lambda: make(key="bad-key"),
    "Insufficient … balance": lambda: make(key="poor-key"),
    "violates the content policy": lambda: make(prompt="a waltz [sandbox:refused]"),
    "is currently overloaded": lambda: make(prompt="a waltz [sandbox:overloaded]"),
    "the outcome of the submission is not known": lambda: make(prompt="a waltz [sandbox:broken]"),
    "was not done after …": impatient,
    "could not be polled for …": out_of_order,
    "has nothing to download yet": hasty,
    "another process is waiting for job …": together,
    "the journal knows no job '…'": misnamed,
    "cannot stop a job": regretted,
}


def budget(amount):
    Path("budget.toml").write_text(f'[budget]\nper_day = "{amount}"', encoding="utf-8")
    return "budget.toml"


@pytest.fixture(scope="module")
def slow_vendors():
    """Jobs that take a second or so, so that there is something to wait for."""
    with sandbox(speed=20) as origin:
        yield leading_to(origin)


def test_every_message_has_a_case_and_every_case_its_heading():
    assert list(CASES) == MESSAGES


@pytest.mark.parametrize("message", CASES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_message_comes(message, desk, slow_vendors, monkeypatch):
    monkeypatch.setattr("segue._pace.retry_policy._BACKOFF", (0.01, 0.01, 0.01))
    for name, value in slow_vendors.items():
        monkeypatch.setenv(name, value)
    with pytest.raises((segue.SegueError, TypeError)) as raised:
        CASES[message]()
    assert re.search(pattern(message), str(raised.value))
