"""Pictures of a segment: its samples, its spectrum, its spectrogram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._columns import unit_text
from .._errors import UsageError
from .._optional import require
from .._recording import NPERSEG, OVERLAP, TAPER, Recording, gaps, read_recording, welch
from ._drawing import axes_of, colours, faint, frequency_axis, line_style, plain, pyplot, shortened, tidy

BANDS = ((0.1, 0.5), (0.5, 1), (1, 2), (2, 4.5), (4.5, 8), (8, 16), (16, 25), (25, 50))
"""Hz: the catalogue's own."""


def segment(
    x: Any,
    *,
    channels: str | Iterable[str] | None = None,
    sample_rate: float | None = None,
    channel_names: Iterable[str] | None = None,
    unit: str | None = None,
    axes: Sequence[Any] | None = None,
) -> Any:
    """All channels of a segment, one below the other over the same time; gaps are grey. Returns the Figure.

    axes: as many as there are channels. Raises UsageError for a channel that is not there.
    """
    recording = read_recording(x, sample_rate=sample_rate, channels=channels, channel_names=channel_names)
    count = len(recording.channels)
    if axes is None:
        figure = pyplot().figure(figsize=(10, 0.8 + 0.75 * count), layout="constrained")
        axes = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
        figure.suptitle(_title(recording), fontsize=10)
    axes = [axes] if hasattr(axes, "plot") else list(np.ravel(np.asarray(axes, dtype=object)))
    if len(axes) != count:
        raise UsageError(f"{len(axes)} axes for {count} channels")
    time, label = _time(recording)
    for name, samples, ax in zip(recording.channels, recording.samples, axes):
        _channel(ax, plain(shortened(name, 24)), time, samples, recording.rate or 1.0)
        ax.tick_params(axis="x", labelbottom=ax is axes[-1])
    axes[-1].set_xlabel(label)
    axes[0].figure.align_ylabels(axes)
    axes[0].set_title(f"samples in {plain(unit or 'units')} as recorded", loc="left", fontsize=8, color=faint(axes[0]))
    return axes[0].figure


def _title(recording: Recording) -> str:
    return plain(shortened(Path(recording.name).name, 70))


def _time(recording: Recording) -> tuple[np.ndarray, str]:
    index = np.arange(recording.samples.shape[1])
    return (index, "sample") if recording.rate is None else (index / recording.rate, "time, s")


def _channel(ax: Any, name: str, time: np.ndarray, samples: np.ndarray, rate: float) -> None:
    ax.plot(time, samples, color=colours(ax)[0], linewidth=0.6)
    step = 1 / rate
    for start, end in gaps(samples):
        ax.axvspan(start * step, end * step, color=faint(ax), alpha=0.45, linewidth=0.5)
    ax.set_xlim(0, len(time) * step)
    ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    ax.yaxis.set_major_locator(_inner_locator())
    ax.tick_params(labelsize=8)
    tidy(ax)
    note = None
    valid = samples[~np.isnan(samples)]
    if len(valid) == 0:
        note = "no valid sample"
        ax.set_yticks([])
    elif valid.min() == valid.max():
        note = f"constant: {valid[0]:g}"
        ax.set_yticks([valid[0]])
    if note:
        box = {"facecolor": ax.get_facecolor(), "edgecolor": "none", "alpha": 0.85, "pad": 2}
        ax.text(0.5, 0.75, note, transform=ax.transAxes, ha="center", va="center", fontsize=8, bbox=box)


def _inner_locator() -> Any:
    """Few ticks, none so near an end that its number would touch that of the channel above or below."""

    class Inner(require("matplotlib.ticker", "plot").MaxNLocator):
        def __call__(self) -> Any:
            low, high = sorted(self.axis.get_view_interval())
            edge = 0.14 * (high - low)
            return [tick for tick in super().__call__() if low + edge <= tick <= high - edge]

    return Inner(4)


def psd(
    x: Any,
    *,
    channels: str | Iterable[str] | None = None,
    sample_rate: float | None = None,
    channel_names: Iterable[str] | None = None,
    bands: Sequence[tuple[float, float]] = BANDS,
    nperseg: int = NPERSEG,
    overlap: int = OVERLAP,
    taper: str = TAPER,
    unit: str | None = None,
    ax: Any = None,
) -> Any:
    """Power spectral density of a segment's channels by Welch's method, as band powers are made from it, with the
    bands shaded. Returns the Axes.

    A channel without a spectrum (no valid sample, or constant) is named in the legend and not drawn.
    """
    recording = read_recording(x, sample_rate=sample_rate, channels=channels, channel_names=channel_names)
    rate = recording.known_rate()
    _check_blocks(nperseg, overlap)
    ax = axes_of(ax, (9, 4.5))
    handles, names = [], []
    lowest = rate / min(nperseg, recording.samples.shape[1])
    for i, (name, samples) in enumerate(zip(recording.channels, recording.samples)):
        f, p = welch(samples, rate, nperseg, overlap, taper)
        there = p is not None and bool((p[1:] > 0).any())
        values = np.where(p[1:] > 0, p[1:], np.nan) if there else np.full(len(f) - 1, np.nan)
        handles += ax.plot(f[1:], values, linewidth=1.1, **line_style(ax, i))
        names.append(plain(shortened(name, 24)) + ("" if there else ": none"))
    ax.set_yscale("log")
    frequency_axis(ax, lowest, rate / 2)
    _shade(ax, bands, lowest, rate / 2)
    ax.set_xlabel("frequency, Hz")
    ax.set_ylabel(f"power spectral density, {plain(unit_text('{x}^2', unit))}/Hz")
    ax.set_title(_title(recording), fontsize=10, pad=18)
    ax.legend(handles, names, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=8)
    tidy(ax)
    return ax


def _check_blocks(nperseg: int, overlap: int) -> None:
    if nperseg < 2 or not 0 <= overlap < nperseg:
        raise UsageError(f"nperseg={nperseg}, overlap={overlap}: blocks of at least 2 samples that share fewer")


def _shade(ax: Any, bands: Sequence[tuple[float, float]], lowest: float, highest: float) -> None:
    """Every other band grey; its limits above where they fit."""
    decades = np.log10(highest / lowest)
    for i, (low, high) in enumerate(bands):
        if not low < high:
            raise UsageError(f"bands: {low!r} to {high!r} Hz is no band")
        low, high = max(low, lowest), min(high, highest)
        if low >= high:
            continue
        ax.axvspan(low, high, color=faint(ax), alpha=0.22 if i % 2 == 0 else 0.07, linewidth=0, zorder=0)
        share = np.log10(high / low) / decades
        text = f"{bands[i][0]:g}-{bands[i][1]:g}"
        if share * ax.get_position().width * ax.figure.get_figwidth() > 0.075 * len(text):
            ax.text(np.sqrt(low * high), 1.01, text, transform=ax.get_xaxis_transform(), ha="center", va="bottom",
                    fontsize=7.5)  # fmt: skip


def spectrogram(
    x: Any,
    channel: str,
    *,
    sample_rate: float | None = None,
    channel_names: Iterable[str] | None = None,
    nperseg: int = NPERSEG,
    overlap: int = OVERLAP,
    taper: str = TAPER,
    unit: str | None = None,
    ax: Any = None,
) -> Any:
    """Power of a channel over time and frequency, in dB: 10 log10 of the density in `unit`^2/Hz. Blocks with more than
    10 % missing are left blank, as they are left out of Welch's spectrum. Returns the Axes."""
    recording = read_recording(x, sample_rate=sample_rate, channel_names=channel_names)
    samples, rate = recording.channel(channel), recording.known_rate()
    _check_blocks(nperseg, overlap)
    nperseg = min(nperseg, len(samples))
    step = nperseg - min(overlap, nperseg - 1)
    starts = np.arange(0, len(samples) - nperseg + 1, step)
    density = np.full((nperseg // 2 + 1, len(starts)), np.nan)
    for i, start in enumerate(starts):
        f, p = welch(samples[start : start + nperseg], rate, nperseg, 0, taper)
        if p is not None:
            density[:, i] = p
    decibels = 10 * np.log10(np.where(density > 0, density, np.nan))
    if np.isnan(decibels[1:]).all():
        raise UsageError(
            f"{recording.name}: channel `{channel}` has no spectrum: it is constant, or has no valid block"
        )
    ax = axes_of(ax, (9, 4))
    edges = np.append(starts, starts[-1] + step) + (nperseg - step) / 2
    half = f[1] / 2
    low, high = np.nanpercentile(decibels[1:], (2, 99.5))
    ax.set_facecolor(faint(ax))  # of blocks that are left out
    picture = ax.pcolormesh(
        edges / rate, np.append(f[1:] - half, f[-1] + half), decibels[1:], vmin=low, vmax=high, cmap="cividis",
        rasterized=True,
    )  # fmt: skip
    ax.set_xlim(0, len(samples) / rate)
    frequency_axis(ax, f[1], rate / 2, along="y")
    ax.set_xlabel("time, s")
    ax.set_ylabel("frequency, Hz")
    ax.set_title(f"{_title(recording)}: {plain(channel)}", fontsize=10)
    bar = ax.figure.colorbar(picture, ax=ax, pad=0.02)
    bar.set_label(f"power, dB of {plain(unit_text('{x}^2', unit))}/Hz")
    return ax
