"""Every error that Venice documents, through Segue: the right class, a sentence that helps, and
nothing charged or lost."""

from __future__ import annotations

from contextlib import nullcontext

import httpx
import pytest
import soundfile

import segue
from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    JobExpired,
    JobFailed,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    SegueError,
    SubmissionUnknown,
    Unavailable,
    WaitTimeout,
)
from segue.journal import State
from segue.provider import Cadence, Limits
from segue_venice import Venice as Provider

from .served import serving

PROMPT = "Warm cinematic strings"
SUGGESTION = "A cinematic instrumental track inspired by stormy weather and dramatic tension."
ACE, QUEUE, RETRIEVE = "ace-step-15", "POST /audio/queue", "POST /audio/retrieve"


@pytest.fixture(scope="module")
def sandbox():
    with serving(speed=600) as served:
        yield served


@pytest.fixture(autouse=True)
def own_world(sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("SEGUE_VENICE_BASE_URL", sandbox.base)
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Provider, "cadence", Cadence(first=0.05, growth=1.5, cap=0.2))
    monkeypatch.setattr(Provider, "limits", Limits())
    monkeypatch.setattr("segue._pace.retry_policy.UNTOLD", 0.01)
    monkeypatch.setattr("segue._pace.retry_policy._BACKOFF", (0.01, 0.01, 0.01))
    monkeypatch.chdir(tmp_path)
    yield
    sandbox.breaks()


@pytest.fixture(scope="module")
def connections():
    """Shared, because it takes longer to make ready for TLS than to run a test."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def opened(connections):
    """Open a client for a model of Venice's."""
    return lambda model: segue.Client(f"venice/{model}", http=connections)


@pytest.fixture
def key(monkeypatch, request):
    """Choose the key of a client that is made next; each test has its own account."""

    def key(kind):
        name = kind if kind == "bad-key" else f"{kind}-{request.node.name}"
        monkeypatch.setenv("VENICE_API_KEY", name.replace(" ", "_"))
        return name.replace(" ", "_")

    return key


def says(status, body=None, **more):
    """A fault: this status at the next order, and this body (else Venice's own for it)."""
    told = {} if body is None else {"body": body}
    return {"endpoint": QUEUE, "kind": "status", "status": status, **told, **more}


WALLET = {"error": "Payment required", "code": "PAYMENT_REQUIRED", "currentBalanceUsd": 0.01}
BUDGET = "Too many failed attempts (> 50) resulting in a non-success status code."
REFUSED = [
    ("bad-key", ACE, "", None, AuthenticationFailed, 401, "check VENICE_API_KEY"),
    ("poor", ACE, "", None, InsufficientFunds, 402, "add credits at"),
    ("limited", ACE, "", None, InsufficientFunds, 402, "raise the limit of this key"),
    ("fenced", ACE, "", None, AuthenticationFailed, 403, "add this computer's address"),
    ("private", ACE, "", None, AuthenticationFailed, 403, "a PRIVATE_ONLY key is refused"),
    ("any", "sandbox-pro", "", None, AuthenticationFailed, 401, "upgrade the account"),
    ("any", "sandbox-retired", "", None, NotFound, 404, "choose the model that Venice names"),
    ("any", "no-such-model", "", None, NotFound, 404, "model names are case-sensitive"),
    ("any", "sandbox-offline", "", None, Unavailable, 503, "temporarily offline"),
    ("any", ACE, "[sandbox:refused]", None, ContentPolicy, 422, SUGGESTION),
    ("any", ACE, "[sandbox:refused] [sandbox:unsuggested]", None, ContentPolicy, 422, "change the words"),  # noqa: E501 - a row
    ("any", ACE, "[sandbox:overloaded]", None, RateLimited, 429, "currently overloaded"),
    ("any", ACE, "[sandbox:full]", None, Unavailable, 503, "at capacity"),
    ("any", ACE, "", says(429), RateLimited, 429, "Rate limit exceeded; wait"),
    ("any", ACE, "", says(429, {"error": BUDGET}), RateLimited, 429, "Too many failed"),
    ("any", ACE, "", says(429, {"error": "x", "code": "X402_CONCURRENCY_LIMIT"}), RateLimited, 429, "wait"),  # noqa: E501 - a row
    ("any", ACE, "", says(402, WALLET), InsufficientFunds, 402, "top up the wallet"),
    ("any", ACE, "", says(413), Rejected, 413, "35 MB of JSON"),
    ("any", ACE, "", says(400, {"error": "no", "details": "too long"}), Rejected, 400, "too long"),
    ("any", ACE, "", says(400, {"error": "lyrics too loud", "request_id": "abc"}), Rejected, 400, "support is abc"),  # noqa: E501 - a row
]  # fmt: skip


@pytest.mark.parametrize(("kind", "model", "mark", "fault", "error", "status", "told"), REFUSED)
def test_a_refused_order_is_told_and_costs_nothing(
    opened, sandbox, key, kind, model, mark, fault, error, status, told
):
    account = key(kind)
    sandbox.breaks(*([fault] if fault else []))
    with opened(model) as client:
        with pytest.raises(error) as caught:
            client.submit(f"{PROMPT} {mark}".strip())
        (entry,) = client.jobs(states=tuple(State))
    assert type(caught.value) is error
    assert caught.value.status == status
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"venice {QUEUE}: ")
    assert account not in str(caught.value)
    assert entry.state is State.REFUSED
    assert sandbox.jobs(account) == []
    assert len([line for line in sandbox.log if line["endpoint"] == QUEUE]) >= 1


def test_an_overloaded_model_names_its_patience(opened, key):
    key("any")
    with opened(ACE) as client, pytest.raises(RateLimited) as caught:
        client.submit(f"{PROMPT} [sandbox:overloaded]")
    assert caught.value.retry_after == 1


def test_an_order_is_sent_once_whatever_is_answered(opened, sandbox, key):
    for mark in ("[sandbox:overloaded]", "[sandbox:full]", "[sandbox:broken]"):
        account = key(f"once{len(mark)}")
        with opened(ACE) as client, pytest.raises(SegueError):
            client.submit(f"{PROMPT} {mark}")
        assert len(sandbox.asked(account, QUEUE)) == 1


@pytest.mark.parametrize(
    ("fault", "charged"),
    [
        (says(500), 0),
        (says(502), 0),
        (says(504), 0),
        ({**says(500), "kind": "status_after"}, 1),
        ({**says(200), "kind": "garbage"}, 1),
        ({**says(200), "kind": "drop_before"}, 0),
        ({**says(200), "kind": "drop_after"}, 1),
        (says(503, "<h1>a proxy</h1>", headers={"content-type": "text/html"}), 0),
    ],
    ids=lambda value: f"{value['kind']} {value['status']}" if isinstance(value, dict) else None,
)
def test_what_may_have_been_charged_is_in_doubt_and_never_sent_again(
    opened, sandbox, key, fault, charged
):
    account = key("doubt")
    sandbox.breaks(fault)
    with opened(ACE) as client:
        with pytest.raises(SubmissionUnknown, match="not sent again"):
            client.submit(PROMPT)
        (entry,) = client.jobs()
    assert entry.state is State.UNKNOWN
    assert len(sandbox.charged(account)) == charged
    assert len(sandbox.asked(account, QUEUE)) <= 1


@pytest.mark.parametrize(
    ("mark", "told", "suggested"),
    [
        ("[sandbox:violation]", "violates the content policy", SUGGESTION),
        ("[sandbox:violation] [sandbox:unsuggested]", "violates the content policy", None),
        ("[sandbox:invalid]", "could not work with this request", None),
        ("[sandbox:upstream]", "support@venice.ai", None),
    ],
)
def test_a_job_that_fails_later_says_why_and_is_refunded(
    opened, sandbox, key, mark, told, suggested
):
    account = key("any")
    with opened(ACE) as client:
        job = client.submit(f"{PROMPT} {mark}")
        with pytest.raises(JobFailed, match=told) as caught:
            job.wait(timeout=10)
        (entry,) = client.jobs(states=(State.ENDED,))
    assert "failed job is refunded" in str(caught.value)
    assert caught.value.snapshot.error.suggested_prompt == suggested
    assert caught.value.ticket == job.ticket == entry.ticket
    assert len(sandbox.jobs(account)) == 1
    assert sandbox.charged(account) == []


@pytest.mark.parametrize("mark", ["capacity", "failed"])
def test_a_fault_of_the_server_is_no_verdict_and_the_ticket_is_kept(opened, sandbox, key, mark):
    account = key("any")
    with opened(ACE) as client:
        job = client.submit(f"{PROMPT} [sandbox:{mark}]")
        with pytest.raises(WaitTimeout, match=r"client\.resume") as caught:
            job.wait(timeout=0.5)
    assert isinstance(caught.value.__cause__, Unavailable)
    assert caught.value.ticket == job.ticket
    assert sandbox.charged(account) == []


PASSING = [
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 429, "body": {"error": BUDGET}, "headers": {"retry-after": "0"}},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "headers": {"retry-after": "0"}},
    {"kind": "status", "status": 504},
    {"kind": "garbage"},
    {"kind": "drop_before"},
    {"kind": "drop_after"},
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: " ".join(map(str, fault.values())))
def test_what_passes_does_not_end_the_wait(opened, sandbox, key, tmp_path, fault):
    account = key("any")
    sandbox.breaks({"endpoint": RETRIEVE, "nth": 1, **fault})
    with opened(ACE) as client:
        delivery = client.generate_and_wait(PROMPT, to=tmp_path / "out", timeout=20)
    assert delivery.paths[0].suffix == ".flac"
    assert len(sandbox.charged(account)) == 1


@pytest.mark.parametrize("kind", ["truncate", "empty_audio", "id3_flac"])
def test_a_download_that_goes_wrong_loses_nothing(opened, sandbox, key, tmp_path, kind):
    account = key("any")
    with opened(ACE) as client:
        job = client.submit(PROMPT)
        job.wait(timeout=10)
        job = client.resume(job.ticket)  # whose handle keeps no answer of that wait
        sandbox.breaks({"endpoint": RETRIEVE, "nth": 1, "kind": kind})
        of_no_bytes = kind == "empty_audio"
        empty = pytest.raises(ProtocolError, match=r"the track is empty; .* not affected")
        with empty if of_no_bytes else nullcontext():  # the others are mended at once
            job.download(tmp_path / "out")
        sandbox.breaks()
        paths = job.download(tmp_path / "out")
    assert soundfile.info(paths[0]).format == "FLAC"
    assert not list((tmp_path / "out").glob("*.part"))
    assert len(sandbox.charged(account)) == 1


def test_a_track_that_was_released_elsewhere_has_expired(opened, sandbox, key):
    key("any")
    with opened(ACE) as client:
        job = client.submit(PROMPT)
        job.wait(timeout=10)
        job.release()
        with pytest.raises(JobExpired, match="expired, or deleted"):
            job.wait(timeout=10)


def test_a_release_that_failed_can_be_repeated(opened, key):
    key("any")
    with opened(ACE) as client:
        job = client.submit(f"{PROMPT} [sandbox:stuck]")
        job.wait(timeout=10)
        with pytest.raises(Unavailable, match="try again later"):
            job.release()
        job.release()


@pytest.mark.parametrize(
    ("other", "error", "told"),
    [
        ("another", NotFound, "check the ticket and the key"),
        ("bad-key", AuthenticationFailed, "check VENICE_API_KEY"),
        ("fenced", AuthenticationFailed, "add this computer's address"),
    ],
)
def test_the_wrong_key_is_no_verdict_on_a_job(opened, sandbox, key, tmp_path, other, error, told):
    account = key("any")
    with opened(ACE) as client:
        ticket = client.submit(PROMPT).ticket
    key(other)
    with opened(ACE) as client, pytest.raises(error, match=told) as caught:
        client.resume(ticket).wait(timeout=10)
    assert caught.value.ticket == ticket
    key("any")
    with opened(ACE) as client:
        job = client.resume(ticket)
        job.wait(timeout=10)
        assert job.download(tmp_path / "out")
    assert len(sandbox.charged(account)) == 1


def test_without_a_key_segue_says_so_before_it_sends_anything(opened, sandbox, monkeypatch):
    monkeypatch.delenv("VENICE_API_KEY", raising=False)
    before = len(sandbox.log)
    with opened(ACE) as client, pytest.raises(AuthenticationFailed) as caught:
        client.submit(PROMPT)
    assert "VENICE_API_KEY" in str(caught.value)
    sent = [line["endpoint"] for line in sandbox.log[before:]]
    assert QUEUE not in sent


def test_bills_need_no_admin_key_and_the_balance_is_what_this_key_may_spend(opened, key):
    key("limited")
    with opened(ACE) as client:
        assert {str(money) for money in client.balance()} == {"0 USD", "0 diem", "0 credits"}
