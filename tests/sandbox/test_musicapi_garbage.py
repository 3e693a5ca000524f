"""Whatever MusicAPI's model is sent, it answers; and what it refuses is not charged."""

from __future__ import annotations

import json
from functools import cache
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st
from musicapi_caller import POLLS, Caller, valid

from segue_sandbox.musicapi.rooms import ROOMS

NAMES = sorted({
    *chain.from_iterable(valid(Caller()).values()),
    "task_type", "continue_clip_id", "persona_id", "length", "starts", "lyrics", "auto_concat",
    "webhook_url", "webhook_secret", "seed", "sample_clip_id", "tags",
})  # fmt: skip
WORDS = st.sampled_from(["extend_music", "cover_music", "replace_music", "[sandbox:failed]", "mp3"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
CHANGES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)


@cache
def world():
    caller = Caller()
    return caller, valid(caller)


@settings(max_examples=200)
@given(path=st.sampled_from(sorted(ROOMS)), change=CHANGES)
def test_any_body_is_answered_and_a_refusal_costs_nothing(path, change):
    caller, bodies = world()
    before = caller.sums()[0]
    raw = json.dumps({**bodies[f"/{path}"], **change}).encode()
    reply = caller.post(f"/{path}", None, raw=raw)
    assert reply.status in {200, 202, 400, 403, 404, 410}
    if reply.status >= 400:
        assert caller.sums()[0] == before
    caller.vendor.ledger(caller.now)


@settings(max_examples=200)
@given(raw=st.binary(max_size=80), key=st.text("abc-", min_size=1))
def test_any_bytes_are_answered(raw, key):
    caller, _ = world()
    assert caller.ask("POST", "/api/v1/sonic/create", raw=raw, key=key).status in {400, 200, 429}


@settings(max_examples=200)
@given(
    path=st.sampled_from([*POLLS, "/suno/make-lyrics", ""]), tail=st.text("a/.?%_-0", max_size=9)
)
def test_any_address_is_answered(path, tail):
    caller, _ = world()
    for method in ("GET", "POST", "DELETE"):
        for root in ("/api/v1", "/cdn", "/audiopipe", ""):
            assert caller.ask(method, f"{root}{path}/{tail}").status in {400, 404}
