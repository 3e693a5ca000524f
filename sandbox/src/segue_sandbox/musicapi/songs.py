"""The songs that sonic's requests ask for: clips, with all that a poll tells of them."""

from __future__ import annotations

import msgspec

from segue_sandbox.musicapi.clips import Clip, plain, sung, titled
from segue_sandbox.musicapi.desk import Desk
from segue_sandbox.musicapi.fields import Body, amount, share, word
from segue_sandbox.musicapi.marks import Ending
from segue_sandbox.musicapi.tasks import Task

EARLY, LATE = 0.8, 1.0
"""When the first and the second clip are ready: at these shares of the task's time."""
PIECE = 0.6
"""When the first piece of an `auto_concat` is: before its whole."""


def pair(desk: Desk, task: Task, body: Body, *, parent: Clip | None = None) -> None:
    """Two songs, as every create makes (DOC), the second of them later (observed)."""
    task.clips = _two(desk, task, body, (EARLY, LATE), parent)


def joined(desk: Desk, task: Task, body: Body, *, parent: Clip | None = None) -> None:
    """What an `auto_concat` makes: two pieces, and later the full song of each."""
    task.clips = _two(desk, task, body, (PIECE, EARLY), parent)
    task.wholes = _two(desk, task, body, (LATE, LATE), parent)


def _two(
    desk: Desk, task: Task, body: Body, shares: tuple[float, float], parent: Clip | None
) -> list[Clip]:
    """Two songs; the second fails where one of two has to, but a piece of a song never."""
    first, second = (song(desk, task, body, at, parent) for at in shares)
    if task.ending is Ending.ONE_FAILED and shares[1] == LATE:
        second = msgspec.structs.replace(second, failed=True)
    return desk.keep(first, second)


def song(desk: Desk, task: Task, body: Body, at: float, parent: Clip | None = None) -> Clip:
    """One song of a task, ready at a share of its time; what the body leaves open is made up."""
    brief = word(body, "prompt", "lyrics", "gpt_description_prompt", "tags")
    return Clip(
        id=desk.fate.id(),
        owner=task.account.id,
        task=task.id,
        prompt=_sound(body, brief, parent),
        seconds=amount(body, "duration") or desk.fate.length(),
        created=task.began,
        ready=task.at(at),
        failed=task.ending.refunded,
        gone="gone" in task.marks,
        title=word(body, "title") or (parent.title if parent else titled(brief)),
        tags=word(body, "tags") or (parent.tags if parent else "pop"),
        lyrics=parent.lyrics if parent and not brief else _lyrics(body, brief),
        mv=word(body, "mv") or (parent.mv if parent else None),
        description=word(body, "gpt_description_prompt") or None,
        negative_tags=word(body, "negative_tags") or None,
        style_weight=share(body, "style_weight"),
        weirdness=share(body, "weirdness_constraint"),
    )


def _sound(body: Body, brief: str, parent: Clip | None) -> str:
    style = word(body, "tags") if body.get("custom_mode") else ""
    return " ".join(filter(None, (style, plain(brief)))) or (parent.prompt if parent else "pop")


def _lyrics(body: Body, brief: str) -> str | None:
    """As written, if they were; none where there is no voice."""
    if body.get("make_instrumental"):
        return None
    written = word(body, "prompt", "lyrics") if body.get("custom_mode") else ""
    return written if written and not body.get("auto_lyrics") else sung(brief)
