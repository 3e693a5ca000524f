"""Asking a person at a terminal before something is done that cannot be taken back."""

from __future__ import annotations

import sys

import typer


def confirmed(question: str, *, otherwise: bool) -> bool:
    """The answer of whoever sits at the terminal, no by default; `otherwise` if nobody does."""
    if not attended():
        return otherwise
    answer: bool = typer.confirm(question, default=False, err=True)
    return answer


def attended() -> bool:
    """Whether somebody can be asked."""
    return bool(sys.stdin and sys.stderr and sys.stdin.isatty() and sys.stderr.isatty())
