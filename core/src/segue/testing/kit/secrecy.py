"""Tests of secrets: the key stays in core, and job tokens stay out of reprs, errors and logs."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from segue.errors import SegueError
from segue.flow import Reply
from segue.job import Ticket
from segue.testing.kit.bench import Bench
from segue.testing.kit.flows import sources
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import Answer, Played, several
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

_REFUSED = Reply(
    status=401, headers={"content-type": "application/json"}, body=b'{"error": "no such key"}'
)


class Secrecy(KitInputs):
    """Where a canary key and a canary job token appear."""

    def test_it_leaves_the_key_to_core(self) -> None:
        """Core attaches the key, on the provider's own origin only; the provider never reads it."""
        bench = Bench(self)
        with _key_set(bench) as key:
            for step in bench.steps():
                seen = step.play(bench.made())
                for call in (*seen.calls, *sources(seen.value)):
                    shown = msgspec.json.encode([call.headers, call.params, call.url, call.form])
                    sent = shown + _encoded(call.json) + (call.content or b"")
                    assert key.encode() not in sent, (
                        f"{step.method}() puts the key into {call.endpoint}: declare `key`, and"
                        " core attaches it"
                    )
                    _check_header(bench, call.headers, call.endpoint)

    def test_no_ticket_or_result_holds_the_key(self) -> None:
        """Tickets are shared, and are in the journal."""
        bench = Bench(self)
        with _key_set(bench) as key:
            for step in bench.steps():
                value = step.play(bench.made()).value
                text = value.to_json() if isinstance(value, Ticket) else repr(value)
                assert key not in text, (
                    f"{step.method}() returns the key in its {type(value).__name__}: a job is"
                    " identified by its id, and core has the key"
                )

    def test_no_log_or_error_holds_the_key(self) -> None:
        """Logs and errors are shared in bug reports."""
        bench = Bench(self)
        with _key_set(bench) as key, _log_lines() as lines:
            for step in bench.steps():
                for seen in (step.play(bench.made()), *_refused(bench, step.method)):
                    shown = [*lines, str(seen.error), repr(seen.error), *map(repr, seen.calls)]
                    assert not any(key in line for line in shown), (
                        f"{step.method}() shows the key in a log or an error: leave it to core"
                    )

    def test_job_tokens_are_kept_and_not_shown(self) -> None:
        """They are in `Ticket.secrets`, which no repr shows."""
        bench = Bench(self)
        if not self.secret_fields:
            pytest.skip("`secret_fields` is not set: fields of `accepted` with a job token")
        step = bench.step("submit", "accepted")
        token = _canary("token")
        answers = _with_token(several(self.accepted), self.secret_fields, token)
        with _log_lines() as lines:
            seen = step.play(bench.made(), answers)
            ticket = seen.value
            assert isinstance(ticket, Ticket), f"{step} ended in {seen.error!r} with another token"
            for text in (*lines, repr(ticket), str(ticket), *_later(bench, ticket), *lines):
                assert token not in text, (
                    f"a job token is shown in {text[:200]!r}: put it into Ticket.secrets, send it"
                    " in headers, a body or a query, and never put it into an error or a log"
                )
        assert token in ticket.to_json(), (
            f"the token of {', '.join(self.secret_fields)} is not in the ticket, and another"
            " process has no other source for it: put it into Ticket.secrets"
        )
        assert token not in repr(ticket.state), (
            "a job token is in Ticket.state, which may be shown: put it into Ticket.secrets"
        )


@contextlib.contextmanager
def _key_set(bench: Bench) -> Iterator[str]:
    """Set the provider's environment variable to a canary."""
    key = bench.made().key
    if key is None:
        pytest.skip("it needs no key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(key.env, canary := _canary("key"))
        yield canary


def _canary(what: str) -> str:
    """A new secret each time: core masks those that this process has used before, and would hide
    leaks from the kit."""
    return f"canary-{what}-{secrets.token_hex(8)}"


@contextlib.contextmanager
def _log_lines() -> Iterator[list[str]]:
    """Collect every log message of the block."""
    lines: list[str] = []
    handler = logging.Handler(level=logging.NOTSET)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # as logging's own cookbook does
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def _check_header(bench: Bench, headers: Any, endpoint: str) -> None:  # noqa: ANN401 - see Call
    key = bench.made().key
    named = {name.lower() for name in headers}
    assert key is None or key.header.lower() not in named, (
        f"{endpoint} sets {key.header} itself, which is the key's header: leave it to core"
    )


def _refused(bench: Bench, method: str) -> Iterator[Played]:
    """Run the method with each request in turn refused for its key."""
    for step in bench.steps():
        if step.method == method and step.answers:
            yield step.play(bench.made(), [_REFUSED] * 3)


def _later(bench: Bench, ticket: Ticket) -> Iterator[str]:
    """The reprs of a job's calls, snapshots and errors."""
    for method, attribute in (("poll", "running"), ("poll", "succeeded"), ("poll", "failed")):
        step = bench.step(method, attribute, ticket)
        for answers in (step.answers, [_REFUSED] * 3):
            seen = step.play(bench.made(), answers)
            yield from map(repr, seen.calls)
            yield from (repr(seen.value), str(seen.value))
            if isinstance(seen.error, SegueError):
                yield from (repr(seen.error), str(seen.error))


def _with_token(answers: tuple[Answer, ...], fields: Sequence[str], token: str) -> list[Answer]:
    """The responses with the canary as the value of each secret field."""
    found: list[Answer] = []
    left = set(fields)
    for answer in answers:
        changed = answer
        if isinstance(answer, Reply) and answer.body:
            with contextlib.suppress(msgspec.DecodeError):
                body = msgspec.json.decode(answer.body)
                left -= {field for field in fields if _put(body, field.split("."), token)}
                changed = msgspec.structs.replace(answer, body=msgspec.json.encode(body))
        found.append(changed)
    assert not left, f"`accepted` has no {', '.join(sorted(left))}, which `secret_fields` name"
    return found


def _put(body: Any, path: list[str], token: str) -> bool:  # noqa: ANN401 - any JSON
    *above, last = path
    for name in above:
        body = body.get(name) if isinstance(body, dict) else None
    if not isinstance(body, dict) or last not in body:
        return False
    body[last] = token
    return True


def _encoded(value: object) -> bytes:
    return b"" if value is msgspec.UNSET else msgspec.json.encode(value)
