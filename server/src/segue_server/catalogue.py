"""`/v1/backends`, `/v1/models`, `/v1/quotes`, `/v1/balances`: what there is, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import anyio
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from segue.errors import SegueError
from segue.money import Money, Quote
from segue.provider import Installed, Model, Provider
from segue.tasks import Generate
from segue_server.access import Caller, allowed_backends
from segue_server.bodies import RENAMED, QuoteRequest, decoded
from segue_server.envelope import Cost
from segue_server.errors import ErrorBody, body_of, refused
from segue_server.gateway import Gateway, gateway_of, json_response
from segue_server.guard import body_of as read_body

SECONDS = 15.0
"""How long one backend may take to answer; one that takes longer is named in `notes`."""

FRESH = 300.0
"""Seconds for which a list of models is not requested again."""

T = TypeVar("T")


class BackendInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A backend. `fields` are those of a submission that at least one of its models takes. `key` is
    the environment variable with its vendor's key; `problem` is why it cannot be used."""

    name: str
    distribution: str
    version: str
    fields: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    cancels: bool = False
    quotes: bool = False
    lists_models: bool = False
    containers: tuple[str, ...] = ()
    key: str | None = None
    licence: str = ""
    problem: str = ""


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A model. `id` is for `model` of a submission; `price` is words for people."""

    id: str
    object: str = "model"
    owned_by: str
    name: str = ""
    kind: str = "music"
    price: str = ""
    available: bool = True


class QuoteInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What one backend would charge; `error` is why it does not say. `maximum` is the most that it
    may become."""

    model: str
    cost: Cost | None = None
    maximum: Cost | None = None
    estimate: bool = False
    basis: str = ""
    error: ErrorBody | None = None


class BalanceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the account at a backend can still spend, one amount for each unit."""

    backend: str
    amounts: tuple[Cost, ...] = ()
    error: ErrorBody | None = None


class _List(msgspec.Struct, frozen=True, kw_only=True):
    object: str = "list"


class Backends(_List, frozen=True, kw_only=True):
    """The installed backends."""

    data: tuple[BackendInfo, ...]


class Models(_List, frozen=True, kw_only=True):
    """The models of all backends; `notes` name the backends whose models could not be had."""

    data: tuple[ModelInfo, ...]
    notes: tuple[str, ...] = ()


class Quotes(_List, frozen=True, kw_only=True):
    """A quote for each backend, in the order of `model`."""

    data: tuple[QuoteInfo, ...]


class Balances(_List, frozen=True, kw_only=True):
    """The balances of the backends that report one."""

    data: tuple[BalanceInfo, ...]


async def backends(request: Request) -> Response:
    """`GET /v1/backends`."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    return json_response(Backends(data=tuple(map(_info, _allowed(gateway, caller)))))


async def models(request: Request) -> Response:
    """`GET /v1/models`."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    names = [one.name for one in _allowed(gateway, caller) if one.provider]
    found = await _each(names, lambda name: _models_of(gateway, name))
    listed = (each for each in found if not isinstance(each, ErrorBody))
    data = tuple(model for each in listed for model in each)
    pairs = zip(names, found, strict=True)
    notes = tuple(f"{name}: {e.message}" for name, e in pairs if isinstance(e, ErrorBody))
    return json_response(Models(data=data, notes=notes))


async def quotes(request: Request) -> Response:
    """`POST /v1/quotes`: nothing is submitted, and nothing is spent."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    wish = decoded(await read_body(request), QuoteRequest)
    names, task = gateway.backends(wish.names), wish.task()
    allowed_backends(caller, names)
    if len(names) == 1:
        found: list[Quote | ErrorBody] = [await gateway.client.quote(task, backend=names[0])]
    else:
        found = await _each(names, lambda name: gateway.client.quote(task, backend=name))
    data = tuple(_quote(name, each) for name, each in zip(names, found, strict=True))
    return json_response(Quotes(data=data))


async def balances(request: Request) -> Response:
    """`GET /v1/balances`: for the machine's own user; a key of a client does not see them."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    if caller.key is not None:
        raise refused(403, "not_allowed", "a key does not see the balances of the accounts")
    able = [one for one in gateway.providers.values() if one.provider]
    names = [one.name for one in able if one.provider and one.provider.capabilities.balance]
    found = await _each(names, lambda name: gateway.client.balance(backend=name))
    data = tuple(_balance(name, each) for name, each in zip(names, found, strict=True))
    return json_response(Balances(data=data))


def _allowed(gateway: Gateway, caller: Caller) -> list[Installed]:
    own = {name.partition("/")[0] for name in (caller.key.backends if caller.key else ())}
    return [one for one in gateway.providers.values() if not own or one.name in own]


async def _each(names: Iterable[str], get: Callable[[str], Awaitable[T]]) -> list[T | ErrorBody]:
    """What each backend answers, or why it does not, side by side."""
    names = list(names)
    found: dict[str, T | ErrorBody] = {}

    async def one(name: str) -> None:
        found[name] = ErrorBody(
            type="provider_unavailable",
            code="timeout",
            message=f"{name} did not answer within {SECONDS:.0f} s",
        )
        with anyio.move_on_after(SECONDS):
            try:
                found[name] = await get(name)
            except SegueError as error:
                found[name] = body_of(error)

    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(one, name)
    return [found[name] for name in names]


async def _models_of(gateway: Gateway, name: str) -> tuple[ModelInfo, ...]:
    kind = gateway.providers[name].provider
    if kind is None or not kind.capabilities.models:
        return (ModelInfo(id=name, owned_by=name),)
    listed, at = gateway.listed.get(name, ((), 0.0))
    if not at or time.monotonic() - at > FRESH:
        listed = tuple(await gateway.client.models(backend=name))
        gateway.listed[name] = (listed, time.monotonic())
    return tuple(_model(name, each) for each in listed)


def _model(name: str, model: Model) -> ModelInfo:
    return ModelInfo(
        id=f"{name}/{model.id}",
        owned_by=name,
        name=model.name,
        kind=model.kind,
        price=model.price,
        available=model.available,
    )


def _info(one: Installed) -> BackendInfo:
    kind = one.provider
    bare = BackendInfo(
        name=one.name, distribution=one.distribution, version=one.version, problem=one.problem
    )
    return bare if kind is None else _described(bare, kind)


def _described(info: BackendInfo, kind: type[Provider]) -> BackendInfo:
    able = kind.capabilities
    api = {core: ours for ours, core in RENAMED.items()}
    return msgspec.structs.replace(
        info,
        fields=tuple(sorted(api.get(name, name) for name in able.tasks.get(Generate, ()))),
        tasks=tuple(sorted(str(task.__struct_config__.tag) for task in able.tasks)),
        cancels=able.cancel,
        quotes=able.quote,
        lists_models=able.models,
        containers=able.makes or able.sends,
        key=kind.key.env if kind.key else None,
        licence=kind.licence,
        problem=kind.retired or info.problem,
    )


def _quote(name: str, found: Quote | ErrorBody) -> QuoteInfo:
    if isinstance(found, ErrorBody):
        return QuoteInfo(model=name, error=found)
    return QuoteInfo(
        model=name,
        cost=Cost.of(found.cost),
        maximum=Cost.of(found.ceiling),
        estimate=found.estimate,
        basis=found.basis,
    )


def _balance(name: str, found: list[Money] | ErrorBody) -> BalanceInfo:
    if isinstance(found, ErrorBody):
        return BalanceInfo(backend=name, error=found)
    return BalanceInfo(backend=name, amounts=tuple(map(Cost.of, found)))
