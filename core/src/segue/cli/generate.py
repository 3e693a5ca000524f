"""`segue generate`: its options, and the way from them to a saved piece of music."""

from pathlib import Path
from typing import Annotated, Any, Literal

from typer import BadParameter, Exit, Option

from segue.cli.exits import Usage
from segue.cli.fields import seconds, takes_fields


def length(text: str) -> float:
    """A length of time to wait, which cannot be negative."""
    if (wait := seconds(text)) < 0:
        raise BadParameter(f"{text!r} is negative: write 90, 1:30, 20s or 2min")
    return wait


def amount(text: str) -> str:
    """An amount of money, such as `0.50USD` or `15credits`."""
    from segue.money import Money

    try:
        return str(Money.parse(text))
    except ValueError as error:
        raise BadParameter(str(error)) from error


Output = Annotated[
    str | None, Option("--output", "-o", metavar="FILE|FOLDER", help="Where to save it.")
]
Overwrite = Annotated[bool, Option("--overwrite", help="Replace a file of that name.")]
KeepOriginal = Annotated[
    bool,
    Option("--keep-original", help="Keep what arrived beside a file that was converted."),
]
Tags = Annotated[
    bool | None,
    Option("--tags/--no-tags", help="Write title, prompt, backend and job into the file."),
]
Backend = Annotated[
    list[str] | None,
    Option(
        "--backend",
        "-b",
        metavar="PROVIDER/MODEL",
        help="Who makes it; may be repeated: they are tried in order.",
    ),
]
Timeout = Annotated[
    float | None,
    Option(parser=length, metavar="LENGTH", help="How long to wait: 90, 1:30, 10min."),
]
Patience = Annotated[
    float | None,
    Option(
        parser=length,
        metavar="LENGTH",
        help="How long looks at the job may fail, one after the other: 90, 1:30, 10min.",
    ),
]
Unsupported = Annotated[
    Literal["error", "ignore"] | None,
    Option(metavar="error|ignore", help="Refuse, or drop, what the backend cannot honour."),
]
File = Annotated[
    Path | None, Option("--config", metavar="FILE", help="Read this segue.toml and no other.")
]
Json = Annotated[bool, Option("--json", help="One JSON object on the standard output.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Print the paths and nothing else.")]
MaxCost = Annotated[
    str | None,
    Option(
        parser=amount,
        metavar="AMOUNT",
        help="What it may cost at most: 0.50USD, 15credits. If it may cost more, or its price"
        " cannot be known, nothing is submitted: exit code 1.",
    ),
]
NoWait = Annotated[bool, Option("--no-wait", help="Submit only, and print the ticket.")]
Play = Annotated[bool, Option("--play", help="Play it, once it is saved.")]
Count = Annotated[
    int, Option("--count", min=1, max=1000, metavar="NUMBER", help="How many pieces to make.")
]
From = Annotated[
    str | None,
    Option(
        "--from",
        metavar="FILE",
        help="A prompt on each line, or JSON lines with fields; - is the standard input."
        " The same file again makes only what is missing.",
    ),
]
AtOnce = Annotated[
    int, Option("--at-once", min=1, max=100, metavar="NUMBER", help="How many jobs side by side.")
]
Fresh = Annotated[bool, Option("--fresh", help="Make every line of --from anew, and pay anew.")]


@takes_fields
def generate(
    fields: dict[str, Any],
    *,
    source: From = None,
    count: Count = 1,
    output: Output = None,
    overwrite: Overwrite = False,
    keep_original: KeepOriginal = False,
    tags: Tags = None,
    backend: Backend = None,
    timeout: Timeout = None,
    patience: Patience = None,
    unsupported: Unsupported = None,
    max_cost: MaxCost = None,
    at_once: AtOnce = 4,
    fresh: Fresh = False,
    play: Play = False,
    config: File = None,
    as_json: Json = False,
    quiet: Quiet = False,
    no_wait: NoWait = False,
) -> None:
    """Make music and save it; several pieces by --count or --from."""
    from segue.cli.fields import task
    from segue.cli.produce import Asked, produce

    asked = Asked(
        output=output,
        overwrite=overwrite,
        keep_original=keep_original,
        tags=tags,
        backend=tuple(backend or ()),
        timeout=timeout,
        patience=patience,
        unsupported=unsupported,
        max_cost=max_cost,
        config=config,
        as_json=as_json,
        quiet=quiet,
        no_wait=no_wait,
        play=play,
    )
    if source is None and "prompt" not in fields:
        raise Usage("missing argument 'PROMPT'", "segue generate")
    if source is None and count == 1 and not fresh:
        produce(task(fields), asked)
        return
    from segue.cli.batch import Lot, several

    code = several(fields, asked, Lot(source=source, count=count, at_once=at_once, fresh=fresh))
    if code:
        raise Exit(code)
