"""A part in the stream: its notes laid into blocks, then amplifier, tremolo and ducking."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from segue_local.groove import DRUMS
from segue_local.mix.amplifier import Amplifier
from segue_local.score import Note, Part, Score
from segue_local.synth.sampler import Sampler
from segue_local.synth.sound import RATE, Sound, frames
from segue_local.synth.voices import Shelf, Voice, voice
from segue_local.theory import NAMES

_RECOVERY = 0.22
"""Seconds in which a ducked part comes back after a kick."""
_FORGOTTEN = 1.0
"""Seconds after which nothing of that is left."""
_TAIL = frames(1.0)
_SWING = 64  # frames between two points of a tremolo


class Strip:
    """One part's channel. Blocks must be asked for in order."""

    def __init__(self, score: Score, part: Part, shelf: Shelf, pump: Pump, first: int = 0) -> None:
        """Begin at frame `first`; what already sounds there is picked up."""
        self.part = part
        self.size = pump.size
        self._pump = pump if part.duck else None
        self._voice = voice(part.instrument, NAMES.index(score.tonic))
        self._shelf = shelf
        self._score = score
        self._next = 0
        self._sounding: list[tuple[int, Sound, tuple[np.float32, np.float32]]] = []
        self._pan = min(1.0, 1 - part.pan), min(1.0, 1 + part.pan)
        self._spare = np.empty(self.size, np.float32)
        drive = self._voice.amplifier
        self._amplifier = Amplifier(drive, self.size, _players(self._voice)) if drive else None
        self._sides = (1.0, 1.0) if drive else self._pan
        self._skip(first)

    def block(self, start: int) -> Sound:
        """The part's next `size` frames, which begin at frame `start` of the piece."""
        out = self._notes(start)
        if self._amplifier:
            loud = self._amplifier.feed(out[: _players(self._voice)])
            out = loud * np.array([[side] for side in self._pan], np.float32)
        if self._voice.tremolo:
            out *= self._tremolo(start)
        if self._pump:
            out *= 1 - np.float32(self.part.duck) * self._pump.down(start)
        return out

    def _frame(self, beats: float) -> int:
        return frames(self._score.seconds(beats))

    def _skip(self, first: int) -> None:
        notes = self.part.notes
        while (
            self._next < len(notes)
            and self._frame(notes[self._next].start + notes[self._next].length) + _TAIL < first
        ):
            self._next += 1

    def _notes(self, start: int) -> Sound:
        out = np.zeros((2, self.size), np.float32)
        end = start + self.size
        notes = self.part.notes
        while self._next < len(notes) and self._frame(notes[self._next].start) < end:
            note = notes[self._next]
            sound, level = self._render(note, self._next), note.velocity**1.5
            left, right = (np.float32(level * side) for side in self._sides)
            self._sounding.append((self._frame(note.start), sound, (left, right)))
            self._next += 1
        for onset, sound, levels in self._sounding:
            self._lay(out, sound, onset - start, levels)
        self._sounding = [kept for kept in self._sounding if kept[0] + kept[1].shape[1] > end]
        return out

    def _lay(
        self, out: Sound, sound: Sound, at: int, levels: tuple[np.float32, np.float32]
    ) -> None:
        """Add what is heard in a block of a note that begins at frame `at` of it."""
        first, last = max(0, at), min(self.size, at + sound.shape[1])
        if first >= last:
            return
        heard = sound[:, first - at : last - at]
        scaled = self._spare[: last - first]
        for side, level in enumerate(levels):
            np.multiply(heard[min(side, len(heard) - 1)], level, out=scaled)
            out[side, first:last] += scaled

    def _render(self, note: Note, take: int) -> Sound:
        seconds = round(self._score.seconds(note.length), 2)
        return self._shelf.note(
            self.part.instrument,
            self._voice,
            note.pitch,
            note.velocity,
            seconds=seconds,
            take=take,
        )

    def _tremolo(self, start: int) -> Sound:
        """The two sides swing against each other."""
        rate, depth = self._voice.tremolo
        if self._score.loop:  # whole turns, so that it goes on where it began
            seconds = frames(self._score.duration) / RATE
            rate = max(1, round(rate * seconds)) / seconds
        turns = rate / RATE * (start + np.arange(0, self.size + 1, _SWING))
        points = np.sin(2 * np.pi * (turns % 1)).astype(np.float32)
        share = np.arange(_SWING, dtype=np.float32) / _SWING
        swing = (points[:-1, None] + np.diff(points)[:, None] * share).ravel()
        return np.stack([1 - np.float32(depth) * swing, 1 + np.float32(0.8 * depth) * swing])


def _players(voice: Voice) -> int:
    """How many amplifiers a voice needs: one on each side for two players of every note."""
    return 2 if isinstance(voice, Sampler) and voice.doubled else 1


class Pump:
    """How far each moment is pushed down by the kick, shared by all parts that make way for it."""

    def __init__(self, score: Score, size: int) -> None:
        """Every block will have `size` frames."""
        self.size = size
        self._kicks = kicks(score)
        self._start = -1
        self._down = np.zeros(size, np.float32)

    def down(self, start: int) -> Sound:
        """0 to 1 for each frame of a block: down with each kick, and smoothly up again."""
        if start != self._start and len(self._kicks):
            self._down = self._pushed(start)
            self._start = start
        return self._down

    def _pushed(self, start: int) -> Sound:
        """Each kick's push until the next one begins."""
        down = np.zeros(self.size, np.float32)
        push = _push()
        near = np.searchsorted(self._kicks, [start - len(push), start + self.size])
        for kick in self._kicks[near[0] : near[1]].tolist():
            first, last = max(0, kick - start), min(self.size, kick - start + len(push))
            down[first:last] = push[first + start - kick : last + start - kick]
        return down


@cache
def _push() -> Sound:
    """How far a kick pushes down, frame by frame, until it is forgotten."""
    time = np.arange(frames(_FORGOTTEN)) / RATE
    fall = np.exp(-((time / _RECOVERY) ** 2))
    return np.asarray(np.minimum(1.0, time / 0.004) * fall, np.float32)


def kicks(score: Score) -> NDArray[np.int64]:
    """The frames at which the kick drum is struck."""
    times = [
        frames(score.seconds(note.start))
        for part in score.parts
        if part.role == "drums"
        for note in part.notes
        if note.pitch == DRUMS["kick"]
    ]
    return np.array(sorted(times), np.int64)
