"""Typer's usage errors in one wording, with the nearest name as advice.

Typer's messages differ from version to version; an unknown one is left as it is.
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
_QUOTED = re.compile(r"^(?P<before>invalid value for )'(?P<name>[^']+)'", re.IGNORECASE)
_RANGE = re.compile(r"input should be (?P<what>(?:greater|less) than .*)", re.IGNORECASE)


def rewrite(sentence: str) -> tuple[str, str]:
    """The rewritten message, and the advice derived from it, if there is any."""
    sentence = _QUOTED.sub(r"\g<before>\g<name>", sentence)
    for read in (_option, _command, _choice):
        if (found := read(sentence)) is not None:
            return found
    head, colon, what = sentence.rpartition(": ")
    for pattern, kind in _NUMBERS:
        if pattern.fullmatch(what.lower()):
            return f"{head}{colon}must be a {kind} number".replace("a  ", "a "), ""
    if (ranged := _RANGE.fullmatch(what)) is not None:
        return f"{head}{colon}must be {ranged['what']}", ""
    return sentence, ""


def _option(sentence: str) -> tuple[str, str] | None:
    if (found := _OPTION.fullmatch(sentence)) is None:
        return None
    return f"no such option: {found['word']}", _did_you_mean(found["word"], found["rest"])


def _command(sentence: str) -> tuple[str, str] | None:
    if (found := _COMMAND.fullmatch(sentence)) is None:
        return None
    return f"no such command: {found['word']!r}", _did_you_mean(found["word"], found["rest"])


def _choice(sentence: str) -> tuple[str, str] | None:
    if (found := _CHOICE.fullmatch(sentence)) is None:
        return None
    known = re.findall(r"'([^']*)'", found["known"])
    close = nearest(found["word"], known)
    message = f"{found['head']}{found['word']!r} is not one of {', '.join(known)}"
    return message, f"did you mean {close!r}?" if close else ""


def _did_you_mean(word: str, rest: str) -> str:
    """The nearest of the names that Typer suggests."""
    known = (
        re.findall(r"--?[\w-]+", rest) if word.startswith("-") else re.findall(r"'([^']+)'", rest)
    )
    close = nearest(word, known)
    return f"did you mean {close!r}?" if close else ""


_REPLACEMENTS = (
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
"""Parts of an advice for Python code, and the same for the command line."""


def for_command_line(advice: str) -> str:
    """The advice with command-line options in place of Python arguments."""
    for program, command in _REPLACEMENTS:
        advice = advice.replace(program, command)
    return _CALL.sub(_as_command, advice)


_CALL = re.compile(
    r"client\.(?P<method>resume|forget)\('(?P<job>[^']*)'(?P<again>, submit_again=True)?\)"
)


def _as_command(call: re.Match[str]) -> str:
    again = " --submit-again" if call["again"] else ""
    return f"`segue jobs {call['method']} {call['job']}{again}`"
