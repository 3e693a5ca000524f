"""Plans for a piece that exists already: it goes on, or it is played again in another dress."""

from __future__ import annotations

import msgspec

from segue_local.form import Frame, lay_out
from segue_local.genres import genre
from segue_local.metres import BEATS, in_metre
from segue_local.plan import Character, Plan, Theme
from segue_local.reading import LONGEST, SHORTEST, Reading, character_of

_KEEPS_TEMPO, _KEEPS_TUNE = 0.8, 0.4


def continuation(reading: Reading, origin: Plan) -> Plan:
    """The piece goes on: same key, tempo, band and themes, and no second introduction.

    Raises `ValueError` when `at` is not within the piece.
    """
    brief = reading.brief
    frame = frame_of(origin)
    at = origin.duration if brief.at is None else brief.at
    if not 0 <= at <= origin.duration:
        raise ValueError(f"at {at!r} is not within the piece's {origin.duration:g} seconds")
    style = genre(origin.genre)
    duration, fixed = reading.duration(style)
    moods = reading.moods()
    wanted, unwanted = reading.instruments()
    reading.note("genre", origin.genre, "source")
    reading.note("key", origin.key.name, "source")
    reading.note("bpm", round(frame.bpm, 3), "source")
    reading.note("at", at, "option" if brief.at is not None else "source")
    reading.report()
    return msgspec.structs.replace(
        origin,
        moods=tuple(dict.fromkeys((*origin.moods, *moods))),
        bpm=frame.bpm, bpm_fixed=True, duration=duration, duration_fixed=fixed,
        wanted=tuple(dict.fromkeys((*origin.wanted, *wanted))),
        unwanted=tuple(dict.fromkeys((*origin.unwanted, *unwanted))),
        character=_added(origin.character, character_of(moods)),
        title=brief.title or f"{origin.title}, continued",
        prompt=brief.prompt or origin.prompt, loop=False,
        opening=_following(frame, at), turn=f"{origin.turn}/{brief.seed}",
        understood=reading.understood, ignored=reading.unheeded(),
    )  # fmt: skip


def cover(reading: Reading, origin: Plan) -> Plan:
    """The same piece in another genre, or with another band where no other genre is named."""
    brief = reading.brief
    moods = reading.moods()
    asked = reading.asked_genre()
    style = genre(asked or origin.genre)
    if "genre" not in reading.understood:
        reading.note("genre", style.name, "source")
    metre = reading.metre(style, home=origin.metre)
    key = reading.key(style, moods, home=origin.key)
    frame = frame_of(origin)
    bpm, duration = _tempo(reading, origin, frame, style.name, moods)
    wanted, unwanted = reading.instruments()
    alone = reading.alone(wanted)
    band = reading.band if alone else ""
    if origin.alone and not (asked or wanted or alone):
        wanted, alone, band = origin.wanted, True, origin.band
    reading.report()
    character = character_of(moods)
    own = Theme(genre=style.name, seed=brief.seed, density=character.density)
    return msgspec.structs.replace(
        origin,
        genre=style.name, moods=moods, bpm=bpm, bpm_fixed=True, key=key, duration=duration,
        metre=metre, meter=BEATS[metre],
        tune=origin.tune if brief.closeness >= _KEEPS_TUNE else own,
        wanted=wanted, unwanted=unwanted, alone=alone, band=band, character=character,
        seed=brief.seed,
        title=brief.title or f"{origin.title} ({style.name})",
        prompt=brief.prompt or origin.prompt,
        understood=reading.understood, ignored=reading.unheeded(),
    )  # fmt: skip


def frame_of(plan: Plan) -> Frame:
    """The time line that a plan is composed on."""
    return lay_out(plan, in_metre(plan.genre, plan.metre))


def _following(frame: Frame, at: float) -> str:
    """The kind of section that comes next after a moment of the piece."""
    beat = at * frame.bpm / 60
    reached = [section.name for section in frame.sections if section.start < beat]
    return "b" if reached and reached[-1] in ("intro", "a", "build") else "a"


def _tempo(
    reading: Reading, origin: Plan, frame: Frame, name: str, moods: tuple[str, ...]
) -> tuple[float, float]:
    """The tempo of a cover, and how long as many bars then take."""
    if reading.brief.closeness >= _KEEPS_TEMPO or name == origin.genre:
        reading.note("bpm", round(frame.bpm, 3), "source")
        return frame.bpm, origin.duration
    bpm, _ = reading.bpm(genre(name), moods)
    duration = min(LONGEST, max(SHORTEST, frame.beats * 60 / bpm))
    return bpm, round(duration, 3)


def _added(one: Character, other: Character) -> Character:
    return Character(
        energy=one.energy + other.energy,
        density=one.density + other.density,
        brightness=one.brightness + other.brightness,
        register=one.register,
        color=one.color,
    )
