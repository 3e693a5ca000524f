"""Tests with garbage, made by hypothesis, as every response: a method raises a `SegueError` or
returns a valid result, and never raises a KeyError.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from segue.errors import Rejected, SegueError
from segue.flow import Reply
from segue.job import Asset, Snapshot, Ticket
from segue.money import Money, Quote
from segue.provider import Model
from segue.testing.kit import odd
from segue.testing.kit.bench import Bench, Step
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import Answer, Played
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

_STATUSES = (200, 200, 200, 201, 202, 204, 301, 400, 401, 402, 403, 404, 409, 410, 418, 422, 429)
_FAULTS = (500, 502, 503, 504)
_TYPES = ("application/json", "application/json", "text/html", "text/plain", "", "audio/mpeg")
_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_JSON = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_BODIES = (
    _JSON.map(msgspec.json.encode)
    | st.binary(max_size=40)
    | st.sampled_from([b"", b"{}", b"[]", b"null", b"<html>", b'{"error":', b"\xff\xfe"])
)
_HEADERS = st.sampled_from(
    [{}, {"retry-after": "soon"}, {"retry-after": "-1"}, {"content-length": "x"}, {"location": ""}]
)
REPLIES = st.builds(
    lambda status, kind, body, headers: Reply(
        status=status, headers={**headers, "content-type": kind}, body=body
    ),
    st.sampled_from(_STATUSES + _FAULTS),
    st.sampled_from(_TYPES),
    _BODIES | st.none(),
    _HEADERS,
)
_PLACES = 24
"""The most places of a response in which each of the usual mistakes is made."""

_EDGES: tuple[object, ...] = (None, "", "NaN", -1, True, [], {})
_PROMISES = {
    "submit": lambda value: isinstance(value, Ticket),
    "poll": lambda value: isinstance(value, Snapshot),
    "cancel": lambda value: isinstance(value, Snapshot),
    "release": lambda value: value is None,
    "quote": lambda value: isinstance(value, Quote),
    "models": lambda value: _all(value, Model),
    "balance": lambda value: _all(value, Money),
    "download": lambda value: _all(value, Asset),
}


class Garbage(KitInputs):
    """Every method, with garbage as the response to each of its requests."""

    def test_garbage_never_breaks_a_submission(self) -> None:
        """`submit` returns a ticket or raises a `SegueError`."""
        _feed(self, "submit")

    def test_garbage_never_breaks_a_look(self) -> None:
        """`poll` returns a snapshot or raises a `SegueError`."""
        _feed(self, "poll")

    def test_garbage_never_breaks_anything_else(self) -> None:
        """Every other method returns its type or raises a `SegueError`."""
        _feed(self, "download", "cancel", "release", "models", "quote", "balance")

    def test_garbage_after_paying_is_no_refusal(self) -> None:
        """After a 2xx the vendor may have accepted the job, whatever the body."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        if not step.play(bench.made()).calls:
            pytest.skip("submit() makes no requests")

        @_examples(self)
        @given(reply=REPLIES.filter(lambda reply: reply.ok))
        def check(reply: Reply) -> None:
            seen = step.play(bench.made(), [reply] * 4)
            assert not isinstance(seen.error, Rejected), (
                f"submit() reads {_described(reply)} as the refusal {seen.error!r}, so it would"
                " be submitted again: with a 2xx raise reply.unlike(…) at most"
            )

        check()


def _feed(kit: KitInputs, *methods: str) -> None:
    """Replace each response in turn with garbage, and with mutations of the good one."""
    bench = Bench(kit)
    places = [
        (step, at)
        for step in bench.steps()
        if step.method in methods
        for at, _ in enumerate(step.play(bench.made()).calls)
    ]
    if not places:
        pytest.skip(f"no requests are made by {', '.join(methods)}, or no responses are set")
    for step, at in places:
        _feed_one(bench, step, at)


def _feed_one(bench: Bench, step: Step, at: int) -> None:
    good = step.answers[at]

    def feed(reply: Reply) -> None:
        rest = step.answers[at + 1 :]
        _judge(step, reply, step.play(bench.made(), (*step.answers[:at], reply, *rest)))

    for reply in _edges(good):
        feed(reply)
    mutations = _mutations(good) if isinstance(good, Reply) else REPLIES
    _examples(bench.kit)(given(reply=REPLIES | mutations)(feed))()


def _judge(step: Step, reply: Reply, seen: Played) -> None:
    """A flow may raise a `SegueError`, return its declared type, or make more requests."""
    assert not seen.alien, f"{step.method}(): {seen.alien}"
    if seen.wants is not None or isinstance(seen.error, SegueError):
        return
    assert seen.error is None, (
        f"{step.method}() raised {seen.error!r} for {_described(reply)}: read responses with"
        " reply.json(Struct), and validate their values before converting them"
    )
    assert _PROMISES[step.method](seen.value), (
        f"{step.method}() returned {seen.value!r} for {_described(reply)}"
    )
    if isinstance(seen.value, Ticket):
        assert seen.value.id, (
            f"submit() made a ticket without an id of {_described(reply)}: raise reply.unlike(…)"
        )
    try:
        _plain(seen.value)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise AssertionError(
            f"{step.method}() returned an invalid value ({error}) for {_described(reply)}: validate"
            " the vendor's values"
        ) from error


def _plain(value: object) -> None:
    """Raise unless a ticket or a snapshot survives a round trip through JSON."""
    if isinstance(value, Ticket | Snapshot | Quote):
        msgspec.json.decode(msgspec.json.encode(value), type=type(value))


def _edges(good: Answer) -> Iterator[Reply]:
    """The good response with the most common mistakes, in many places."""
    places = [path for path, _ in odd.leaves(odd.document(good)) if path]
    for path in places[:: max(len(places) // _PLACES, 1)]:
        if isinstance(good, Reply):
            yield odd.dropped(good, path)
            yield from (odd.changed(good, {path: value}) for value in _EDGES)


def _mutations(good: Reply) -> st.SearchStrategy[Reply]:
    """The good response with one value dropped, nulled, retyped or out of range."""
    places = [path for path, _ in odd.leaves(odd.document(good)) if path]
    places += [path[:-1] for path in places if len(path) > 1]
    if not places:
        return st.just(msgspec.structs.replace(good, body=b""))
    place = st.sampled_from(places)
    values = _JSON | st.sampled_from([-1, 1e308, 10**30, "", "NaN", "∞", [], {}, [None], "-1"])
    return st.builds(lambda path, value: odd.changed(good, {path: value}), place, values) | (
        place.map(lambda path: odd.dropped(good, path))
    )


def _examples(kit: KitInputs) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Few examples, always the same; random ones, and as many as the environment says."""
    number = os.environ.get("SEGUE_KIT_EXAMPLES", "")
    return settings(
        max_examples=int(number) if number.isdigit() else kit.examples,
        derandomize=not number,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
    )


def _all(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _described(reply: Reply) -> str:
    kind = reply.content_type or "no content type"
    return f"a {reply.status} ({kind}) with {(reply.body or b'nothing')[:80]!r}"
