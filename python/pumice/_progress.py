"""What a run says while it goes on: a bar, warnings, the log."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from ._errors import PumiceWarning, SkippedWarning, in_python

LOG = logging.getLogger("pumice")


def _wants_bar() -> bool:
    """In a terminal, and in a notebook."""
    if "ipykernel" in sys.modules:
        return True
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False


class Bar:
    """A tqdm bar, made at the second call so that short runs draw none. `progress` None: where somebody would see."""

    def __init__(self, progress: bool | None):
        self._bar: Any = None
        self._calls = 0
        self._make = None
        if _wants_bar() if progress is None else progress:
            try:
                with warnings.catch_warnings():  # a notebook without widgets gets a bar of text
                    warnings.simplefilter("ignore")
                    from tqdm.auto import tqdm

                self._make = tqdm
            except ImportError:
                if progress:
                    LOG.warning("no progress bar: pip install tqdm")

    @property
    def callback(self) -> Any:
        return self._update if self._make else None

    def _update(self, done: int, total: int, skipped: int, bytes_done: int) -> None:
        self._calls += 1
        if self._bar is None:
            if self._calls < 2 or done == total:
                return
            self._bar = self._make(total=total, unit="segment", desc="pumice")
        self._bar.n = done
        if skipped:
            self._bar.set_postfix(skipped=skipped, refresh=False)
        self._bar.refresh()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def on_message(line: str) -> None:
    """Warnings come again in the outcome, where they get their place in the caller's code."""
    if not line.startswith("warning: "):
        LOG.info(in_python(line))


# Whose calls are not the user's: of pumice, and of what wraps its methods.
_OTHERS = (str(Path(__file__).parent) + os.sep, f"{os.sep}sklearn{os.sep}", f"{os.sep}joblib{os.sep}")


def warn(text: str, category: type[Warning] = PumiceWarning) -> None:
    """Warns at the line of the user's code that called pumice."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and any(part in frame.f_code.co_filename for part in _OTHERS):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


def report(outcome: Any) -> None:
    """Warnings of a run, and one that names how many inputs were skipped."""
    for text in outcome.warnings:
        warn(in_python(text))
    skipped = outcome.skipped
    if skipped:
        warn(skipped_text(skipped, outcome.inputs, WHERE_ALL), SkippedWarning)


# Where each input that was skipped is named.
WHERE_ALL = "all: df.attrs['pumice']['skipped']"


def skipped_text(skipped: list[dict], inputs: int, where_all: str) -> str:
    verb = "was" if len(skipped) == 1 else "were"
    first = f"{skipped[0]['file']}: {place_text(skipped[0])}{skipped[0]['reason']}"
    return f"{len(skipped)} of {inputs} inputs {verb} skipped, the first: {first} ({where_all})"


def place_text(problem: dict) -> str:
    """ "row 312: " of a problem."""
    parts = [f"{key} {problem[key]}" for key in ("row", "column", "byte") if problem.get(key) is not None]
    return f"{', '.join(parts)}: " if parts else ""
