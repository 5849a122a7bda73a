"""From the arguments of `extract` to options of the library, which are the texts of the command line."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from . import _core
from ._errors import UsageError, check_text


def texts(name: str, value: str | Iterable[str]) -> list[str]:
    """A list of texts, or one text with commas."""
    if isinstance(value, str):
        return [part for part in value.split(",") if part]
    if not isinstance(value, Iterable) or isinstance(value, (bytes, Mapping)):
        raise UsageError(f"{name} is a text or a list of texts, not {value!r}")
    out = list(value)
    if not all(isinstance(part, str) for part in out):
        raise UsageError(f"{name} is a text or a list of texts, not {value!r}")
    return out


def feature_texts(features: Any) -> list[str]:
    """Selections: a set's name, a list of columns, or channel -> features."""
    if isinstance(features, Mapping):
        out = []
        for channel, wanted in features.items():
            if not isinstance(channel, str):
                raise UsageError(f"features: a channel's name is a text, not {channel!r}")
            parts = feature_texts(wanted)
            out += [f"{_core.encode_channel(channel)}{'' if part.startswith('|') else '__'}{part}" for part in parts]
    elif isinstance(features, str):
        out = _core.split_features(features)
    elif isinstance(features, Iterable):
        out = list(features)
        if not all(isinstance(part, str) for part in out):
            raise UsageError("features are names: a set, a list of columns, or channel -> features")
    else:
        raise UsageError(f"features are names: a set, a list of columns, or channel -> features; not {features!r}")
    if not out:
        raise UsageError("features names nothing")
    return out


def band_text(bands: Any) -> str:
    if isinstance(bands, str):
        return bands
    try:
        return ",".join(f"{float(low)!r}-{float(high)!r}" for low, high in bands)
    except (TypeError, ValueError):
        raise UsageError(f"bands are pairs of Hz, as [(0.1, 0.5), (0.5, 1)], not {bands!r}") from None


def length_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name}={value!r}: say '100s' for seconds or '10000n' for samples")
    return value


# What the library has room for in its counts.
_MOST = 2**31 - 1


def thread_count(n_jobs: int | None, threads: int | None) -> int | None:
    """None: all CPUs that this process may use; so is -1, as in scikit-learn."""
    if n_jobs is not None and threads is not None and n_jobs != threads:
        raise UsageError("n_jobs and threads are two names of one thing: leave one of them out")
    count = threads if n_jobs is None else n_jobs
    name = "threads" if n_jobs is None else "n_jobs"
    try:
        whole = None if count is None else operator.index(count)  # NumPy's integers too
    except TypeError:
        whole = 0
    if whole is None or whole == -1:
        return None
    if isinstance(count, (bool, np.bool_)) or not 1 <= whole <= _MOST:
        raise UsageError(f"{name}={count!r}: a positive number of threads, or -1 for all CPUs")
    return whole


def to_core(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `_core`: only those that were given (not None). Labels and `like` are not dealt with here."""
    out: dict[str, Any] = {}
    for name, value in arguments.items():
        if value is None:
            continue
        if name == "features":
            value = feature_texts(value)
        elif name in ("channels", "na"):
            value = texts(name, value)
        elif name == "bands":
            value = band_text(value)
        elif name in ("window", "hop"):
            value = length_text(name, value)
        elif name == "sample_rate":
            value = number(name, value)
        elif name in ("nperseg", "overlap", "batch", "threads"):
            value = _count(name, value)
        elif name in ("header", "recursive"):
            value = _yes(name, value)
        elif name == "device":
            value = str(value)
        elif name in ("memory", "gpu_memory", "pinned_memory") and not isinstance(value, str):
            value = str(_integer(name, value))  # bytes
        elif not isinstance(value, str):
            raise UsageError(f"{name}={value!r}: {_TAKES.get(name, 'a text')} was expected")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                check_text(name, text)
        out[name] = value
    return out


# What options that are words take, for messages.
_TAKES = {
    "missing": "'skip', 'zero', 'ffill', 'interpolate' or 'nan'",
    "names": "'default', 'safe', 'notebook' or 'recipe'",
    "layout": "'wide' or 'long'",
    "taper": "'hann', 'hamming', 'blackman' or 'boxcar'",
    "precision": "'float' or 'double'",
    "on_error": "'skip', 'nan' or 'fail'",
    "id": "'stem', 'path' or a regular expression",
    "time_column": "a column's name",
    "delimiter": "a character or 'tab'",
    "decimal": "'.' or ','",
}


def number(name: str, value: Any) -> float:
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name}={value!r}: a number was expected") from None


def _integer(name: str, value: Any) -> int:
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise UsageError(f"{name}={value!r}: an integer was expected") from None


def _count(name: str, value: Any) -> int:
    count = _integer(name, value)
    if abs(count) > _MOST:
        raise UsageError(f"{name}={value!r}: an integer of 32 bits was expected")
    return count


def _yes(name: str, value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if not isinstance(value, str) or value not in ("yes", "no"):
        raise UsageError(f"{name}={value!r}: True or False was expected")
    return value == "yes"
