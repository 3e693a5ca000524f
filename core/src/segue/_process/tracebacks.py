"""Shorten the tracebacks of the user's own mistakes: they end at the call into Segue.

For a wrong value, an unknown backend or an existing file, the frames inside Segue do not help.
`SEGUE_DEBUG=1` preserves every frame.
"""

from __future__ import annotations

import os

from segue.errors import ConfigError, PluginError, Refused, TargetError, UnknownJob

USERS = (ConfigError, PluginError, Refused, TargetError, UnknownJob)
"""The errors that are fixed in the call, or in the configuration."""


def shortened(error: BaseException) -> BaseException:
    """The error without Segue's frames, unless it is no mistake of the user's, or has a cause."""
    if not isinstance(error, USERS) or os.environ.get("SEGUE_DEBUG", "") not in ("", "0"):
        return error
    if isinstance(error, PluginError) and error.__cause__ is not None:
        return error
    error.__suppress_context__ = True
    return error.with_traceback(None)
