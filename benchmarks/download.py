"""One finished track to disk: throughput, CPU and peak memory by its size."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import msgspec

from benchmarks.arena import absent, vendor
from benchmarks.by_hand import Httpx
from benchmarks.contender import MODEL, Round
from benchmarks.contenders import CONTENDERS
from benchmarks.ours import SegueVeniceSync
from benchmarks.peers import VenicePy
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting
from benchmarks.worker import memory, peak_reset

NAMES = ("segue", "httpx", "httpx, synced and hashed", "venice-py")


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--megabytes", type=int, nargs="+", default=[5, 50, 500])
    parser.add_argument("--runs", type=int, default=5)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for each size."""
    return [_table(size, chosen.runs) for size in chosen.megabytes]


def _table(megabytes: int, runs: int) -> Table:
    skipped = {name: why for name in NAMES if (why := absent(name.partition(",")[0]))}
    skipped["musicapi-sdk"] = "it downloads nothing"
    played: dict[str, list[dict[str, float]]] = {n: [] for n in NAMES if n not in skipped}
    with vendor(Setting(typical=0.0, size=megabytes * 1_000_000)) as origin:
        for _ in range(runs):
            for name, so_far in played.items():
                so_far.append(_played(name, origin))
    speed = {name: [megabytes / one["wall"] for one in got] for name, got in played.items()}
    over = ratios(speed, "httpx")
    rows = [
        {
            "": name,
            "MB/s / httpx": over[name],
            "MB/s": spread(speed[name], 0),
            "CPU ms": spread([one["cpu"] * 1000 for one in got], 0),
            "MB above idle": round(median(one["memory"] for one in got), 1),
        }
        for name, got in played.items()
    ]
    return Table(title=f"download of {megabytes} MB", rows=rows, skipped=skipped)


def _played(name: str, origin: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        turn = Round(contender=name, origin=origin, folder=f"{folder}/files")
        words = msgspec.json.encode(turn).decode()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.download", words],
            stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures


def _timed(fetch: Callable[[], object]) -> dict[str, float]:
    idle = peak_reset()
    cpu, wall = time.process_time(), time.perf_counter()
    fetch()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "memory": max(memory("VmHWM") - idle, 0) / 1024}


async def _worker(turn: Round) -> dict[str, float]:
    Path(turn.folder).mkdir(parents=True)
    name = turn.contender.partition(",")[0]
    contender = CONTENDERS[name](turn)
    async with contender.opened():
        match contender:
            case SegueVeniceSync():
                job = contender.client.submit("a track")
                job.wait()
                return _timed(lambda: job.download(turn.folder))
            case VenicePy():
                return await _venice_py(contender.client.music, Path(turn.folder) / "track.wav")
            case Httpx():
                client = contender.client
                asked = client.post("/audio/queue", json={"model": MODEL, "prompt": "a track"})
                queued, safely = asked.json()["queue_id"], "," in turn.contender
                path = Path(turn.folder) / "track.wav"
                return _timed(lambda: _streamed(client, queued, path, safely=safely))
            case _:
                raise ValueError(f"{name} downloads nothing")


async def _venice_py(music: Any, path: Path) -> dict[str, float]:  # noqa: ANN401 - it may be missing
    """Its poll of a finished job is its download, into memory."""
    job = await music.run(model=MODEL, prompt="a track")
    idle = peak_reset()
    cpu, wall = time.process_time(), time.perf_counter()
    await job.download(path, await job.wait(poll_interval=0.01))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "memory": max(memory("VmHWM") - idle, 0) / 1024}


def _streamed(client: httpx.Client, queue_id: str, path: Path, *, safely: bool) -> None:
    """By hand; `safely`: hashed, and on the disk when it is said to be, as Segue does it."""
    asked, digest = {"model": MODEL, "queue_id": queue_id}, hashlib.sha256()
    with (
        client.stream("POST", "/audio/retrieve", json=asked) as response,
        path.with_suffix(".part").open("wb") as file,
    ):
        for chunk in response.iter_bytes():
            file.write(chunk)
            if safely:
                digest.update(chunk)
        if safely:
            file.flush()
            os.fsync(file.fileno())
    path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_worker(msgspec.json.decode(sys.argv[1], type=Round)))))
