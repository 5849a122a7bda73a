"""What can go wrong, as types. All are `PumiceError`."""

from __future__ import annotations

import re
from collections.abc import Collection


class PumiceError(Exception):
    """Base of every exception that pumice raises by itself."""


class UsageError(PumiceError, ValueError):
    """Something was asked for that cannot be done as asked."""


class InputError(PumiceError, ValueError):
    """An input cannot be used, and the run cannot go on without it; or none of the inputs can.

    `problem`: dict of `file`, `row` (line of the file from 1, with the header), `column`, `byte` and `reason`; what is
    not known is None. Of several inputs it is that of the first.
    """

    def __init__(self, message: str, problem: dict | None = None):
        super().__init__(message)
        self.problem = problem or {}

    def __reduce__(self):
        return type(self), (self.args[0], self.problem)


class UnavailableError(PumiceError, RuntimeError):
    """Something that this build or machine lacks: a GPU, a driver, an optional package. The message says what."""


class DeviceError(PumiceError, RuntimeError):
    """A call of a CUDA library failed."""


class PumiceWarning(UserWarning):
    """A table was made, and something about it is worth knowing."""


class SkippedWarning(PumiceWarning):
    """Inputs were skipped: `df.attrs["pumice"]["skipped"]` names each."""


def check_text(name: str, text: str) -> None:
    """Refuses what no file can hold: halves of characters, as some readers give for bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{name}: {text!r} is no Unicode text") from None


def in_python(message: str) -> str:
    """A message of the library in the words of Python: `--on-error nan` is `on_error='nan'`."""

    def argument(match: re.Match) -> str:
        name = match[1].replace("-", "_")
        value = match[2]
        if value is None:
            return f"`{name}`"
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] == "'":  # as a shell takes it
            value = value[1:-1]
        number = re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?|HZ", value)
        return f"`{name}={value}`" if number else f"`{name}={value!r}`"

    return re.sub(r"`--([a-z][a-z-]*)( [^`]*)?`", argument, message)


def on_command_line(message: str, options: Collection[str]) -> str:
    """The way back: `missing='zero'` is `--missing zero`, of the options of the command."""

    def argument(match: re.Match[str]) -> str:
        if match[1] not in options:
            return match[0]
        return f"--{match[1].replace('_', '-')} {match[2] or match[3]}"

    message = re.sub(r"\b([a-z_]+)=(?:'([^'`]*)'|([\w.+-]+))", argument, message)
    # Without a value only those that are no word as well, which a column may be called.
    names = "|".join(name for name in options if "_" in name)
    return re.sub(f"`({names})`", lambda match: f"`--{match[1].replace('_', '-')}`", message) if names else message
