"""The valid name nearest to an invalid one, for errors that suggest it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The one of `names` most like `word`, whatever its case; None when none is like it."""
    import difflib  # noqa: PLC0415 - only errors need it

    known = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), known, n=1)
    return known[close[0]] if close else None


def suggestion(word: str, names: Iterable[str]) -> str:
    """`did you mean 'timeout'?`, or the list of `names` when none is like `word`."""
    known = sorted(names)
    close = nearest(word, known)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"known are {', '.join(known)}" if known else "none is known"
