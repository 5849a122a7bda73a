"""The input side of the oracle: files read with pandas, cut, and the missing-value policies in their plainest form.

Shares no code with pumice, and is slow on purpose: each rule of docs/FEATURES.md is one obvious statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.signal

POLICIES = ("skip", "zero", "ffill", "interpolate", "nan")


@dataclass(frozen=True)
class Welch:
    """Settings of a spectrum; `overlap` in samples."""

    nperseg: int = 1024
    overlap: int = 512
    taper: str = "hann"


@dataclass(frozen=True)
class Signal:
    """One channel of one segment under one policy."""

    raw: np.ndarray  # as read, NaN where missing
    policy: str
    fs: float | None = None
    welch: Welch = Welch()
    derivation: str = ""

    @cached_property
    def missing(self) -> np.ndarray:
        return np.isnan(self.raw)

    @cached_property
    def is_null(self) -> bool:
        """True where every feature of the channel is null, whatever it is."""
        if self.policy == "nan":
            return bool(self.missing.any()) or len(self.raw) == 0
        return self.policy in ("skip", "interpolate") and bool(self.missing.all())

    @cached_property
    def _filled(self) -> np.ndarray:
        """One value a tick."""
        if self.is_null:
            return np.empty(0)
        if self.policy == "zero":
            return np.where(self.missing, 0.0, self.raw)
        if self.policy == "ffill":
            return pd.Series(self.raw).ffill().fillna(0.0).to_numpy()
        if self.policy == "nan" or not self.missing.any():
            return self.raw
        ticks = np.arange(len(self.raw))
        return np.interp(ticks, ticks[~self.missing], self.raw[~self.missing])

    def _derive(self, values: np.ndarray) -> np.ndarray:
        return {"": lambda v: v, "abs": np.abs, "diff": np.diff}[self.derivation](values)

    @cached_property
    def x(self) -> np.ndarray:
        """What statistics see."""
        if self.is_null:
            return np.empty(0)
        # Neighbours in time have a difference, so that it is taken of the time axis, across bridged gaps too.
        if self.derivation == "diff":
            return self.t
        return self._derive(self.raw[~self.missing] if self.policy == "skip" else self._filled)

    @cached_property
    def t(self) -> np.ndarray:
        """What features of the time axis see."""
        return self._derive(self._filled)

    @cached_property
    def spectrum(self) -> tuple[np.ndarray, np.ndarray] | None:
        """f and P of scipy.signal.welch; None where no block is left."""
        n = len(self.t)
        if n == 0 or not self.fs:
            return None
        nperseg = min(n, self.welch.nperseg)
        overlap = self.welch.overlap if n >= self.welch.nperseg else n * self.welch.overlap // self.welch.nperseg
        settings = {"fs": self.fs, "window": self.welch.taper, "nperseg": nperseg, "noverlap": overlap}
        starts = range(0, n - nperseg + 1, nperseg - overlap)
        if self.policy == "skip":
            missing = self.missing[1:] if self.derivation == "diff" else self.missing
            kept = [s for s in starts if missing[s : s + nperseg].sum() <= 0.1 * nperseg]
        else:
            kept = list(starts)
        if not kept:
            return None
        if len(kept) == len(starts):
            f, p = scipy.signal.welch(self.t, **settings)
        else:
            blocks = [scipy.signal.welch(self.t[s : s + nperseg], **settings) for s in kept]
            f, p = blocks[0][0], np.mean([power for _, power in blocks], axis=0)
        # Taking the mean off a constant leaves its rounding, which is not a spectrum.
        if all(np.ptp(self.t[s : s + nperseg]) == 0 for s in kept):
            p = np.zeros_like(p)
        return f, p


def read_csv(path: Path, **options) -> pd.DataFrame:
    """A segment as float64 columns, each cell converted by Python, which rounds exactly; +-inf are missing."""
    text = pd.read_csv(path, dtype=str, skip_blank_lines=False, **options)
    frame = pd.DataFrame({name: [float(cell) for cell in text[name]] for name in text.columns}, dtype=np.float64)
    return frame.where(np.isfinite(frame), np.nan)


def windows(n: int, length: int | None, hop: int | None) -> list[tuple[int, int]]:
    """[first, end) of each cut; a partial last window is left out."""
    if length is None:
        return [(0, n)]
    return [(first, first + length) for first in range(0, n - length + 1, hop or length)]


def read_segments(paths: list[Path], length: int | None = None, hop: int | None = None, **options):
    """Yields (id, window number, first sample, frame) of every segment, in the order of `paths`."""
    for path in paths:
        frame = read_csv(path, **options)
        for number, (first, end) in enumerate(windows(len(frame), length, hop)):
            yield Path(path).name.split(".")[0], number, first, frame.iloc[first:end]
