"""Every public name of 0.1.0 can still be imported from where it was."""

import warnings
from importlib import import_module
from pathlib import Path

import pytest

NAMES = Path(__file__).with_name("released-names-0.1.0.txt").read_text(encoding="utf-8")
MOVED = {("segue.config", "Setting"), ("segue.flow", "Departure")}
"""Those that warn."""


@pytest.mark.parametrize(("module", "name"), [line.split() for line in NAMES.splitlines()])
def test_a_name_is_where_it_was(module, name):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert getattr(import_module(module), name) is not None
    moved = any(warning.category is DeprecationWarning for warning in seen)
    assert moved is ((module, name) in MOVED)
