"""Synthesized instruments: a name in the score becomes a voice that renders notes."""
