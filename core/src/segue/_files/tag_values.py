"""The values of a file's tags. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segue.job import Snapshot, Ticket, Track

_LONGEST = 80
"""Characters of a title that is made of a prompt."""


def labels(
    ticket: Ticket,
    task: Mapping[str, object],
    snapshot: Snapshot,
    track: Track | None,
    *,
    licence: str = "",
) -> dict[str, str]:
    """Title, prompt, backend, model, seed, job and licence, as far as they are known.

    `task` is the task as plain JSON, as the journal has it. Equal for every download of the same
    job, so that its files are equal.
    """
    seed = task.get("seed")
    values = {
        "title": (track.title if track else None) or _title(task),
        "prompt": task.get("prompt"),
        "backend": ticket.provider,
        "model": ticket.model,
        "seed": _plain(snapshot.understood.get("seed")) if seed is None else seed,
        "job": ticket.job,
        "license": licence,
    }
    return dict(_said(values))


def _title(task: Mapping[str, object]) -> str:
    title, prompt = str(task.get("title") or ""), str(task.get("prompt") or "")
    return title or " ".join(prompt.split())[:_LONGEST].strip()


def _plain(value: object) -> object:
    """`{"value": 7, "from": …}` as 7."""
    return value.get("value") if isinstance(value, Mapping) else value


def _said(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        text = "" if value is None else str(value).replace("\0", "").strip()
        if text:
            yield name, text
