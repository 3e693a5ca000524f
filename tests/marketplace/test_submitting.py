"""Submitting a job: what is sent, what is kept of the answer, and what a refusal means."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segue import Generate
from segue.errors import (
    NotFound,
    ProtocolError,
    Rejected,
    SubmissionUnknown,
    Unavailable,
)
from segue.job import Ticket
from segue.money import Money
from segue_marketplace import Marketplace, MarketplaceOptions

from .known import (
    HOST,
    ID,
    INVALID_MODEL,
    NOT_MET,
    ROWS,
    TAKEN,
    ULID,
    as_json,
    asked,
    ended,
    fed,
    page,
    raw,
)

TASK = Generate(model="venice-ace-step-15", prompt="lofi, rainy night")


def test_every_field_of_the_page_can_be_sent(marketplace):
    task = Generate(
        model="venice-ace-step-15",
        prompt="p",
        lyrics="l",
        duration=60.0,
        instrumental=True,
        voice="Aria",
        language="en",
        extra={"marketplace": {"webhook_url": "https://e.example/x", "metadata": {"album": 7}}},
    )
    sent = next(marketplace.submit(task))
    assert (sent.method, sent.url) == ("POST", "/music/generations")
    assert sent.json == {
        "model": "venice-ace-step-15",
        "prompt": "p",
        "duration_seconds": 60,
        "lyrics_prompt": "l",
        "force_instrumental": True,
        "voice": "Aria",
        "language_code": "en",
        "webhook_url": "https://e.example/x",
        "metadata": {"album": 7},
    }
    assert isinstance(sent.json["duration_seconds"], int)


def test_only_what_was_asked_for_is_sent(marketplace):
    task = Generate(model="m", prompt="p", instrumental=False, extra={"venice": {"loop": True}})
    assert next(marketplace.submit(task)).json == {"model": "m", "prompt": "p"}


def test_a_submission_spends_and_can_be_sent_again_under_its_key(marketplace):
    sent = next(marketplace.submit(TASK))
    assert (sent.spends, sent.keyed) == (True, True)
    assert sent.idempotency == "Idempotency-Key"
    assert marketplace.capabilities.settles


def test_a_web_hook_of_the_settings_goes_with_every_job():
    marketplace = Marketplace(MarketplaceOptions(webhook_url="https://e.example/all"))
    assert next(marketplace.submit(TASK)).json["webhook_url"] == "https://e.example/all"
    own = Generate(
        model="m", prompt="p", extra={"marketplace": {"webhook_url": "https://e.example/one"}}
    )
    assert next(marketplace.submit(own)).json["webhook_url"] == "https://e.example/one"


def test_the_pages_answer_is_a_ticket_that_finds_the_job_again(marketplace):
    ticket = fed(marketplace.submit(TASK), raw(TAKEN, 202))
    assert (ticket.provider, ticket.id, ticket.model) == ("marketplace", ID, TASK.model)
    assert ticket.secrets == {"job_token": "mjt_abc123..."}
    assert ticket.state["estimate"] == "0.03"
    assert Ticket.from_json(ticket.to_json()) == ticket
    assert next(marketplace.poll(ticket)).url == "/music/generations/550e8400-..."
    assert next(marketplace.cancel(ticket)).url == "/music/generations/550e8400-..."


def test_the_most_that_a_job_may_cost_is_kept(marketplace):
    ticket = fed(marketplace.submit(TASK), raw(TAKEN, 202))
    assert marketplace.ceiling(ticket) == Money(amount=Decimal("0.033"), unit="USD")
    assert marketplace.ceiling(Ticket(provider="marketplace", id="x")) is None


def test_the_token_is_in_no_repr(marketplace):
    ticket = fed(marketplace.submit(TASK), raw(TAKEN, 202))
    for shown in (repr(ticket), str(ticket), repr(next(marketplace.poll(ticket)))):
        assert "mjt_" not in shown
    assert "mjt_" not in repr(raw(TAKEN, 202))


def test_a_live_answer_has_an_absolute_address_and_a_ulid(marketplace):
    body = {"id": ULID, "poll_url": f"{HOST}/v1/music/generations/{ULID}", "status": "queued"}
    ticket = fed(marketplace.submit(TASK), as_json(body, 202))
    assert next(marketplace.poll(ticket)).url == f"/music/generations/{ULID}"


@pytest.mark.parametrize(
    "poll_url",
    [
        None,
        7,
        "",
        "not an address",
        "https://evil.example",
        "https://[",
        "/v1/../../elsewhere",
        "https://evil.example/somewhere/else",
        "/v1//evil.example/music/generations/x",
        "https://api.surplusintelligence.ai/v1//evil.example/x",
    ],
)
def test_without_a_good_poll_url_the_documented_path_is_taken(marketplace, poll_url):
    ticket = fed(marketplace.submit(TASK), as_json({"id": ID, "poll_url": poll_url}, 202))
    assert next(marketplace.poll(ticket)).url == f"/music/generations/{ID}"


def test_another_hosts_poll_url_is_asked_of_the_api_itself(marketplace):
    body = {"id": ID, "poll_url": f"https://evil.example/v1/music/generations/{ID}"}
    ticket = fed(marketplace.submit(TASK), as_json(body, 202))
    assert next(marketplace.poll(ticket)).url == f"/music/generations/{ID}"


@pytest.mark.parametrize("kept", ["https://evil.example/music/generations/x", "/../x", 7, ""])
def test_a_ticket_from_elsewhere_leads_its_token_to_the_api_only(marketplace, kept):
    state = {"poll": kept, "cancel": kept}
    ticket = Ticket(provider="marketplace", id=ID, state=state, secrets={"job_token": "mjt_1"})
    for call in (next(marketplace.poll(ticket)), next(marketplace.cancel(ticket))):
        assert call.url == f"/music/generations/{ID}"


def test_a_number_is_an_id_too(marketplace):
    assert fed(marketplace.submit(TASK), as_json({"id": 7}, 202)).id == "7"


def test_an_odd_id_cannot_lead_elsewhere(marketplace):
    ticket = fed(marketplace.submit(TASK), as_json({"id": "../buyer/me?x=1#y"}, 202))
    assert next(marketplace.poll(ticket)).url == "/music/generations/..%2Fbuyer%2Fme%3Fx%3D1%23y"


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "odd",
    [
        {"job_token": 7, "created": "soon", "expires_at": None, "max_cost_usdc": -1},
        {"estimated_cost_usdc": "much", "max_cost_usdc": "1e5", "cancel_url": []},
        {"results": 7, "usage": "none", "error": 3, "kind": {}},
    ],
)
def test_nothing_odd_in_the_answer_loses_a_ticket(marketplace, odd, status):
    ticket = fed(marketplace.submit(TASK), as_json({"id": ID, **odd}, status))
    assert ticket.id == ID
    assert "maximum" not in ticket.state


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": None}, {"id": {}}, [], "x"])
def test_an_answer_without_an_id_is_no_refusal(marketplace, body):
    assert isinstance(ended(marketplace.submit(TASK), as_json(body, 202)), ProtocolError)


@pytest.mark.parametrize("status", [400, 404, 503])
def test_a_missed_discount_is_told_by_its_code_whatever_the_status(marketplace, status):
    error = ended(marketplace.submit(TASK), as_json(NOT_MET, status))
    assert isinstance(error, Rejected)
    assert (error.code, error.status) == ("minimum_discount_not_met", status)
    assert "12.5 %" in str(error)
    assert "smaller min_discount" in str(error)


@pytest.mark.parametrize(
    ("code", "status"), [("no_healthy_sellers", 503), ("no_sellers_for_model", 404)]
)
def test_that_nobody_sells_it_is_a_refusal(marketplace, code, status):
    error = ended(marketplace.submit(TASK), as_json({"error": {"code": code}}, status))
    assert type(error) is Unavailable
    assert "no seller right now" in str(error)
    assert 503 in next(marketplace.submit(TASK)).final


@pytest.mark.parametrize(
    "reply",
    [
        page(503),
        as_json({"error": "try again"}, 503),
        as_json({"error": {"code": "conflict"}}, 409),
        page(409),
    ],
)
def test_what_does_not_tell_whether_it_was_taken_leaves_it_unknown(marketplace, reply):
    error = ended(marketplace.submit(TASK), reply)
    assert isinstance(error, SubmissionUnknown)
    assert error.__cause__ is not None


@pytest.mark.parametrize("listed", ["venice-ace-step-15", "glm-5.2"])
def test_a_listed_model_that_is_not_valid_is_one_that_nobody_sells_now(marketplace, listed):
    task = Generate(model=listed, prompt="lofi")
    rows = as_json({"data": ROWS})
    error = ended(marketplace.submit(task), as_json(INVALID_MODEL, 400), rows)
    assert type(error) is Unavailable
    assert "no seller right now, though the catalogue lists it" in str(error)


def test_a_model_that_is_not_listed_is_misspelt(marketplace):
    empty = as_json({"data": []})
    error = ended(marketplace.submit(TASK), as_json(INVALID_MODEL, 400), empty)
    assert type(error) is NotFound
    assert "check the spelling" in str(error)


def test_without_a_catalogue_both_are_possible(marketplace):
    error = ended(marketplace.submit(TASK), as_json(INVALID_MODEL, 400), page(500))
    assert type(error) is Unavailable
    assert "usually that means no seller right now" in str(error)


def test_a_catalogue_that_is_known_is_not_asked_for_again(marketplace):
    fed(marketplace.models(), as_json({"data": ROWS}), as_json({"markets": []}))
    assert len(asked(marketplace.submit(TASK), raw(TAKEN, 202))) == 1
    assert "catalogue lists it" in str(ended(marketplace.submit(TASK), as_json(INVALID_MODEL, 400)))
