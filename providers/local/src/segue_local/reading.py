"""One brief being read: each method decides one thing and notes where the decision came from."""

from __future__ import annotations

import math
from random import Random

import msgspec

from segue_local.bands import ensembles
from segue_local.brief import Brief
from segue_local.form import lay_out, whole_bars
from segue_local.genres import Genre, genre, names
from segue_local.lexicon import Mood, parted, scan, unread, words
from segue_local.metres import BEATS, in_metre
from segue_local.phrases import (
    alone_in,
    bpm_in,
    duration_in,
    joined_in,
    key_in,
    together_in,
)
from segue_local.plan import Character, Plan, Theme
from segue_local.soloing import solo_genre
from segue_local.theory import NAMES, Key, family, parse_key
from segue_local.wishes import bare, genre_of, not_understood, seats

SHORTEST, LONGEST = 1.0, 600.0
"""The durations in seconds that can be asked for."""
SLOWEST, FASTEST = 30.0, 300.0
"""The tempi in quarter notes a minute that can be asked for."""

_FALLBACK_GENRE = "pop"
_LEANING = 4
"""How much more often a mood's own mode is chosen than one that merely fits it."""


class Reading:
    """A brief, what was found in it, and what was not. `again` reads a brief for another piece."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.text = parted(f"{brief.prompt}\n{brief.style or ''}")
        self.against = scan(parted(brief.negative_style or ""))
        self.hits = scan(self.text)
        self.understood: dict[str, object] = {}
        self.ignored: list[str] = []
        self.rng = Random(f"plan/{brief.seed}")

    def plan(self) -> Plan:
        """The plan of a new piece."""
        moods = self.moods()
        wanted, unwanted = self.instruments()
        alone = self.alone(wanted)
        style = self.genre(moods, wanted, alone=alone)
        band = self.band if alone else ""
        duration, duration_fixed = self.duration(style)
        bpm, bpm_fixed = self.bpm(style, moods)
        key = self.key(style, moods)
        metre = self.metre(style)
        loop = self.loop()
        if loop and bpm_fixed:
            duration = self.whole(duration, bpm, BEATS[metre], asked=duration_fixed)
        character = character_of(moods)
        self.report()
        theme = Theme(
            genre=style.name, seed=self.brief.seed, color=character.color,
            density=character.density,
        )  # fmt: skip
        plan = Plan(
            genre=style.name, moods=moods, bpm=bpm, bpm_fixed=bpm_fixed, pace=self.pace(),
            key=key, duration=duration, duration_fixed=duration_fixed, meter=BEATS[metre],
            metre=metre, theme=theme, tune=theme,
            wanted=wanted, unwanted=unwanted, alone=alone, band=band,
            together=together_in(self.text) if alone and not band else 1,
            character=character, seed=self.brief.seed,
            title=self.brief.title or f"{style.intro_title} in {key.name}",
            prompt=self.brief.prompt, loop=loop, opening="", turn="",
            understood=self.understood, ignored=self.unheeded(),
        )  # fmt: skip
        if not bpm_fixed:
            self.played(plan)
        return plan

    def played(self, plan: Plan) -> None:
        """Tell the tempo that is played: one that nobody asked for bends to fit the duration."""
        frame = lay_out(plan, in_metre(plan.genre, plan.metre))
        told = msgspec.convert(self.understood["bpm"], dict[str, object])
        self.note("bpm", round(frame.bpm, 1), str(told["from"]))

    def note(self, field: str, value: object, source: str) -> None:
        """Remember a decision and where it came from: "option", "prompt", "genre", …"""
        self.understood[field] = {"value": value, "from": source}

    def unheeded(self) -> tuple[str, ...]:
        """A sentence for each wish that cannot be honoured."""
        return tuple(dict.fromkeys(self.ignored))

    def moods(self) -> tuple[str, ...]:
        """The moods that are named and not unwanted."""
        unwanted = {hit.name for hit in self.against if hit.kind == "mood"}
        moods = [mood for mood in self._named("mood") if mood not in unwanted]
        self.note("mood", moods, "prompt" if moods else "genre")
        return tuple(moods)

    def genre(self, moods: tuple[str, ...], wanted: tuple[str, ...], *, alone: bool) -> Genre:
        """The genre that is asked for, named, or implied by a band, a dance, a mood or a player."""
        chosen = self.asked_genre()
        if chosen is None:
            chosen, source = self._implied(moods, wanted, alone=alone)
            self.note("genre", chosen, source)
        return genre(chosen)

    def _implied(
        self, moods: tuple[str, ...], wanted: tuple[str, ...], *, alone: bool
    ) -> tuple[str, str]:
        """The genre where none is named, and where it comes from."""
        dance = next(iter(self._named("dance")), None)
        mood = next((name for mood in moods if (name := _mood(mood).genre)), None)
        players = [solo for wish in wanted if (solo := solo_genre(wish))]
        if dance:
            return dance, "prompt"
        if alone and self.band:
            return ensembles().bands[self.band].genre, "prompt"
        if alone and players:
            return players[0].genre, "prompt"
        brought = next((solo.genre for solo in players if solo.implies), None)
        if mood and (brought is None or seats(mood, wanted)):
            return mood, "mood"
        return (brought, "prompt") if brought else (_FALLBACK_GENRE, "default")

    def asked_genre(self) -> str | None:
        """The genre of the option or the words, if there is one."""
        asked = self._option_genre()
        if self.brief.genre and asked is None:
            self.ignored.append(f"genre: {self.brief.genre!r} is not one of {', '.join(names())}")
        chosen = self._asked_genre()
        if chosen:
            self.note("genre", chosen, "option" if asked else "prompt")
        return chosen

    def _option_genre(self) -> str | None:
        return genre_of(scan(self.brief.genre)) if self.brief.genre else None

    def _asked_genre(self) -> str | None:
        """The same, without a word about it."""
        against = {hit.name for hit in self.against if hit.kind == "genre"}
        return self._option_genre() or genre_of(
            [hit for hit in self.hits if hit.name not in against]
        )

    def metre(self, style: Genre, home: str | None = None) -> str:
        """The metre that is asked for or named; else `home`, or one of the genre's."""
        asked = self.brief.metre
        if asked is not None and asked not in BEATS:
            raise ValueError(f"metre {asked!r} is not one of {', '.join(BEATS)}")
        said = next(iter(self._named("metre")), None)
        own = self.rng.choices(list(style.metres), list(style.metres.values()))[0]
        chosen = asked or said or home or own
        self.note("metre", chosen, _from(asked, said, home))
        return chosen

    def duration(self, style: Genre) -> tuple[float, bool]:
        """Seconds, and whether the user named them."""
        asked, said = self.brief.duration, duration_in(self.text)
        if asked is not None:
            _check("duration", asked, SHORTEST, LONGEST, "seconds")
        value = asked if asked is not None else said
        self.note("duration", value or style.duration, _from(asked, said))
        if value is None:
            return style.duration, False
        return self._clamp("duration", float(value), SHORTEST, LONGEST, "seconds"), True

    def bpm(self, style: Genre, moods: tuple[str, ...]) -> tuple[float, bool]:
        """Quarter notes a minute, and whether the user named them."""
        asked, said = self.brief.bpm, bpm_in(self.text)
        if asked is not None:
            _check("bpm", asked, SLOWEST, FASTEST, "quarter notes a minute")
        value = asked if asked is not None else said
        if value is not None:
            value = self._clamp("bpm", float(value), SLOWEST, FASTEST, "quarter notes a minute")
            self.note("bpm", value, _from(asked, said))
            return value, True
        mood, pace = math.prod(_mood(mood).tempo for mood in moods), self.pace()
        mood = mood if pace == 1 else min(1.0, mood) if pace < 1 else max(1.0, mood)
        factor = min(1.35, max(0.7, mood * pace))
        value = float(round(self.rng.uniform(*_within(style.bpm, pace)) * factor))
        source = "prompt" if self._named("tempo") else "mood" if mood != 1 else "genre"
        self.note("bpm", value, source)
        return value, False

    def pace(self) -> float:
        """What the words for a tempo make of a genre's own: below 1 is slow, above 1 fast."""
        return math.prod(words().tempos[name] for name in self._named("tempo"))

    def key(self, style: Genre, moods: tuple[str, ...], home: Key | None = None) -> Key:
        """The key that is asked for or named; else `home`, or one of the genre's and moods'."""
        asked = parse_key(self.brief.key) if self.brief.key is not None else None
        said = key_in(self.text)
        tonic = NAMES.index(self.rng.choice(style.tonics.split()))
        wishes = next((modes for mood in moods if (modes := _mood(mood).modes)), ())
        named = next(iter(self._named("mode")), None)
        mode = self._mode(dict(style.modes), wishes)
        drawn = home or Key(tonic=tonic, mode=mode)
        source = "source" if home else "mood" if wishes else "genre"
        if home and wishes and family(home.mode) != family(wishes[0]):
            drawn, source = Key(tonic=home.tonic, mode=wishes[0]), "mood"
        if named:
            drawn, source = Key(tonic=drawn.tonic, mode=named), "prompt"
        key = asked or said or drawn
        self.note("key", key.name, _from(asked, said) if asked or said else source)
        return key

    def instruments(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is to play, and what is not."""
        unwanted = self._unwanted("instrument")
        named = self._named("instrument")
        if self.band:
            named += ensembles().bands[self.band].stands
        wanted = [name for name in dict.fromkeys(named) if name not in unwanted]
        self.note("instruments", wanted, "prompt" if wanted else "genre")
        self.note("without", unwanted, "prompt" if unwanted else "genre")
        return tuple(wanted), tuple(dict.fromkeys(unwanted))

    def alone(self, wanted: tuple[str, ...]) -> bool:
        """Whether what is wanted is to play by itself: as words say, or as a band by name."""
        phrases = [
            phrase
            for hit in self.hits
            if hit.kind in ("instrument", "band") and not hit.negated
            for phrase in (hit.phrase, bare(hit.phrase))
        ]
        alone = alone_in(self.text, phrases) or (bool(self.band) and not self._joins())
        if alone:
            self.note("alone", list(wanted), "prompt")
            if self.band:
                self.note("band", self.band, "prompt")
        return alone

    @property
    def band(self) -> str:
        """The first band that is named, or nothing."""
        unwanted = {hit.name for hit in self.against if hit.kind == "band"}
        return next((name for name in self._named("band") if name not in unwanted), "")

    def _joins(self) -> bool:
        """Whether the band is to join others: those of another genre, or of "a piece with …"."""
        own = ensembles().bands[self.band]
        asked = self._asked_genre()
        if asked is not None and asked not in (own.genre, *own.also):
            return True
        phrase = next(hit.phrase for hit in self.hits if hit.kind == "band")
        return asked is None and joined_in(self.text, phrase)

    def loop(self) -> bool:
        """Whether the end is to join the beginning."""
        said = bool(self._named("loop"))
        if self.brief.loop or said:
            self.note("loop", True, "option" if self.brief.loop else "prompt")
        return self.brief.loop or said

    def whole(self, duration: float, bpm: float, meter: int, *, asked: bool) -> float:
        """The whole bars that come nearest: a loop cannot end within one."""
        bars = whole_bars(duration, bpm, meter)
        while bars > 1 and bars * meter * 60 / bpm > LONGEST:
            bars -= 1
        kept = round(bars * meter * 60 / bpm, 6)
        if asked and abs(kept - duration) > 0.001:
            told = f"a loop of {bars} whole bars at {bpm:g} bpm lasts {kept:.2f} seconds"
            self.ignored.append(f"duration: {told}, not {duration:g}")
        self.note("duration", kept, "loop")
        return kept

    def report(self) -> None:
        """Tell what cannot be done, and which words were passed over."""
        self.ignored.extend(self._named("unsupported"))
        if self.brief.negative_style and not self.against:
            self.ignored.append(
                f"negative_style: {self.brief.negative_style!r} names nothing that can be left out"
            )
        if passed := unread(self.text):
            self.note("unread", passed, "prompt")
            self.ignored.append(not_understood(passed))

    def _named(self, kind: str, negated: bool = False) -> list[str]:
        found = [hit.name for hit in self.hits if hit.kind == kind and hit.negated is negated]
        return list(dict.fromkeys(found))

    def _unwanted(self, kind: str) -> list[str]:
        against = [hit.name for hit in self.against if hit.kind == kind]
        return [*self._named(kind, negated=True), *against]

    def _mode(self, modes: dict[str, int], wishes: tuple[str, ...]) -> str:
        """One of the genre's modes, or one that the moods ask for, that is not unwanted."""
        if wishes:
            fitting = family(wishes[0])
            modes = {mode: often for mode, often in modes.items() if family(mode) == fitting}
            for mode in wishes:
                modes[mode] = modes.get(mode, 0) + _LEANING
        unwanted = self._unwanted("mode")
        kept = {mode: often for mode, often in modes.items() if mode not in unwanted} or modes
        return self.rng.choices(list(kept), list(kept.values()))[0]

    def _clamp(self, field: str, value: float, low: float, high: float, unit: str) -> float:
        kept = min(high, max(low, value))
        if kept != value:
            self.ignored.append(
                f"{field}: {value:g} is outside {low:g} to {high:g} {unit}; {kept:g} is used"
            )
            self.note(field, kept, "prompt")
        return kept


def character_of(moods: tuple[str, ...]) -> Character:
    """The moods' characters added up."""
    parts = [_mood(mood).character for mood in moods]
    return Character(
        energy=sum(part.energy for part in parts),
        density=sum(part.density for part in parts),
        brightness=sum(part.brightness for part in parts),
        register=sum(part.register for part in parts),
        color=sum(part.color for part in parts),
    )


def _within(tempo: tuple[float, float], pace: float) -> tuple[float, float]:
    """The part of a genre's own tempi that is drawn from: the slow end for what is to be slow."""
    low, high = tempo
    quarter = (high - low) / 4
    if pace == 1:
        return tempo
    return (low, low + quarter) if pace < 1 else (high - quarter, high)


def _from(option: object, word: object, home: object = None) -> str:
    """Where a decision came from."""
    if option is not None:
        return "option"
    if word is not None:
        return "prompt"
    return "genre" if home is None else "source"


def _mood(name: str) -> Mood:
    return words().moods[name]


def _check(field: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise ValueError(
            f"{field} {value!r} is out of range: {low:g} to {high:g} {unit} are allowed"
        )
