"""A cassette's file: its header comment, and writing it atomically."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from segue.testing.cassettes.errors import CassetteError
from segue.testing.cassettes.secrets import secrets_in
from segue.testing.cassettes.tape import Tape

LARGEST = 1_000_000
"""Characters that a cassette may have."""

_FIRST = re.compile(r"# Recorded on (\d{4}-\d\d-\d\d) against (.+)\.$")
_NOT_LIVE = (
    "# It was written from the vendor's public documents, and its address is rewritten to the"
    " vendor's:\n# this is not a recording of the live vendor."
)
_LIVE = "# This is a recording of the live vendor; secrets are masked, and long audio is cut."


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The header of a cassette: when it was recorded, against what, and whether that was the
    vendor."""

    recorded: date
    against: str
    live: bool

    @classmethod
    def read(cls, path: Path) -> Head:
        """Read the header of a file; raises `CassetteError` when there is none."""
        first, _, rest = path.read_text(encoding="utf-8").partition("\n")
        found = _FIRST.match(first)
        if found is None:
            raise CassetteError(f"{path} does not say how it was recorded")
        day, live = date.fromisoformat(found[1]), rest.startswith(_LIVE)
        return cls(recorded=day, against=found[2], live=live)

    @classmethod
    def now(cls, against: str, *, live: bool) -> Head:
        """The header of a recording made today."""
        return cls(recorded=datetime.now(UTC).date(), against=against, live=live)

    def __str__(self) -> str:
        origin = _LIVE if self.live else _NOT_LIVE
        return f"# Recorded on {self.recorded} against {self.against}.\n{origin}\n"


def write(tape: Tape, head: Head, keys: list[str]) -> None:
    """Write the recording; raise `CassetteError`, and write nothing, if it holds a secret."""
    for one in tape.heard:
        if found := secrets_in([one.request, one.response], keys, tape.shapes):
            raise CassetteError(
                f"{tape.path} is not written: {', '.join(found)} would be in it, at {one}",
                advice="if it is the value of a JSON field, name that in Scrub(fields=…); if it is"
                " a header of the request, in Scrub(keys=…)",
            )
    text = f"{head}{tape.written()}"
    if found := secrets_in(text, keys, tape.shapes):
        raise CassetteError(f"{tape.path} is not written: {', '.join(found)} would be in it")
    if len(text) > LARGEST:
        raise CassetteError(
            f"{tape.path} is not written: it would have {len(text)} bytes",
            advice="record a shorter piece, or one in WAV, MP3, FLAC or Ogg, which are cut",
        )
    part = tape.path.with_suffix(".part")
    tape.path.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(tape.path)
