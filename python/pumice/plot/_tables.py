"""Pictures of a table: a feature, what is missing, what goes together, how two tables differ."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from .._columns import Table, as_table, readable, unit_text
from .._errors import UsageError
from .._optional import require
from .._options import number, texts
from .._statistics import LEAST_PAIRS, cluster_correlated, spearman
from ._drawing import (
    LEGEND_LINE,
    axes_of,
    date_axis,
    faint,
    is_dark,
    legend_beside,
    line_style,
    plain,
    shortened,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many features have their names above the axes, in two lines each, and leave these most of the height.
_MOST_ABOVE = 3


def feature(
    table: Any,
    names: str | Iterable[str],
    *,
    against: str = "time_to_eruption",
    scale: float = 1.0,
    against_unit: str | None = None,
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Features of one unit over segments (or windows) against a label (or any column, as one of dates). Returns the
    Axes.

    `scale` multiplies the label: `scale=1 / 8_640_000, against_unit="days"` turns INGV's centiseconds into days. Rows
    where either has no value are left out; the legend, beside the axes where it is long, says how many are drawn and
    Spearman's rank correlation of them.
    """
    of_table = as_table(table)
    scale = number("scale", scale)
    wanted = [names] if isinstance(names, str) else texts("names", names)
    if not wanted:
        raise UsageError("names names no feature")
    places, label = _along(of_table, against, scale)
    units = {of_table.units.get(name, "") for name in wanted}
    if len(units) > 1:
        raise UsageError(f"features of different units do not share an axis: {', '.join(sorted(units))}")
    columns = [of_table.column(name) for name in wanted]
    is_given, is_beside = ax is not None, len(wanted) > _MOST_ABOVE
    ax = axes_of(ax, (9, max(4.2, 0.9 + LEGEND_LINE * len(wanted))) if is_beside else (7, 4.2))
    handles, drawn = [], []
    for i, (name, values) in enumerate(zip(wanted, columns)):
        there = np.isfinite(values) & np.isfinite(label)
        style = {"marker": "os^Dv"[i % 5], "color": line_style(ax, i)["color"]}
        handles += ax.plot(
            places[there], values[there], linestyle="", markersize=4, alpha=0.75, markeredgewidth=0, **style
        )
        drawn.append((name, there.sum(), spearman(values, label).rho))
    is_dates = places.dtype.kind == "M"
    zone = of_table.frame[against].dt.tz if is_dates else None
    against_unit = against_unit or (str(zone) if zone else None)
    ax.set_xlabel(plain(against) + (f", {plain(against_unit)}" if against_unit else ""))
    in_unit = unit_text(units.pop(), unit)
    what = readable(wanted[0]) if len(wanted) == 1 else _shared_feature(wanted)
    ax.set_ylabel(_wrapped(plain(what) + (f", {plain(in_unit)}" if in_unit else "")), fontsize=9)
    tidy(ax)
    if is_beside:
        lines = [_in_a_line(name, count, rho, what != "value") for name, count, rho in drawn]
        title = f"{of_table.rows} drawn, of {len(label)},\nand rank correlation"
        legend_beside(ax, handles, lines, title, is_given)
    else:  # above the power of ten that the axis may have
        rows = f"{len(label)} {of_table.rows}"
        texts_above = [_in_two_lines(*one, rows) for one in drawn]
        ax.legend(handles, texts_above, loc="lower left", bbox_to_anchor=(0, 1.05), frameon=False, fontsize=8)
    if is_dates:
        date_axis(ax, zone)
    return ax


def _along(of_table: Table, name: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """What to draw a column at, and the same as float64: dates are datetime64, in UTC where they have a zone."""
    pd = require("pandas", "pandas")
    if name not in of_table.frame.columns or not pd.api.types.is_datetime64_any_dtype(of_table.frame[name].dtype):
        values = of_table.column(name) * scale
        return values, values
    if scale != 1:
        raise UsageError(f"scale={scale}: column `{name}` holds dates, which are not multiplied")
    dates = of_table.frame[name]
    places = (dates if dates.dt.tz is None else dates.dt.tz_convert(None)).to_numpy("datetime64[us]")
    return places, np.where(np.isnat(places), np.nan, places.astype(np.int64))


def _in_two_lines(name: str, count: int, rho: float, rows: str) -> str:
    correlation = "" if np.isnan(rho) else f", rank correlation {rho:.2f}"
    return f"{plain(shortened(readable(name), 46))}\n{count} of {rows}{correlation}"


def _in_a_line(name: str, count: int, rho: float, is_shared: bool) -> str:
    """`is_shared`: the axis names the feature."""
    text = readable(name).partition(" ")[0] if is_shared else readable(name)
    return f"{plain(shortened(text, 30))}: {count}" + ("" if np.isnan(rho) else f", {rho:.2f}")


def _shared_feature(names: list[str]) -> str:
    """ "spectral_centroid" of several channels' centroids."""
    rest = {readable(name).partition(" ")[2] for name in names}
    return rest.pop() if len(rest) == 1 else "value"


def _wrapped(text: str, width: int = 38) -> str:
    return "\n".join(textwrap.wrap(text, width, break_long_words=True)) or text


def missing(table: Any, *, ax: Axes | None = None, most_columns: int = 400) -> Axes:
    """Map of a data set: share of samples missing by channel and segment, from n_missing and n_valid, in the order of
    the table; orange where a channel is constant. More than `most_columns` segments are drawn as means of neighbours.
    Returns the Axes."""
    of_table = as_table(table)
    channels, share, dead = missing_shares(of_table)
    segments = share.shape[1]
    if not isinstance(most_columns, SupportsIndex) or most_columns < 1:
        raise UsageError(f"most_columns={most_columns!r}: a positive whole number")
    together = -(-segments // most_columns)
    share, dead = _means(share, together), _means(dead, together)
    ax = axes_of(ax, (9, 1.5 + 0.28 * len(channels)))
    colors = require("matplotlib.colors", "plot")
    # A single missing sample shows: the scale starts apart from the ground.
    ground, little, full = ("#1d2126", "#2f5573", "#a6dcff") if is_dark(ax) else ("#f1f2f4", "#a9cbe6", "#08306b")
    shade = colors.LinearSegmentedColormap.from_list("missing", [little, full]).with_extremes(under=ground)
    where = {"aspect": "auto", "interpolation": "nearest", "extent": (0, segments, len(channels) - 0.5, -0.5)}
    picture = ax.imshow(share, cmap=shade, vmin=1e-12, vmax=1, **where)
    orange = np.zeros((*dead.shape, 4))
    orange[..., :3] = colors.to_rgb("#E69F00")
    orange[..., 3] = dead
    ax.imshow(orange, **where)
    ax.set_yticks(range(len(channels)), [plain(shortened(name, 24)) for name in channels], fontsize=8)
    ax.xaxis.set_major_locator(require("matplotlib.ticker", "plot").MaxNLocator(integer=True))
    ax.set_xlabel(
        f"{of_table.rows[:-1]}, in the order of the table" + (f" (means of {together})" if together > 1 else "")
    )
    bar = ax.figure.colorbar(picture, ax=ax, pad=0.02, ticks=[1e-12, 0.5, 1], extend="min")
    bar.ax.set_yticklabels(["> 0", "50 %", "100 %"], fontsize=8)
    bar.set_label("samples missing", fontsize=9)
    if dead.any():
        patch = require("matplotlib.patches", "plot").Patch(color="#E69F00")
        ax.legend([patch], ["constant"], loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize=8)
    return ax


def missing_shares(table: Table) -> tuple[list[str], np.ndarray, np.ndarray]:
    """(channels, share of samples missing [channels][segments], 1 where constant [channels][segments])."""
    channels, share, dead = [], [], []
    for channel in table.channels:
        gone, there = (table.of_channel(channel, name) for name in ("n_missing", "n_valid"))
        if gone is None or there is None:
            continue
        channels.append(channel)
        with np.errstate(invalid="ignore"):
            share.append(gone / (gone + there))
        constant = table.of_channel(channel, "is_constant")
        # Without a valid sample is_constant is 0: those are missing, not dead.
        dead.append(np.zeros(len(share[-1])) if constant is None else np.nan_to_num(constant))
    if not channels:
        raise UsageError("the table does not say what is missing: it has no n_missing and n_valid (the set `core` has)")
    return channels, np.array(share), np.array(dead)


def _means(values: np.ndarray, together: int) -> np.ndarray:
    if together == 1:
        return values
    starts = np.arange(0, values.shape[1], together)
    counts = np.diff(np.append(starts, values.shape[1]))
    return np.add.reduceat(np.nan_to_num(values), starts, axis=1) / counts


def correlation(table: Any, features: Iterable[str] | None = None, *, most: int = 30, ax: Axes | None = None) -> Axes:
    """Spearman's rank correlation between features, those that go together side by side (complete linkage on
    1 - |correlation|); grey where a pair has too few segments in common. Returns the Axes.

    Where there are more than `most`, the tree is cut into `most` groups and each is shown by its most central member,
    with how many others go with it. Features that never change are left out, and where `features` is None those of
    the recording itself (n_valid, n_missing, longest_gap, is_constant).
    """
    return draw_groups(grouped(as_table(table), features, most), ax)


@dataclass
class Groups:
    """Features that go together: the rank correlations `matrix` of those that stand for the groups, in the order of the
    tree."""

    names: list[str]
    others: list[int]  # that each stands for
    matrix: np.ndarray
    features: int
    unchanging: int  # of the features, left out


def grouped(of_table: Table, features: Iterable[str] | None = None, most: int = 30) -> Groups:
    """What `correlation` draws."""
    wanted = _of_signals(of_table.features) if features is None else texts("features", features)
    if not isinstance(most, SupportsIndex) or most < 2:
        raise UsageError(f"most={most!r}: at least 2 features have a correlation")
    values = np.column_stack([of_table.column(name) for name in wanted])
    shown, others, matrix, left_out = cluster_correlated(values, most)
    if len(shown) < 2:
        raise UsageError(
            f"of {len(wanted)} features fewer than two have {LEAST_PAIRS} values that are not all the same"
        )
    return Groups([wanted[i] for i in shown], others, matrix, len(wanted), left_out)


def draw_groups(groups: Groups, ax: Any = None) -> Any:
    """Returns the Axes."""
    labels = [
        plain(shortened(readable(name), 44)) + (f" (+{more})" if more else "")
        for name, more in zip(groups.names, groups.others)
    ]
    side = max(0.21 * len(labels), 2.0)  # the label of the colour bar is as high
    # The bar and its label, and the names, of which a character of this size is 0.07 inches wide.
    ax = axes_of(ax, (side + 1.5 + 0.07 * max(map(len, labels)), side + 0.9))
    known = require("matplotlib", "plot").colormaps
    cmap = known["berlin" if is_dark(ax) and "berlin" in known else "RdBu_r"].with_extremes(bad=faint(ax))
    picture = ax.imshow(groups.matrix, vmin=-1, vmax=1, cmap=cmap, interpolation="nearest")
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set_xticks([])
    bar = ax.figure.colorbar(picture, ax=ax, pad=0.02, ticks=[-1, -0.5, 0, 0.5, 1], fraction=0.05)
    bar.set_label("Spearman's rank correlation", fontsize=9)
    note = f"{groups.features} features" + (f", {groups.unchanging} of which never change" if groups.unchanging else "")
    if sum(groups.others):
        note += f"\n{len(labels)} groups; (+n): so many others go with it"
    ax.set_title(note, fontsize=9, loc="left")
    return ax


def _of_signals(features: list[str]) -> list[str]:
    return [
        name for name in features if not name.endswith(("__n_valid", "__n_missing", "__longest_gap", "__is_constant"))
    ]


def distributions(tables: Mapping[str, Any], name: str, *, unit: str | None = None, ax: Axes | None = None) -> Axes:
    """How a feature is distributed in several tables: the share of rows at or below each value, a line a table.
    Returns the Axes."""
    if not isinstance(tables, Mapping):
        raise UsageError(f"tables are a mapping from titles to tables, not {type(tables).__name__}")
    if not tables:
        raise UsageError("there is no table")
    ax = axes_of(ax, (6, 3.6))
    handles, legend, found, rows = [], [], {}, set()
    for i, (title, frame) in enumerate(tables.items()):
        of_table = as_table(frame)
        values = of_table.column(name)
        there = np.sort(values[np.isfinite(values)])
        share = np.arange(1, len(there) + 1) / max(len(there), 1)
        handles += ax.step(there, share, where="post", linewidth=1.6, **line_style(ax, i))
        legend.append(f"{plain(shortened(str(title), 30))}: {len(there)} of {len(values)}")
        found = found or of_table.units
        rows.add(of_table.rows)
    in_unit = unit_text(found.get(name, ""), unit)
    ax.set_xlabel(_wrapped(plain(readable(name)) + (f", {plain(in_unit)}" if in_unit else ""), 50), fontsize=9)
    ax.set_ylabel(f"share of {' or '.join(sorted(rows))}", fontsize=9)
    ax.set_ylim(0, 1.02)
    ax.legend(handles, legend, loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, fontsize=8, ncols=2)
    ax.tick_params(labelsize=8)
    tidy(ax)
    return ax
