"""The contenders: each makes one piece from an order to a file, as its own documents say.

All of them look every `interval` seconds, but Segue, whose cadence has that number for its first
and longest delay and which lets the vendor's 80th percentile beat it, as it always does. None
has a limit to keep unless a round says so, so that what is measured is the client and not the
vendor's pace.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from benchmarks.contender import Contender


@dataclass(frozen=True)
class Entry:
    """`requires` is what `pip install` is given; `place` is the module and the class to import
    where that is installed. Of a distribution of ours, the checkout's own is meant."""

    place: str
    title: str
    requires: tuple[str, ...]

    def load(self) -> type[Contender]:
        """The contender itself: only its own environment has all that it imports."""
        module, _, name = self.place.partition(":")
        kind: type[Contender] = getattr(import_module(module), name)
        return kind


SEGUE = ("segue",)
FAST = ("segue", "segue-core[fast]")

CONTENDERS: MappingProxyType[str, Entry] = MappingProxyType(
    {
        "segue": Entry("benchmarks.ours:SegueVeniceSync", "segue", SEGUE),
        "segue-async": Entry("benchmarks.ours:SegueVenice", "segue, async", SEGUE),
        "segue-fast": Entry("benchmarks.ours:SegueFast", "segue, async, on aiohttp", FAST),
        "venice-py": Entry("benchmarks.peers:VenicePy", "venice-py", ("venice-py",)),
        "httpx": Entry("benchmarks.by_hand:Httpx", "httpx by hand", ("httpx",)),
        "httpx-async": Entry("benchmarks.by_hand:HttpxAsync", "httpx by hand, async", ("httpx",)),
        "aiohttp": Entry("benchmarks.by_hand_aiohttp:Aiohttp", "aiohttp by hand", ("aiohttp",)),
        "segue-musicapi": Entry("benchmarks.ours:SegueMusic", "segue", SEGUE),
        "segue-musicapi-async": Entry("benchmarks.ours:SegueMusicAsync", "segue, async", SEGUE),
        "musicapi-sdk": Entry("benchmarks.peers:MusicApiSdk", "musicapi-sdk", ("musicapi-sdk",)),
        "httpx-musicapi": Entry("benchmarks.by_hand:HttpxMusic", "httpx by hand", ("httpx",)),
    }
)
