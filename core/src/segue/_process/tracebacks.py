"""Errors of the user's own making, without the frames inside Segue: they end at the call.

A wrong value, an unknown backend, a file that is there already: where in Segue that was noticed
does not help. `SEGUE_DEBUG=1` preserves every frame.
"""

from __future__ import annotations

import os

from segue.errors import ConfigError, PluginError, Refused, TargetError, UnknownJob

USERS = (ConfigError, PluginError, Refused, TargetError, UnknownJob)
"""The errors that the caller can only mend in the call, or in the configuration."""


def shortened(error: BaseException) -> BaseException:
    """The error without its frames, unless it is no user's, or has a cause worth reading."""
    if not isinstance(error, USERS) or os.environ.get("SEGUE_DEBUG", "") not in ("", "0"):
        return error
    if isinstance(error, PluginError) and error.__cause__ is not None:
        return error
    error.__suppress_context__ = True
    return error.with_traceback(None)
