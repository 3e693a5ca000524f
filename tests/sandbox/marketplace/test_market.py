"""What is listed, who sells it, minimum discounts, and a buyer's purse."""

from __future__ import annotations

import json

import pytest

PATH = "/v1/music/generations"
ACE = {"model": "venice-ace-step-15", "prompt": "warm lofi piano in the rain"}
BOOK = """{"model":"kling-o3-pro-text-to-video",
 "offers":[{"id":"01KZRSZYENWQSAPRRTDBV1N452","seller":"0x8705","seller_base_url":"https://api.venice.ai/api/v1","rank":37,
   "price_per_1m":180000,"price_input_per_1m":0,"price_output_per_1m":0,"effective_input_per_1m":0,"effective_output_per_1m":0,
   "media_unit_price":180000,"media_unit":"job","direct_media_unit_price":450000,"reference_source":"model_registry",
   "reference_provider":"SI reference","pricing_mode":"cost_multiplier","cost_multiplier":0.4,"provider":"Venice AI",
   "cap_daily":null,"cap_remaining":null,"available":true,"healthy":true,"trusted":true,"volume_24h":0,"trades_24h":0}],
 "depth":{"num_offers":144,"num_available":64,"total_cap":3056220000,"best_price_per_1m":180000},
 "direct_price":{"input_per_1m":0,"output_per_1m":0,"media_unit_price":450000,"media_unit":"job","reference_source":"model_registry","reference_provider":"SI reference"},
 "volume_24h":{"requests":0,"input_tokens":0,"output_tokens":0,"media_units":0,"media_unit":"job","volume_usd":0}}"""  # noqa: E501 - as it was observed


def get(ask, path, **how):
    reply = ask("GET", path, key=None, **how)
    assert reply.status == 200, reply.text
    return json.loads(reply.text)


def kinds(value):
    if isinstance(value, dict):
        return {name: kinds(inner) for name, inner in value.items()}
    return [kinds(inner) for inner in value[:1]] if isinstance(value, list) else type(value)


def test_the_catalogue_needs_no_key_and_lists_more_than_music(ask):
    listed = {one["id"]: one for one in get(ask, "/v1/models")["data"]}
    named = {f"venice-{name}" for name in (
        "ace-step-15", "elevenlabs-music", "minimax-music-v26", "stable-audio-25",
        "elevenlabs-sound-effects-v2", "mmaudio-v2-text-to-audio", "elevenlabs-tts-v3",
    )}  # fmt: skip
    assert named < set(listed)
    made = {name: one["architecture"]["output_modalities"] for name, one in listed.items()}
    assert made["venice-ace-step-15"] == ["music"]
    assert made["venice-elevenlabs-tts-v3"] == ["audio"]
    assert made["glm-5.2"] == ["text"]


def test_the_market_tells_prices_in_micro_dollars_and_who_can_sell(ask):
    rows = {row["model"]: row for row in get(ask, "/api/markets")["markets"]}
    ace = rows["venice-ace-step-15"]
    assert (ace["best_media_unit_price"], ace["seller_count"]) == (18000, 5)
    assert (ace["healthy_seller_count"], ace["catalog_only"]) == (4, False)
    assert rows["venice-lyria-3-pro"]["catalog_only"] is True
    assert rows["venice-elevenlabs-tts-v4"]["healthy_seller_count"] == 0
    assert rows["venice-elevenlabs-tts-v4"]["best_media_unit_price"] is None


def test_an_order_book_looks_like_the_one_that_was_observed(ask):
    book, sample = get(ask, "/api/markets/venice-ace-step-15"), json.loads(BOOK)
    assert kinds(book) == kinds(sample)
    assert [list(part) for part in (book, book["offers"][0])] == [
        list(part) for part in (sample, sample["offers"][0])
    ]


def test_offers_are_listed_cheapest_first_with_those_that_can_take_nothing(ask):
    book = get(ask, "/api/markets/venice-ace-step-15")
    prices = [offer["media_unit_price"] for offer in book["offers"]]
    ready = [offer["available"] and offer["healthy"] for offer in book["offers"]]
    assert prices == [12000, 15000, 18000, 19500, 30000]
    assert ready == [False, False, True, True, True]
    assert book["direct_price"]["media_unit_price"] == 30000
    assert book["depth"]["best_price_per_1m"] == 18000


def test_a_model_that_is_not_listed_has_no_book(ask):
    assert ask("GET", "/api/markets/nope", key=None).status == 404


@pytest.mark.parametrize("floor", [0, 9, 10, 35, 40])
def test_a_discount_that_somebody_offers_is_met(ask, floor):
    job = ask.submit(path=f"/min{floor}{PATH}")
    assert job["estimated_cost_usdc"] == "18000"
    assert not ask.charges(1)


@pytest.mark.parametrize("floor", [41, 100])
def test_a_discount_that_nobody_offers_is_refused(ask, forms, floor):
    reply = ask("POST", f"/min{floor}{PATH}", ACE)
    told = json.loads(reply.text)["error"]
    assert reply.status == (404 if forms == "live" else 503)
    assert told["code"] == "minimum_discount_not_met"
    assert "40%" in told["message"]
    if forms == "live":
        assert reply.headers["x-si-marketplace-status"] == "filtered"
        assert reply.headers["x-si-marketplace-attempts"] == "0"
    assert ask.charges() == []


def test_a_seller_below_the_discount_is_not_asked_second(ask):
    job = ask.submit("[sandbox:second-seller]", path=f"/min36{PATH}")
    assert ask.poll(job, 30)["error"]["type"] == "provider_unavailable"


@pytest.mark.parametrize(
    "segment", ["min030", "min101", "min-5", "min3.5", "min", "min+5", "minx", "min1000"]
)
def test_a_bad_segment_is_refused(ask, segment):
    reply = ask("POST", f"/{segment}{PATH}", ACE)
    code = json.loads(reply.text)["error"]["code"]
    assert (reply.status, code) == (400, "invalid_minimum_discount")


def test_polls_and_cancels_go_with_and_without_the_prefix(ask):
    job = ask.submit(path=f"/min30{PATH}")
    for prefix in ("", "/min30", "/min0"):
        assert ask("GET", f"{prefix}{PATH}/{job['id']}", now=1).status in {200, 202}
    assert ask("DELETE", f"/min30{PATH}/{job['id']}", now=2).status == 200


@pytest.mark.parametrize("path", ["/v1/models", "/v1/buyer/me", "/v1/prices", "/api/markets"])
def test_nothing_else_has_a_minimum_discount(ask, path):
    assert ask("GET", f"/min30{path}").status == 404


def test_the_older_base_leads_to_the_same(ask):
    job = ask.submit(path="/api/inference/v1/music/generations")
    assert ask.poll(job, 30)["status"] == "succeeded"


def test_the_purse_tells_what_is_there_and_what_was_spent(ask):
    ask.submit()
    ask.submit("[sandbox:no-seller]")
    purse = json.loads(ask("GET", "/v1/buyer/me", now=30).text)
    assert purse["balance_usdc"] == purse["allowance_usdc"] == "99982000"
    assert purse["credit_balance_usdc"] == "0"
    assert purse["stats"]["total_spent"] == 18000
    (used,) = purse["recent_usage"]
    assert (used["buyer_cost_usdc"], used["direct_cost_usdc"]) == ("18000", "30000")
    (model,) = purse["model_breakdown"]
    assert (model["model"], model["spent"]) == ("venice-ace-step-15", 18000)


def test_a_buyer_on_credit_has_neither_balance_nor_allowance(ask):
    ask.submit(key="inf_credit-1")
    purse = json.loads(ask("GET", "/v1/buyer/me", key="inf_credit-1", now=30).text)
    assert (purse["balance_usdc"], purse["allowance_usdc"]) == ("0", "0")
    assert purse["credit_balance_usdc"] == "99982000"


def test_the_purse_is_the_buyers_own(ask):
    assert ask("GET", "/v1/buyer/me", key=None).status == 401
    ask.submit()
    other = json.loads(ask("GET", "/v1/buyer/me", key="inf_other", now=30).text)
    assert other["recent_usage"] == []
