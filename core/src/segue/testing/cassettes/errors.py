"""Errors of cassettes."""

from __future__ import annotations

from segue.errors import SegueError


class CassetteError(SegueError, error_code="cassette_error"):
    """A cassette lacks a request, holds unused responses, or must not be written."""


class OtherStory(CassetteError, error_code="other_story"):
    """The requests differ from the recorded ones, or are fewer."""
