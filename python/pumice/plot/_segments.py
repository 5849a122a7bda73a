"""Pictures of a segment: its samples, its spectrum, its spectrogram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, get_args

import numpy as np

from .._columns import unit_text
from .._errors import UsageError
from .._optional import require
from .._recording import NPERSEG, OVERLAP, TAPER, Recording, gaps, read_recording, welch
from .._types import Taper
from ._drawing import (
    axes_of,
    channel_scale,
    colours,
    faint,
    frequency_axis,
    lay_out,
    line_style,
    plain,
    pyplot,
    shortened,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BANDS = ((0.1, 0.5), (0.5, 1), (1, 2), (2, 4.5), (4.5, 8), (8, 16), (16, 25), (25, 50))
"""Hz: the catalogue's own."""
# So many channels have lines that are told apart, and room in a legend: beside the axes, and inside those given.
_IN_LEGEND, _IN_LEGEND_INSIDE = 14, 5


def segment(
    x: Any,
    *,
    channels: str | Iterable[str] | None = None,
    sample_rate: float | None = None,
    channel_names: Iterable[str] | None = None,
    unit: str | None = None,
    axes: Axes | Iterable[Axes] | None = None,
) -> Figure:
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
    taper: Taper = TAPER,
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Power spectral density of a segment's channels by Welch's method, as band powers are made from it, with the
    bands shaded. Returns the Axes.

    A channel without a spectrum (no valid sample, or constant) is named and not drawn. A legend names few channels; the
    lines of many are coloured in their order, and a scale of colours names some.
    """
    recording = read_recording(x, sample_rate=sample_rate, channels=channels, channel_names=channel_names)
    rate = recording.known_rate()
    _check_blocks(nperseg, overlap, taper)
    bands = _pairs(bands)
    is_given = ax is not None
    ax = axes_of(ax, (9, 4.5))
    names = [plain(shortened(name, 24)) for name in recording.channels]
    in_legend = len(names) <= (_IN_LEGEND_INSIDE if is_given else _IN_LEGEND)
    scale = None if in_legend else channel_scale(ax, len(names))
    handles, without = [], []
    lowest = rate / min(nperseg, recording.samples.shape[1])
    for i, samples in enumerate(recording.samples):
        f, p = welch(samples, rate, nperseg, overlap, taper)
        there = p is not None and bool((p[1:] > 0).any())
        values = np.where(p[1:] > 0, p[1:], np.nan) if there else np.full(len(f) - 1, np.nan)
        style = line_style(ax, i) if scale is None else {"color": scale.to_rgba(i)}
        handles += ax.plot(f[1:], values, linewidth=1.1 if in_legend else 0.8, **style)
        without += [] if there else [i]
    ax.set_yscale("log")
    frequency_axis(ax, lowest, rate / 2)
    texts = {"fontsize": 8, "labelpad": 1} if is_given else {"fontsize": 9}  # given axes may have little room
    ax.tick_params(labelsize=8)
    ax.set_xlabel("frequency, Hz", **texts)
    ax.set_ylabel(f"power spectral density, {plain(unit_text('{x}^2', unit))}/Hz", **texts)
    ax.set_title(plain(shortened(Path(recording.name).name, _characters(ax, 0.09))), fontsize=10)
    if scale is None:
        names = [name + (": none" if i in without else "") for i, name in enumerate(names)]
        beside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "frameon": False}
        ax.legend(handles, names, fontsize=8, **({"loc": "lower left", "framealpha": 0.8} if is_given else beside))
    else:
        _name_some(ax, scale, names)
        if without:
            some = ", ".join(names[i] for i in without[:3]) + (f" and {len(without) - 3} more" if without[3:] else "")
            ax.set_xlabel(f"frequency, Hz\n{len(without)} without a spectrum: {some}", **texts)
    # Given axes may get narrower when their neighbours are drawn.
    _shade(ax, bands, lowest, rate / 2, 1.4 if is_given else 1.0)
    tidy(ax)
    return ax


def _characters(ax: Any, inches: float) -> int:
    """How many of so many inches stand above the axes."""
    return max(12, int(ax.get_window_extent().width / ax.figure.dpi / inches))


def _name_some(ax: Any, scale: Any, names: list[str]) -> None:
    """A bar of the channels' colours with as many names as it is high enough for, the first and the last among them."""
    room = max(2, int(ax.get_window_extent().height / ax.figure.dpi / 0.24))
    step = -(-(len(names) - 1) // (room - 1))
    places = list(range(0, len(names) - 1, step))
    if len(places) > 1 and len(names) - 1 - places[-1] < step / 2:
        places.pop()
    places.append(len(names) - 1)
    bar = ax.figure.colorbar(scale, ax=ax, pad=0.02, ticks=places)
    bar.ax.set_yticklabels([names[i] for i in places], fontsize=8)
    bar.ax.tick_params(length=2)
    bar.ax.minorticks_off()
    bar.ax.invert_yaxis()
    if step > 1 and ax.figure.get_layout_engine() is not None:
        bar.set_label(f"{len(names)} channels", fontsize=9)


def _pairs(bands: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    try:
        return [(float(low), float(high)) for low, high in bands]
    except (TypeError, ValueError):
        raise UsageError(f"bands are pairs of Hz, as [(0.1, 0.5), (0.5, 1)], not {bands!r}") from None


def _check_blocks(nperseg: int, overlap: int, taper: str) -> None:
    if taper not in get_args(Taper):
        raise UsageError(f"taper={taper!r}: {', '.join(get_args(Taper))}")
    if not isinstance(nperseg, SupportsIndex) or not isinstance(overlap, SupportsIndex):
        raise UsageError(f"nperseg={nperseg!r}, overlap={overlap!r}: numbers of samples were expected")
    if nperseg < 2 or not 0 <= overlap < nperseg:
        raise UsageError(f"nperseg={nperseg}, overlap={overlap}: blocks of at least 2 samples that share fewer")


def _shade(ax: Any, bands: Sequence[tuple[float, float]], lowest: float, highest: float, spread: float) -> None:
    """Every other band grey, its limits named at the top, in rows one below the other where they are closer than
    `spread` of their widths. The axis of the densities grows by as much, so that no line runs through them."""
    names = []
    for i, (low, high) in enumerate(bands):
        if not low < high:
            raise UsageError(f"bands: {low!r} to {high!r} Hz is no band")
        low, high = max(low, lowest), min(high, highest)
        if low >= high:
            continue
        ax.axvspan(low, high, color=faint(ax), alpha=0.22 if i % 2 == 0 else 0.07, linewidth=0, zorder=0)
        names.append((float(np.sqrt(low * high)), f"{bands[i][0]:g}-{bands[i][1]:g}"))
    if not names:
        return
    lay_out(ax)
    box = ax.get_window_extent()
    points = 72 / ax.figure.dpi
    ends: list[float] = []  # of the rows
    for place, name in sorted(names):
        text = ax.annotate(name, (place, 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 0),
                           textcoords="offset points", ha="center", va="top", fontsize=7.5)  # fmt: skip
        extent = text.get_window_extent()
        extent = extent.from_bounds(
            extent.x0 - (spread - 1) / 2 * extent.width, extent.y0, spread * extent.width, extent.height
        )
        # None leaves the axes, where a colour bar or another picture may be.
        shift = max(box.x0 - extent.x0, 0) + min(box.x1 - extent.x1, 0)
        row = next((i for i, end in enumerate(ends) if extent.x0 + shift > end + 6), len(ends))
        ends[row : row + 1] = [extent.x1 + shift]
        text.set_position((shift * points, -2 - 9 * row))
    low, high = np.log10(ax.get_ylim())
    share = min((9 * len(ends) + 4) / (box.height * points), 0.8)
    ax.set_ylim(10**low, 10 ** (low + (high - low) / (1 - share)))


def spectrogram(
    x: Any,
    channel: str,
    *,
    sample_rate: float | None = None,
    channel_names: Iterable[str] | None = None,
    nperseg: int = NPERSEG,
    overlap: int = OVERLAP,
    taper: Taper = TAPER,
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Power of a channel over time and frequency, in dB: 10 log10 of the density in `unit`^2/Hz. Blocks with more than
    10 % missing are left blank, as they are left out of Welch's spectrum. Returns the Axes.

    Other columns of a frame may hold anything. Raises UsageError for a channel that is not there.
    """
    if not isinstance(channel, str):
        raise UsageError(f"channel={channel!r}: the name of one channel was expected")
    recording = read_recording(x, sample_rate=sample_rate, channels=[channel], channel_names=channel_names)
    samples, rate = recording.channel(channel), recording.known_rate()
    _check_blocks(nperseg, overlap, taper)
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
