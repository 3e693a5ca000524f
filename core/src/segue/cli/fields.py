"""The options that say what music to make: one for each field of `Generate`, and nothing else.

This is the one place that knows them. A command that takes a whole task is decorated with
`takes_a_task` and gets them all.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from typer import Argument, BadParameter, Option

if TYPE_CHECKING:
    from segue.tasks import Generate

_CLOCK = re.compile(r"(?P<minutes>\d+):(?P<seconds>[0-5]?\d(\.\d+)?)")
_COUNTED = re.compile(r"(?P<amount>-?\d+(\.\d+)?|-?\.\d+)\s*(?P<unit>s|sec|m|min|h)?")
_UNITS = {None: 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}


def seconds(text: str) -> float:
    """A length of time: `90`, `1:30`, `20s` or `2min`."""
    if clock := _CLOCK.fullmatch(text.strip()):
        return int(clock["minutes"]) * 60 + float(clock["seconds"])
    if counted := _COUNTED.fullmatch(text.strip().lower()):
        return float(counted["amount"]) * _UNITS[counted["unit"]]
    raise BadParameter(f"{text!r} is no length of time: write 90, 1:30, 20s or 2min")


def spoken(text: str) -> str:
    """A prompt; `-` is the standard input."""
    if text != "-":
        return text
    if read := words("@-").strip():
        return read
    raise BadParameter("the standard input is empty: there is no prompt in it")


def words(text: str) -> str:
    """The text itself, or what `@FILE` holds; `@-` is the standard input."""
    if not text.startswith("@"):
        return text
    try:
        if text == "@-":
            return sys.stdin.read().strip("\n") if sys.stdin is not None else ""
        return Path(text[1:]).expanduser().read_text(encoding="utf-8-sig").strip("\n")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadParameter(f"cannot read {text[1:]}: {str(reason).lower()}") from error


_of_music = partial(Option, rich_help_panel="the music")


FIELDS: dict[str, Any] = {
    "prompt": Annotated[
        str,
        Argument(
            parser=spoken,
            metavar="PROMPT",
            help="What the music should be like; - reads the standard input.",
        ),
    ],
    "lyrics": Annotated[
        str | None,
        _of_music(
            parser=words,
            metavar="TEXT|@FILE",
            help="Words to sing; @FILE reads them from a file, @- from the standard input.",
        ),
    ],
    "instrumental": Annotated[
        bool | None, _of_music("--instrumental/--no-instrumental", help="No voices at all.")
    ],
    "duration": Annotated[
        float | None,
        _of_music(parser=seconds, metavar="LENGTH", help="How long: 90, 1:30, 20s, 2min."),
    ],
    "title": Annotated[str | None, _of_music(metavar="TEXT", help="What it is called.")],
    "style": Annotated[str | None, _of_music(metavar="TEXT", help="How it should sound.")],
    "negative_style": Annotated[
        str | None, _of_music(metavar="TEXT", help="How it should not sound.")
    ],
    "voice": Annotated[str | None, _of_music(metavar="NAME", help="One of the vendor's voices.")],
    "vocal_gender": Annotated[
        Literal["female", "male"] | None,
        _of_music(metavar="female|male", help="Who should sing, if the vendor can arrange it."),
    ],
    "language": Annotated[
        str | None, _of_music(metavar="CODE", help="Of the words: en, de, ja, …")
    ],
    "speed": Annotated[
        float | None, _of_music(metavar="FACTOR", help="Of singing or speech; 1 is as usual.")
    ],
    "bpm": Annotated[float | None, _of_music(metavar="NUMBER", help="Beats a minute.")],
    "seed": Annotated[
        int | None, _of_music(metavar="NUMBER", help="The same seed asks for the same piece.")
    ],
    "loop": Annotated[
        bool | None, _of_music("--loop/--no-loop", help="An end that joins the beginning.")
    ],
    "extra": Annotated[
        list[str] | None,
        _of_music(
            metavar="PROVIDER.FIELD=VALUE",
            help="A field of one vendor's own, as JSON or text; may be repeated.",
        ),
    ],
}
"""How each field of `Generate` is asked for. `model` is missing: the backend names it."""


def takes_a_task(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` an option for every field, and hand it the `Generate` as its first argument.

    Typer reads the signature, so that is what is made here.
    """
    return _with(command, lambda values: task(given(values)), FIELDS)


def takes_fields(command: Callable[..., None]) -> Callable[..., None]:
    """The same, but the prompt may be left out, and `command` gets what was given as a mapping."""
    prompt = Annotated[str | None, FIELDS["prompt"].__metadata__[0]]
    return _with(command, given, {**FIELDS, "prompt": prompt})


def takes_changes(command: Callable[..., None]) -> Callable[..., None]:
    """The same with the prompt as an option, for a command that has another argument."""
    prompt = Annotated[
        str | None,
        _of_music(parser=spoken, metavar="TEXT|-", help="What the music should be like."),
    ]
    return _with(command, given, {**FIELDS, "prompt": prompt})


def _with(
    command: Callable[..., None],
    made: Callable[[Mapping[str, Any]], object],
    kinds: Mapping[str, Any],
) -> Callable[..., None]:
    own = list(inspect.signature(command).parameters.values())[1:]

    def run(**values: Any) -> None:  # noqa: ANN401 - as Typer hands them over
        wanted = {name: values.pop(name) for name in kinds}
        command(made(wanted), **values)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    fields = [_parameter(name, kind) for name, kind in kinds.items()]
    run.__signature__ = inspect.Signature([*fields, *own])  # type: ignore[attr-defined] # PEP 362
    return run


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given; `extra` is sorted by provider."""
    found = {name: value for name, value in values.items() if value is not None}
    if "extra" in found:
        found["extra"] = extra(found["extra"])
    return found


def task(fields: Mapping[str, Any]) -> Generate:
    """The task that these fields are."""
    from segue.tasks import Generate

    return Generate(**fields)


def extra(pairs: list[str] | tuple[str, ...]) -> dict[str, dict[str, object]]:
    """`PROVIDER.FIELD=VALUE`, sorted by provider; a value that is not JSON is text."""
    fields: dict[str, dict[str, object]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        provider, _, field = key.partition(".")
        if not (provider and field and equals):
            raise BadParameter(
                f"{pair!r} is not PROVIDER.FIELD=VALUE, such as local.genre=jazz",
                param_hint="--extra",
            )
        fields.setdefault(provider, {})[field] = _value(value)
    return fields


def _value(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    return found


def _parameter(name: str, kind: object) -> inspect.Parameter:
    needed = get_origin(kind) is Annotated and get_args(kind)[0] is str
    default = inspect.Parameter.empty if needed else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
