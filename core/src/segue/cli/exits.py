"""Output, error messages and exit codes: an error is one sentence on standard error.

With `--json` there is one object on standard output too, and nothing else.
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
    "Exit codes: 0 done; 1 failed, or over a price limit (--max-cost, budgets); 2 wrong usage, or"
    " not supported by the backend: nothing was submitted; 3 the outcome of the submission is"
    " unknown; 4 timed out, the job goes on; 130 interrupted, the job goes on."
)


class Code(IntEnum):
    """The exit codes that `EXIT_CODES` explains."""

    FAILED = 1
    USAGE = 2
    UNKNOWN = 3
    TIMED_OUT = 4
    INTERRUPTED = 130


class Interrupted(Exception):
    """The user pressed Ctrl-C; `ticket` names the job that goes on, if there is one."""

    def __init__(self, message: str, *, ticket: Ticket | None = None, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.ticket = ticket
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}" if self.advice else self.message


class Usage(TyperException):
    """Wrong usage of `command` that only the command itself can detect."""

    exit_code = Code.USAGE

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


@contextmanager
def exit_on_error(args: Sequence[str]) -> Iterator[None]:
    """Print the message of whatever is raised, and exit with its code."""
    try:
        yield
    except BrokenPipeError:
        _discard_stdout()
        sys.exit(Code.FAILED)
    except (KeyboardInterrupt, Exception) as error:
        sys.exit(_report(error, as_json="--json" in _before_separator(args)))


def echo(text: str) -> None:
    """Print a line to standard output, even if its encoding lacks a character."""
    if sys.stdout is None:  # closed before the start
        return
    try:
        _write(f"{text}\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _stdout_error(error) from error


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(text))
    sys.stdout.flush()


def _stdout_error(error: OSError) -> SegueError:
    """The error for a standard output that cannot be written, such as a file on a full disk."""
    from segue.errors import SegueError

    _discard_stdout()
    reason = (error.strerror or str(error)).lower()
    return SegueError(
        f"cannot write to standard output: {reason}",
        advice="`segue jobs` lists every job that was submitted",
    )


def echo_json(facts: Mapping[str, object]) -> None:
    """Print one JSON object to standard output."""
    import msgspec

    plain = msgspec.to_builtins({"ok": True, **facts}, enc_hook=str)
    echo(json.dumps(plain))


def one_line(text: str) -> str:
    """`text` on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def exit_code_of(error: BaseException) -> int:
    """The exit code of an error."""
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


def _before_separator(args: Sequence[str]) -> Sequence[str]:
    """The arguments before `--`, which can be options."""
    return args[: args.index("--")] if "--" in args else args


def _report(error: BaseException, *, as_json: bool) -> int:
    code, (sentence, advice) = exit_code_of(error), message_and_advice(error)
    if os.environ.get("SEGUE_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    echo_err(f"error: {sentence}; {advice}" if advice else f"error: {sentence}")
    if as_json:
        from segue.errors import SegueError

        try:
            echo_json({"ok": False, "error": _error_fields(error, sentence, advice, code)})
        except BrokenPipeError:
            _discard_stdout()
        except SegueError:  # cannot be written; the message is on standard error
            pass
    return code


def echo_err(sentence: str) -> None:
    """Print to standard error: one line, or wrapped to the width of a terminal."""
    if sys.stderr is None:  # closed before the start
        return
    if sys.stderr.isatty():
        import shutil
        import textwrap

        width = shutil.get_terminal_size().columns
        sentence = textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False)
    sys.stderr.write(f"{sentence}\n")


def _error_fields(error: BaseException, sentence: str, advice: str, code: int) -> dict[str, object]:
    ticket = getattr(error, "ticket", None)
    return {
        "type": type(error).__name__,
        "code": _word(error),
        "message": sentence,
        "advice": advice,
        "exit_code": int(code),
        **({"ticket": ticket} if ticket is not None else {}),
        **_hints(error),
    }


def _word(error: BaseException) -> str:
    """The error's stable code, also for what is no error of the library."""
    from segue.errors import SegueError

    if isinstance(error, SegueError):
        return error.error_code
    if isinstance(error, KeyboardInterrupt | Abort | Interrupted):
        return "interrupted"
    return "usage" if isinstance(error, TyperException) else "internal_error"


def _hints(error: BaseException) -> dict[str, object]:
    """What the vendor suggests instead, and why polls failed, if known."""
    failure = getattr(getattr(error, "snapshot", None), "error", None)
    hints = {
        "trouble": getattr(error, "trouble", None),
        "suggested_prompt": getattr(error, "suggested_prompt", None)
        or getattr(failure, "suggested_prompt", None),
        "suggestion": getattr(failure, "suggestion", None),
    }
    return {name: hint for name, hint in hints.items() if hint}


def message_and_advice(error: BaseException) -> tuple[str, str]:
    """What happened, and the next step."""
    from segue.cli.usage import for_command_line, rewrite
    from segue.errors import SegueError

    if isinstance(error, KeyboardInterrupt | Abort):
        return "interrupted", ""
    if isinstance(error, SegueError | Interrupted):
        advice = one_line(error.advice)
        return one_line(str(error)).removesuffix(f"; {advice}"), for_command_line(advice)
    if isinstance(error, TyperException):
        context = getattr(error, "ctx", None)
        sentence = one_line(error.format_message()).rstrip(".")
        named = getattr(error, "command", "segue")
        command = context.command_path if context is not None else named
        message, advice = rewrite(sentence[:1].lower() + sentence[1:])
        return message, advice or f"try `{command} --help`"
    what = one_line(f"{type(error).__name__}: {error}").rstrip(": ")
    hint = "set SEGUE_DEBUG=1 for a traceback"
    return f"internal error: {what}", "; ".join([hint, *getattr(error, "__notes__", ())])


def _discard_stdout() -> None:
    """Redirect standard output to the null device, so that the final flush cannot fail."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
