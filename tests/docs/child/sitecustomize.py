"""Imported by every Python that a page's commands start: it stays offline."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "segue_docs_offline", Path(__file__).parents[1] / "offline.py"
)
_offline = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_offline)
_offline.GUARD.install()
