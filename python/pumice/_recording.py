"""Samples of one segment for pictures, and their spectrum as the library defines it."""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core
from ._device_arrays import is_on_device, to_host
from ._errors import InputError, UnavailableError, UsageError
from ._inputs import as_cases, is_path
from ._optional import require
from ._options import number, texts
from ._types import Taper

NPERSEG, OVERLAP = 1024, 512
TAPER: Taper = "hann"
# Of a block's samples; blocks with more missing are left out of a spectrum.
MOST_MISSING = 0.1


@dataclass
class Recording:
    """One segment. `samples`: float64 [channels][time], NaN where missing; `rate`: Hz, None where it is not known."""

    name: str
    channels: list[str]
    samples: np.ndarray
    rate: float | None

    def channel(self, name: str) -> np.ndarray:
        _refuse_unknown(self.name, self.channels, [name])
        return self.samples[self.channels.index(name)]

    def known_rate(self) -> float:
        if self.rate is None:
            raise UsageError(f"{self.name}: nothing says how many samples a second there are: give sample_rate")
        return self.rate


def _refuse_unknown(of: str, channels: list[str], wanted: list[str]) -> None:
    for name in wanted:
        if name not in channels:
            raise UsageError(f"{of} has no channel `{name}`; it has {', '.join(channels)}")


def read_recording(
    x: Any,
    *,
    sample_rate: float | None = None,
    channels: str | Iterable[str] | None = None,
    channel_names: Iterable[str] | None = None,
) -> Recording:
    """Of a file of text, a frame (a column a channel) or an array (channels, time) or (time)."""
    sample_rate = None if sample_rate is None else number("sample_rate", sample_rate)
    if sample_rate is not None and not (np.isfinite(sample_rate) and sample_rate > 0):
        raise UsageError(f"sample_rate={sample_rate!r}: a positive number of Hz was expected")
    wanted = None if channels is None else texts("channels", channels)
    if wanted == []:
        raise UsageError("channels names no channel")
    if isinstance(x, Recording):
        out = Recording(x.name, x.channels, x.samples, sample_rate or x.rate)
    elif is_path(x):
        if channel_names is not None:
            raise UsageError("channel_names is for samples in memory, and a file was given")
        out = _of_file(str(x), sample_rate, wanted)
    else:
        if getattr(x, "ndim", 0) == 2 and (isinstance(x, np.ndarray) or is_on_device(x)):
            x = [x]
        cases = as_cases(x, channel_names, None, wanted)
        if len(cases.ids) != 1:
            raise UsageError(f"a picture is of one segment, and {len(cases.ids)} were given")
        # [cases][channels][time], or a list of what each channel or the case holds.
        arrays = [to_host(array) if is_on_device(array) else array for array in cases.arrays]
        flat = [array.reshape(len(cases.channels) // len(arrays), -1) for array in arrays]
        out = Recording("the segment", cases.channels, np.concatenate(flat).astype(np.float64), sample_rate)
    if wanted is not None:
        out = Recording(out.name, wanted, np.array([out.channel(name) for name in wanted]), out.rate)
    if out.samples.size == 0:
        raise UsageError(f"{out.name} has no sample")
    out.samples = np.where(np.isfinite(out.samples), out.samples, np.nan)
    return out


def _of_file(path: str, sample_rate: float | None, wanted: list[str] | None) -> Recording:
    """The library says which columns are channels and at which rate; pandas reads those wanted (None: all)."""
    pd = require("pandas", "pandas")
    options = {"inputs": [path], "features": ["n_valid"]} | ({"sample_rate": sample_rate} if sample_rate else {})
    outcome = _core.extract_files(options, None, None, True)
    if outcome.recordings != 1:
        raise UsageError(f"{path}: a picture is of one segment, and these are {outcome.recordings}")
    channels = json.loads(outcome.metadata["pumice.channels"])
    _refuse_unknown(path, channels, wanted or [])
    taken = set(channels if wanted is None else wanted)
    try:
        head = pd.read_csv(
            path, sep="\x00", header=None, nrows=20, dtype=str, keep_default_na=False, engine="python",
            quoting=csv.QUOTE_NONE, encoding_errors="backslashreplace",
        )  # fmt: skip
        line, *others = (_with_bytes(str(one)) for one in head[0])
        unquoted = re.sub(r'"[^"]*"', "", line)
        delimiter = max(",;\t|", key=unquoted.count)
        delimiter = delimiter if delimiter in unquoted else r"\s+"
        # As the library has it: a name is in the first line, or there is no line of names.
        named = any(name in line for name in channels)
        comma = delimiter != "," and any("," in one for one in (others if named else [line, *others]))
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            # All columns: of a part, pandas says nothing about rows that have more cells than there are names.
            frame = pd.read_csv(
                path, sep=delimiter, header=0 if named else None, decimal="," if comma else ".", index_col=False,
                low_memory=False, encoding_errors="backslashreplace",
            )  # fmt: skip
    except ImportError as error:  # zstd
        raise UnavailableError(f"{path}: {error}") from error
    except pd.errors.ParserWarning as error:
        raise InputError(f"{path}: its rows have more cells than there are names", {"file": path}) from error
    except (OSError, ValueError, IndexError) as error:
        raise InputError(f"{path}: cannot be read: {error}", {"file": path}) from error
    if named:
        frame.columns = [_with_bytes(str(name)).strip() for name in frame.columns]
    elif len(frame.columns) == len(channels):
        frame.columns = channels
    channels = [name for name in channels if name in taken]
    absent = [name for name in channels if name not in frame.columns]
    if absent:
        raise InputError(f"{path}: column `{absent[0]}` was not found in it", {"file": path})
    samples = np.array([pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64) for name in channels])
    return Recording(path, channels, samples, sample_rate or outcome.sample_rate or None)


def _with_bytes(text: str) -> str:
    """Bytes that are no UTF-8 as the library shows them, `\\xE9`, which Python writes in small letters."""
    return re.sub(r"\\x([89a-f][0-9a-f])", lambda match: rf"\x{match[1].upper()}", text)


def gaps(samples: np.ndarray) -> np.ndarray:
    """int64 [gaps][2]: where each run of missing samples starts and ends."""
    missing = np.isnan(samples).astype(np.int8)
    edges = np.diff(missing, prepend=0, append=0)
    return np.column_stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)])


def bridged(samples: np.ndarray) -> np.ndarray:
    """Gaps filled by straight lines, ends held: the time axis that spectra see."""
    there = np.flatnonzero(~np.isnan(samples))
    if len(there) == 0:
        raise UsageError("there is no valid sample")
    return np.interp(np.arange(len(samples)), there, samples[there])


def welch(
    samples: np.ndarray,
    rate: float,
    nperseg: int = NPERSEG,
    overlap: int = OVERLAP,
    taper: str = TAPER,
) -> tuple[np.ndarray, np.ndarray | None]:
    """(f in Hz, one-sided density in {x}^2/Hz) by Welch's method as the catalogue defines it; no density where no
    block has 90 % of its samples."""
    signal = require("scipy.signal", "plot")
    nperseg = min(nperseg, len(samples))
    overlap = min(overlap, nperseg - 1)
    frequencies = np.fft.rfftfreq(nperseg, 1 / rate)
    if np.isnan(samples).all():
        return frequencies, None
    cut = np.lib.stride_tricks.sliding_window_view
    step = nperseg - overlap
    missing = cut(np.isnan(samples), nperseg)[::step].mean(axis=1)
    blocks = cut(bridged(samples), nperseg)[::step][missing <= MOST_MISSING]
    if len(blocks) == 0:
        return frequencies, None
    density = signal.periodogram(blocks, rate, window=taper, detrend="constant", scaling="density")[1]
    return frequencies, density.mean(axis=0)
