"""A distribution of a page's, made visible as an editable installation makes it: its sources and
what it declares are on the path, and nothing is installed anywhere else."""

from __future__ import annotations

import tomllib
from pathlib import Path

SITE = ".site"


def install(project: Path, site: Path) -> list[Path]:
    """Write into `site` what `project` declares; returns what is to be on the path."""
    told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = site / f"{told['name'].replace('-', '_')}-{told['version']}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    metadata = f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    groups = told.get("entry-points", {}).items()
    lines = [
        line
        for group, points in groups
        for line in (f"[{group}]", *(f"{name} = {where}" for name, where in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    sources = project / "src"
    return [site, sources if sources.is_dir() else project]
