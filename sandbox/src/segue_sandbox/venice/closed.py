"""Models that exist and are refused. Their ids are the sandbox's own; the refusals are Venice's.

They are in no listing: Venice lists neither what is deprecated nor what a key may not use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segue_sandbox.vendor import Refused
from segue_sandbox.venice import errors

_REFUSALS: Mapping[str, Callable[[], Refused]] = {
    "sandbox-pro": errors.pro_only,
    "sandbox-retired": lambda: errors.deprecated("sandbox-retired", "ace-step-15"),
    "sandbox-offline": errors.offline,
}


def refuse(model: object) -> None:
    """Refuse a closed model, whatever it is asked for; pass over all others."""
    if (refusal := _REFUSALS.get(str(model))) is not None:
        raise refusal()
