"""Keeps tones before their envelopes, so that a longer and a shorter note are one computation."""

from __future__ import annotations

from collections import OrderedDict

from segue_local.synth.sound import Sound


class Tones:
    """Tones that were played lately, until there are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._tones: OrderedDict[object, tuple[Sound, bool]] = OrderedDict()

    def get(self, place: object, length: int) -> Sound | None:
        """A tone of that length, or all that there is of one that ends sooner."""
        tone, finished = self._tones.get(place, (None, False))
        if tone is None or (tone.shape[1] < length and not finished):
            return None
        self._tones.move_to_end(place)
        return tone

    def keep(self, place: object, tone: Sound, *, finished: bool) -> None:
        """Keep a tone; the one that was asked for longest ago goes when there is no room."""
        if place in self._tones:
            self._held -= self._tones.pop(place)[0].nbytes
        self._tones[place] = tone, finished
        self._held += tone.nbytes
        while self._held > self._limit and len(self._tones) > 1:
            self._held -= self._tones.popitem(last=False)[1][0].nbytes
