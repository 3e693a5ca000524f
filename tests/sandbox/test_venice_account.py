"""Segue held to account by the sandbox's ledger: every model, every option, right and wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import httpx
import pytest

import segue
from segue import Generate
from segue.errors import NotFound, Refused, Rejected, SegueError, Unsupported
from segue.hooks import hookimpl
from segue.provider import Cadence, Limits
from segue_venice import Venice as Provider
from segue_venice import wire

from . import tasks
from .served import serving


class Purse:
    """Gives the clients of a test a key of their own."""

    def __init__(self, key: str) -> None:
        self.key = key

    @hookimpl
    def segue_secret(self) -> str:
        return self.key


@pytest.fixture(scope="module")
def sandbox():
    with serving(speed=600) as served:
        yield served


@pytest.fixture
def each(sandbox, monkeypatch, tmp_path):
    """Do something with every case at once, its model's client given; what each came to."""
    monkeypatch.setenv("SEGUE_VENICE_BASE_URL", sandbox.base)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Provider, "cadence", Cadence(first=0.1, growth=1.5, cap=0.3))
    monkeypatch.setattr(Provider, "limits", Limits())  # the pace has a test of its own
    monkeypatch.chdir(tmp_path)

    def each(cases: list, use: Callable[..., Awaitable[object]], name: str) -> list:
        return asyncio.run(_each(cases, use, name))

    return each


async def _each(cases, use, name):
    async with httpx.AsyncClient() as http:
        clients = {
            model: segue.AsyncClient(
                f"venice/{model}", journal=None, http=http, plugins=[Purse(f"{name}-{model}")]
            )
            for model in {case[0] for case in cases}
        }
        return await asyncio.gather(*(use(clients[case[0]], *case) for case in cases))


def test_every_option_set_right_is_delivered_and_charged_as_it_was_quoted(sandbox, each, tmp_path):
    cases = list(tasks.right())

    async def bought(client, model, options):
        task = tasks.task(model, options)
        quote = await client.quote(task)
        job = await client.submit(task)
        await job.wait(timeout=30)
        (path,) = await job.download(tmp_path / "out")
        return job.ticket.id, quote, path.suffix

    found = each(cases, bought, "right")
    charged = {line["id"]: line for model in tasks.ROWS for line in sandbox.jobs(f"right-{model}")}
    assert len(charged) == len(cases) == len({id_ for id_, *_ in found})
    for (model, options), (id_, quote, suffix) in zip(cases, found, strict=True):
        line = charged[id_]
        assert Decimal(line["charged"]) == quote.cost.amount, (model, options)
        assert line["model"] == model
        assert suffix == f".{tasks.CONTAINERS.get(model, 'mp3')}", (model, options)
        # The poll that met it, and a download where that answer was not kept open for it.
        assert line["downloads"] in {1, 2}


def _named(field):
    return wire.FIELDS.get(field, field.removeprefix("extra.venice."))


async def refused(client, model, options, *_field):
    try:
        await client.submit(tasks.task(model, options))
    except SegueError as error:
        return error
    return None


def test_every_option_set_wrong_is_refused_before_anything_is_sent(sandbox, each):
    cases = list(tasks.wrong())
    found = each(cases, refused, "wrong")
    for (model, options, field), error in zip(cases, found, strict=True):
        assert isinstance(error, Refused), (model, options, error)
        assert field in {problem.field for problem in error.problems}, (model, options, error)
        assert "nothing was sent" in str(error)
    assert not [line for model in tasks.ROWS for line in sandbox.asked(f"wrong-{model}")]


def test_what_segue_refuses_venice_refuses_too(sandbox):
    """The same requests, sent past Segue's checks: each is a 400 in Venice's words."""

    with httpx.Client(base_url=sandbox.base) as http:
        for model, options, field in tasks.wrong():
            body = wire.queue(tasks.task(model, options))
            headers = {"authorization": f"Bearer raw-{model}"}
            reply = http.post("/audio/queue", json=body, headers=headers)
            assert reply.status_code == 400, (model, options, reply.text)
            assert _named(field) in reply.text, (model, options)
    assert not [line for model in tasks.ROWS for line in sandbox.jobs(f"raw-{model}")]


def test_what_no_row_tells_is_refused_by_venice_and_costs_nothing(sandbox, each):
    cases = list(tasks.untold())
    found = each(cases, refused, "untold")
    for (model, options), error in zip(cases, found, strict=True):
        kind = Rejected if model in tasks.ROWS else NotFound
        assert type(error) is kind, (model, options, error)
        assert error.endpoint == "POST /audio/queue"
        assert error.advice
    assert not [line for model in tasks.ROWS for line in sandbox.jobs(f"untold-{model}")]


@pytest.mark.parametrize(
    "field", ["title", "style", "negative_style", "bpm", "seed", "vocal_gender"]
)
def test_what_no_model_of_venices_has_is_unsupported(sandbox, each, field):
    value = {"bpm": 120, "seed": 1, "vocal_gender": "female"}.get(field, "calm")

    async def asked(client, _model):
        with pytest.raises(Unsupported, match=field) as caught:
            await client.submit(Generate(prompt=tasks.PROMPT, **{field: value}))
        return {problem.field for problem in caught.value.problems}

    assert each([("ace-step-15",)], asked, "unsupported") == [{field}]
    assert sandbox.asked("unsupported-ace-step-15") == []


def test_a_name_in_another_case_is_refused_and_corrected(sandbox, each):
    (error,) = each([("ACE-Step-15", {})], refused, "cased")
    assert isinstance(error, Refused)
    assert "write it ace-step-15" in str(error)
    assert sandbox.asked("cased-ACE-Step-15") == []


def test_every_model_and_every_field_is_tried():
    """So that a new model or a new field is not forgotten here."""
    for cases in (tasks.right(), tasks.wrong()):
        assert {case[0] for case in cases} >= tasks.ROWS.keys() - {"lyria-3-pro"}
    tried = {field for *_, field in tasks.wrong()}
    honoured = set(Provider.capabilities.tasks[Generate]) | {"extra.venice.lyrics_optimizer"}
    assert tried == honoured
