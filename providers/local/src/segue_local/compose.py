"""Writes the score: pure, exact, and the same everywhere for the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from segue_local.accompany import arp, bass, comp, counter, drone, pad, power
from segue_local.casting import Chair, cast, instruments
from segue_local.form import lay_out
from segue_local.genres import Genre, Track
from segue_local.groove import drums
from segue_local.melody import melody
from segue_local.metres import in_metre
from segue_local.phrasing import phrased
from segue_local.plan import Plan
from segue_local.scene import Harmony, Scene, set_scene
from segue_local.score import ChordAt, Mix, Note, Part, Score
from segue_local.soloing import Stage, stage
from segue_local.texture import hit, riser, texture
from segue_local.theory import NAMES

Writer = Callable[[Scene, Track, Random], Iterator[Note]]

_WRITERS: dict[str, Writer] = {
    "arp": arp, "bass": bass, "comp": comp, "counter": counter, "drone": drone,
    "drums": drums, "hit": hit,
    "melody": melody, "pad": pad, "power": power, "riser": riser, "texture": texture,
}  # fmt: skip
_LIGHT = 0.4
"""The share of a genre's compression and saturation that players by themselves get."""
_LINES = ("melody", "counter")
_STEADY = ("texture", "riser", "hit", "pad")


def compose(plan: Plan) -> Score:
    """Compose the piece that a plan describes."""
    style = in_metre(plan.genre, plan.metre)
    scene = set_scene(plan, style, lay_out(plan, style))
    on_stage = stage(plan, style)
    chairs = on_stage.chairs if on_stage else cast(plan, style)
    harmonies = [harmony for bar in scene.bars for harmony in bar.harmonies]
    final = [] if plan.loop else [scene.final]
    return Score(
        title=plan.title,
        genre=plan.genre,
        bpm=scene.frame.bpm,
        meter=plan.meter,
        tonic=NAMES[plan.key.tonic],
        mode=plan.key.mode,
        seed=plan.seed,
        duration=plan.duration,
        sections=scene.frame.sections,
        chords=tuple(_chord(harmony) for harmony in [*harmonies, *final]),
        parts=tuple(_part(scene, chair) for chair in chairs),
        mix=_mix(style, plan, on_stage),
        metre=plan.metre,
        loop=plan.loop,
        prompt=plan.prompt,
    )


def _chord(harmony: Harmony) -> ChordAt:
    chord = harmony.chord
    return ChordAt(
        start=harmony.start, length=harmony.length, symbol=chord.symbol, tones=chord.tones
    )


def _part(scene: Scene, chair: Chair) -> Part:
    track = chair.track
    rng = Random(f"part/{track.name}/{scene.plan.genre}/{scene.plan.seed}/{scene.plan.turn}")
    notes = _WRITERS[track.role](scene, track, rng)
    played = [_played(note, scene, chair, rng) for note in notes if note.start < scene.frame.beats]
    return Part(
        name=track.name,
        role=track.role,
        instrument=chair.instrument,
        level=track.level,
        pan=track.pan,
        reverb=track.reverb,
        echo=track.echo,
        duck=track.duck,
        notes=tuple(_shaped(played, chair)),
    )


def _shaped(played: list[Note], chair: Chair) -> list[Note]:
    """The notes in order; a line of its own is phrased as its player would."""
    notes = sorted(played, key=lambda note: (note.start, note.pitch))
    if chair.track.role not in _LINES:
        return notes
    return phrased(notes, tied=instruments()[chair.instrument].sings)


def _played(note: Note, scene: Scene, chair: Chair, rng: Random) -> Note:
    """The note as a person plays it: swung, a little early or late, softer or louder."""
    style, end = scene.genre, scene.frame.beats
    slip = 0.0 if chair.track.role in _STEADY else rng.gauss(0, style.timing) * scene.frame.bpm / 60
    start = _swung(note.start, style)
    length = min(end, _swung(note.start + note.length, style)) - start
    start = min(end, max(0.0, start + max(-0.08, min(0.08, slip))))
    velocity = min(1.0, max(0.08, note.velocity * (1 + rng.gauss(0, style.touch))))
    return Note(
        start=round(start, 5),
        length=round(max(0.05, min(length, end - start)), 5),
        pitch=_in_range(note.pitch, chair.instrument),
        velocity=round(velocity, 3),
    )


def _swung(beat: float, style: Genre) -> float:
    """A moment as swing moves it: each pair's first half is stretched, its second squeezed."""
    pair, within = divmod(beat, style.swing_beats)
    share = within / style.swing_beats
    if share < 0.5:
        return (pair + share * 2 * style.swing) * style.swing_beats
    return (pair + style.swing + (share - 0.5) * 2 * (1 - style.swing)) * style.swing_beats


def _in_range(pitch: int, instrument: str) -> int:
    """The pitch, moved by octaves into the instrument's range."""
    entry = instruments()[instrument]
    if entry.family == "drums":
        return pitch
    while pitch < entry.low:
        pitch += 12
    while pitch > entry.high:
        pitch -= 12
    return pitch


def _mix(style: Genre, plan: Plan, on_stage: Stage | None) -> Mix:
    """The genre's targets; players by themselves sound as they are, in a room of their own."""
    if on_stage is None:
        return Mix(
            room=style.room, glue=style.glue, drive=style.drive, spectrum=_tilted(style, plan)
        )
    return Mix(
        room=on_stage.room, glue=_LIGHT * style.glue, drive=_LIGHT * style.drive, spectrum=()
    )


def _tilted(style: Genre, plan: Plan) -> tuple[float, ...]:
    """The genre's spectrum, tilted by the mood's brightness."""
    bands = style.spectrum
    middle = (len(bands) - 1) / 2
    return tuple(
        round(level + plan.character.brightness * (place - middle) / middle, 3)
        for place, level in enumerate(bands)
    )
