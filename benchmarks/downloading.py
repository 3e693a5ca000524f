"""One download of one contender, in a process and an environment of its own; prints its figures.

python -m benchmarks.downloading '{"contender": "httpx", "origin": "http://…", …}' safely
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contender import MODEL, Round
from benchmarks.contenders import CONTENDERS
from benchmarks.worker import memory, peak_reset

if TYPE_CHECKING:
    import httpx


async def run(turn: Round, *, safely: bool) -> dict[str, float]:
    """The figures of its second download: the first imports and connects. `safely` is how httpx is
    to write by hand."""
    Path(turn.folder).mkdir(parents=True)
    contender: Any = CONTENDERS[turn.contender].load()(turn)
    async with contender.opened():
        await _fetched(contender, turn, safely=safely)
        return await _fetched(contender, turn, safely=safely)


async def _fetched(contender: Any, turn: Round, *, safely: bool) -> dict[str, float]:  # noqa: ANN401 - each has a client of its own
    path = Path(turn.folder) / "track.wav"
    match turn.contender:
        case "segue":
            job = contender.client.submit("a track")
            job.wait()
            return _timed(lambda: job.download(turn.folder))
        case "venice-py":
            return await _venice_py(contender.client.music, path)
        case "httpx":
            client = contender.client
            asked = client.post("/audio/queue", json={"model": MODEL, "prompt": "a track"})
            queued = asked.json()["queue_id"]
            return _timed(lambda: _streamed(client, queued, path, safely=safely))
        case name:
            raise ValueError(f"{name} downloads nothing")


def _timed(fetch: Callable[[], object]) -> dict[str, float]:
    idle = peak_reset()
    cpu, wall = time.process_time(), time.perf_counter()
    fetch()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "memory": max(memory("VmHWM") - idle, 0) / 1024}


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
    turn = Round(**json.loads(sys.argv[1]))
    print(json.dumps(asyncio.run(run(turn, safely="safely" in sys.argv[2:]))))
