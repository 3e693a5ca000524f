"""What goes wrong with a cassette."""

from __future__ import annotations

from segue.errors import SegueError


class CassetteError(SegueError, error_code="cassette_error"):
    """A cassette lacks what is asked for, holds more than is asked for, or may not be written."""


class OtherStory(CassetteError, error_code="other_story"):
    """What is asked for is not what was recorded: something else, or less."""
