from __future__ import annotations

from collections.abc import Iterator

import pytest

from .serving import Api, serving


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One server for a module, open as on loopback."""
    with serving(tmp_path_factory.mktemp("served")) as api:
        yield api
