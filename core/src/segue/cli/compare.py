"""`segue compare`: one task on several backends, and a page with players side by side."""

from typing import Annotated, Any

from typer import BadParameter, Exit, Option

from segue.cli.exits import Usage
from segue.cli.fields import takes_fields
from segue.cli.options import (
    Backend,
    File,
    Json,
    MaxCost,
    Overwrite,
    Patience,
    Quiet,
    Timeout,
    Unsupported,
)

Page = Annotated[
    str, Option("--output", "-o", metavar="FILE", help="The .html page; the music goes beside it.")
]


@takes_fields
def compare(
    fields: dict[str, Any],
    *,
    output: Page = "compare.html",
    overwrite: Overwrite = False,
    backend: Backend = None,
    timeout: Timeout = None,
    patience: Patience = None,
    unsupported: Unsupported = "ignore",
    max_cost: MaxCost = None,
    config: File = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run one task on several backends, and write a page to compare.

    Each backend charges for its own piece. A field that a backend does not support is dropped
    there, and the page says so.
    """
    from segue.cli import comparison
    from segue.cli.batch import check_backends
    from segue.cli.batch_run import Batch, Item
    from segue.cli.batch_show import run_batch
    from segue.cli.fields import task
    from segue.cli.produce import GenerateOptions
    from segue.config import Config

    if "prompt" not in fields:
        raise Usage("missing argument 'PROMPT'", "segue compare")
    names = list(dict.fromkeys(backend or ()))
    if len(names) < 2:
        message = "at least two are needed, such as -b local -b venice/ace-step-15"
        raise BadParameter(message, param_hint="--backend")
    page = comparison.Page.at(output, overwrite=overwrite)
    options = GenerateOptions(
        overwrite=overwrite,
        timeout=timeout,
        patience=patience,
        unsupported=unsupported,
        max_cost=max_cost,
        as_json=as_json,
        quiet=quiet,
    )
    items = [
        Item(number=number, of=1, task=task(fields), backend=(name,), to=page.music)
        for number, name in enumerate(names, 1)
    ]
    check_backends(items)
    batch = Batch(items, options, Config.load(config), at_once=len(items))
    if code := run_batch(batch, resumable=False, pager=page.write):
        raise Exit(code)
