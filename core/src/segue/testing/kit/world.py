"""An environment for core's own flows: an account, and a vendor that answers each request with the
kit's response.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from segue._data.backend_key import BackendKey
from segue._effects.account import Account
from segue._engine.backend import Backend
from segue._engine.submit import Order
from segue.flow import Call, Reply
from segue.hooks import Hooks
from segue.job import Asset
from segue.provider import Provider
from segue.tasks import Task
from segue.testing.hush_vendor import Request
from segue.testing.kit.bench import Bench
from segue.testing.kit.playing import Answer, several

KEY = "canary-key-5f2d9c"
"""The API key of the kit. Only core may have it."""

_NOWHERE = "http://127.0.0.1:9"


class Rerouted(Account):
    """An account whose requests all go to one server: the provider's own below `/own`, those to
    other hosts below `/other/HOST`."""

    def __init__(self, provider: Provider, server: str = _NOWHERE) -> None:
        key = provider.key
        super().__init__(
            provider.name,
            base_url=f"{server}/own",
            secret=lambda: KEY if key else None,
            header=key.header if key else "Authorization",
            scheme=key.scheme if key else "Bearer ",
        )
        self._server = server
        self._real = provider.base_url.rstrip("/")

    def absolute(self, url: str) -> str:
        """The address on the server for `url`."""
        if self._real and url.startswith(f"{self._real}/"):
            url = url[len(self._real) :]
        parts = urlsplit(url)
        if not parts.netloc or url.startswith(self._server):
            return super().absolute(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._server}/other/{parts.netloc}{parts.path}{query}"


class Address(NamedTuple):
    """The identity of a request: the method, the path, and the query's fields in any order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, method: str, url: str, **params: str) -> Address:
        """The address of a URL, or of a path."""
        parts = urlsplit(url)
        query = sorted([*parse_qsl(parts.query, keep_blank_values=True), *params.items()])
        return cls(method, parts.path, tuple(query))


class Book:
    """The vendor's responses by address, in the kit's order.

    `surprises` are the requests without a response. It serves HTTP, too.
    """

    def __init__(self, bench: Bench) -> None:
        self.surprises: list[str] = []
        self.requests = 0
        self._account = Rerouted(bench.made())
        self._file = Reply(
            status=200, headers={"content-type": "application/octet-stream"}, body=bench.kit.file
        )
        self._answers: dict[Address, deque[Answer]] = defaultdict(deque)
        for method, attribute in _LIFE:
            if getattr(bench.able, method, True):
                self._enter(bench, method, attribute)

    def answer(self, call: Call) -> Answer:
        """The response to a call."""
        return self._next(self._address(call))

    def handle(self, request: Request, now: float) -> Reply:
        """The same over HTTP."""
        answer = self._next(Address.of(request.method, request.path))
        if not isinstance(answer, Reply):
            raise TypeError(f"the script answers a request with {answer!r}")
        headers = {name: value for name, value in answer.headers.items() if name not in _OWN}
        body = self._file.body if answer.body is None else answer.body
        return msgspec.structs.replace(answer, headers=headers, body=body)

    def _next(self, address: Address) -> Answer:
        self.requests += 1
        if self._answers[address]:
            return self._answers[address].popleft()
        self.surprises.append(f"{address.method} {address.path}")
        return Reply(status=404, headers={"content-type": "application/json"}, body=b"{}")

    def _address(self, call: Call) -> Address:
        return Address.of(call.method, self._account.absolute(call.url), **call.params)

    def _enter(self, bench: Bench, method: str, attribute: str) -> None:
        step = bench.step(method, attribute)
        seen = step.play(bench.made())
        if seen.wants is not None and attribute != "running":
            pytest.skip(f"{method}() is part of a job's lifecycle, and `{attribute}` is not set")
        answers = several(getattr(bench.kit, attribute))
        for call, answer in zip(seen.calls, answers, strict=False):
            self._answers[self._address(call)].append(answer)
        for asset in seen.value if method == "download" and isinstance(seen.value, list) else []:
            if isinstance(asset, Asset) and isinstance(asset.source, Call):
                self._answers[self._address(asset.source)].append(self._file)


_LIFE = (
    ("models", "models_reply"),
    ("quote", "quote_reply"),
    ("submit", "accepted"),
    ("poll", "running"),
    ("poll", "succeeded"),
    ("download", "download_reply"),
)
_OWN = ("content-length", "transfer-encoding", "content-encoding", "connection")


def backend(provider: Provider, task: Task, account: Account | None = None) -> Backend:
    """The backend of core's flows: the provider, its model and an account."""
    key = BackendKey(provider=provider.name, model=task.model)
    account = account or Rerouted(provider)
    return Backend(key, provider=provider, account=account, hooks=Hooks())


def order(task: Task) -> Order:
    """The order of the kit's task."""
    return Order(task=task, job="kit", key="kit-idempotency-key", owner="kit/1/1")
