"""Secrets: in no error, pickle, log or word that is shown, whoever repeats them."""

import copy
import logging
import pickle
import traceback

import httpx
import pytest
from toy_vendor import WAV, Answer, Toy

import segue
from segue._data.redaction import MASK, redacted
from segue._plugins.results import validated_result
from segue.errors import (
    DownloadError,
    JobFailed,
    NoBackendLeft,
    NotFound,
    SegueError,
    WaitTimeout,
)
from segue.flow import Call, Reply, call
from segue.job import Failure, Snapshot, Status, Ticket, Track
from segue.refusals import refusal

KEY = "toy-key-1234"
TOKEN = "job-token-abcdefgh"
SIGNED = "https://cdn.example/song.mp3?X-Amz-Signature=s1gned&e=1"
TICKET = Ticket(provider="toy", id="j1", job="abc", secrets={"token": TOKEN})


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"cannot get {SIGNED}", "s1gned"),
        ('{"url":"https:\\/\\/cdn.example\\/a?sig=s1gned&b=2"}', "s1gned"),
        ("go to https%3A%2F%2Fcdn.example%2Fa%3Fsig%3Ds1gned now", "s1gned"),
        ("/files/a?X-Sig=s1gned&expires=9 is gone", "s1gned"),
        ("https://me:s1gned@cdn.example/a", "s1gned"),
        ("https://cdn.example/a#s1gned", "s1gned"),
        ("Authorization: Bearer s1gneds1gned", "s1gned"),
        ('{"api_key": "s1gned"}', "s1gned"),
        ("{'accessToken': 's1gned'}", "s1gned"),
        ("job_token=s1gned; path=/", "s1gned"),
        ("[(b'Set-Cookie', b'sid=s1gned'), (b'X-API-Key', b's1gned')]", "s1gned"),
        ("[(b'Location', b'/a?sig=s1gned')]", "s1gned"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_the_rest_stays(text, secret):
    assert secret not in redacted(text)
    assert secret not in str(SegueError(text))
    assert MASK in redacted(text) or "#" in text or "@" in text


@pytest.mark.parametrize(
    "text",
    [
        "the key of C minor, max_tokens=5, author=me",
        "see https://docs.example/page for more; status 400",
        "set TOY_KEY in the environment, or SEGUE_CONFIG=/a/b.toml",
        "an API key is required (Bearer)",
        "'a' = 'b'",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redacted(text) == text
    assert str(SegueError(text)) == text


def test_an_error_commands_no_terminal():
    error = DownloadError("\x1b[2Jgone\r\n\u202egnp", advice="do \x07 this")
    assert str(error).isprintable()
    assert error.message.isprintable()
    assert "\x1b" not in repr(error) + str(error.args)


def test_words_that_are_set_later_are_cleaned_too():
    error = SegueError("a")
    error.message, error.advice = f"at {SIGNED}", "\x1b[1m"
    assert "s1gned" not in str(error)
    assert "\x1b" not in str(error)


def test_a_token_that_was_said_before_the_ticket_was_known_is_hidden():
    error = NotFound("no job with job-token-ijklmnop")
    error.ticket = Ticket(provider="toy", id="1", secrets={"token": "job-token-ijklmnop"})
    assert "ijklmnop" not in str(error) + repr(error) + error.message
    assert error.ticket.secrets == {"token": "job-token-ijklmnop"}


SNAPSHOT = Snapshot(
    status=Status.SUCCEEDED,
    tracks=(
        Track(id="1", status=Status.SUCCEEDED, title="Song", url=SIGNED, details={"u": SIGNED}),
    ),
)
REPLY = Reply(status=403, headers={"set-cookie": "sid=s1gned"}, body=b"s1gned")


@pytest.mark.parametrize(
    "error",
    [
        WaitTimeout("not done", ticket=TICKET, snapshot=SNAPSHOT),
        JobFailed(f"it failed with {TOKEN}", ticket=TICKET),
        NoBackendLeft([("toy", JobFailed("it failed", ticket=TICKET))]),
        DownloadError(f"at {SIGNED}", reply=REPLY),
    ],
)
def test_a_pickled_error_holds_no_secret_and_still_finds_the_job(error):
    raw = pickle.dumps(error)
    assert TOKEN.encode() not in raw
    assert b"s1gned" not in raw
    again = pickle.loads(raw)
    assert (type(again), str(again)) == (type(error), str(error))
    if again.ticket is not None:
        assert (again.ticket.id, again.ticket.job) == ("j1", "abc")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_in_this_process_has_the_token(copied):
    error = copied(WaitTimeout("not done", ticket=TICKET, snapshot=SNAPSHOT))
    assert (error.ticket, error.snapshot) == (TICKET, SNAPSHOT)


def test_the_journal_gives_the_token_back(tmp_path, toy):
    with segue.Client(toy, journal=tmp_path / "journal") as client:
        client.resume(TICKET)
        error = pickle.loads(pickle.dumps(WaitTimeout("not done", ticket=TICKET)))
        assert error.ticket.secrets == {}
        assert client.resume(error.ticket).ticket == TICKET


def test_what_a_vendor_says_of_a_failure_is_cleaned_at_the_border():
    said = f"\x1b[31m{SIGNED} {TOKEN} {KEY}"
    failure = Failure(message=said, code=said, refund=said)
    track = Track(id="1", status=Status.FAILED, title="A", url=SIGNED, error=failure)
    validated_result("submit", TICKET, Ticket)
    seen = validated_result(
        "poll",
        Snapshot(status=Status.FAILED, word=said, notes=(said,), error=failure, tracks=(track,)),
        Snapshot,
    )
    assert seen.tracks[0].url == SIGNED
    told = repr(seen.error) + repr(seen.tracks[0].error) + seen.word + str(seen)
    assert "s1gned" not in told
    assert TOKEN not in told
    assert "\x1b" not in told


def test_a_key_that_is_cut_in_the_middle_of_a_body_is_hidden_before(toy):
    long = "x" * 195 + " Bearer sk-0123456789abcdef"
    error = refusal(Reply(status=400, body=long.encode()))
    assert "sk-0" not in str(error)
    with pytest.raises(segue.SegueError) as caught:
        Reply(status=200, body=b"y" * 110 + b" token=sk-0123456789").json(dict)
    assert "sk-0" not in str(caught.value)


def test_a_vendor_that_repeats_the_key_is_not_quoted(face, toy, vendor):
    vendor.says("/jobs", Answer(status=400, body=f"bad key {KEY} {SIGNED} \x1b[1m".encode()))
    with pytest.raises(SegueError) as caught:
        face.do(face.client(toy).submit, "a")
    assert len(vendor.requests) == 1
    told = "".join(traceback.format_exception(caught.value)) + repr(pickle.dumps(caught.value))
    assert KEY not in told
    assert "s1gned" not in told
    assert "\x1b" not in str(caught.value)


class Locating(Toy):
    """Its files are at a signed address, behind a redirection to another one."""

    def balance(self):
        yield from call(
            "GET", "/balance?token=s1gned-balance", headers={"X-Token": "s1gned-header"}
        )
        return []


@pytest.fixture
def logged(caplog):
    """Everything that is logged, as a user sees it who sets the root logger to DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "aiohttp"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def test_no_log_of_any_library_tells_a_secret(face, vendor, toy, tmp_path, logged):
    vendor.says("/balance", Answer(body=b"[]", headers={"Set-Cookie": "sid=s1gned-cookie"}))
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    seen = b'{"status": "done", "url": "/song?sig=s1gned-one"}'
    vendor.says("/jobs/j1", Answer(body=seen, headers={"X-Session-Token": "s1gned-session"}))
    moved = {"Location": f"{vendor.url}/moved?sig=s1gned-two"}
    vendor.says("/song", Answer(status=302, body=b"", headers=moved))
    vendor.says("/moved", Answer(body=WAV, kind="audio/wav"))
    client = face.client(Locating())
    face.do(client.balance)
    face.do(client.generate_and_wait, "a", to=tmp_path / "out")
    assert len(vendor.asked("/moved")) == 1
    assert "s1gned" not in logged.text
    assert KEY not in logged.text
    assert MASK in logged.text
    if face.driver != "aiohttp":
        assert "receive_response_headers" in logged.text


def test_the_requests_of_others_are_logged_as_they_are(face, vendor, toy, logged):
    vendor.says("/balance", Answer(body=b"[]"))
    vendor.says("/theirs", Answer(body=b"[]"))
    theirs = f"{vendor.url}/theirs?sig=of-others"

    def during(request):
        httpx.get(theirs)
        return Answer(body=b"[]")

    vendor.says("/balance", during)
    face.do(face.client(Locating()).balance)
    assert theirs in logged.text
    assert "s1gned" not in logged.text


def test_no_filter_stays_on_anybodys_logger(face, vendor, toy, logged):
    vendor.says("/balance", Answer(status=404, body=b"[]"))
    client = face.client(Locating())
    face.do(client.balance)
    for name in logging.root.manager.loggerDict:
        if name.startswith(("httpx", "httpcore", "hpack", "aiohttp")):
            assert logging.getLogger(name).filters == []


def test_no_frame_of_an_error_holds_the_key(face, vendor, toy):
    """Tools that report errors show the variables of every frame."""
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(silent=True))
    for use in ("submit", "lost"):
        if use == "lost":
            vendor.says("/jobs", Answer(silent=True))
        try:
            job = face.do(face.client(toy).submit, "a")
            face.do(job.poll)
        except SegueError as error:
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            assert KEY not in "".join(told.format())
        else:
            raise AssertionError("the vendor hung up")


def test_an_endpoint_hides_what_is_known_to_be_secret():
    validated_result("submit", TICKET, Ticket)
    assert TOKEN not in Call(method="GET", url=f"/jobs/{TOKEN}?a=b").endpoint
