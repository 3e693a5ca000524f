"""What goes wrong with a cassette."""

from __future__ import annotations

from segue.errors import SegueError


class CassetteError(SegueError):
    """A cassette lacks what is asked for, holds more than is asked for, or may not be written."""


class OtherStory(CassetteError):
    """What is asked for is not what was recorded: something else, or less."""
