"""What Typer says about wrong usage, in a user's words, with the nearest name as advice.

Typer's sentences differ from version to version; one that is not known here is left as it is.
"""

from __future__ import annotations

import re

from segue._data.suggestions import nearest

_OPTION = re.compile(r"no such option:? '?(?P<word>-[^\s']*)'?(?P<rest>.*)", re.IGNORECASE)
_COMMAND = re.compile(r"no such command '(?P<word>[^']*)'\.?(?P<rest>.*)", re.IGNORECASE)
_CHOICE = re.compile(
    r"(?P<head>invalid value for .*?: )(?:value error, )?"
    r"'(?P<word>.*)' is not one of (?P<known>.*)",
    re.IGNORECASE,
)
_NUMBERS = (
    (re.compile(r"input should be a valid integer.*|'.*' is not a valid int(eger)?.*"), "whole"),
    (re.compile(r"input should be a valid number.*|'.*' is not a valid float.*"), ""),
)
_RANGE = re.compile(r"input should be (?P<what>(?:greater|less) than .*)", re.IGNORECASE)


def plainly(sentence: str) -> tuple[str, str]:
    """The sentence in plain words, and the advice that comes from it, if there is one."""
    for read in (_option, _command, _choice):
        if (found := read(sentence)) is not None:
            return found
    head, colon, what = sentence.rpartition(": ")
    for pattern, kind in _NUMBERS:
        if pattern.fullmatch(what.lower()):
            return f"{head}{colon}write a {kind} number".replace("a  ", "a "), ""
    if (ranged := _RANGE.fullmatch(what)) is not None:
        return f"{head}{colon}write a number {ranged['what']}", ""
    return sentence, ""


def _option(sentence: str) -> tuple[str, str] | None:
    if (found := _OPTION.fullmatch(sentence)) is None:
        return None
    return f"there is no option {found['word']}", _meant(found["word"], found["rest"])


def _command(sentence: str) -> tuple[str, str] | None:
    if (found := _COMMAND.fullmatch(sentence)) is None:
        return None
    return f"there is no command {found['word']!r}", _meant(found["word"], found["rest"])


def _choice(sentence: str) -> tuple[str, str] | None:
    if (found := _CHOICE.fullmatch(sentence)) is None:
        return None
    known = re.findall(r"'([^']*)'", found["known"])
    close = nearest(found["word"], known)
    told = f"{found['head']}{found['word']!r} is none of {', '.join(known)}"
    return told, f"did you mean {close!r}?" if close else ""


def _meant(word: str, rest: str) -> str:
    """The nearest of the names that Typer thinks of."""
    known = (
        re.findall(r"--?[\w-]+", rest) if word.startswith("-") else re.findall(r"'([^']+)'", rest)
    )
    close = nearest(word, known)
    return f"did you mean {close!r}?" if close else ""


_FACES = (
    ("unsupported='ignore', or --unsupported ignore", "--unsupported ignore"),
    ("choose another name, or allow overwriting", "choose another name, or use --overwrite"),
    ("client.jobs()", "`segue jobs`"),
    ("client.resume(JOB)", "`segue jobs resume JOB`"),
    (
        ", and download(TO) or download(overwrite=True)",
        ", with -o for another place or --overwrite",
    ),
    ("client.resume(segue.Ticket.from_json(text))", "`segue jobs resume @FILE`"),
    ("`patience` sets", "`--patience` sets"),
    ("raise max_cost, or", "raise --max-cost, or"),
    ("leave out max_cost and the budget", "leave out --max-cost and the budget"),
    ("set unsupported='ignore'", "use --unsupported ignore"),
)
"""What an advice says to a program, and what it says to somebody at a command line."""


def in_commands(advice: str) -> str:
    """The advice in the words of the command line."""
    for program, command in _FACES:
        advice = advice.replace(program, command)
    return _CALL.sub(_as_command, advice)


_CALL = re.compile(
    r"client\.(?P<method>resume|forget)\('(?P<job>[^']*)'(?P<again>, submit_again=True)?\)"
)


def _as_command(call: re.Match[str]) -> str:
    again = " --submit-again" if call["again"] else ""
    return f"`segue jobs {call['method']} {call['job']}{again}`"
