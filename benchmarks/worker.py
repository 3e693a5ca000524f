"""One round of one contender, in a process and an environment of its own; prints its figures as
JSON.

python -m benchmarks.worker '{"contender": "httpx", "origin": "http://…", …}'
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, Round
from benchmarks.contenders import CONTENDERS


class Tally:
    """When each piece was on disk, and what went wrong."""

    def __init__(self) -> None:
        self.landed: dict[str, float] = {}
        self.began: dict[str, float] = {}
        self.errors: Counter[str] = Counter()
        self.example: dict[str, str] = {}

    async def piece(self, contender: Contender, prompt: str) -> None:
        """Make one piece, and remember how that went."""
        self.began[prompt] = time.time()
        try:
            await contender.piece(prompt)
        except Exception as error:
            self.errors[type(error).__name__] += 1
            self.example[type(error).__name__] = str(error)[:200]
        else:
            self.landed[prompt] = time.time()


async def run(turn: Round) -> dict[str, Any]:
    """One piece to warm up, then the round."""
    Path(turn.folder).mkdir(parents=True, exist_ok=True)
    contender = CONTENDERS[turn.contender].load()(turn)
    tally, warm = Tally(), Tally()
    if not contender.asynchronous:  # as many threads as pieces at once: it has no other way
        threads = ThreadPoolExecutor(turn.jobs if turn.at_once else 1)
        asyncio.get_running_loop().set_default_executor(threads)
    async with contender.opened():
        await warm.piece(contender, "a warm-up")
        gc.collect()
        idle = peak_reset()
        cpu, wall = time.process_time(), time.perf_counter()
        prompts = [f"piece {number}" for number in range(turn.jobs)]
        if turn.at_once:
            await asyncio.gather(*(tally.piece(contender, prompt) for prompt in prompts))
        else:
            for prompt in prompts:
                await tally.piece(contender, prompt)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = memory("VmHWM")
    return {
        "cpu": cpu,
        "wall": wall,
        "memory": max(peak - idle, 0) / 1024,
        "rss": peak / 1024,
        "landed": tally.landed,
        "began": tally.began,
        "errors": tally.errors + warm.errors,
        "example": tally.example | warm.example,
    }


def peak_reset() -> int:
    """Begin a new peak where the system can; what is used now, in KiB."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:  # not Linux: the peak is that of the whole process
        return memory("VmHWM")
    return memory("VmRSS")


def memory(field: str) -> int:
    """`VmHWM` (the peak) or `VmRSS` (now) of this process, in KiB."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Round(**json.loads(sys.argv[1]))))))
