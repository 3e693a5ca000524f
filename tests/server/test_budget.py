"""A key's budget of a day holds, however many requests come at once, and no poll is billed."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from sandboxes import leading_to, sandbox

from .serving import MUSIC, serving

WISH = {"model": "venice/ace-step-15", "prompt": "a slow waltz", "duration_seconds": 60}
PRICE = Decimal("0.03")
"""What Venice quotes for such a piece, as the test below verifies."""


def test_of_twenty_jobs_at_once_exactly_those_are_accepted_that_the_budget_allows(tmp_path):
    with sandbox() as origin, serving(tmp_path, leading_to(origin), keyed=True) as api:
        (quote,) = api.post(
            "/v1/quotes", json=WISH, headers=bearer(api, "quoting")
        ).json()["data"]  # fmt: skip
        assert Decimal(quote["maximum"]["amount"]) == PRICE
        ada = bearer(api, "ada", per_day=f"{PRICE * 3} USD")
        with ThreadPoolExecutor(20) as pool:
            replies = list(pool.map(lambda _: api.post(MUSIC, json=WISH, headers=ada), range(20)))
        statuses = [reply.status_code for reply in replies]
        assert (statuses.count(202), statuses.count(402)) == (3, 17)
        error = next(reply.json()["error"] for reply in replies if reply.status_code == 402)
        assert error["code"] == "spending_refused"
        assert (error["needed"], error["held"], error["available"]) == (
            "0.03 USD", "0.09 USD", "0.00 USD",
        )  # fmt: skip
        for _ in range(50):  # polls bill nothing
            api.get(MUSIC, headers=ada)
        assert api.post(MUSIC, json=WISH, headers=ada).json()["error"]["held"] == "0.09 USD"
        bob = bearer(api, "bob", per_day=f"{PRICE} USD")
        assert api.post(MUSIC, json=WISH, headers=bob).status_code == 202


def test_what_is_free_is_within_every_budget(tmp_path):
    with serving(tmp_path, keyed=True) as api:
        ada = bearer(api, "ada", per_day="0 USD")
        wish = {"model": "local", "prompt": "a", "duration_seconds": 1}
        assert api.post(MUSIC, json=wish, headers=ada).status_code == 202


def test_more_than_max_cost_is_refused_before_anything_is_spent(tmp_path):
    with sandbox() as origin, serving(tmp_path, leading_to(origin)) as api:
        reply = api.post(MUSIC, json={**WISH, "max_cost": "0.01 USD"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (402, "spending_refused")
        assert api.get(MUSIC).json()["data"] == []


def bearer(api, name, **limits):
    return {"authorization": f"Bearer {api.gateway.store.add_key(name, **limits)}"}
