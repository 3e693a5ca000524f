"""The provider: which family, what a submission's answer means, and the money."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue import Cover, Extend, Generate, Money, Source, Stems, Ticket
from segue.errors import (
    ConnectionLost,
    ContentPolicy,
    InsufficientFunds,
    ProtocolError,
    Rejected,
    RequestError,
    SegueError,
    SubmissionUnknown,
    Unsupported,
)
from segue.flow import Reply
from segue.tasks import Query
from segue_musicapi import Concat, CreateVoice, MusicAPI, Remaster, Sample
from segue_musicapi.prices import table
from segue_musicapi.provider import FAMILIES
from segue_musicapi.settings import Settings

from .known import CLIP, ID, PAGE, SUBMITTED, as_json, ended, fed, ticket
from .test_refusals import LAPSED, POOR, UNFIT

TASK = Generate(model="sonic-v5", prompt="uplifting synthwave with female vocals")
FETCHED = Cover(model="sonic-v5", prompt="jazz", source=Source(url="https://example.com/a.mp3"))
STEPS = {"upload": {"success": True, "clip_id": CLIP}, "cover": {"success": True, "task_id": ID}}


@pytest.mark.parametrize(
    "answer",
    [
        SUBMITTED,
        {**SUBMITTED, "code": 200},
        {"task_id": ID},
        {"code": 200, "data": {"task_id": ID}, "message": "ok"},
        {**SUBMITTED, "code": 200, "steps": STEPS, "eta": 3, "queue": {"x": [1]}},
        {**SUBMITTED, "failed_step": "cover"},
    ],
)
def test_the_id_is_found_wherever_it_is_and_whatever_else_is_said(musicapi, answer):
    found = fed(musicapi.submit(TASK), as_json(answer))
    assert found.id == ID
    assert found.model == "sonic-v5"
    assert found.state["family"] == "sonic"
    assert found.state["operation"] == "sonic/create/create_music"
    assert Ticket.from_json(found.to_json()) == found


def test_a_ticket_remembers_a_warning_and_the_clip_that_was_uploaded(musicapi):
    source = Source(url="https://example.com/a.wav")
    answer = {**SUBMITTED, "warning": "may be deleted", "steps": STEPS}
    state = fed(musicapi.submit(CreateVoice(source=source)), as_json(answer)).state
    assert (state["warning"], state["uploaded"]) == ("may be deleted", CLIP)


def test_an_upload_is_answered_with_its_clip(musicapi):
    task = msgspec.convert(
        {"type": "upload", "model": "sonic-v5", "source": {"url": "https://x.example/a.mp3"}},
        next(kind for kind in musicapi.capabilities.tasks if kind.__name__ == "Upload"),
    )
    answer = {"code": 200, "message": "success", "clip_id": CLIP}
    assert fed(musicapi.submit(task), as_json(answer)).id == CLIP


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "bad"}, Rejected),
        (402, {"error": "no"}, InsufficientFunds),
        (403, {"error": POOR}, InsufficientFunds),
        (403, {"error": LAPSED}, InsufficientFunds),
        (403, {"error": UNFIT[0]}, ContentPolicy),
        (410, {"error": "gone"}, Rejected),
        (200, {"code": 403, "message": POOR}, InsufficientFunds),
        (200, {"code": 200, "failed_step": "upload"}, Rejected),
        (200, {"failed_step": "cover", "steps": {"upload": {"clip_id": CLIP}}}, Rejected),
    ],
)
def test_these_answers_say_that_there_is_no_job(musicapi, status, body, kind):
    assert type(ended(musicapi.submit(FETCHED), as_json(body, status))) is kind


@pytest.mark.parametrize("status", [200, 400, 422, 500, 502])
def test_a_failed_step_tells_what_failed_and_what_is_left(musicapi, status):
    """The status of a failed step is not documented."""
    steps = {"upload": {"success": True, "clip_id": CLIP}, "cover": {"error": "queue is full"}}
    body = {"detail": "no", "failed_step": "cover", "steps": steps}
    error = ended(musicapi.submit(FETCHED), as_json(body, status))
    assert isinstance(error, Rejected)
    assert "the step 'cover' failed: queue is full" in str(error)
    assert f"clip {CLIP}" in str(error)


def test_a_failed_step_is_no_job_even_if_an_id_is_named(musicapi):
    body = {"error": "no", "failed_step": "cover", "task_id": "uc-1"}
    assert isinstance(ended(musicapi.submit(FETCHED), as_json(body, 502)), Rejected)


@pytest.mark.parametrize("task", [TASK, FETCHED])
@pytest.mark.parametrize(
    "answer",
    [
        as_json({"error": "Internal Server Error."}, 500),
        as_json({"message": "timed out"}, 504),
        Reply(status=502, headers=PAGE.headers, body=PAGE.body),
        as_json({"code": 200, "message": "success"}),
        as_json({"code": 500, "message": "Internal"}),
        as_json({"task_id": None}),
        as_json([]),
        PAGE,
        Reply(status=200, body=None),
        ConnectionLost("the connection was reset"),
    ],
)
def test_after_these_answers_nobody_knows_so_none_is_a_refusal(musicapi, task, answer):
    """Core makes a `SubmissionUnknown` of each; a `Rejected` it would take for 'unspent'."""
    error = ended(musicapi.submit(task), answer)
    assert not isinstance(error, Rejected)
    assert isinstance(error, RequestError | SubmissionUnknown)


def test_a_fault_that_names_a_job_is_a_job(musicapi):
    assert fed(musicapi.submit(TASK), as_json({"error": "late", "task_id": ID}, 504)).id == ID


FINITE = st.floats(allow_nan=False, allow_infinity=False)  # JSON has no others
JSON = st.recursive(
    st.none() | st.booleans() | FINITE | st.text(max_size=6) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["task_id", "code", "message", "error", "data", "failed_step", "steps", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
IDS = st.none() | st.text("abc/.?-", min_size=1, max_size=9).filter(str.strip)


@given(
    status=st.sampled_from([200, 201, 202, 204, 302, 400, 403, 410, 429, 500, 502]),
    body=JSON,
    id_=IDS,
    task=st.sampled_from([TASK, FETCHED]),
)
def test_garbage_is_a_ticket_or_an_error_and_no_id_is_lost(status, body, id_, task):
    if id_ is not None and isinstance(body, dict):
        body["task_id"] = id_
    flow = MusicAPI().submit(task)
    try:
        found = fed(flow, as_json(body, status))
    except SegueError:
        assert id_ is None or not isinstance(body, dict) or status >= 300
        return
    assert found.id
    assert id_ is None or not isinstance(body, dict) or found.id == id_
    assert "api/v1" not in found.id
    assert Ticket.from_json(found.to_json()) == found


@given(status=st.integers(200, 599), body=st.none() | st.binary(max_size=60))
def test_bytes_are_a_ticket_or_an_error(status, body):
    try:
        fed(MusicAPI().submit(TASK), Reply(status=status, body=body))
    except SegueError:
        return
    raise AssertionError("no id can come of this")


def test_the_family_is_chosen_by_the_model(musicapi):
    for family in FAMILIES.values():
        for model in family.models():
            chosen = [f.name for f in FAMILIES.values() if f.answers_to(model.id)]
            assert chosen[0] == family.name


def test_a_model_of_no_family_is_refused_with_those_there_are(musicapi):
    (problem,) = musicapi.check(Generate(model="chirp-v9", prompt="p"), None)
    assert problem.field == "model"
    assert "sonic-v5-5" in problem.allowed


def test_a_task_of_another_family_is_refused_and_cannot_be_dropped(musicapi):
    (problem,) = musicapi.check(Concat(model="producer", source=Source(track=CLIP)), None)
    assert (problem.field, problem.unsupported) == ("type", True)
    assert "sonic" in problem.allowed
    assert "Extend" in problem.allowed


def test_a_task_that_only_sonic_has_needs_no_model(musicapi):
    task = Concat(source=Source(track=CLIP))
    assert musicapi.check(task, None) == []
    assert next(musicapi.submit(task)).url == "/sonic/create"


def test_what_was_never_checked_is_not_sent(musicapi):
    with pytest.raises(Unsupported):
        next(musicapi.submit(Generate(model="chirp-v9", prompt="p")))


def test_a_ticket_from_elsewhere_is_polled_by_its_model_or_as_sonics(musicapi):
    bare = Ticket(provider="musicapi", id=ID)
    assert next(musicapi.poll(bare)).url == f"/sonic/task/{ID}"
    producers = msgspec.structs.replace(bare, model="producer")
    assert next(musicapi.poll(producers)).url == f"/producer/task/{ID}"


def test_the_catalogue_needs_no_request(musicapi):
    known = fed(musicapi.models())
    assert {"sonic-v3-5", "sonic-v5", "producer"} <= {model.id for model in known}
    assert len({model.id for model in known}) == len(known)


QUOTES = [
    (TASK, "15", None),
    (Extend(model="sonic-v5", source=Source(track=CLIP), at=1), "15", None),
    (Concat(source=Source(track=CLIP)), "2", None),
    (Remaster(model="sonic-v5", source=Source(track=CLIP)), "10", "15"),
    (Stems(source=Source(track=CLIP)), "15", None),
    (Stems(source=Source(track=CLIP), full=True), "75", None),
    (CreateVoice(source=Source(url="https://example.com/a.mp3")), "4", None),
]


@pytest.mark.parametrize(("task", "cost", "most"), QUOTES)
def test_a_quote_is_read_from_the_table_in_credits(musicapi, task, cost, most):
    quote = fed(musicapi.quote(task))
    assert quote.cost == Money(amount=Decimal(cost), unit="credits")
    assert quote.maximum == (Money(amount=Decimal(most), unit="credits") if most else None)
    assert quote.estimate
    assert "musicapi.ai" in quote.basis


def test_the_configuration_overrides_the_table():
    own = MusicAPI(Settings(prices={"sonic/create": Decimal(14), "sonic/sample": Decimal("9.5")}))
    assert fed(own.quote(TASK)).cost.amount == 15  # the row of the table is closer
    own = MusicAPI(Settings(prices={"sonic/create/create_music": Decimal(14)}))
    quote = fed(own.quote(TASK))
    assert (str(quote.cost), quote.estimate) == ("14 credits", False)
    assert "configuration" in quote.basis


def test_a_task_type_of_extra_is_paid_for_as_what_it_is(musicapi):
    extra = {"musicapi": {"task_type": "concat_music"}}
    task = Generate(model="sonic-v5", prompt="p", extra=extra)
    assert fed(musicapi.quote(task)).cost.amount == 2


def test_a_price_that_nobody_published_is_not_guessed(musicapi):
    task = Sample(model="sonic-v5", source=Source(track=CLIP), start=1, end=2, prompt="p")
    with pytest.raises(RequestError, match=r"set one: .*'sonic/sample'"):
        fed(musicapi.quote(task))


@pytest.mark.parametrize("told", [-1, "NaN", "Infinity"])
def test_a_price_that_is_no_amount_is_an_error_of_the_configuration(told):
    with pytest.raises(msgspec.ValidationError, match="not an amount of credits"):
        msgspec.convert({"prices": {"sonic/wav": Decimal(told)}}, Settings)


def test_every_row_of_the_table_has_a_source_and_a_month():
    for row in table().values():
        assert row.credits > 0
        assert row.source
        assert row.seen == "undated" or msgspec.convert(f"{row.seen}-01", type=date)
        assert row.most is None or row.most > row.credits


def test_the_balance_is_both_kinds_of_credits(musicapi):
    flow = musicapi.balance()
    assert next(flow).url == "/get-credits"
    (left,) = fed(musicapi.balance(), as_json({"credits": 50, "extra_credits": 0.5, "new": 1}))
    assert left == Money(amount=Decimal("50.5"), unit="credits")


def test_another_vendors_query_is_not_answered(musicapi):
    class Odd(Query[int], frozen=True, tag="odd"):
        """Nobody's."""

    with pytest.raises(Unsupported, match="Odd"):
        musicapi.ask(Odd())


def test_a_job_cannot_be_cancelled_and_that_is_said(musicapi):
    assert not musicapi.capabilities.cancel
    assert "stays billed" in musicapi.capabilities.cannot_cancel


def test_polls_keep_the_recommended_pace(musicapi):
    """15 to 25 seconds, also when the jitter shortens them by a tenth."""
    cadence = musicapi.cadence
    assert cadence.first * 0.9 >= 15
    assert cadence.cap == 25


def test_creates_are_three_seconds_apart(musicapi):
    assert musicapi.limits.submit_every == 3


def test_nothing_secret_is_in_a_repr(musicapi):
    sent = next(musicapi.submit(TASK))
    assert "musicapi-key-1234" not in repr(sent) + repr(musicapi) + repr(ticket())
    assert json.dumps(sent.json)


def test_a_page_is_no_balance(musicapi):
    assert isinstance(ended(musicapi.balance(), PAGE), ProtocolError)
