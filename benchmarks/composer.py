"""The offline composer: all genres and some seeds, measured by ear; speed and memory."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import msgspec
import numpy as np

from benchmarks.ears import Heard, listen
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import genre, names
from segue_local.render import blocks
from segue_local.score import Score
from segue_local.understand import understand

_LONG = 600.0
_HEAD = (
    "genre",
    "seed",
    "x real time",
    "LUFS",
    "dBTP",
    "silence",
    "width",
    "clicks",
    "off balance",
)
_MEMORY = """
import resource, sys
from benchmarks.composer import piece
from segue_local.render import blocks
for block in blocks(piece(sys.argv[1], 1, float(sys.argv[2]))): pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def options(command: argparse.ArgumentParser) -> None:
    """What may be set on the command line."""
    command.add_argument("--seconds", type=float, default=30.0, help="length of each piece")
    command.add_argument("--seeds", type=int, default=2, help="pieces of each genre")
    command.add_argument("--genres", nargs="*", default=None, help="only these genres")
    command.add_argument("--no-memory", action="store_true", help="skip the ten minutes")


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """Print a line for each piece; the figures are the worst of all, and the median speed."""
    print("{:<14}{:>5}{:>12}{:>8}{:>8}{:>9}{:>7}{:>8}{:>13}".format(*_HEAD))
    chosen = arguments.genres or names()
    rows = [
        _row(name, seed, arguments.seconds)
        for name in chosen
        for seed in range(1, arguments.seeds + 1)
    ]
    figures = _summary(rows, arguments.seconds)
    if not arguments.no_memory:
        figures["megabytes_for_10_minutes"] = max(
            _megabytes(name) for name in ("lofi", "cinematic")
        )
    return figures


def piece(name: str, seed: int, seconds: float) -> Score:
    """A piece of a genre, by its name alone."""
    brief = {"genre": name, "duration": seconds, "seed": seed}
    return compose(understand(msgspec.convert(brief, Brief)))


def off_balance(name: str, heard: Heard) -> float:
    """The mean distance in dB between a piece's spectrum and its genre's, band by band."""
    wanted = np.array(genre(name).spectrum)
    wanted = wanted - 10 * np.log10(np.sum(10 ** (wanted / 10)))
    return float(np.mean(np.abs(wanted - np.array(heard.bands))))


def _row(name: str, seed: int, seconds: float) -> tuple[Heard, float, float]:
    began = time.process_time()
    score = piece(name, seed, seconds)
    sound = np.concatenate(list(blocks(score)), axis=1)
    speed = seconds / (time.process_time() - began)
    heard, off = listen(sound), 0.0
    off = off_balance(name, heard)
    print(
        f"{name:<14}{seed:>5}{speed:>12.1f}{heard.lufs:>8.2f}{heard.peak:>8.2f}"
        f"{heard.silence:>9.3f}{heard.width:>7.2f}{heard.clicks:>8}{off:>13.2f}",
        flush=True,
    )
    return heard, speed, off


def _summary(rows: list[tuple[Heard, float, float]], seconds: float) -> dict[str, object]:
    heard = [row[0] for row in rows]
    return {
        "pieces": len(rows),
        "times_real_time": round(float(np.median([row[1] for row in rows])), 1),
        "slowest": round(min(row[1] for row in rows), 1),
        "wrong_lengths": sum(h.frames != round(seconds * 44_100) for h in heard),
        "worst_lufs_off": round(max(abs(h.lufs + 14) for h in heard), 2),
        "highest_true_peak": max(h.peak for h in heard),
        "most_silence": max(h.silence for h in heard),
        "clicks": sum(h.clicks for h in heard),
        "median_off_balance_db": round(float(np.median([row[2] for row in rows])), 2),
        "widths": (min(h.width for h in heard), max(h.width for h in heard)),
    }


def _megabytes(name: str) -> int:
    """The most memory that a process ever held which rendered ten minutes."""
    command = [sys.executable, "-c", _MEMORY, name, str(_LONG)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return round(float(done.stdout))
