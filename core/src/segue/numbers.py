"""Numbers in headers, read strictly: ASCII digits and nothing else, and never too many of them.

`str.isdigit` is true for `²` and for Arabic digits, which `int` refuses or takes, and `int` raises
for a string of 5,000 digits. What is not a number of that form is None here, never an exception.
"""

from __future__ import annotations

import re

_WHOLE = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?")
_BLANK = " \t"  # what may stand around a header's value (RFC 9110, 5.6.3)


def whole(text: str | None) -> int | None:
    """The number that `text` is: 1 to 18 ASCII digits with blanks around them; else None."""
    found = _WHOLE.fullmatch((text or "").strip(_BLANK))
    return int(found[0]) if found else None


def decimal(text: str | None) -> float | None:
    """The same for a number that may have a fraction (`1.5`): no sign, no exponent, no `inf`."""
    found = _DECIMAL.fullmatch((text or "").strip(_BLANK))
    return float(found[0]) if found else None
