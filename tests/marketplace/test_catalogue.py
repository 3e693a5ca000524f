"""What can be bought: the catalogue joined with the markets, estimates, and the balance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue import Generate
from segue.errors import AuthenticationFailed, ProtocolError, Rejected, SegueError, Unavailable
from segue.flow import Reply
from segue.money import Money
from segue_marketplace import Marketplace, usdc

from .known import MARKETS, ROWS, as_json, asked, book, ended, fed, page

TASK = Generate(model="venice-ace-step-15", prompt="lofi")


def catalogue(marketplace: Marketplace, markets: Reply | None = None) -> dict:
    told = as_json({"data": ROWS})
    found = fed(marketplace.models(), told, markets or as_json({"markets": MARKETS}))
    return {model.id: model for model in found}


def test_the_catalogue_and_the_markets_are_asked_without_a_key(marketplace):
    calls = asked(marketplace.models(), as_json({"data": []}), as_json([]))
    assert [(call.url, call.keyed) for call in calls] == [
        ("/models", False),
        ("../api/markets", False),
    ]


def test_the_markets_have_no_version_in_their_address(marketplace):
    import segue

    client = segue.Client("marketplace", journal=None)
    account = client._driver.run(client._session.questions.first()).account
    where = next(marketplace.quote(TASK)).url
    assert account.absolute(where) == (
        "https://api.surplusintelligence.ai/api/markets/venice-ace-step-15"
    )


def test_what_makes_sound_is_told_from_what_does_not(marketplace):
    kinds = {id_: model.kind for id_, model in catalogue(marketplace).items()}
    assert kinds == {
        "venice-ace-step-15": "music",
        "venice-elevenlabs-music": "music",
        "venice-minimax-music-v26": "music",
        "venice-stable-audio-25": "music",
        "venice-elevenlabs-sound-effects-v2": "sound-effect",
        "venice-mmaudio-v2-text-to-audio": "sound-effect",
        "venice-elevenlabs-tts-v3": "speech",
        "a-model-of-tomorrow": "music",
        "venice-lyria-3-pro": "music",
    }


def test_a_model_tells_its_best_price_and_its_sellers(marketplace):
    model = catalogue(marketplace)["venice-ace-step-15"]
    assert (model.name, model.available) == ("ACE-Step 1.5", True)
    assert model.price == "from 0.03 USD a job, 3 of 5 sellers healthy"
    assert model.details == {
        "listed": True,
        "description": "Song generation",
        "sellers": 5,
        "healthy_sellers": 3,
        "best_price": "0.03 USD",
        "unit": "job",
        "requests_24h": 12.0,
        "volume_24h": 3.0,
    }


@pytest.mark.parametrize(
    "id_", ["venice-elevenlabs-music", "venice-minimax-music-v26", "venice-stable-audio-25"]
)
def test_listed_is_not_sold(marketplace, id_):
    """No healthy seller, in the catalogue alone, in no market at all."""
    model = catalogue(marketplace)[id_]
    assert (model.available, model.price) == (False, "no seller right now")


def test_what_is_sold_without_being_listed_is_there_too(marketplace):
    model = catalogue(marketplace)["venice-lyria-3-pro"]
    assert (model.available, model.details["listed"]) == (True, False)


@pytest.mark.parametrize("markets", [page(502), as_json({"x": 1}), as_json("x"), page(404)])
def test_without_the_markets_nothing_is_said_of_sellers(marketplace, markets):
    model = catalogue(marketplace, markets)["venice-ace-step-15"]
    assert (model.available, model.price) == (True, "")
    assert "sellers" not in model.details


def test_the_markets_may_come_as_a_bare_list(marketplace):
    model = catalogue(marketplace, as_json(MARKETS))["venice-ace-step-15"]
    assert model.details["sellers"] == 5


@pytest.mark.parametrize("odd", [7, None, [], {}, {"id": 7}, {"model": None}])
def test_an_odd_row_spoils_no_other(marketplace, odd):
    found = fed(marketplace.models(), as_json({"data": [odd, ROWS[1]]}), as_json([odd, MARKETS[0]]))
    assert [model.details.get("sellers") for model in found] == [5]


def test_a_price_of_nothing_is_no_price(marketplace):
    free = {**MARKETS[0], "best_media_unit_price": 0}
    model = catalogue(marketplace, as_json([free]))["venice-ace-step-15"]
    assert model.price == "3 of 5 sellers healthy"


def test_a_catalogue_that_cannot_be_read_is_an_error(marketplace):
    error = ended(marketplace.models(), as_json({"data": 7}), as_json([]))
    assert isinstance(error, ProtocolError)


def test_a_quote_is_an_estimate_and_called_one(marketplace):
    call = next(marketplace.quote(TASK))
    assert (call.method, call.keyed, call.spends) == ("GET", False, False)
    quote = fed(marketplace.quote(TASK), book({}, {"media_unit_price": 190000}))
    assert quote.cost == Money(amount=Decimal("0.18"), unit="USD")
    assert quote.estimate
    assert quote.maximum is None
    assert quote.basis.startswith("an estimate, from the order book: the cheapest of 2 offers")


@pytest.mark.parametrize(
    "gone",
    [
        {"available": False},
        {"healthy": False},
        {"cap_remaining": 0},
        {"media_unit_price": 0},
        {"media_unit_price": None},
    ],
)
def test_only_offers_that_can_be_had_count(marketplace, gone):
    cheaper = {"media_unit_price": 10000, **gone}
    assert fed(marketplace.quote(TASK), book(cheaper, {})).cost.amount == Decimal("0.18")
    error = ended(marketplace.quote(TASK), book(cheaper))
    assert type(error) is Unavailable
    assert "no seller offers venice-ace-step-15 right now" in str(error)


@pytest.mark.parametrize(
    ("unit", "cost"), [("second", "0.03"), ("minute", "0.0005"), ("job", "0.0005")]
)
def test_a_price_for_a_time_is_one_for_the_whole_piece(marketplace, unit, cost):
    task = Generate(model="m", prompt="p", duration=60)
    told = book({"media_unit_price": 500, "media_unit": unit})
    assert fed(marketplace.quote(task), told).cost.amount == Decimal(cost)


def test_a_part_of_a_millionth_is_rounded_up(marketplace):
    task = Generate(model="m", prompt="p", duration=1)
    told = book({"media_unit_price": 100, "media_unit": "minute"})
    assert fed(marketplace.quote(task), told).cost.amount == Decimal("0.000002")


def test_a_price_for_a_time_needs_the_time(marketplace):
    error = ended(marketplace.quote(TASK), book({"media_unit": "second"}))
    assert isinstance(error, Rejected)
    assert "duration=60" in str(error)


def test_a_price_for_something_else_is_not_guessed_at(marketplace):
    error = ended(marketplace.quote(TASK), book({"media_unit": "megapixel"}))
    assert isinstance(error, Rejected)
    assert "megapixel" in str(error)


def test_a_model_with_a_slash_is_asked_for_as_one(marketplace):
    task = Generate(model="min5/a/b c", prompt="p")
    assert next(marketplace.quote(task)).url == "../api/markets/a%2Fb%20c"


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        (("0", "0", "5554975"), "5.554975"),
        (("9000000", "2000000", None), "2"),
        (("1500000", 2000000, "1"), "1.500001"),
        (("1500000", None, None), "1.5"),
    ],
)
def test_the_balance_is_what_can_be_drawn_and_the_credit(marketplace, told, amount):
    assert next(marketplace.balance()).url == "/buyer/me"
    names = ("balance_usdc", "allowance_usdc", "credit_balance_usdc")
    amounts = dict(zip(names, told, strict=True))
    body = {"wallet": "0x8705", "stats": {"total_spent": 3333942}, **amounts}
    assert fed(marketplace.balance(), as_json(body)) == [Money(amount=Decimal(amount), unit="USD")]


def test_a_balance_that_is_not_told_is_not_zero(marketplace):
    assert fed(marketplace.balance(), as_json({"wallet": "0x8705"})) == []
    assert isinstance(ended(marketplace.balance(), page(401)), AuthenticationFailed)


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("30000", "0.03"),
        (30000, "0.03"),
        (30000.0, "0.03"),
        ("1", "0.000001"),
        ("0", "0"),
        ("30000.5", "0.0300005"),
        ("12345678901234567", "12345678901.234567"),
    ],
)
def test_micro_usdc_are_exact_dollars(told, amount):
    assert usdc.micro(told) == Money(amount=Decimal(amount), unit="USD")


@pytest.mark.parametrize(
    "told", [None, "", "-1", -1, "1e9", "NaN", "٣", "1_0", True, 0.5, 10**19, 10**400, [], "1 2"]
)
def test_what_is_no_amount_is_none(told):
    assert usdc.micro(told) is None


JUNK = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6)
CATALOGUE = ("id", "name", "architecture")
MARKET = ("model", "best_media_unit_price", "seller_count", "healthy_seller_count")
OFFERED = ("media_unit_price", "media_unit", "cap_remaining", "balance_usdc")
ROW = st.dictionaries(
    st.sampled_from((*CATALOGUE, *MARKET, *OFFERED)),
    JUNK | st.dictionaries(st.sampled_from(["modality", "output_modalities"]), JUNK),
    max_size=5,
)
BODY = st.binary(max_size=40).map(lambda body: Reply(status=200, body=body)) | st.builds(
    lambda name, rows, row: as_json({name: rows, **row}),
    st.sampled_from(["data", "markets", "offers"]),
    st.lists(ROW | JUNK, max_size=3) | JUNK,
    ROW,
)


@given(first=BODY, second=BODY)
def test_garbage_ends_in_an_error_of_the_tree_or_a_plain_answer(first, second):
    marketplace = Marketplace()
    flows = [(marketplace.models(), first, second)]
    flows += [(marketplace.quote(TASK), first), (marketplace.balance(), second)]
    for flow, *answers in flows:
        try:
            fed(flow, *answers)
        except SegueError as error:
            assert str(error)  # noqa: PT017 - either way is right
