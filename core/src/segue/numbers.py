"""Strict parsing of vendors' numbers: ASCII digits only, and a limited number of them.

`str.isdigit` is true for `²` and for Arabic digits, which `int` refuses or takes, and `int` raises
for a string of 5,000 digits. Anything else is None here, never an exception.
"""

from __future__ import annotations

import math
import re

_WHOLE = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?")
_FIGURE = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][-+]?[0-9]{1,3})?")
_NUMERIC = (int, float, str)  # a union in `figure` would be built for each value
_BLANK = " \t"  # optional white space around a header's value (RFC 9110, 5.6.3)


def whole(text: str | None) -> int | None:
    """Parse `text`: 1 to 18 ASCII digits with blanks around them; else None."""
    found = _WHOLE.fullmatch((text or "").strip(_BLANK))
    return int(found[0]) if found else None


def decimal(text: str | None) -> float | None:
    """The same for a number that may have a fraction (`1.5`): no sign, no exponent, no `inf`."""
    found = _DECIMAL.fullmatch((text or "").strip(_BLANK))
    return float(found[0]) if found else None


def figure(value: object) -> float | None:
    """A value of a vendor's JSON as a finite number, also from text (`"104.88"`); None for anything
    else: a boolean, `NaN`, `Infinity`, `²`, an integer beyond the range of floats."""
    if isinstance(value, bool) or not isinstance(value, _NUMERIC):
        return None
    if isinstance(value, str) and not _FIGURE.fullmatch(value.strip(_BLANK)):
        return None
    try:
        read = float(value)
    except OverflowError:
        return None
    return read if math.isfinite(read) else None
