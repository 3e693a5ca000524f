"""Two hundred jobs of one client on one key, at the pace that Venice documents: no 429.

Over HTTP, vendor time runs fast, and so a minute of Venice's is two seconds of the client's. The
client is told so: its limits are the documented ones, 40 orders and 120 looks, in that minute.
What does not run faster is the network, so the gate's margin for that is left as it is. In
virtual time, everything is as documented.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import msgspec
import pytest

import segue
from segue import Generate
from segue._data.backend_key import BackendKey
from segue._effects.account import Account
from segue._engine.backend import Backend
from segue._engine.submit import Order, submit
from segue._pace import rate_limit as gate
from segue._pace import windows
from segue._pace.turns import in_sleeps
from segue.errors import RateLimited
from segue.flow import Call, Now, Sleep
from segue.hooks import Hooks
from segue.provider import Cadence, Limits
from segue.testing.hush_vendor import Request
from segue_sandbox.venice import Venice as Sandbox
from segue_venice import Venice as Provider

from .served import serving

SPEED = 30
JOBS = 200
PROMPT = "Warm cinematic strings"


@pytest.fixture
def sandbox(monkeypatch, tmp_path):
    with serving(SPEED) as served:
        monkeypatch.setenv("SEGUE_VENICE_BASE_URL", served.base)
        monkeypatch.setenv("VENICE_API_KEY", "any-key")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(windows, "MINUTE", 60 / SPEED)
        monkeypatch.setattr(gate.Window.__init__, "__defaults__", (60 / SPEED, gate.MARGIN))
        cadence = Provider.cadence
        monkeypatch.setattr(
            Provider,
            "cadence",
            Cadence(first=cadence.first / SPEED, growth=cadence.growth, cap=cadence.cap / SPEED),
        )
        monkeypatch.chdir(tmp_path)
        yield served


def answers(sandbox, endpoint):
    return Counter(line["status"] for line in sandbox.asked("any-key", endpoint))


@pytest.mark.slow
def test_two_hundred_jobs_at_once_provoke_no_429(sandbox, tmp_path):
    """Every look counts, and so does every download, which at Venice is the same request."""
    assert (Provider.limits.submits_per_minute, Provider.limits.polls_per_minute) == (40, 120)

    async def song(client, number):
        await asyncio.sleep(
            number * 2 / JOBS
        )  # the whole crowd is there before the first of it is done
        return await client.generate_and_wait(PROMPT, to=tmp_path / "out")

    async def main():
        async with segue.AsyncClient("venice/ace-step-15", journal=None, timeout=120) as client:
            await client.quote(PROMPT)  # so that the catalogue is read once, and not by each
            return await asyncio.gather(*(song(client, number) for number in range(JOBS)))

    delivered = asyncio.run(main())
    assert answers(sandbox, "/audio/queue") == {200: JOBS}
    assert answers(sandbox, "/audio/retrieve").keys() == {200}
    assert len({path for delivery in delivered for path in delivery.paths}) == JOBS
    assert all(path.stat().st_size for delivery in delivered for path in delivery.paths)
    assert sandbox.charged("any-key") == [Decimal("0.03")] * JOBS


def test_a_client_that_keeps_no_pace_is_refused(sandbox, monkeypatch):
    """So that the test above can fail: the sandbox's limits bite."""
    monkeypatch.setattr(Provider, "limits", Limits())

    async def main():
        async with segue.AsyncClient("venice/ace-step-15", journal=None) as client:
            orders = (client.submit(PROMPT) for _ in range(60))
            return await asyncio.gather(*orders, return_exceptions=True)

    refused = [one for one in asyncio.run(main()) if isinstance(one, RateLimited)]
    assert refused
    assert answers(sandbox, "/audio/queue")[429] == len(refused)
    assert len(sandbox.charged("any-key")) == 60 - len(refused)


def test_a_burst_that_is_late_on_its_way_provokes_no_429_a_minute_later():
    """Who sends two hundred requests at once sends the last of them seconds after the first: the
    minute counts from when Venice saw them, and not from when they were allowed to go."""
    seen = defaultdict(list)
    account = Account("venice", base_url="https://api.venice.ai", secret=lambda: "any-key")
    key = BackendKey(provider="venice", model="ace-step-15")
    backend = Backend(key, provider=Provider(), account=account, hooks=Hooks())
    in_virtual_time([in_sleeps(submit(backend, order(number))) for number in range(80)], seen)
    assert seen["/audio/queue"] == [200] * 80


def in_virtual_time(flows, seen):
    """Run flows side by side. What is sent in the first ten seconds is two and a half on its
    way, and later there is little traffic."""
    venice = Sandbox(seed=1)

    def arrived(call, now):
        reply = venice.handle(request(call), now)
        seen[call.url].append(reply.status)
        return reply

    turns = [(0.0, number, lambda _now: None) for number in range(len(flows))]
    while turns:
        now, number, answer = heapq.heappop(turns)
        effect = sent(flows[number], answer(now))
        if isinstance(effect, Sleep):
            heapq.heappush(turns, (now + effect.seconds, number, clock))
        elif effect is not None:
            late = 2.5 if now < 10 else 0.05
            heapq.heappush(turns, (now + late, number, partial(arrived, effect)))


def sent(flow, answer):
    """Go on with a flow until it wants time to pass; None when it is over."""
    with suppress(StopIteration, RateLimited):
        while not isinstance(effect := flow.send(answer), Call | Sleep):
            answer = None
        return effect
    return None


def request(call):
    body = b"" if call.json is msgspec.UNSET else msgspec.json.encode(call.json)
    path = f"{call.url}?type=music" if call.params else call.url
    told = {"authorization": "Bearer any-key"}
    return Request(method=call.method, path=path, headers=told, body=body)


def clock(now):
    return Now(monotonic=now, utc=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=now))


def order(number):
    task = Generate(prompt=PROMPT)
    return Order(task=task, job=f"{number:08x}", key=f"key {number}", owner="a test")
