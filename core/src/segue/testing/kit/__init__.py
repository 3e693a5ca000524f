"""The conformance kit: tests that a provider meets the contract.

Each layer is a module: the declaration, the flows run without HTTP, unexpected responses and
garbage, money, secrets, both drivers, recordings, and many jobs under virtual time.
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
