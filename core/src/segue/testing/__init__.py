"""What tests and documentation use: the `silence` provider, which costs and needs nothing."""

from __future__ import annotations

from segue.testing.silence import Silence

__all__ = ["Silence"]
