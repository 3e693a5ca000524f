"""The conformance kit: with it, the author of a provider proves that it keeps the contract.

Each module but those that serve the others is a layer of it: what a provider declares, its
flows fed by hand, what they make of odd answers and of garbage, money, secrets, both drivers,
recordings, and many jobs under virtual time.
"""

from __future__ import annotations

try:
    import hypothesis
    import pytest
except ImportError as error:
    raise ImportError(
        f"the kit needs {error.name}, which is not installed: pip install 'segue-core[testing]'"
    ) from error

from segue.testing.kit.contract import ProviderKit
from segue.testing.kit.playing import Result

__all__ = ["ProviderKit", "Result"]

del hypothesis, pytest
