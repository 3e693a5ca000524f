"""Reads a brief and decides: options first, then words, then moods, then the genre's own habits."""

from __future__ import annotations

import math
from random import Random

from segue_local.brief import Brief
from segue_local.genres import Genre, genre, names
from segue_local.lexicon import Hit, scan, words
from segue_local.phrases import bpm_in, duration_in, key_in
from segue_local.plan import Character, Plan
from segue_local.theory import NAMES, Key, family, parse_key

SHORTEST, LONGEST = 1.0, 600.0
"""The durations in seconds that can be asked for."""
SLOWEST, FASTEST = 30.0, 300.0
"""The tempi in quarter notes a minute that can be asked for."""

_FALLBACK_GENRE = "pop"


def understand(brief: Brief) -> Plan:
    """Turn a brief into a plan. Any prompt is accepted.

    What cannot be honoured is listed in the plan's `ignored`. Raises `ValueError` for an option
    out of range: `duration`, `bpm` or `key`.
    """
    return _Reading(brief).plan()


class _Reading:
    """One brief being read; each method decides one thing and notes where it came from."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.text = f"{brief.prompt}\n{brief.style or ''}"
        self.hits = scan(self.text)
        self.understood: dict[str, object] = {}
        self.ignored: list[str] = []
        self.rng = Random(f"plan/{brief.seed}")

    def plan(self) -> Plan:
        moods = self._moods()
        style = self._genre(moods)
        duration, duration_fixed = self._duration(style)
        bpm, bpm_fixed = self._bpm(style, moods)
        key = self._key(style, moods)
        wanted, unwanted = self._instruments()
        self._unsupported()
        title = self.brief.title or f"{style.intro_title} in {key.name}"
        return Plan(
            genre=style.name, moods=moods, bpm=bpm, bpm_fixed=bpm_fixed, key=key, duration=duration,
            duration_fixed=duration_fixed, meter=style.meter, wanted=wanted, unwanted=unwanted,
            character=_character(moods), seed=self.brief.seed, title=title,
            understood=self.understood, ignored=tuple(dict.fromkeys(self.ignored)),
        )  # fmt: skip

    def _note(self, field: str, value: object, source: str) -> None:
        self.understood[field] = {"value": value, "from": source}

    def _named(self, kind: str, negated: bool = False) -> list[str]:
        found = [hit.name for hit in self.hits if hit.kind == kind and hit.negated is negated]
        return list(dict.fromkeys(found))

    def _moods(self) -> tuple[str, ...]:
        moods = self._named("mood")
        self._note("mood", moods, "prompt" if moods else "genre")
        return tuple(moods)

    def _genre(self, moods: tuple[str, ...]) -> Genre:
        asked = _genre_of(scan(self.brief.genre)) if self.brief.genre else None
        if self.brief.genre and asked is None:
            self.ignored.append(f"genre: {self.brief.genre!r} is not one of {', '.join(names())}")
        said = _genre_of(self.hits)
        implied = next(
            (words().moods[mood].genre for mood in moods if words().moods[mood].genre),
            _FALLBACK_GENRE,
        )
        source = "option" if asked else "prompt" if said or moods else "default"
        chosen = asked or said or implied
        self._note("genre", chosen, source)
        return genre(chosen)

    def _duration(self, style: Genre) -> tuple[float, bool]:
        asked, said = self.brief.duration, duration_in(self.text)
        if asked is not None:
            _check("duration", asked, SHORTEST, LONGEST, "seconds")
        value = asked if asked is not None else said
        self._note("duration", value or style.duration, _source(asked, said))
        if value is None:
            return style.duration, False
        return self._clamp("duration", float(value), SHORTEST, LONGEST, "seconds"), True

    def _bpm(self, style: Genre, moods: tuple[str, ...]) -> tuple[float, bool]:
        asked, said = self.brief.bpm, bpm_in(self.text)
        if asked is not None:
            _check("bpm", asked, SLOWEST, FASTEST, "quarter notes a minute")
        value = asked if asked is not None else said
        if value is not None:
            value = self._clamp("bpm", float(value), SLOWEST, FASTEST, "quarter notes a minute")
            self._note("bpm", value, _source(asked, said))
            return value, True
        factors = [words().moods[mood].tempo for mood in moods]
        factors += [words().tempos[name] for name in self._named("tempo")]
        factor = min(1.35, max(0.7, math.prod(factors)))
        value = float(round(self.rng.uniform(*style.bpm) * factor))
        self._note("bpm", value, "prompt" if factors else "genre")
        return value, False

    def _key(self, style: Genre, moods: tuple[str, ...]) -> Key:
        asked = parse_key(self.brief.key) if self.brief.key is not None else None
        said = key_in(self.text)
        tonic = NAMES.index(self.rng.choice(style.tonics.split()))
        mode = self.rng.choices(list(style.modes), list(style.modes.values()))[0]
        leaning = next((words().moods[mood].mode for mood in moods if words().moods[mood].mode), "")
        if leaning and family(mode) != leaning:
            mode = leaning
        key = asked or said or Key(tonic=tonic, mode=mode)
        self._note("key", key.name, _source(asked, said or (leaning or None)))
        return key

    def _instruments(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        against = scan(self.brief.negative_style or "")
        unwanted = [
            *self._named("instrument", negated=True),
            *(h.name for h in against if h.kind == "instrument"),
        ]
        wanted = [name for name in self._named("instrument") if name not in unwanted]
        self._note("instruments", wanted, "prompt" if wanted else "genre")
        self._note("without", unwanted, "prompt" if unwanted else "genre")
        return tuple(wanted), tuple(dict.fromkeys(unwanted))

    def _unsupported(self) -> None:
        self.ignored.extend(self._named("unsupported"))

    def _clamp(self, field: str, value: float, low: float, high: float, unit: str) -> float:
        kept = min(high, max(low, value))
        if kept != value:
            self.ignored.append(
                f"{field}: {value:g} is outside {low:g} to {high:g} {unit}; {kept:g} is used"
            )
            self._note(field, kept, "prompt")
        return kept


def _check(field: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise ValueError(
            f"{field} {value!r} is out of range: {low:g} to {high:g} {unit} are allowed"
        )


def _source(option: object, word: object) -> str:
    return "option" if option is not None else "prompt" if word is not None else "genre"


def _genre_of(hits: list[Hit]) -> str | None:
    """The genre that the hits agree on: the longest phrase wins, then the first."""
    found = [hit for hit in hits if hit.kind == "genre" and not hit.negated]
    return max(found, key=lambda hit: len(hit.phrase.split())).name if found else None


def _character(moods: tuple[str, ...]) -> Character:
    """The moods' characters added up."""
    parts = [words().moods[mood].character for mood in moods]
    return Character(
        energy=sum(part.energy for part in parts),
        density=sum(part.density for part in parts),
        brightness=sum(part.brightness for part in parts),
        register=sum(part.register for part in parts),
    )
