"""Pictures of many channels, in small axes and of windows: nothing is cut off, squeezed or left out unsaid."""

from __future__ import annotations

import itertools
import warnings

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pumice
import pytest
from pictures import overlaps
from pumice.plot import BANDS

RATE = 100.0
BAND_NAMES = [f"{low:g}-{high:g}" for low, high in BANDS]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def walks(channels: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 100, (channels, 6000)).cumsum(axis=1)


def inches(ax) -> tuple[float, float]:
    ax.figure.canvas.draw()
    box = ax.get_window_extent()
    return box.width / ax.figure.dpi, box.height / ax.figure.dpi


def small_axes():
    return plt.subplots(figsize=(4, 3))[1]


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("channels", [3, 14, 15, 40, 100])
def test_a_psd_of_many_channels_has_room_for_its_lines(style, channels):
    with plt.style.context(style):
        ax = pumice.plot.psd(walks(channels), sample_rate=RATE, unit="counts")
        assert overlaps(ax.figure) == []
    width, height = inches(ax)
    assert width > 5 and height > 3
    assert len(ax.lines) == channels
    if channels <= 14:
        assert len(ax.get_legend().get_texts()) == channels
        return
    colours = [tuple(matplotlib.colors.to_rgba(line.get_color())) for line in ax.lines]
    assert len(set(colours)) == channels
    bar = ax.figure.axes[1]
    named = {text.get_position()[1]: text.get_text() for text in bar.get_yticklabels()}
    assert named[0] == "channel_1" and named[channels - 1] == f"channel_{channels}"
    shown = dict(zip(bar.collections[-1].norm.boundaries[:-1] + 0.5, bar.collections[-1].cmap.colors))
    for place in named:
        np.testing.assert_allclose(shown[place], colours[int(place)])


@pytest.mark.parametrize("channels", [1, 5, 10, 40])
def test_a_psd_in_small_axes_stays_inside_their_figure(channels):
    ax = small_axes()
    pumice.plot.psd(walks(channels), sample_rate=RATE, unit="counts", ax=ax)
    assert overlaps(ax.figure) == []
    assert min(inches(ax)) > 1.5
    if channels <= 5:
        box, whole = ax.get_legend().get_window_extent(), ax.get_window_extent()
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1
    else:
        names = [text.get_text() for text in ax.figure.axes[1].get_yticklabels()]
        assert names[0] == "channel_1" and names[-1] == f"channel_{channels}"


def test_all_bands_are_named_above_the_lines():
    neighbours = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")[1]
    for ax in [*neighbours, small_axes(), None]:
        ax = pumice.plot.psd(walks(10), sample_rate=RATE, ax=ax)
        assert [text.get_text() for text in ax.texts] == BAND_NAMES
    assert overlaps(neighbours[0].figure) == []
    for drawn in [*neighbours, ax]:
        drawn.figure.canvas.draw()
        top = max(drawn.transData.transform((1, np.nanmax(line.get_ydata())))[1] for line in drawn.lines)
        assert all(text.get_window_extent().y0 > top for text in drawn.texts)


def test_a_psd_goes_into_a_part_of_a_figure():
    figure = plt.figure(figsize=(12, 4), layout="constrained")
    for part, channels in zip(figure.subfigures(1, 2), (3, 20)):
        pumice.plot.psd(walks(channels), sample_rate=RATE, ax=part.subplots())
    assert overlaps(figure) == []


def test_many_narrow_bands_are_all_named():
    edges = np.geomspace(0.5, 50, 25).round(2)
    ax = pumice.plot.psd(walks(2), sample_rate=RATE, bands=list(itertools.pairwise(edges)))
    assert len([text for text in ax.texts if text.get_text()]) == 24
    assert overlaps(ax.figure) == []
    assert inches(ax)[1] > 3


def test_channels_without_a_spectrum_are_named_beside_a_scale_too():
    x = walks(20)
    x[[3, 5, 9, 11]] = 7
    ax = pumice.plot.psd(x, sample_rate=RATE)
    assert ax.get_xlabel().endswith("4 without a spectrum: channel_4, channel_6, channel_10 and 1 more")
    assert overlaps(ax.figure) == []


@pytest.fixture(scope="module")
def windows() -> pd.DataFrame:
    x = np.random.default_rng(8).normal(0, 1, (8, 3, 3000))
    ids = [f"s{i}" for i in range(8)]
    labels = pd.DataFrame({"segment_id": ids, "days": np.arange(8.0)})
    return pumice.extract(x, sample_rate=RATE, channel_names=["a", "b", "c"], ids=ids, labels=labels, window="3s",
                          features=["std", "n_valid", "n_missing", "log_band_power"])  # fmt: skip


@pytest.mark.parametrize("count", [2, 3, 8])
def test_a_correlation_of_few_features_is_whole(windows, count):
    wanted = [name for name in windows.columns if "n_" not in name and name != "days"][-count:]
    ax = pumice.plot.correlation(windows, features=wanted)
    assert overlaps(ax.figure) == []
    assert inches(ax)[0] > 0.3 * ax.figure.get_figwidth()
    assert ax.figure.axes[1].get_ylabel() == "Spearman's rank correlation"
    longest = min(text.get_window_extent().x0 for text in ax.get_yticklabels()) / ax.figure.dpi
    assert longest < 0.2 * ax.figure.get_figwidth()


def test_windows_are_called_windows(windows):
    assert pumice.plot.missing(windows).get_xlabel() == "window, in the order of the table"
    ax = pumice.plot.feature(windows, "a__std", against="days")
    assert "80 of 80 windows" in ax.get_legend().get_texts()[0].get_text()
    assert pumice.plot.distributions({"train": windows}, "a__std").get_ylabel() == "share of windows"
    plain = windows.groupby("segment_id").first()
    assert "8 of 8 segments" in pumice.plot.feature(plain, "a__std", against="days").get_legend().texts[0].get_text()


@pytest.fixture(scope="module")
def sensors() -> pd.DataFrame:
    """40 segments of 40 channels, with days and dates of them."""
    random = np.random.default_rng(3)
    days = random.permutation(np.linspace(1, 300, 40))
    x = random.normal(0, 1, (40, 40, 400)) * (310 - days)[:, None, None]
    x[:5, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pumice.PumiceWarning)
        table = pumice.extract(x, sample_rate=RATE, features=["std", "mean", "maximum", "minimum"])
    dates = pd.Timestamp("2024-01-05 23:00") + pd.to_timedelta(days.round(), "D")
    return table.assign(days=days, when=pd.Series(dates, table.index).where(days > 8))


def stds(count: int) -> list[str]:
    return [f"channel_{i + 1}__std" for i in range(count)]


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("against", ["days", "when"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 10, 15, 40])
def test_features_of_many_channels_keep_most_of_their_figure(sensors, style, against, count):
    with plt.style.context(style):
        ax = pumice.plot.feature(sensors, stds(count), against=against, unit="counts")
        assert overlaps(ax.figure) == []
    width, height = inches(ax)
    assert width > 5 and height > 0.55 * ax.figure.get_figheight()
    assert len(ax.lines) == len(ax.get_legend().get_texts()) == count


def test_a_legend_beside_features_counts_and_correlates_in_a_line_each(sensors):
    legend = pumice.plot.feature(sensors, stds(4), against="days").get_legend()
    assert legend.get_title().get_text() == "segments drawn, of 40,\nand rank correlation"
    for i, (text, name) in enumerate(zip(legend.get_texts(), stds(4))):
        rho = sensors[name].corr(sensors["days"], method="spearman")
        assert text.get_text() == f"channel_{i + 1}: {40 - 5 * (i == 1)}, {rho:.2f}"
    mixed = ["channel_1__mean", "channel_1__maximum", "channel_1__minimum", "channel_2__std"]
    named = pumice.plot.feature(sensors, mixed, against="days").get_legend().get_texts()
    assert [text.get_text().partition(":")[0] for text in named][1:3] == ["channel_1 maximum", "channel_1 minimum"]


@pytest.mark.parametrize("count", [4, 10, 15, 40])
def test_a_legend_beside_given_axes_has_the_room_that_they_have(sensors, count):
    laid_out = plt.figure(figsize=(9, 3.5), layout="constrained").subplots(1, 2)
    part = plt.figure(figsize=(9, 3.5), layout="constrained").subfigures(1, 2)[0].subplots()
    as_it_is = plt.subplots(figsize=(5, 4))[1]
    for ax in [*laid_out, part, as_it_is]:
        pumice.plot.feature(sensors, stds(count), against="days", ax=ax)
    for ax in [*laid_out, part, as_it_is]:
        assert overlaps(ax.figure.canvas.figure) == []
        assert min(inches(ax)) > 1.2
        lines = [text.get_text() for text in ax.get_legend().get_texts()]
        assert len(ax.lines) == count
        assert len(lines) == count or lines[-1] == f"and {count - len(lines) + 1} more"
        assert all(text.get_fontsize() >= 6 for text in ax.get_legend().get_texts())
        bottom = ax.get_window_extent().y0
        assert ax.get_legend().get_window_extent().y0 > bottom - 0.2 * ax.figure.dpi


def test_dates_are_drawn_as_dates_in_their_zone(sensors):
    here = sensors.assign(when=sensors["when"].dt.tz_localize("America/Lima"))
    for table, label, hour in [(sensors, "when", 0), (here, "when, America/Lima", 5)]:
        ax = pumice.plot.feature(table, "channel_3__std", against="when")
        assert ax.get_xlabel() == label
        there = sensors["when"].notna()
        assert 0 < there.sum() < 40 and f"{there.sum()} of 40 segments" in ax.get_legend().get_texts()[0].get_text()
        drawn = pd.DatetimeIndex(ax.lines[0].get_xdata())
        assert list(drawn) == list(sensors["when"][there] + pd.Timedelta(hours=hour))
        rho = sensors["channel_3__std"].corr(sensors["days"][there], method="spearman")
        assert ax.get_legend().get_texts()[0].get_text().endswith(f"rank correlation {rho:.2f}")
        assert "2024" in ax.xaxis.get_major_formatter().get_offset() + "".join(shown(ax))
        assert {"Mar", "Jul"} <= set(shown(ax))
    with pytest.raises(pumice.UsageError, match="`when` holds dates"):
        pumice.plot.feature(sensors, "channel_3__std", against="when", scale=2)


def shown(ax) -> list[str]:
    ax.figure.canvas.draw()
    return [text.get_text() for text in ax.get_xticklabels()]
