"""`segue generate`: its options, and the way from them to a saved piece of music."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import BadParameter, Option

from segue.cli.fields import seconds, takes_a_task

if TYPE_CHECKING:
    from segue.tasks import Generate


def patience(text: str) -> float:
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
Backend = Annotated[
    list[str] | None,
    Option(
        "--backend",
        "-b",
        metavar="PROVIDER/MODEL",
        help="Who makes it; may be repeated: they are tried in order.",
    ),
]
Patience = Annotated[
    float | None,
    Option(parser=patience, metavar="LENGTH", help="How long to wait: 90, 1:30, 10min."),
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


@takes_a_task
def generate(
    task: "Generate",
    *,
    output: Output = None,
    overwrite: Overwrite = False,
    backend: Backend = None,
    timeout: Patience = None,
    unsupported: Unsupported = None,
    max_cost: MaxCost = None,
    config: File = None,
    as_json: Json = False,
    quiet: Quiet = False,
    no_wait: NoWait = False,
) -> None:
    """Make a piece of music and save it."""
    from rich.console import Console

    from segue.cli import results
    from segue.cli.job import Terms, Way, made, submitted
    from segue.cli.showing import display, warnings_noted
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    to = loaded.settings.folder if output is None else output
    terms = Terms(to=to, overwrite=overwrite, unsupported=unsupported, max_cost=max_cost)
    console = Console(stderr=True)
    shown = display(console, quiet=quiet)
    way = Way(shown)
    plugins = [] if no_wait else [way]
    with (
        Client(backend or None, config=loaded, timeout=timeout, plugins=plugins) as client,
        warnings_noted(shown) as warnings,
    ):
        if no_wait:
            job = submitted(client, task, terms)
            results.tell_ticket(job.ticket, as_json=as_json, notes=warnings)
            return
        with shown.shown():
            delivery = made(client, task, terms, way)
        results.tell(delivery, console, as_json=as_json, quiet=quiet, notes=warnings)
