"""What makes the files of a job when core saves them."""

from __future__ import annotations

from segue.job import Target
from segue_local.plan import Plan


class Rendering:
    """Makes a sound file: composes, then renders block by block; of a stem, only its `parts`."""

    def __init__(self, plan: Plan, parts: frozenset[str] | None = None) -> None:
        self._plan = plan
        self._parts = parts

    def __call__(self, target: Target) -> None:
        """Write the file; whatever stops the writing comes out of here."""
        from segue_local.compose import compose  # noqa: PLC0415 - only who saves needs it
        from segue_local.render import render  # noqa: PLC0415 - numpy and soundfile

        score = compose(self._plan)
        render(score, target.file, target.container, target.report, only=self._parts)


class Written:
    """Makes a file of notes: a MIDI file, or a chord sheet."""

    def __init__(self, plan: Plan, kind: str) -> None:
        self._plan = plan
        self._kind = kind

    def __call__(self, target: Target) -> None:
        """Write the file."""
        from segue_local.compose import compose  # noqa: PLC0415 - only who saves needs it
        from segue_local.midi import midi  # noqa: PLC0415 - see above
        from segue_local.sheet import sheet  # noqa: PLC0415 - see above

        score = compose(self._plan)
        target.file.write(midi(score) if self._kind == "midi" else sheet(score).encode())
