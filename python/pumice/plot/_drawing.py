"""What all pictures share: axes, colours that everybody can tell apart, texts that stay texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import UsageError
from .._optional import require

# Okabe and Ito (2008), without black and yellow: these stand out of white and of black.
_ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#B07D00", "#6A5ACD")
_ON_DARK = ("#56B4E9", "#E69F00", "#2FC79A", "#E59BC4", "#F0E442", "#FF8A5C", "#A99BFF")
_LINES = ("-", "--", ":", "-.")
# Inches of a line in `legend_beside`, in letters of 8 points.
LEGEND_LINE = 0.17


def pyplot() -> Any:
    return require("matplotlib.pyplot", "plot")


def axes_of(ax: Any, size: tuple[float, float]) -> Any:
    """`ax`, or the only axes of a new figure that leaves room for its texts."""
    if ax is not None:
        if not hasattr(ax, "plot") or not hasattr(ax, "figure"):
            raise UsageError(f"ax is an Axes of matplotlib, not {type(ax).__name__}")
        return ax
    return pyplot().figure(figsize=size, layout="constrained").add_subplot()


def is_dark(ax: Any) -> bool:
    colour = require("matplotlib.colors", "plot").to_rgba(ax.get_facecolor())
    if colour[3] == 0:
        colour = ax.figure.get_facecolor()
    return float(np.dot(colour[:3], (0.299, 0.587, 0.114))) < 0.5


def colours(ax: Any) -> tuple[str, ...]:
    return _ON_DARK if is_dark(ax) else _ON_LIGHT


def line_style(ax: Any, i: int) -> dict[str, Any]:
    """Of the i-th line: colours first, then dashes."""
    palette = colours(ax)
    return {"color": palette[i % len(palette)], "linestyle": _LINES[i // len(palette) % len(_LINES)]}


def channel_scale(ax: Any, count: int) -> Any:
    """Colours of many channels in their order, as a scale that is mapped to 0 .. count - 1."""
    matplotlib, colors = require("matplotlib", "plot"), require("matplotlib.colors", "plot")
    ends = (0.25, 1.0) if is_dark(ax) else (0.0, 0.85)  # those that stand out of the ground
    shades = colors.ListedColormap(matplotlib.colormaps["viridis"](np.linspace(*ends, count)))
    norm = colors.BoundaryNorm(np.arange(count + 1) - 0.5, count)
    return require("matplotlib.cm", "plot").ScalarMappable(norm, shades)


def faint(ax: Any) -> str:
    """Of what is not there: gaps, dead channels, notes."""
    return "#9aa3ad" if is_dark(ax) else "#5f6873"


def plain(text: Any) -> str:
    """Names are data: a dollar sign in one begins no formula."""
    return str(text).replace("$", r"\$").replace("\n", " ")


def shortened(text: str, most: int) -> str:
    """Its middle left out where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[-(most - 1 - head) :]}"


def tidy(ax: Any) -> None:
    ax.spines[["top", "right"]].set_visible(False)


def lay_out(ax: Any) -> None:
    """Gives axes the place that they get when they are drawn, where something lays them out."""
    if ax.figure.get_layout_engine() is not None:
        ax.figure.canvas.figure.draw_without_rendering()  # of the whole: parts of a figure have no such method


def legend_beside(ax: Any, handles: list[Any], lines: list[str], title: str, is_given: bool) -> None:
    """A legend right of the axes, a line each. Where axes are given their height limits it, first the size of its
    letters and then how many lines it has, the last of which says how many are left out."""
    size = 8.0
    if is_given:
        room = ax.get_window_extent().height / ax.figure.dpi / LEGEND_LINE - 2  # below the title
        size = min(max(8 * room / len(lines), 6), 8)
        most = max(2, int(room * 8 / size))
        if len(lines) > most:
            nothing = require("matplotlib.lines", "plot").Line2D([], [], linestyle="")
            lines = [*lines[: most - 1], f"and {len(lines) - most + 1} more"]
            handles = [*handles[: most - 1], nothing]
    legend = ax.legend(
        handles, lines, title=title, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, frameon=False,
        fontsize=size, title_fontsize=size, alignment="left", labelspacing=0.3, handletextpad=0.2, borderpad=0,
    )  # fmt: skip
    if is_given and ax.figure.get_layout_engine() is None:  # nothing else makes room
        ax.figure.canvas.figure.draw_without_rendering()
        box, whole = ax.get_position(), ax.figure.bbox
        width = box.width - legend.get_window_extent().width / whole.width
        ax.set_position((box.x0, box.y0, max(width / 1.01, 0.35 * box.width), box.height))


def date_axis(ax: Any, zone: Any) -> None:
    """Along x, in the time of a zone (None: as they are), with as many dates as the axes are wide enough for."""
    dates = require("matplotlib.dates", "plot")
    lay_out(ax)
    most = max(2, int(ax.get_window_extent().width / ax.figure.dpi / 0.55))
    locator = dates.AutoDateLocator(tz=zone, minticks=min(5, most), maxticks=most)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone))
    ax.xaxis.label.set(x=0, horizontalalignment="left")  # right of it is what the dates have in common


def frequency_axis(ax: Any, lowest: float, highest: float, along: str = "x") -> None:
    """Logarithmic, in Hz, labelled 0.1 and not 10^-1."""
    ticker = require("matplotlib.ticker", "plot")
    axis = ax.xaxis if along == "x" else ax.yaxis
    (ax.set_xscale if along == "x" else ax.set_yscale)("log")
    (ax.set_xlim if along == "x" else ax.set_ylim)(lowest, highest)
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(ticker.NullFormatter())
    if highest / lowest < 10:  # fewer than two powers of ten: numbers at minor ticks too
        axis.set_minor_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
