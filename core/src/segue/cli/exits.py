"""How a command ends: in one sentence on the standard error, and with the exit code that fits.

With `--json` there is one object on the standard output too, and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

from typer import Abort, TyperException

if TYPE_CHECKING:
    from segue.errors import SegueError
    from segue.job import Ticket

EXIT_CODES = (
    "Exit codes: 0 done; 1 failed, or not submitted for its price (--max-cost, budgets); 2 wrong"
    " usage, or what the backend cannot do: nothing was submitted; 3 the outcome of the submission"
    " is unknown; 4 timed out, the job goes on; 130 interrupted, the job goes on."
)


class Code(IntEnum):
    """The exit codes, as `EXIT_CODES` explains them."""

    FAILED = 1
    USAGE = 2
    UNKNOWN = 3
    TIMED_OUT = 4
    INTERRUPTED = 130


class Interrupted(Exception):
    """The user pressed Ctrl-C; `ticket` is that of the job that goes on, if there is one."""

    def __init__(self, message: str, *, ticket: Ticket | None = None, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.ticket = ticket
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}" if self.advice else self.message


class Usage(TyperException):
    """Wrong usage of `command` that only the command itself can notice."""

    exit_code = Code.USAGE

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


@contextmanager
def ended(args: Sequence[str]) -> Iterator[None]:
    """Turn whatever a command raises into its sentence, and leave with its exit code."""
    try:
        yield
    except BrokenPipeError:
        _close_quietly()
        sys.exit(Code.FAILED)
    except (KeyboardInterrupt, Exception) as error:
        sys.exit(_end(error, as_json="--json" in _own(args)))


def say(text: str) -> None:
    """A line for the standard output, whatever letters its encoding lacks."""
    if sys.stdout is None:  # it was closed before we began
        return
    try:
        _written(f"{text}\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _lost(error) from error


def _written(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(text))
    sys.stdout.flush()


def _lost(error: OSError) -> SegueError:
    """The error for a standard output that takes no more, such as a file on a full disk."""
    from segue.errors import SegueError

    _close_quietly()
    reason = (error.strerror or str(error)).lower()
    return SegueError(
        f"cannot write to the standard output: {reason}",
        advice="`segue jobs` knows every job that was submitted",
    )


def say_json(facts: Mapping[str, object]) -> None:
    """One JSON object, and nothing else, for the standard output."""
    import msgspec

    plain = msgspec.to_builtins({"ok": True, **facts}, enc_hook=str)
    say(json.dumps(plain))


def one_line(text: str) -> str:
    """`text` without line breaks and without what could command a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def code_of(error: BaseException) -> int:
    """The exit code that tells a program what the sentence tells a person."""
    from segue import errors

    if isinstance(error, KeyboardInterrupt | Abort | Interrupted):
        return Code.INTERRUPTED
    if isinstance(error, TyperException):
        return error.exit_code
    if isinstance(error, errors.SubmissionUnknown):
        return Code.UNKNOWN
    if isinstance(error, errors.WaitTimeout):
        return Code.TIMED_OUT
    usage = (
        errors.ConfigError,
        errors.PluginError,
        errors.Refused,
        errors.TargetError,
        errors.UnknownJob,
    )
    before = getattr(error, "ticket", None) is None
    if isinstance(error, usage) and before and not isinstance(error, errors.SpendingRefused):
        return Code.USAGE
    return Code.FAILED


def _own(args: Sequence[str]) -> Sequence[str]:
    """The arguments that can be options: those before `--`."""
    return args[: args.index("--")] if "--" in args else args


def _end(error: BaseException, *, as_json: bool) -> int:
    code, (sentence, advice) = code_of(error), told(error)
    if os.environ.get("SEGUE_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    complain(f"error: {sentence}; {advice}" if advice else f"error: {sentence}")
    if as_json:
        from segue.errors import SegueError

        try:
            say_json({"ok": False, "error": _facts(error, sentence, advice, code)})
        except BrokenPipeError:
            _close_quietly()
        except SegueError:  # nobody can read it; the sentence is on the standard error
            pass
    return code


def complain(sentence: str) -> None:
    """The sentence on the standard error: in one line, or as a terminal is wide."""
    if sys.stderr is None:  # it was closed before we began
        return
    if sys.stderr.isatty():
        import shutil
        import textwrap

        width = shutil.get_terminal_size().columns
        sentence = textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False)
    sys.stderr.write(f"{sentence}\n")


def _facts(error: BaseException, sentence: str, advice: str, code: int) -> dict[str, object]:
    ticket = getattr(error, "ticket", None)
    return {
        "type": type(error).__name__,
        "message": sentence,
        "advice": advice,
        "exit_code": int(code),
        **({"ticket": ticket} if ticket is not None else {}),
        **_hints(error),
    }


def _hints(error: BaseException) -> dict[str, object]:
    """What the vendor suggests instead, and why looks at the job failed, where that is known."""
    failure = getattr(getattr(error, "snapshot", None), "error", None)
    hints = {
        "trouble": getattr(error, "trouble", None),
        "suggested_prompt": getattr(error, "suggested_prompt", None)
        or getattr(failure, "suggested_prompt", None),
        "suggestion": getattr(failure, "suggestion", None),
    }
    return {name: hint for name, hint in hints.items() if hint}


def told(error: BaseException) -> tuple[str, str]:
    """What happened, and what to do next."""
    from segue.cli.usage import in_commands, plainly
    from segue.errors import SegueError

    if isinstance(error, KeyboardInterrupt | Abort):
        return "interrupted", ""
    if isinstance(error, SegueError | Interrupted):
        advice = one_line(error.advice)
        return one_line(str(error)).removesuffix(f"; {advice}"), in_commands(advice)
    if isinstance(error, TyperException):
        context = getattr(error, "ctx", None)
        sentence = one_line(error.format_message()).rstrip(".")
        named = getattr(error, "command", "segue")
        command = context.command_path if context is not None else named
        plain, advice = plainly(sentence[:1].lower() + sentence[1:])
        return plain, advice or f"try `{command} --help`"
    what = one_line(f"{type(error).__name__}: {error}").rstrip(": ")
    hint = "run it again with SEGUE_DEBUG=1 to see where"
    return f"a fault of segue's own: {what}", "; ".join([hint, *getattr(error, "__notes__", ())])


def _close_quietly() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
