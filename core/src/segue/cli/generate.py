"""`segue generate`: its own options, and the choice between one piece and several."""

from typing import TYPE_CHECKING, Annotated, Any

from typer import Exit, Option

from segue.cli.exits import Usage
from segue.cli.fields import takes_fields
from segue.cli.options import takes_options

if TYPE_CHECKING:
    from segue.cli.produce import GenerateOptions

Count = Annotated[
    int, Option("--count", min=1, max=1000, metavar="NUMBER", help="Number of pieces.")
]
From = Annotated[
    str | None,
    Option(
        "--from",
        metavar="FILE",
        help="File with a prompt on each line, or JSON lines with fields; - is standard input."
        " The same file again generates only what is missing.",
    ),
]
AtOnce = Annotated[
    int, Option("--at-once", min=1, max=100, metavar="NUMBER", help="Jobs to run concurrently.")
]
Fresh = Annotated[
    bool, Option("--fresh", help="Generate every line of --from again, and pay again.")
]


@takes_fields
@takes_options
def generate(
    fields: dict[str, Any],
    options: "GenerateOptions",
    *,
    source: From = None,
    count: Count = 1,
    at_once: AtOnce = 4,
    fresh: Fresh = False,
) -> None:
    """Generate music and save it; several pieces by --count or --from."""
    from segue.cli.fields import task
    from segue.cli.produce import produce

    if source is None and "prompt" not in fields:
        raise Usage("missing argument 'PROMPT'", "segue generate")
    if source is None and count == 1 and not fresh:
        produce(task(fields), options)
        return
    from segue.cli.batch import BatchOptions, generate_batch

    batch = BatchOptions(source=source, count=count, at_once=at_once, fresh=fresh)
    if code := generate_batch(fields, options, batch):
        raise Exit(code)
