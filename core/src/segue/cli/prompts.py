"""Confirmation prompts before something that cannot be undone."""

from __future__ import annotations

import sys

import typer


def confirm(question: str, *, otherwise: bool) -> bool:
    """The user's answer at a terminal, no by default; `otherwise` without a terminal."""
    if not interactive():
        return otherwise
    answer: bool = typer.confirm(question, default=False, err=True)
    return answer


def interactive() -> bool:
    """Whether standard input and standard error are both a terminal."""
    return bool(sys.stdin and sys.stderr and sys.stdin.isatty() and sys.stderr.isatty())
