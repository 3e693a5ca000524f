"""How a singing instrument shapes its line: notes are tied, and loudness follows the melody."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from segue_local.score import Note

_TIED = 0.55
"""Beats of a gap that is bridged; a longer one is a rest."""
_OVERLAP = 0.07
"""Beats for which a note sounds on under the next one."""
_LIFT = 0.012
"""How much louder each semitone above the middle of the line is."""


def phrased(notes: Sequence[Note], *, tied: bool) -> list[Note]:
    """A line of one note at a time, louder as it rises, and tied where the player can."""
    if not notes:
        return []
    middle = sum(note.pitch for note in notes) / len(notes)
    lifted = [_lifted(note, middle) for note in notes]
    if not tied:
        return lifted
    following = [*pairwise(lifted), (lifted[-1], None)]
    return [_tied(note, after) for note, after in following]


def _lifted(note: Note, middle: float) -> Note:
    louder = note.velocity * (1 + _LIFT * max(-9.0, min(9.0, note.pitch - middle)))
    return msgspec.structs.replace(note, velocity=round(min(1.0, max(0.08, louder)), 3))


def _tied(note: Note, after: Note | None) -> Note:
    """The note held until the next one has begun, if that comes soon and is another pitch."""
    if after is None:
        return note
    gap = after.start - note.start - note.length
    if not 0 <= gap <= _TIED or after.pitch == note.pitch:
        return note
    length = round(after.start - note.start + _OVERLAP, 5)
    return msgspec.structs.replace(note, length=length)
