"""`segue new-provider`: a distribution of one's own to begin with."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from segue.cli.exits import say
from segue.cli.prompts import attended

_NEXT = """\
now, in an environment of its own:

    pip install -e "{home}[test]"
    segue providers
    pytest {home}"""


def new_provider(
    name: Annotated[
        str,
        Argument(
            metavar="NAME",
            help="The backend's name, such as harmonia: small letters, digits, underscores.",
        ),
    ],
    folder: Annotated[
        Path,
        Option(
            "--in",
            metavar="FOLDER",
            help="The folder in which segue-NAME is made; without it, here.",
        ),
    ] = Path(),
    base_url: Annotated[
        str | None,
        Option(
            "--base-url",
            metavar="URL",
            help="The address that all requests begin with: https://api.harmonia.example/v1.",
        ),
    ] = None,
    key_env: Annotated[
        str | None,
        Option(
            "--key-env",
            metavar="VARIABLE",
            help="The environment variable that users put their key into: HARMONIA_API_KEY.",
        ),
    ] = None,
) -> None:
    """Write a provider of your own to begin with.

    It installs, is listed by `segue providers`, and passes Segue's kit. The vendor's address and
    the key's variable stand in its provider.py, where they can be changed later.
    """
    from segue.cli.scaffold import Plan, place, usual, write

    place(plan := usual(name), folder)  # before any question
    plan = Plan(
        name=name,
        base_url=base_url or _asked("Where is the vendor's API", plan.base_url),
        key_env=key_env or _asked("Which environment variable holds its key", plan.key_env),
    )
    home = write(plan, folder)
    say(str(home))
    typer.echo(_NEXT.format(home=home), err=True)


def _asked(question: str, usual: str) -> str:
    """The author's answer at a terminal; elsewhere, what is usual."""
    if not attended():
        return usual
    answer: str = typer.prompt(question, default=usual, err=True)
    return answer
