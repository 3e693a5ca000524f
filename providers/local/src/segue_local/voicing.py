"""Voice leading: which octave each tone of a chord goes to, so that the hands hardly move."""

from __future__ import annotations

from collections.abc import Iterator

from segue_local.theory import Chord

_TRIAD = 3


def voice(
    chord: Chord, previous: tuple[int, ...], center: int, size: int, rootless: bool
) -> tuple[int, ...]:
    """MIDI pitches for a chord, ascending, near `center` and near the previous voicing.

    `rootless` leaves the root of a chord with four or more tones to the bass.
    """
    tones = _chosen(chord, size, rootless)
    return min(_candidates(tones, center), key=lambda pitches: _cost(pitches, previous, center))


def _chosen(chord: Chord, size: int, rootless: bool) -> tuple[int, ...]:
    """The tones worth sounding: the root goes first, then the fifth."""
    tones = list(chord.tones)
    if rootless and len(tones) > _TRIAD:
        tones = tones[1:]
    if len(tones) > size and len(tones) > _TRIAD:
        tones.remove(chord.tones[2])
    return tuple(tones[:size])


def _candidates(tones: tuple[int, ...], center: int) -> Iterator[tuple[int, ...]]:
    for turn in range(len(tones)):
        order = tones[turn:] + tones[:turn]
        for bottom in range(center - 12, center + 4):
            if bottom % 12 == order[0]:
                yield _stack(bottom, order)


def _stack(bottom: int, order: tuple[int, ...]) -> tuple[int, ...]:
    pitches = [bottom]
    for tone in order[1:]:
        pitches.append(pitches[-1] + ((tone - pitches[-1]) % 12 or 12))
    return tuple(pitches)


def _cost(pitches: tuple[int, ...], previous: tuple[int, ...], center: int) -> float:
    """Distance moved, distance from home, and crowding at the bottom."""
    middle = sum(pitches) / len(pitches)
    home = abs(middle - center)
    motion = abs(pitches[-1] - previous[-1]) + abs(pitches[0] - previous[0]) if previous else 0
    mud = 4 if len(pitches) > 1 and pitches[1] - pitches[0] <= 2 else 0
    clash = 6 if len(pitches) > 1 and pitches[-1] - pitches[-2] == 1 else 0
    return home * 1.2 + motion + mud + clash
