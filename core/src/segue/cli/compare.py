"""`segue compare`: the same task by several backends, and a page with players side by side."""

from typing import Annotated, Any

from typer import BadParameter, Exit, Option

from segue.cli.exits import Usage
from segue.cli.fields import takes_fields
from segue.cli.generate import (
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
    str, Option("--output", "-o", metavar="FILE", help="The page, an .html file; music beside it.")
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
    """Make one task with several backends, and a page to compare.

    Every backend makes its own, and is paid for it. A field that one of them cannot honour is
    dropped there, and the page says so.
    """
    from segue.cli import comparison
    from segue.cli.batch import refuse_backends
    from segue.cli.batch_run import Batch, Item
    from segue.cli.batch_show import shown
    from segue.cli.fields import task
    from segue.cli.produce import Asked
    from segue.config import Config

    if "prompt" not in fields:
        raise Usage("missing argument 'PROMPT'", "segue compare")
    names = list(dict.fromkeys(backend or ()))
    if len(names) < 2:
        told = "name at least two backends, such as -b local -b venice/ace-step-15"
        raise BadParameter(told, param_hint="--backend")
    page = comparison.Page.at(output, overwrite=overwrite)
    asked = Asked(
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
    refuse_backends(items)
    batch = Batch(items, asked, Config.load(config), at_once=len(items))
    if code := shown(batch, resumable=False, pager=page.write):
        raise Exit(code)
