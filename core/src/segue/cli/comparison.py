"""The page of `segue compare`: one self-contained HTML file with audio players."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from typer import BadParameter

from segue._data import presentation as presenting
from segue._files.atomic import os_errors_as_target_error
from segue.errors import TargetError
from segue.money import Money

if TYPE_CHECKING:
    from segue.cli.batch_run import Batch, Piece
    from segue.job import Delivery

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --wave: #0a7ea4; }}
body {{
  font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
}}
h1 {{ font-size: 1.4rem; margin: 0 0 .3rem; }}
dl {{ color: color-mix(in srgb, currentColor 70%, transparent); margin: 0 0 1.5rem; }}
dl div {{ display: inline-block; margin-right: 1.2rem; }}
dt, dd {{ display: inline; margin: 0; }}
main {{
  display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
}}
article {{
  border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; overflow-wrap: anywhere;
}}
h2 {{ font-size: 1rem; margin: 0 0 .6rem; font-family: ui-monospace, monospace; }}
svg {{ color: var(--wave); display: block; margin: .3rem 0; }}
p {{ margin: .3rem 0; }}
.bad {{ color: #c0392b; }}
</style>
<h1>{title}</h1>
<dl>{fields}</dl>
<main>
{pieces}
</main>
"""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The path of the page, and the folder beside it for the music."""

    path: Path
    music: Path

    @classmethod
    def at(cls, output: str, *, overwrite: bool) -> Page:
        """The page of that name; raises, before anything is submitted, if it cannot be written."""
        path = Path(output).expanduser()
        if path.is_dir() or output.endswith(("/", "\\")):
            path /= "compare.html"
        if path.suffix.lower() not in (".html", ".htm"):
            raise BadParameter(f"{output} is not an .html file", param_hint="--output")
        if path.exists() and not overwrite:
            raise TargetError(
                f"{path} already exists", advice="choose another name, or use --overwrite"
            )
        with os_errors_as_target_error(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path=path, music=path.parent / path.stem)

    def write(self, batch: Batch) -> Path:
        """Write the page with all results."""
        task = batch.items[0].task
        made = {delivery.ticket.job: delivery for delivery in batch.deliveries}
        fields = msgspec.to_builtins(task)
        text = _PAGE.format(
            title=escape(task.prompt),
            fields=_fields(fields),
            pieces="\n".join(
                self._article(piece, item.backend[0], made.get(piece.job))
                for piece, item in zip(batch.pieces, batch.items, strict=True)
            ),
        )
        with os_errors_as_target_error(self.path):
            self.path.write_text(text, encoding="utf-8")
        return self.path

    def _article(self, piece: Piece, backend: str, delivery: Delivery | None) -> str:
        if delivery is None:
            what = f'<p class="bad">{escape(f"{piece.result}: {piece.message}")}</p>'
        else:
            beside = self.path.parent
            what = "".join(presenting.figure(file, beside=beside) for file in delivery.files)
        notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in piece.notes)
        cost = _cost(piece.cost, piece.cost_is)
        return f"<article><h2>{escape(backend)}</h2>{what}{cost}{notes}</article>"


def _fields(task: Mapping[str, object]) -> str:
    given = {
        name: value
        for name, value in task.items()
        if name not in ("type", "prompt", "model") and value not in (None, {})
    }
    return "".join(
        f"<div><dt>{escape(name)}:</dt> <dd>{escape(str(value))}</dd></div>"
        for name, value in given.items()
    )


def _cost(cost: Money | None, cost_is: str | None) -> str:
    if cost is None:
        return ""
    quoted = "" if cost_is == "bill" else "quoted "
    return f"<p><small>{quoted}{escape(str(cost))}</small></p>"
