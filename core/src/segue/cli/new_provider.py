"""`segue new-provider`: create the distribution of a new provider."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from segue.cli.exits import echo
from segue.cli.prompts import interactive

_NEXT = """\
now, in a virtual environment:

    pip install -e "{project}[test]"
    segue providers
    pytest {project}"""


def new_provider(
    name: Annotated[
        str,
        Argument(
            metavar="NAME",
            help="Name of the provider, such as harmonia: lowercase letters, digits, underscores.",
        ),
    ],
    folder: Annotated[
        Path,
        Option(
            "--in",
            metavar="FOLDER",
            help="Folder to create segue-NAME in.",
        ),
    ] = Path(),
    base_url: Annotated[
        str | None,
        Option(
            "--base-url",
            metavar="URL",
            help="Base URL of the API: https://api.harmonia.example/v1.",
        ),
    ] = None,
    key_env: Annotated[
        str | None,
        Option(
            "--key-env",
            metavar="VARIABLE",
            help="Environment variable of the API key: HARMONIA_API_KEY.",
        ),
    ] = None,
) -> None:
    """Create a distribution with a provider of your own.

    It installs, is listed by `segue providers`, and passes Segue's conformance kit. The base URL
    and the key's variable are in its provider.py.
    """
    from segue.cli.scaffold import Plan, default_plan, target, write

    target(plan := default_plan(name), folder)  # before any prompt
    plan = Plan(
        name=name,
        base_url=base_url or _prompt("Base URL of the API", plan.base_url),
        key_env=key_env or _prompt("Environment variable of the API key", plan.key_env),
    )
    project = write(plan, folder)
    echo(str(project))
    typer.echo(_NEXT.format(project=project), err=True)


def _prompt(question: str, default: str) -> str:
    """The user's answer at a terminal; elsewhere the default."""
    if not interactive():
        return default
    answer: str = typer.prompt(question, default=default, err=True)
    return answer
