"""The same key and body is the same job; another body is refused; nothing is sent twice."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from .serving import MUSIC, serving


def test_a_repeat_is_answered_with_the_original_202(api):
    one = api.make({"metadata": {"a": 1, "b": 2}}, idempotency_key="order-1")
    api.ended(one)
    two = api.make({"metadata": {"b": 2, "a": 1}}, idempotency_key="order-1")
    assert (two.status_code, two.json()) == (202, one.json())
    assert two.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in one.headers


def test_a_quoted_key_is_the_same_as_a_bare_one(api):
    one = api.make(idempotency_key="order-2").json()["id"]
    assert api.make(idempotency_key='"order-2"').json()["id"] == one


@pytest.mark.parametrize(
    "other",
    [{"prompt": "a tango"}, {"metadata": {"a": 1}}, {"model": ["local"]}, {"max_cost": "1 USD"}],
)
def test_another_body_is_a_422_and_makes_no_job(api, other):
    key = f"order-3 {sorted(other)}"
    first = api.make(idempotency_key=key).json()["id"]
    before = len(api.get(MUSIC, params={"limit": 100}).json()["data"])
    reply = api.make(other, idempotency_key=key)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(api.get(MUSIC, params={"limit": 100}).json()["data"]) == before
    assert api.make(idempotency_key=key).json()["id"] == first


def test_twenty_at_once_with_one_key_make_one_job(api):
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: api.make(idempotency_key="order-4"), range(20)))
    assert {reply.status_code for reply in replies} <= {202, 409}
    assert len({reply.json()["id"] for reply in replies if reply.status_code == 202}) == 1
    for reply in replies:
        if reply.status_code == 409:
            assert reply.headers["retry-after"] == "1"


@pytest.mark.parametrize("key", ["", '""', "x" * 256])
def test_what_is_no_key_is_refused(api, key):
    reply = api.make(idempotency_key=key)
    assert reply.json()["error"]["code"] == "invalid_idempotency_key"


def test_a_key_is_remembered_over_a_restart(tmp_path):
    with serving(tmp_path) as api:
        one = api.make(idempotency_key="order-5").json()
    with serving(tmp_path) as api:
        assert api.make(idempotency_key="order-5").json() == one
        assert api.ended(one["id"])["status"] == "succeeded"


def test_a_refused_job_is_tried_again_under_its_key(api):
    refused = api.make({"lyrics_prompt": "la"}, idempotency_key="order-6")
    assert refused.status_code == 400
    assert api.make(idempotency_key="order-6").status_code == 202


def test_what_was_refused_leaves_nothing_behind(tmp_path):
    with serving(tmp_path) as api:
        given = {"metadata": {"much": "x" * 1000}}
        for how in ({}, {"idempotency_key": "order-7"}):
            assert api.make({**given, "lyrics_prompt": "la"}, **how).status_code == 400
        assert held(tmp_path) == 0
        made = api.make(given, idempotency_key="order-7").json()
        other = api.make({**given, "prompt": "a tango"}, idempotency_key="order-7")
        assert other.status_code == 422
        assert api.make(given, idempotency_key="order-7").json()["metadata"] == made["metadata"]
        assert held(tmp_path) == 1


def held(folder):
    """How many requests the server holds metadata of."""
    with closing(sqlite3.connect(folder / "server.sqlite3")) as db:
        return db.execute("SELECT count(*) FROM requests").fetchone()[0]
