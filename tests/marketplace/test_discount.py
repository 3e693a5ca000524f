"""The minimum discount: three ways to ask for it, one path to ask at, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

import segue
from segue import Generate
from segue.errors import ConfigError, Unavailable
from segue_marketplace import Marketplace, MarketplaceOptions

from .known import NOT_MET, OFFER, TAKEN, as_json, book, ended, fed, raw

PLAIN = "venice-ace-step-15"


def task(model: str = PLAIN, **extra: object) -> Generate:
    return Generate(model=model, prompt="a lofi evening", extra={"marketplace": extra})


def configured(percent: int | None) -> Marketplace:
    return Marketplace(MarketplaceOptions(min_discount=percent))


@pytest.mark.parametrize(
    ("percent", "asked", "segment"),
    [
        (None, task(), ""),
        (30, task(), "../min30/v1"),
        (0, task(), "../min0/v1"),
        (100, task(), "../min100/v1"),
        (30, task(min_discount=5), "../min5/v1"),
        (30, task(min_discount=None), ""),
        (30, task("min75/" + PLAIN), "../min75/v1"),
        (None, task("min0/" + PLAIN), "../min0/v1"),
    ],
)
def test_what_is_nearer_to_the_job_wins(percent, asked, segment):
    sent = next(configured(percent).submit(asked))
    assert sent.url == f"{segment}/music/generations"
    assert sent.json == {"model": PLAIN, "prompt": "a lofi evening"}


def test_the_segment_stands_before_the_version():
    client = segue.Client("marketplace", journal=None)
    account = client._driver.run(client._session.questions.first()).account
    address = account.absolute(next(configured(30).submit(task())).url)
    assert address == "https://api.surplusintelligence.ai/min30/v1/music/generations"


def test_the_job_is_looked_at_without_the_segment():
    ticket = fed(configured(30).submit(task()), raw(TAKEN, 202))
    assert ticket.state["min_discount"] == 30
    for flow in (configured(30).poll(ticket), configured(30).cancel(ticket)):
        assert next(flow).url == "/music/generations/550e8400-..."


def test_a_ticket_keeps_the_model_as_it_was_asked_for():
    ticket = fed(configured(None).submit(task("min30/" + PLAIN)), raw(TAKEN, 202))
    assert ticket.model == "min30/venice-ace-step-15"


@pytest.mark.parametrize(
    "model", ["min030/m", "min101/m", "min1000/m", "min-5/m", "min+5/m", "min3.5/m", "min30x/m"]
)
def test_a_segment_that_is_no_discount_is_refused(marketplace, model):
    (problem,) = marketplace.check(task(model), None)
    assert problem.field == "model"
    assert "whole number from 0 to 100" in problem.allowed


@pytest.mark.parametrize(
    "model", ["minimax/music", "venice-elevenlabs-music-v2-5", "min/m", "m/min30"]
)
def test_other_names_are_left_alone(marketplace, model):
    assert marketplace.check(task(model), None) == []
    sent = next(marketplace.submit(task(model)))
    assert (sent.url, sent.json["model"]) == ("/music/generations", model)


@pytest.mark.parametrize("model", ["min30", "min30/"])
def test_a_discount_alone_is_no_model(marketplace, model):
    (problem,) = marketplace.check(task(model), None)
    assert "min30/venice-ace-step-15" in problem.allowed


@pytest.mark.parametrize("told", [-1, 101, 30.0, "30", "min30", True, [30]])
def test_a_task_can_ask_for_whole_percents_only(marketplace, told):
    (problem,) = marketplace.check(task(min_discount=told), None)
    assert problem.field == "extra.marketplace.min_discount"


@pytest.mark.parametrize("told", [0, 30, 100, None])
def test_whole_percents_are_let_through(marketplace, told):
    assert marketplace.check(task(min_discount=told), None) == []


def test_it_is_said_once(marketplace):
    (problem,) = marketplace.check(task("min30/" + PLAIN, min_discount=20), None)
    assert "already" in problem.allowed


@pytest.mark.parametrize("told", ["101", "-1", "3.5", '"30"', "true"])
def test_the_configuration_takes_whole_percents_only(tmp_path, told):
    (tmp_path / "segue.toml").write_text(f"[providers.marketplace]\nmin_discount = {told}\n")
    with pytest.raises(ConfigError, match="whole number from 0 to 100"):
        segue.Config.load().options(Marketplace)


def test_the_configuration_sets_it(tmp_path):
    (tmp_path / "segue.toml").write_text(
        "[providers.marketplace]\nmin_discount = 30\nwebhook_url = 'https://e.example/x'\n"
    )
    told = segue.Config.load("segue.toml").options(Marketplace)
    assert told == MarketplaceOptions(min_discount=30, webhook_url="https://e.example/x")


def test_a_web_hook_of_the_configuration_is_a_web_address(tmp_path):
    (tmp_path / "segue.toml").write_text("[providers.marketplace]\nwebhook_url = 'mail me'\n")
    with pytest.raises(ConfigError, match="a URL"):
        segue.Config.load().options(Marketplace)


def test_an_estimate_counts_only_offers_that_are_cheap_enough():
    dear = {"media_unit_price": 100000, "direct_media_unit_price": 110000}
    cheap = {"media_unit_price": 180000, "direct_media_unit_price": 450000}
    assert fed(configured(50).quote(task()), book(dear, cheap)).cost.amount == Decimal("0.18")
    assert fed(configured(None).quote(task()), book(dear, cheap)).cost.amount == Decimal("0.1")


@pytest.mark.parametrize(("asked", "had"), [(75, False), (74, True)])
def test_a_discount_is_not_rounded(asked, had):
    almost = {"media_unit_price": 25002, "direct_media_unit_price": 100000}  # 74.998 %
    flow = configured(asked).quote(task())
    if had:
        assert fed(flow, book(almost)).cost.amount == Decimal("0.025002")
    else:
        assert isinstance(ended(flow, book(almost)), Unavailable)


@pytest.mark.parametrize("direct", [0, None, "?"])
def test_an_offer_whose_direct_price_is_not_known_does_not_qualify(direct):
    offer = {**OFFER, "direct_media_unit_price": direct}
    error = ended(configured(0).quote(task()), book(offer))
    assert isinstance(error, Unavailable)


def test_a_refusal_names_the_best_discount_that_is_to_be_had(marketplace):
    told = str(ended(marketplace.submit(task(min_discount=30)), as_json(NOT_MET, 404)))
    assert "The best discount that is to be had is 12.5 %" in told
