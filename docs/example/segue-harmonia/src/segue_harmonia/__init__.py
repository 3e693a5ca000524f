"""Segue's backend for Harmonia."""

from segue_harmonia.provider import Harmonia
from segue_harmonia.questions import Lyrics

__all__ = ["Harmonia", "Lyrics"]
