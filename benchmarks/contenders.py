"""The contenders: each makes one piece from an order to a file, as its own documents say.

All of them look every `interval` seconds, but Segue, whose cadence has that number for its first
and longest delay and which lets the vendor's 80th percentile beat it, as it always does. None
has a limit to keep, so that what is measured is the client and not the vendor's pace.
"""

from __future__ import annotations

from types import MappingProxyType

from benchmarks import by_hand, ours, peers
from benchmarks.contender import Contender

CONTENDERS: MappingProxyType[str, type[Contender]] = MappingProxyType(
    {
        "segue": ours.SegueVeniceSync,
        "segue-async": ours.SegueVenice,
        "segue-fast": ours.SegueFast,
        "venice-py": peers.VenicePy,
        "httpx": by_hand.Httpx,
        "httpx-async": by_hand.HttpxAsync,
        "segue-musicapi": ours.SegueMusic,
        "segue-musicapi-async": ours.SegueMusicAsync,
        "musicapi-sdk": peers.MusicApiSdk,
        "httpx-musicapi": by_hand.HttpxMusic,
    }
)
