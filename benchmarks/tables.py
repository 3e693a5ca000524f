"""How figures are shown and kept: tables for people, JSON with the machine and the versions."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import msgspec

_SHOWN = ("segue-core", "httpx", "aiohttp", "msgspec", "venice-py", "musicapi-sdk")


_DISTRIBUTIONS = {
    "venice_ai": "venice-py",
    "musicapi": "musicapi-sdk",
    "httpx_aiohttp": "httpx-aiohttp",
    "segue": "segue-core",
}


def is_here(module: str) -> bool:
    """Whether a peer is installed. Its distribution is asked for, because a folder of that name
    may be anybody's."""
    try:
        version(_DISTRIBUTIONS.get(module, module))
    except PackageNotFoundError:
        return False
    return True


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one measurement; a row that could not be measured says why in `skipped`."""

    title: str
    rows: list[dict[str, Any]]
    skipped: dict[str, str] = {}

    def text(self) -> str:
        """The table in Markdown, as `docs/performance.md` has it."""
        names = list(self.rows[0]) if self.rows else []
        lines = [names, ["---"] * len(names)]
        lines += [[str(row.get(name, "")) for name in names] for row in self.rows]
        drawn = "\n".join(f"| {' | '.join(line)} |" for line in lines) if self.rows else ""
        left_out = "\n".join(f"skipped: {name}: {why}" for name, why in self.skipped.items())
        return "\n\n".join(filter(None, (f"{self.title}:", drawn, left_out)))


def machine() -> dict[str, Any]:
    """Where this ran, and with what."""
    return {
        "command": f"python -m benchmarks {' '.join(sys.argv[1:])}",
        "python": sys.version.split()[0],
        "machine": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "versions": {name: found for name in _SHOWN if (found := _version(name))},
    }


def spread(values: Sequence[float], digits: int = 1) -> str:
    """The median and, of several, the least and the most."""
    told = f"{median(values):.{digits}f}"
    return (
        told if len(values) < 2 else f"{told} ({min(values):.{digits}f}-{max(values):.{digits}f})"
    )


def ratios(measured: Mapping[str, Sequence[float]], to: str) -> dict[str, str]:
    """Each one's figure over that of `to`, run by run: the median of those."""
    if to not in measured:
        return dict.fromkeys(measured, "")
    pairs = {
        name: [mine / theirs for mine, theirs in zip(values, measured[to], strict=False) if theirs]
        for name, values in measured.items()
    }
    return {name: f"{median(each):.2f}" if each else "" for name, each in pairs.items()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - one line of it
            told = next((line for line in file if line.startswith("model name")), "")
    except OSError:
        told = ""
    return told.partition(":")[2].strip() or platform.processor()
