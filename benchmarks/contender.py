"""What a contender is, and what it is to do in a round."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from benchmarks.tables import is_here

MODEL = "ace-step-15"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What a contender is to do: `jobs` pieces, at once or one after the other."""

    contender: str
    origin: str
    folder: str
    jobs: int = 1
    at_once: bool = False
    interval: float = 0.25
    timeout: float = 900.0
    journal: bool = True


class Contender(ABC):
    """One way to get music. `missing` says why it cannot run here, if it cannot."""

    title: str
    asynchronous = True
    needs: str | None = None

    def __init__(self, turn: Round) -> None:
        self.turn = turn
        self.folder = Path(turn.folder)

    @classmethod
    def missing(cls) -> str:
        """Why it cannot run here; nothing if it can."""
        if cls.needs is None or is_here(cls.needs):
            return ""
        return f"{cls.needs} is not installed (group `bench`)"

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
