"""JSON of any form, in which the keys that mean something are not rare."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st


def any_json(keys: Sequence[str]) -> st.SearchStrategy[object]:
    """JSON values whose objects have these keys."""
    leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers()
    named = st.sampled_from(keys)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(named, inner, max_size=4),
        max_leaves=12,
    )
