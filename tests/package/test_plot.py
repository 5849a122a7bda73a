"""Pictures: what is drawn, what is written beside it, and that no text lies on another."""

from __future__ import annotations

import gzip
import os
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pumice
import pytest
import scipy.signal
import scipy.stats
from pictures import overlaps
from pumice._recording import read_recording, welch
from pumice._statistics import cluster_correlated, rank_correlations

ROOT = Path(__file__).resolve().parents[2]
RATE = 50.0
STYLES = ["default", "dark_background"]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def signal() -> np.ndarray:
    """[channels][time]: noise with a gap, a sine with single samples missing, nothing, a constant."""
    random = np.random.default_rng(5)
    noise = random.normal(0, 100, 6000)
    noise[2000:2500] = np.nan
    sine = 40 * np.sin(2 * np.pi * 3 * np.arange(6000) / RATE) + random.normal(0, 1, 6000)
    sine[[100, 4000]] = np.nan
    return np.array([noise, sine, np.full(6000, np.nan), np.full(6000, 7.0)])


NAMES = ["noise", "sine", "absent", "dead"]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """40 segments of 3 channels; the amplitude of the first falls with the label."""
    random = np.random.default_rng(8)
    label = random.uniform(0, 100, 40)
    x = random.normal(0, 1, (40, 3, 3000))
    x[:, 0] *= (110 - label)[:, None]
    x[3, 1] = np.nan
    x[4, 1, :300] = np.nan
    x[5, 2] = 1
    ids = [f"s{i}" for i in range(40)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pumice.extract(
            x, sample_rate=RATE, channel_names=["a", "b", "c"], ids=ids,
            labels=pd.DataFrame({"segment_id": ids, "days": label}),
        )  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_no_text_lies_on_another_or_is_cut_off(style, signal, table):
    large = table.copy()
    large[["a__abs_energy", "b__abs_energy", "days"]] *= 1e9
    with plt.style.context(style):
        figures = [
            pumice.plot.segment(signal, channel_names=NAMES, sample_rate=RATE, unit="counts"),
            pumice.plot.psd(signal, channel_names=NAMES, sample_rate=RATE, unit="counts").figure,
            pumice.plot.spectrogram(signal, "sine", channel_names=NAMES, sample_rate=RATE).figure,
            pumice.plot.feature(table, ["a__std", "b__std"], against="days", unit="counts").figure,
            pumice.plot.feature(table, "a__relative_band_power__from_0.1__to_0.5", against="days").figure,
            pumice.plot.feature(large, ["a__abs_energy", "b__abs_energy"], against="days").figure,
            pumice.plot.missing(table).figure,
            pumice.plot.correlation(table).figure,
            pumice.plot.distributions({"train": table, "test": table[:20]}, "a__log_band_power__from_2__to_4.5").figure,
        ]
        for figure in figures:
            assert overlaps(figure) == []


@pytest.mark.parametrize("style", STYLES)
def test_real_segments_are_drawn_without_texts_on_another(style):
    """Two of the competition's, where somebody has them; they cannot be shipped."""
    folder = Path(os.environ.get("PUMICE_INGV", ROOT.parent / "shared" / "data" / "ingv")) / "train"
    if not folder.is_dir():
        pytest.skip(f"the real INGV segments are not at {folder}")
    with plt.style.context(style):
        for path in sorted(folder.glob("*.csv")):
            figure = pumice.plot.segment(path, unit="counts")
            cells = pd.read_csv(path)
            np.testing.assert_array_equal(figure.axes[4].lines[0].get_ydata(), cells["sensor_5"])
            assert figure.axes[-1].lines[0].get_xdata()[-1] == 600
            assert overlaps(figure) == []
            assert overlaps(pumice.plot.psd(path, unit="counts").figure) == []
            assert overlaps(pumice.plot.spectrogram(path, "sensor_4", unit="counts").figure) == []


def test_overlapping_texts_are_found():
    figure, ax = plt.subplots()
    ax.text(0.5, 0.5, "one")
    ax.text(0.5, 0.5, "other")
    assert ("one", "other") in overlaps(figure)
    ax.text(0.99, 0.2, "a text that is much too long for its place")
    assert any(second == "the edge" for _, second in overlaps(figure))


def test_a_segment_has_an_axis_a_channel_with_gaps_left_open(signal):
    figure = pumice.plot.segment(signal, channel_names=NAMES, sample_rate=RATE, unit="counts")
    assert [ax.get_ylabel() for ax in figure.axes] == NAMES
    for ax, samples in zip(figure.axes, signal):
        line = ax.lines[0]
        np.testing.assert_array_equal(line.get_ydata(), samples)
        np.testing.assert_allclose(line.get_xdata(), np.arange(6000) / RATE)
    spans = [patch.get_extents() for patch in figure.axes[0].patches]
    in_seconds = [figure.axes[0].transData.inverted().transform(box)[:, 0] for box in spans]
    np.testing.assert_allclose(in_seconds, [[2000 / RATE, 2500 / RATE]])
    assert [len(ax.patches) for ax in figure.axes] == [1, 2, 1, 0]
    assert [text.get_text() for text in figure.axes[2].texts] == ["no valid sample"]
    assert [text.get_text() for text in figure.axes[3].texts] == ["constant: 7"]
    assert figure.axes[-1].get_xlabel() == "time, s"
    assert "counts" in figure.axes[0].get_title(loc="left")


def test_channels_are_chosen_and_drawn_into_given_axes(signal):
    figure, axes = plt.subplots(2)
    out = pumice.plot.segment(signal, channel_names=NAMES, channels=["dead", "sine"], axes=axes)
    assert out is figure
    assert [ax.get_ylabel() for ax in axes] == ["dead", "sine"]
    assert axes[1].get_xlabel() == "sample"  # nothing says how many a second
    with pytest.raises(pumice.UsageError, match="2 axes for 4 channels"):
        pumice.plot.segment(signal, channel_names=NAMES, axes=axes)


def test_the_density_is_that_of_scipy_where_nothing_is_missing():
    x = np.random.default_rng(3).normal(0, 1, 5000)
    f, p = welch(x, RATE)
    expected_f, expected = scipy.signal.welch(x, RATE, nperseg=1024)
    np.testing.assert_allclose(f, expected_f)
    np.testing.assert_allclose(p, expected, rtol=1e-12)


def test_the_density_adds_up_to_the_band_powers_of_the_library(signal):
    bands = [(0.1, 0.5), (2, 4.5), (16, 25)]
    row = pumice.extract(
        signal[:2][None], sample_rate=RATE, channel_names=NAMES[:2], bands=bands, features="band_power",
        precision="double",
    )  # fmt: skip
    for name, samples in zip(NAMES, signal[:2]):
        f, p = welch(samples, RATE)
        for low, high in bands:
            inside = (f >= low) & ((f < high) | (high == RATE / 2))
            value = row[f"{name}__band_power__from_{low:g}__to_{high:g}"].iloc[0]
            assert p[inside].sum() * (f[1] - f[0]) == pytest.approx(value, rel=1e-9)


def test_a_psd_draws_channels_that_have_one_and_names_the_others(signal):
    ax = pumice.plot.psd(signal, channel_names=NAMES, sample_rate=RATE, unit="counts")
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["noise", "sine", "absent: none", "dead: none"]
    assert ax.get_ylabel() == "power spectral density, counts²/Hz"
    f, p = welch(signal[1], RATE)
    np.testing.assert_allclose(ax.lines[1].get_ydata(), p[1:])
    assert abs(f[1:][np.nanargmax(ax.lines[1].get_ydata())] - 3) < 2 * f[1]
    assert np.isnan(ax.lines[2].get_ydata()).all()
    assert {"0.5-1", "2-4.5"} <= {text.get_text() for text in ax.texts}
    edges = [ax.transData.inverted().transform(patch.get_extents())[:, 0] for patch in ax.patches]
    np.testing.assert_allclose(edges[1], [0.5, 1])
    assert len(ax.patches) == 7  # that of 25 to 50 Hz is beyond half the rate


def test_bands_follow_the_axis_that_they_are_drawn_on(signal):
    ax = pumice.plot.psd(signal[:1], sample_rate=RATE, bands=[(1, 2)])
    assert len(ax.patches) == 1
    with pytest.raises(pumice.UsageError, match="no band"):
        pumice.plot.psd(signal[:1], sample_rate=RATE, bands=[(2, 1)])


def test_a_spectrogram_is_blank_where_too_much_is_missing(signal):
    ax = pumice.plot.spectrogram(signal, "noise", channel_names=NAMES, sample_rate=RATE)
    values = np.ma.filled(ax.collections[0].get_array().astype(float), np.nan)
    starts = np.arange(0, 6000 - 1024 + 1, 512)
    blank = np.array([np.isnan(signal[0][s : s + 1024]).mean() > 0.1 for s in starts])
    np.testing.assert_array_equal(np.isnan(values).all(axis=0), blank)
    assert 0 < blank.sum() < len(blank)
    whole = int(np.flatnonzero(~blank)[0])
    block = signal[0][starts[whole] : starts[whole] + 1024]
    expected = scipy.signal.periodogram(block, RATE, window="hann", detrend="constant")[1][1:]
    np.testing.assert_allclose(values[:, whole], 10 * np.log10(expected), atol=1e-9)
    assert ax.get_ylabel() == "frequency, Hz"
    with pytest.raises(pumice.UsageError, match="no spectrum"):
        pumice.plot.spectrogram(signal, "dead", channel_names=NAMES, sample_rate=RATE)


def test_a_feature_is_drawn_where_it_and_the_label_have_values(table):
    ax = pumice.plot.feature(table, ["b__std"], against="days", scale=2, against_unit="half days", unit="counts")
    there = table["b__std"].notna()
    assert there.sum() == 39
    np.testing.assert_allclose(ax.lines[0].get_xdata(), 2 * table["days"][there])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), table["b__std"][there])
    rho = scipy.stats.spearmanr(table["b__std"][there], table["days"][there]).statistic
    assert ax.get_legend().get_texts()[0].get_text() == f"b std\n39 of 40 segments, rank correlation {rho:.2f}"
    assert ax.get_xlabel() == "days, half days"
    assert ax.get_ylabel() == "b std, counts"


def test_a_table_in_a_file_keeps_its_units(table, tmp_path):
    table.reset_index().to_parquet(tmp_path / "table.parquet")
    read = pumice.read_table(tmp_path / "table.parquet")
    assert read.index.name == "segment_id"
    pd.testing.assert_series_equal(read["a__std"], table["a__std"], check_index_type=False)
    ax = pumice.plot.feature(
        tmp_path / "table.parquet", "a__log_band_power__from_2__to_4.5", against="days", unit="counts"
    )
    assert " ".join(ax.get_ylabel().split()) == "a log_band_power 2-4.5 Hz, log10(counts²)"
    with pytest.raises(pumice.InputError, match="cannot be read as a table"):
        (tmp_path / "bad.parquet").write_text("no table")
        pumice.read_table(tmp_path / "bad.parquet")


def test_features_of_different_units_do_not_share_an_axis(table):
    with pytest.raises(pumice.UsageError, match="different units"):
        pumice.plot.feature(table, ["a__std", "a__peak_frequency"], against="days")


def test_the_map_of_missing_samples_holds_their_shares(table):
    ax = pumice.plot.missing(table)
    share, orange = (np.asarray(image.get_array(), float) for image in ax.images)
    expected = np.zeros((3, 40))
    expected[1, 3], expected[1, 4] = 1, 0.1
    np.testing.assert_allclose(share, expected)
    dead = np.zeros((3, 40))
    dead[2, 5] = 1
    np.testing.assert_array_equal(orange[..., 3], dead)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["constant"]


def test_a_wide_map_shows_means_of_neighbours(table):
    ax = pumice.plot.missing(table, most_columns=9)
    share = np.asarray(ax.images[0].get_array(), float)
    assert share.shape == (3, 8)
    np.testing.assert_allclose(share[1], [1.1 / 5, 0, 0, 0, 0, 0, 0, 0])
    assert "means of 5" in ax.get_xlabel()


def test_correlations_are_those_of_scipy():
    values = np.random.default_rng(2).normal(0, 1, (50, 4)) @ np.random.default_rng(3).normal(0, 1, (4, 6))
    np.testing.assert_allclose(rank_correlations(values), scipy.stats.spearmanr(values).statistic, atol=1e-12)


def test_correlations_with_gaps_are_of_ranks_over_common_rows():
    values = np.random.default_rng(2).normal(0, 1, (30, 2)).cumsum(axis=1)
    values[:7, 0], values[25:, 1] = np.nan, np.nan
    ranks = pd.DataFrame(values).rank()
    both = ranks.dropna()
    expected = np.corrcoef(both[0], both[1])[0, 1]
    assert rank_correlations(values)[0, 1] == pytest.approx(expected, abs=1e-12)


def test_groups_of_features_are_shown_by_one_and_all_are_counted():
    random = np.random.default_rng(4)
    base = random.normal(0, 1, (200, 3))
    columns = [base[:, i % 3] * (-1) ** i + random.normal(0, 0.05, 200) for i in range(12)] + [np.full(200, 2.0)]
    shown, others, matrix, left_out = cluster_correlated(np.column_stack(columns), 3)
    assert sorted(i % 3 for i in shown) == [0, 1, 2]
    assert others == [3, 3, 3]
    assert left_out == 1
    assert np.abs(matrix[~np.eye(3, dtype=bool)]).max() < 0.3


def test_a_correlation_of_all_features_stays_readable(table):
    ax = pumice.plot.correlation(table, most=12)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert len(labels) == 12
    assert all(len(label) <= 52 for label in labels)
    counted = sum(1 + (int(label.rpartition("(+")[2][:-1]) if "(+" in label else 0) for label in labels)
    said = ax.get_title(loc="left")
    of_all = 3 * 72
    assert said.startswith(f"{of_all} features")
    unchanging = int(said.split(", ")[1].split()[0]) if "never change" in said else 0
    assert counted == of_all - unchanging
    assert ax.figure.axes[1].get_ylabel() == "Spearman's rank correlation"


def test_distributions_are_steps_of_equal_height(table):
    ax = pumice.plot.distributions({"train": table, "test": table[:20]}, "b__std")
    there = np.sort(table["b__std"].dropna())
    np.testing.assert_allclose(ax.lines[0].get_xdata(), there)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.arange(1, 40) / 39)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train: 39 of 40", "test: 19 of 20"]


@pytest.mark.parametrize("style", STYLES)
def test_colours_stand_out_of_the_ground(style, signal):
    def luminance(colour):
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3])
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    with plt.style.context(style):
        ax = pumice.plot.psd(np.tile(signal[0], (7, 1)), sample_rate=RATE)
        ground = luminance(matplotlib.colors.to_rgba(ax.get_facecolor()))
        drawn = [matplotlib.colors.to_rgba(line.get_color()) for line in ax.lines]
    assert len(set(drawn)) == 7
    for colour in drawn:
        light, dark = sorted((luminance(colour), ground), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 2.2


@pytest.mark.parametrize(
    "name, text, options",
    [
        ("plain.csv", "a,b\n1.0,\n2.5,-3\n", {}),
        ("semicolons.csv", "a;b\n1,0;\n2,5;-3,0\n", {}),
        ("tabs.tsv", "a\tb\n1.0\tNaN\n2.5\t-3\n", {}),
        ("headless.csv", "1.0,\n2.5,-3\n", {"channels": ["column_1", "column_2"]}),
    ],
)
def test_files_are_read_as_the_library_reads_them(tmp_path, name, text, options):
    path = tmp_path / name
    path.write_text(text)
    recording = read_recording(path)
    np.testing.assert_array_equal(recording.samples, [[1, 2.5], [np.nan, -3]])
    table = pumice.extract(path, features=["maximum", "n_missing"])
    assert recording.channels == list(table.attrs["pumice"]["channels"])
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    np.testing.assert_array_equal(read_recording(packed).samples, recording.samples)


def test_names_are_data_and_no_formulas(tmp_path):
    x = np.random.default_rng(1).normal(0, 1, (2, 500))
    figure = pumice.plot.segment(x, channel_names=["cost_$a$", "_hidden^2$"], sample_rate=10)
    figure.canvas.draw()
    ax = pumice.plot.psd(x, channel_names=["cost_$a$", "_hidden^2$"], sample_rate=10)
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [r"cost_\$a\$", r"_hidden^2\$"]


def test_of_a_spectrogram_the_chosen_channel_alone_is_read(signal, tmp_path, monkeypatch):
    times = pd.date_range("2020", periods=6000, freq="20ms").strftime("%H:%M:%S.%f")
    frame = pd.DataFrame({"time": times, "noise": signal[0], "sine": signal[1]})
    path = tmp_path / "0.csv"
    frame[["noise", "sine"]].to_csv(path, index=False)
    for x in (frame, path):
        assert pumice.plot.spectrogram(x, "sine", sample_rate=RATE).get_title().endswith(": sine")
    assert read_recording(path, channels="sine", sample_rate=RATE).channels == ["sine"]
    with pytest.raises(pumice.UsageError, match="no channel `x`; it has time, noise, sine"):
        pumice.plot.spectrogram(frame, "x", sample_rate=RATE)
    monkeypatch.setattr(pd, "read_csv", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(pumice.UsageError, match="no channel `x`; it has noise, sine"):
        pumice.plot.spectrogram(path, "x", sample_rate=RATE)


def test_mistakes_are_named(signal, table, tmp_path):
    plot = pumice.plot
    for call, said in [
        (lambda: plot.segment(signal, channels=["nowhere"], channel_names=NAMES), "no channel `nowhere`; it has noise"),
        (lambda: plot.psd(signal), "give sample_rate"),
        (lambda: plot.psd(signal, sample_rate=-1.0), "positive number of Hz"),
        (lambda: plot.psd(signal, sample_rate=RATE, nperseg=64, overlap=64), "overlap=64"),
        (lambda: plot.spectrogram(signal, "x", channel_names=NAMES, sample_rate=RATE), "no channel `x`"),
        (lambda: plot.spectrogram(signal, 1, channel_names=NAMES, sample_rate=RATE), "channel=1: the name of one"),
        (lambda: plot.psd(signal, channels=[], sample_rate=RATE), "channels names no channel"),
        (lambda: plot.psd(signal, sample_rate=[1]), "sample_rate=[1]: a number was expected"),
        (lambda: plot.psd(signal, sample_rate=RATE, nperseg=64.0, overlap=0), "nperseg=64.0"),
        (lambda: plot.psd(signal, sample_rate=RATE, taper="flat"), "taper='flat': hann, hamming"),
        (lambda: plot.segment(np.zeros((2, 0))), "no sample"),
        (lambda: plot.segment(np.zeros((2, 1, 5))), "2 were given"),
        (lambda: plot.feature(table, "a__stdd", against="days"), "no column `a__stdd`; the nearest: a__std"),
        (lambda: plot.feature(table, "a__std"), "no column `time_to_eruption`"),
        (lambda: plot.feature(table, [], against="days"), "names no feature"),
        (lambda: plot.missing(table[:0]), "no row"),
        (lambda: plot.missing(table[["a__std"]]), "does not say what is missing"),
        (lambda: plot.missing(pd.DataFrame({"x": [1.0]})), "no column of a feature"),
        (lambda: plot.correlation(table, ["a__std"]), "fewer than two have 5 values"),
        (lambda: plot.correlation(table, most=1), "most=1"),
        (lambda: plot.correlation([1, 2]), "pandas frame is expected"),
        (lambda: plot.missing(table, ax="here"), "ax is an Axes"),
        (lambda: plot.distributions({}, "a__std"), "no table"),
        (lambda: plot.distributions([table], "a__std"), "tables are a mapping from titles to tables, not list"),
        (lambda: plot.missing(table, most_columns=0), "most_columns=0"),
        (lambda: plot.correlation(table, most=3.5), "most=3.5"),
        (lambda: plot.feature(table, "a__std", against="days", scale="x"), "scale='x': a number was expected"),
        (lambda: plot.psd(signal, sample_rate=RATE, bands="1-2"), "bands are pairs of Hz"),
    ]:
        with pytest.raises(pumice.UsageError) as error:
            call()
        assert said in str(error.value)
    with pytest.raises(ValueError, match="nowhere"):
        plot.segment(str(tmp_path / "nowhere.csv"))


def test_axes_that_are_given_are_returned(signal, table):
    for draw in (
        lambda ax: pumice.plot.psd(signal[:1], sample_rate=RATE, ax=ax),
        lambda ax: pumice.plot.spectrogram(signal, "channel_1", sample_rate=RATE, ax=ax),
        lambda ax: pumice.plot.feature(table, "a__std", against="days", ax=ax),
        lambda ax: pumice.plot.missing(table, ax=ax),
        lambda ax: pumice.plot.correlation(table, ["a__std", "b__std"], ax=ax),
        lambda ax: pumice.plot.distributions({"all": table}, "a__std", ax=ax),
    ):
        _, ax = plt.subplots()
        assert draw(ax) is ax
