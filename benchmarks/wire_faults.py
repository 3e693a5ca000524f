"""Every step of a job × every way of answering or breaking off × transports, against the ledger."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import msgspec

import segue
from benchmarks.ours import paced
from benchmarks.quiet import quiet
from benchmarks.tables import Table
from benchmarks.wire_answers import faults
from benchmarks.wire_vendor import STEPS, Fault, WireVendor
from segue._config.files import Document
from segue.config import Config
from segue.errors import SegueError, SubmissionUnknown
from segue.journal import Entry, State
from segue.testing.memory_journal import MemoryJournal

TRANSPORTS = ("sync", "asyncio", "trio", "aiohttp")
BACKENDS = ("venice/ace-step-15", "musicapi/sonic-v5")
"""Each in turn is the first choice and the other the second: who takes a paid answer for a refusal
pays the other as well."""

_AT_ONCE = 24
_PATIENCE = 10.0


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--every", type=int, default=1, help="only each n-th fault")
    parser.add_argument("--steps", nargs="+", default=STEPS, choices=STEPS)
    parser.add_argument("--transports", nargs="+", default=TRANSPORTS, choices=TRANSPORTS)
    parser.add_argument("--fault", nargs="+", help="only faults whose names contain one of these")
    parser.add_argument("--show", action="store_true", help="print what came of each")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a program saw of one job, and how long it took."""

    prompt: str
    delivered: bool
    error: Exception | None
    seconds: float


@quiet()
def measure(chosen: argparse.Namespace) -> list[Table]:
    """What was charged, and what became of it."""
    known = {
        name: fault
        for number, (name, fault) in enumerate(faults().items())
        if not number % chosen.every and _wanted(name, chosen.fault)
    }
    rows: dict[str, Counter[str]] = {}
    for transport in chosen.transports:
        for backends in (BACKENDS, BACKENDS[::-1]):
            for row, verdict, outcome in _played(known, transport, backends, chosen.steps):
                rows.setdefault(row, Counter())[verdict] += 1
                rows[row]["faults"] += 1
                if chosen.show or verdict in BAD:
                    shown = f"{outcome.error or ''}"[:300]
                    print(f"{transport} {outcome.prompt}: {verdict} {outcome.seconds:.1f} {shown}")
    kinds = ("faults", *BAD, "delivered", "unknown", "resumable", "refused")
    table = [{"": row, **{kind: counts[kind] for kind in kinds}} for row, counts in rows.items()]
    total: Counter[str] = sum(rows.values(), Counter())
    table.append({"": "all", **{kind: total[kind] for kind in kinds}})
    return [Table(title=f"{len(known)} ways of answering", rows=table)]


BAD = ("charged twice", "said to cost nothing, but charged", "other errors", "endless")


def _wanted(name: str, parts: Sequence[str] | None) -> bool:
    return not parts or any(part in name for part in parts)


def _played(
    known: dict[str, Fault], transport: str, backends: Sequence[str], steps: Sequence[str]
) -> Iterator[tuple[str, str, Outcome]]:
    """A row's name, the verdict and the outcome of each job of one client."""
    prompts = [f"{step} {name} {backends[0][:1]}" for step in steps for name in known]
    vendor, journal = WireVendor(known), MemoryJournal()
    with vendor.serving() as origin, tempfile.TemporaryDirectory() as folder, paced(0.02):
        arguments = {
            "backend": list(backends),
            "config": _config(origin, transport),
            "journal": journal,
            "timeout": _PATIENCE,
        }
        run = _synchronous if transport == "sync" else _asynchronous
        outcomes = run(prompts, arguments, Path(folder), transport)
    by_prompt: dict[str, list[Entry]] = {}
    for entry in journal.entries(limit=None):
        by_prompt.setdefault(str(entry.task.get("prompt")), []).append(entry)
    for outcome in outcomes:
        charged = vendor.charges[outcome.prompt]
        verdict = _verdict(outcome, charged, by_prompt.get(outcome.prompt, []))
        yield f"{outcome.prompt.partition(' ')[0]}, {transport}", verdict, outcome


def _verdict(outcome: Outcome, charged: int, entries: Sequence[Entry]) -> str:  # noqa: PLR0911 - one for each
    if charged > 1:
        return "charged twice"
    spent = any(entry.ticket or entry.state in (State.UNKNOWN, State.INTENT) for entry in entries)
    said = outcome.error is not None and "nothing was spent" in str(outcome.error)
    if charged and (said or not spent):
        return "said to cost nothing, but charged"
    if outcome.error is not None and not isinstance(outcome.error, SegueError):
        return "other errors"
    if outcome.seconds > _PATIENCE + 5:
        return "endless"
    if outcome.delivered:
        return "delivered"
    if isinstance(outcome.error, SubmissionUnknown):
        return "unknown"
    return "resumable" if spent else "refused"


def _synchronous(
    prompts: Sequence[str], arguments: dict[str, Any], folder: Path, _transport: str
) -> list[Outcome]:
    with segue.Client(**arguments) as client, ThreadPoolExecutor(_AT_ONCE) as pool:

        def one(numbered: tuple[int, str]) -> Outcome:
            number, prompt = numbered
            began = time.monotonic()
            return _outcome(
                prompt, began, lambda: client.generate_and_wait(prompt, to=folder / str(number))
            )

        return list(pool.map(one, enumerate(prompts)))


def _outcome(prompt: str, began: float, run: Callable[[], segue.Delivery]) -> Outcome:
    delivery, error = None, None
    try:
        delivery = run()
    except Exception as caught:
        error = caught
    return Outcome(
        prompt=prompt,
        delivered=delivery is not None and bool(delivery.files),
        error=error,
        seconds=time.monotonic() - began,
    )


def _asynchronous(
    prompts: Sequence[str], arguments: dict[str, Any], folder: Path, transport: str
) -> list[Outcome]:
    outcomes: list[Outcome] = []

    turn = anyio.Semaphore(_AT_ONCE)

    async def one(client: segue.AsyncClient, number: int, prompt: str) -> None:
        async with turn:
            began, delivery, error = time.monotonic(), None, None
            try:
                delivery = await client.generate_and_wait(prompt, to=folder / str(number))
            except Exception as caught:
                error = caught

            def told() -> segue.Delivery:
                if delivery is None:
                    raise error or RuntimeError("neither a delivery nor an error")
                return delivery

            outcomes.append(_outcome(prompt, began, told))

    async def all_of_them() -> None:
        async with segue.AsyncClient(**arguments) as client, anyio.create_task_group() as group:
            for number, prompt in enumerate(prompts):
                group.start_soon(one, client, number, prompt)

    anyio.run(all_of_them, backend="trio" if transport == "trio" else "asyncio")
    return outcomes


def _config(origin: str, transport: str) -> Config:
    environ = {
        "SEGUE_VENICE_BASE_URL": f"{origin}/venice",
        "SEGUE_MUSICAPI_BASE_URL": f"{origin}/musicapi",
        "VENICE_API_KEY": "any-key",
        "MUSICAPI_KEY": "any-key",
    }
    http: dict[str, object] = {"timeout": 1.0, "connect_timeout": 1.0}
    if transport == "aiohttp":
        http["transport"] = "aiohttp"
    return Config([Document(path=Path("segue.toml"), content={"http": http})], environ=environ)
