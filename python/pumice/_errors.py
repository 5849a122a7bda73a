"""What can go wrong, as types. All are `PumiceError`."""

from __future__ import annotations

import re


class PumiceError(Exception):
    """Base of every exception that pumice raises by itself."""


class UsageError(PumiceError, ValueError):
    """Something was asked for that cannot be done as asked."""


class InputError(PumiceError, ValueError):
    """An input cannot be used, and the run cannot go on without it.

    `problem`: dict of `file`, `row` (line of the file from 1, with the header), `column`, `byte` and `reason`; what is
    not known is None.
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


def in_python(message: str) -> str:
    """A message of the library in the words of Python: `--on-error nan` is `on_error='nan'`."""

    def argument(match: re.Match) -> str:
        name = match[1].replace("-", "_")
        value = match[2]
        if value is None:
            return f"`{name}`"
        value = value.strip()
        number = re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?|HZ", value)
        return f"`{name}={value}`" if number else f"`{name}={value!r}`"

    return re.sub(r"`--([a-z][a-z-]*)( [^`]*)?`", argument, message)
