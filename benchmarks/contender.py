"""What a contender is, and what it is to do in a round.

A worker imports this in the contender's own environment, so nothing here needs more than Python.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

MODEL = "ace-step-15"


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a contender is to do: `jobs` pieces, at once or one after the other.

    `limits` is what the vendor's own limits are multiplied by; with 0 there are none.
    """

    contender: str
    origin: str
    folder: str
    jobs: int = 1
    at_once: bool = False
    interval: float = 0.25
    timeout: float = 900.0
    journal: bool = True
    limits: float = 0.0


class Contender:
    """One way to get music."""

    asynchronous = True

    def __init__(self, turn: Round) -> None:
        self.turn = turn
        self.folder = Path(turn.folder)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        await asyncio.to_thread(self.made, prompt)

    def made(self, prompt: str) -> None:
        """The same, where it is synchronous."""
        raise NotImplementedError
