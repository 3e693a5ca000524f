"""The same about sellers, prices and other backends: what is charged, and what is not."""

from __future__ import annotations

import pytest
import soundfile

import segue
from segue.errors import (
    AuthenticationFailed,
    InsufficientFunds,
    JobFailed,
    NoBackendLeft,
    NotFound,
    Rejected,
    SegueError,
    Unavailable,
)
from segue.job import Status
from segue.journal import State

from .house import MODEL, PROMPT, one_form


@one_form
@pytest.mark.parametrize(
    ("task", "backend", "home"),
    [
        (segue.Generate(prompt=PROMPT, lyrics="Rain on the roof,\nsun on the sea", duration=60),
         backend, home)
        for backend, home in [
            ("venice/ace-step-15", "venice"), ("marketplace/venice-ace-step-15", "marketplace"),
        ]
    ],
)  # fmt: skip
def test_one_key_picks_the_backend_of_the_same_task(house, tmp_path, task, backend, home):
    with segue.Client(backend) as client:
        delivery = client.generate_and_wait(task, to=tmp_path / "out")
    assert soundfile.info(delivery.tracks[0].path).frames > 0
    assert {vendor: len(house.charged(vendor)) for vendor in ("venice", "marketplace")} == {
        "venice": int(home == "venice"),
        "marketplace": int(home == "marketplace"),
    }


def test_no_seller_takes_it_and_nothing_is_charged(house, client):
    job = client.submit(f"{PROMPT} [sandbox:no-seller]")
    with pytest.raises(JobFailed, match="no seller") as caught:
        job.wait()
    assert caught.value.snapshot.error.charged is False
    assert house.charged() == []


@one_form
def test_a_seller_who_fails_leaves_open_what_is_charged(house, client):
    job = client.submit(f"{PROMPT} [sandbox:seller-fails]")
    with pytest.raises(JobFailed) as caught:
        job.wait()
    assert caught.value.snapshot.error.charged is None
    assert house.charged() == []


def test_failover_goes_on_to_venice_when_no_seller_takes_it(house, tmp_path):
    backends = [MODEL, "venice/ace-step-15"]
    with segue.Client(backends) as client:
        delivery = client.generate_and_wait(f"{PROMPT} [sandbox:no-seller]", to=tmp_path / "out")
    assert delivery.ticket.provider == "venice"
    assert (house.charged("marketplace"), len(house.charged("venice"))) == ([], 1)


@one_form
@pytest.mark.parametrize(
    "model", ["venice-lyria-3-pro", "venice-elevenlabs-tts-v4", "min50/venice-ace-step-15"]
)
def test_failover_goes_on_when_nobody_sells_it(house, model, tmp_path):
    with segue.Client([f"marketplace/{model}", "venice/ace-step-15"]) as client:
        delivery = client.generate_and_wait(PROMPT, to=tmp_path / "out")
    assert delivery.ticket.provider == "venice"


@one_form
def test_failover_stops_at_a_job_that_may_be_charged(house, tmp_path):
    with (
        segue.Client([MODEL, "venice/ace-step-15"]) as client,
        pytest.raises(JobFailed),
    ):
        client.generate_and_wait(f"{PROMPT} [sandbox:seller-fails]", to=tmp_path / "out")
    assert house.charged("venice") == []


@one_form
def test_without_a_key_nothing_is_in_doubt(house, client, monkeypatch):
    monkeypatch.delenv("SURPLUS_API_KEY")
    with pytest.raises(AuthenticationFailed):
        client.submit(PROMPT)
    assert client.jobs(states=[State.UNKNOWN]) == []


def test_a_minimum_discount_of_the_configuration_is_asked_for(house, tmp_path):
    config = tmp_path / "segue.toml"
    config.write_text("[providers.marketplace]\nmin_discount = 41\n", encoding="utf-8")
    with segue.Client(MODEL, config=config) as client:
        with pytest.raises(Rejected, match="40%") as caught:
            client.submit(PROMPT)
        assert caught.value.code == "minimum_discount_not_met"
        met = segue.Generate(prompt=PROMPT, extra={"marketplace": {"min_discount": 40}})
        assert client.submit(met).wait().status is Status.SUCCEEDED
    assert house.asked("POST", "/min41") == [404] or house.asked("POST", "/min41") == [503]
    assert len(house.charged()) == 1


@one_form
@pytest.mark.parametrize(
    ("key", "error"), [("inf_poor-1", InsufficientFunds), ("bad-key", AuthenticationFailed)]
)
def test_keys_that_may_not_are_told_so(house, monkeypatch, key, error):
    monkeypatch.setenv("SURPLUS_API_KEY", key)
    with segue.Client(MODEL) as client, pytest.raises(error):
        client.submit(PROMPT)


@one_form
@pytest.mark.parametrize(
    ("model", "error"),
    [("venice-sonilo-v1-1-music", Unavailable), ("venice-no-such-model", NotFound)],
)
def test_a_model_that_is_listed_is_told_from_one_that_is_not(house, model, error):
    to_the_next = 600 - house.clock.now() % 600
    house.clock.skip(to_the_next)  # when the sellers of the first one have just gone
    with (
        house.clock.standing(),
        segue.Client(f"marketplace/{model}") as client,
        pytest.raises(error),
    ):
        client.submit(PROMPT)


@one_form
def test_the_estimate_is_the_cheapest_offer_that_can_be_had(house, client):
    quote = client.quote(segue.Generate(prompt=PROMPT, duration=60))
    assert (str(quote.cost), quote.estimate) == ("0.018 USD", True)


def test_a_job_that_may_cost_too_much_is_not_left_running(house, client):
    """The book tells the price of the default length; the answer tells that of what was asked."""
    task = segue.Generate(prompt=PROMPT, duration=210)
    with pytest.raises(SegueError):
        client.submit(task, max_cost="0.02 USD")
    house.clock.skip(1000)
    assert house.charged() == []


@one_form
def test_the_balance_is_told_before_and_after(house, client, tmp_path):
    before = client.balance()
    client.generate_and_wait(PROMPT, to=tmp_path / "out")
    assert [str(money) for money in (*before, *client.balance())] == ["100 USD", "99.982 USD"]


@one_form
def test_the_models_tell_music_from_the_rest_and_who_sells_it(house, client):
    listed = {model.id: model for model in client.models()}
    assert listed["venice-ace-step-15"].kind == "music"
    assert "glm-5.2" not in listed


@one_form
def test_no_backend_left_names_each_reason(house):
    with (
        segue.Client(["marketplace/venice-lyria-3-pro", "marketplace/venice-nope"]) as client,
        pytest.raises(NoBackendLeft, match="lyria"),
    ):
        client.submit(PROMPT)
