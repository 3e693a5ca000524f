"""The offline composer: all genres and some seeds, measured by ear; speed and memory."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from random import Random

import msgspec
import numpy as np
from msgspec import Struct

from benchmarks.ears import Heard, listen
from benchmarks.recognition import Recognized, recognize, told_apart
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import genre, names
from segue_local.render import blocks
from segue_local.score import Score
from segue_local.theory import NAMES
from segue_local.understand import understand

_LONG = 600.0
_FIRST_SEED = 101
"""The recognition's weights were chosen on lower seeds."""
_NEAR = 0.04
"""The share by which a tempo that was heard may be off."""
_FAINT = -25.0
"""dB below the whole. A band that a genre wants fainter than that may as well be missing: no
cymbal in a quiet piece is no fault."""
_HEAD = (
    "genre", "seed", "x real time", "LUFS", "dBTP", "silence", "width", "clicks", "off balance",
    "bpm", "heard", "key", "heard",
)  # fmt: skip
_MEMORY = """
import resource, sys
from pathlib import Path
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.render import blocks
from segue_local.understand import understand
brief = Brief(genre=sys.argv[1], duration=float(sys.argv[2]), seed=1)
for block in blocks(compose(understand(brief))): pass
status = Path("/proc/self/status")
if status.exists():  # getrusage's is handed on from the process that started this one
    print(int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def options(command: argparse.ArgumentParser) -> None:
    """What may be set on the command line."""
    command.add_argument("--seconds", type=float, default=30.0, help="length of each piece")
    command.add_argument("--seeds", type=int, default=3, help="pieces of each genre")
    command.add_argument("--genres", nargs="*", default=None, help="only these genres")
    command.add_argument("--no-memory", action="store_true", help="skip the ten minutes")


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """Print a line for each piece; the figures are the worst of all, and the median speed."""
    print("{:<14}{:>5}{:>12}{:>8}{:>8}{:>9}{:>7}{:>8}{:>13}{:>7}{:>7}{:>10}{:>10}".format(*_HEAD))
    chosen = arguments.genres or names()
    rows = [
        _row(name, seed, arguments.seconds)
        for name in chosen
        for seed in range(_FIRST_SEED, _FIRST_SEED + arguments.seeds)
    ]
    figures = _summary(rows, arguments.seconds)
    if not arguments.no_memory:
        figures["megabytes_for_10_minutes"] = max(
            _megabytes(name) for name in ("lofi", "cinematic")
        )
    return figures


class Row(Struct, frozen=True, kw_only=True):
    """One piece: what was asked, what was heard, and how quickly it was made."""

    genre: str
    score: Score
    heard: Heard
    recognized: Recognized
    speed: float
    off: float

    @property
    def beat(self) -> float:
        """The tempo that was heard over the asked one; in 6/8, over the nearer of its beats."""
        beats = (1.0, 2 / 3) if self.score.metre == "6/8" else (1.0,)
        ratios = [self.recognized.bpm / (self.score.bpm * beat) for beat in beats]
        return min(ratios, key=lambda ratio: abs(np.log(ratio)))

    @property
    def in_tempo(self) -> bool:
        """Whether the tempo was heard, in its octave."""
        return abs(self.beat - 1) < _NEAR

    @property
    def octave_aside(self) -> bool:
        """Whether it was heard, or half or twice of it."""
        return any(abs(self.beat / octave - 1) < _NEAR for octave in (0.5, 1, 2))

    @property
    def in_key(self) -> bool:
        """Whether the tonic and the mode were heard."""
        return self.recognized.key == (NAMES.index(self.score.tonic), self.score.mode == "minor")

    @property
    def related(self) -> bool:
        """Whether the key or its relative one was heard."""
        tonic, minor = self.recognized.key
        relative = ((tonic + (3 if minor else 9)) % 12, not minor)
        return self.in_key or relative == (
            NAMES.index(self.score.tonic), self.score.mode == "minor",
        )  # fmt: skip


def off_balance(name: str, heard: Heard) -> float:
    """The mean distance in dB between a piece's spectrum and its genre's, band by band."""
    wanted = np.array(genre(name).spectrum)
    wanted = wanted - 10 * np.log10(np.sum(10 ** (wanted / 10)))
    missing = wanted - np.array(heard.bands)
    return float(np.mean(np.where((wanted < _FAINT) & (missing > 0), 0, np.abs(missing))))


def asked(name: str, seed: int, seconds: float) -> Score:
    """A piece of a genre in a tempo and a key that are asked for, whichever the seed draws."""
    rng = Random(f"asked/{name}/{seed}")
    low, high = genre(name).bpm
    key = f"{rng.choice(NAMES)} {rng.choice(('major', 'minor'))}"
    bpm = rng.randint(round(low), round(high))
    brief = {"genre": name, "duration": seconds, "seed": seed, "bpm": bpm, "key": key}
    return compose(understand(msgspec.convert(brief, Brief)))


def _row(name: str, seed: int, seconds: float) -> Row:
    began = time.process_time()
    score = asked(name, seed, seconds)
    sound = np.concatenate(list(blocks(score)), axis=1)
    speed = seconds / (time.process_time() - began)
    heard, found = listen(sound), recognize(sound)
    off = off_balance(name, heard)
    tonic, minor = found.key
    key = f"{NAMES[tonic]} {'minor' if minor else 'major'}"
    print(
        f"{name:<14}{seed:>5}{speed:>12.1f}{heard.lufs:>8.2f}{heard.peak:>8.2f}"
        f"{heard.silence:>9.3f}{heard.width:>7.2f}{heard.clicks:>8}{off:>13.2f}"
        f"{score.bpm:>7.0f}{found.bpm:>7.0f}{f'{score.tonic} {score.mode}':>10}{key:>10}",
        flush=True,
    )
    return Row(genre=name, score=score, heard=heard, recognized=found, speed=speed, off=off)


def _summary(rows: list[Row], seconds: float) -> dict[str, object]:
    heard = [row.heard for row in rows]
    return {
        "pieces": len(rows),
        "times_real_time": round(float(np.median([row.speed for row in rows])), 1),
        "slowest": round(min(row.speed for row in rows), 1),
        "wrong_lengths": sum(h.frames != round(seconds * 44_100) for h in heard),
        "worst_lufs_off": round(max(abs(h.lufs + 14) for h in heard), 2),
        "highest_true_peak": max(h.peak for h in heard),
        "most_silence": max(h.silence for h in heard),
        "clicks": sum(h.clicks for h in heard),
        "median_off_balance_db": round(float(np.median([row.off for row in rows])), 2),
        "worst_off_balance_db": round(max(row.off for row in rows), 2),
        "widths": (min(h.width for h in heard), max(h.width for h in heard)),
        "tempo_heard": _share([row.in_tempo for row in rows]),
        "tempo_or_its_octave_heard": _share([row.octave_aside for row in rows]),
        "key_heard": _share([row.in_key for row in rows]),
        "key_or_its_relative_heard": _share([row.related for row in rows]),
        "genre_told_from_the_others": _share(_genres(rows)),
        "by_genre": _by_genre(rows),
    }


def _genres(rows: list[Row]) -> list[bool]:
    return told_apart([row.genre for row in rows], [row.recognized.features for row in rows])


def _by_genre(rows: list[Row]) -> str:
    """For genres where something was not heard: tempo, key or relative key, genre, of how many."""
    found: list[str] = []
    genres = _genres(rows)
    for name in dict.fromkeys(row.genre for row in rows):
        mine = [(row, right) for row, right in zip(rows, genres, strict=True) if row.genre == name]
        right = [
            sum(row.in_tempo for row, _ in mine),
            sum(row.related for row, _ in mine),
            sum(told for _, told in mine),
        ]
        if min(right) < len(mine):
            found.append(f"{name} {right[0]} {right[1]} {right[2]} of {len(mine)}")
    return "; ".join(found)


def _share(right: list[bool]) -> str:
    return f"{sum(right)} of {len(right)}, {100 * sum(right) / len(right):.1f} %"


def _megabytes(name: str) -> int:
    """The most memory that a process ever held which rendered ten minutes."""
    command = [sys.executable, "-c", _MEMORY, name, str(_LONG)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return round(float(done.stdout))
