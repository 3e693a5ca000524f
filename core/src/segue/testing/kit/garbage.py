"""Garbage, made by hypothesis, in the place of every answer: it ends in an error of Segue's or in
a valid result, and never in a KeyError.
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
from segue.testing.kit.brought import Brought
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
"""In how many places of an answer, at most, each of the usual mistakes is made."""

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


class Garbage(Brought):
    """Every method, with garbage at every request that it makes."""

    def test_garbage_never_breaks_a_submission(self) -> None:
        """A ticket, or an error of Segue's."""
        _feed(self, "submit")

    def test_garbage_never_breaks_a_look(self) -> None:
        """A snapshot, or an error of Segue's."""
        _feed(self, "poll")

    def test_garbage_never_breaks_anything_else(self) -> None:
        """Downloads, cancelling, and what else is asked."""
        _feed(self, "download", "cancel", "release", "models", "quote", "balance")

    def test_garbage_after_paying_is_no_refusal(self) -> None:
        """With a 2xx the vendor may have taken the job, whatever its answer looks like."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        if not step.play(bench.made()).calls:
            pytest.skip("submit() makes no requests")

        @_tried(self)
        @given(reply=REPLIES.filter(lambda reply: reply.ok))
        def check(reply: Reply) -> None:
            seen = step.play(bench.made(), [reply] * 4)
            assert not isinstance(seen.error, Rejected), (
                f"submit() takes {_told(reply)} for the refusal {seen.error!r}, so the job would be"
                " submitted again: with a 2xx raise reply.unlike(…) at most"
            )

        check()


def _feed(kit: Brought, *methods: str) -> None:
    """Garbage, and mutations of the good answer, in the place of each answer in turn."""
    bench = Bench(kit)
    places = [
        (step, at)
        for step in bench.steps()
        if step.method in methods
        for at, _ in enumerate(step.play(bench.made()).calls)
    ]
    if not places:
        pytest.skip(f"no requests are made by {', '.join(methods)}, or no answers were brought")
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
    _tried(bench.kit)(given(reply=REPLIES | mutations)(feed))()


def _judge(step: Step, reply: Reply, seen: Played) -> None:
    """A flow may end in an error of Segue's, in what its type promises, or want more."""
    assert not seen.alien, f"{step.method}(): {seen.alien}"
    if seen.wants is not None or isinstance(seen.error, SegueError):
        return
    assert seen.error is None, (
        f"{step.method}() let {seen.error!r} out, fed with {_told(reply)}: read answers with"
        " reply.json(Struct), and convert what it holds with care"
    )
    assert _PROMISES[step.method](seen.value), (
        f"{step.method}() returned {seen.value!r}, fed with {_told(reply)}"
    )
    if isinstance(seen.value, Ticket):
        assert seen.value.id, (
            f"submit() made a ticket without an id of {_told(reply)}: raise reply.unlike(…)"
        )
    try:
        _plain(seen.value)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise AssertionError(
            f"{step.method}() returned what is not of its type ({error}), fed with {_told(reply)}:"
            " check the vendor's values before they become ours"
        ) from error


def _plain(value: object) -> None:
    """Whether a ticket or a snapshot comes back from JSON as what it is."""
    if isinstance(value, Ticket | Snapshot | Quote):
        msgspec.json.decode(msgspec.json.encode(value), type=type(value))


def _edges(good: Answer) -> Iterator[Reply]:
    """The good answer with what goes wrong most often, in places all over it."""
    places = [path for path, _ in odd.leaves(odd.document(good)) if path]
    for path in places[:: max(len(places) // _PLACES, 1)]:
        if isinstance(good, Reply):
            yield odd.dropped(good, path)
            yield from (odd.changed(good, {path: value}) for value in _EDGES)


def _mutations(good: Reply) -> st.SearchStrategy[Reply]:
    """The good answer with one value dropped, nulled, retyped or out of its range."""
    places = [path for path, _ in odd.leaves(odd.document(good)) if path]
    places += [path[:-1] for path in places if len(path) > 1]
    if not places:
        return st.just(msgspec.structs.replace(good, body=b""))
    place = st.sampled_from(places)
    values = _JSON | st.sampled_from([-1, 1e308, 10**30, "", "NaN", "∞", [], {}, [None], "-1"])
    return st.builds(lambda path, value: odd.changed(good, {path: value}), place, values) | (
        place.map(lambda path: odd.dropped(good, path))
    )


def _tried(kit: Brought) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Few examples, the same every time; more of them, and others, when the environment says."""
    asked = os.environ.get("SEGUE_KIT_EXAMPLES", "")
    return settings(
        max_examples=int(asked) if asked.isdigit() else kit.examples,
        derandomize=not asked,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
    )


def _all(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _told(reply: Reply) -> str:
    kind = reply.content_type or "no content type"
    return f"a {reply.status} ({kind}) with {(reply.body or b'nothing')[:80]!r}"
