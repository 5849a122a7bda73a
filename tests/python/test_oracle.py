"""Every value of the sets `basic` and `core`, and of every feature's own expression, against NumPy, SciPy and pandas."""

from __future__ import annotations

import functools
from pathlib import Path

import datasets
import numpy as np
import oracle
import oracle_core
import pandas as pd
import pytest
from oracle_signal import POLICIES, Signal, Welch, read_csv, windows
from oracle_tolerance import Column, violation

FS = 100.0
CORE = oracle_core.core_names()
FEATURES = {name.split("__")[1] for name in CORE}


def make(name: str, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp(name) / name
    datasets.SETS[name](folder)
    return folder


@pytest.fixture(scope="session", params=datasets.SETS)
def dataset(request, tmp_path_factory) -> Path:
    return make(request.param, tmp_path_factory)


@functools.lru_cache(maxsize=None)
def frame_of(path: Path) -> pd.DataFrame:
    return read_csv(path)


@functools.lru_cache(maxsize=None)
def expected_core(path: Path, channel: str, first: int, end: int, policy: str, fs: float, welch: Welch, bands):
    """The hand-written values of one channel of one cut, by column, and what they were made from."""
    raw = frame_of(path)[channel].to_numpy()[first:end]
    values = oracle_core.core(raw, policy, fs, bands, welch=welch)
    return values, {derivation: Signal(raw, policy, fs, welch, derivation) for derivation in ("", "abs")}


def core_violations(
    table, folder, policy, precision="float", fs=FS, length=None, hop=None, welch=Welch(), bands=oracle_core.BANDS
) -> list[str]:
    """What is wrong with a table of `core`, one line a value; also that it holds every row and column, and no other."""
    wrong = []
    core = oracle_core.core_names(bands)
    by_segment = {str(key): part for key, part in table.groupby("segment_id")}
    channels = None
    seen = 0
    for path in sorted(folder.glob("*.csv")):
        part = by_segment[path.stem].reset_index(drop=True)
        frame = frame_of(path)
        channels = list(frame.columns)
        cuts = windows(len(frame), length, hop)
        assert len(part) == len(cuts), path
        for row, (first, end) in enumerate(cuts):
            if length:
                assert (part.at[row, "window"], part.at[row, "start_sample"]) == (row, first)
                assert part.at[row, "start_time"] == pytest.approx(first / fs, rel=1e-15)
            for channel in channels:
                expected, signals = expected_core(path, channel, first, end, policy, fs, welch, bands)
                for name in core:
                    column = Column.parse(channel + name, FEATURES)
                    problem = violation(
                        oracle_core.rule_of(column.feature),
                        column,
                        float(part.at[row, channel + name]),
                        expected.get(name, np.nan),
                        signals[column.derivation],
                        precision,
                    )
                    seen += 1
                    if problem:
                        wrong.append(f"{path.name} row {row} {channel}{name} {problem}")
    extra = set(table.columns) - {channel + name for channel in channels for name in core}
    assert extra <= {"segment_id", "window", "start_sample", "start_time"}, extra
    assert seen > 0
    return wrong


def explain(wrong: list[str]) -> str:
    return f"{len(wrong)} values are wrong:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("precision", ["float", "double"])
@pytest.mark.parametrize("policy", POLICIES)
class TestCore:
    def test_of_synthetic_files_is_as_written_by_hand(self, pumice, dataset, tmp_path, policy, precision):
        arguments = ["--features", "core", "--missing", policy, "--precision", precision, "--sample-rate", "100"]
        table = pumice.extract(dataset, tmp_path / "t.parquet", *arguments)
        wrong = core_violations(table, dataset, policy, precision)
        assert not wrong, explain(wrong)

    def test_of_windows_is_that_of_a_file_of_those_samples(self, pumice, tmp_path, policy, precision):
        datasets.gaps(tmp_path / "gaps")
        arguments = ["--missing", policy, "--precision", precision, "--window", "2048n", "--hop", "1500n"]
        table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", *arguments, "--sample-rate", "100")
        wrong = core_violations(table, tmp_path / "gaps", policy, precision, length=2048, hop=1500)
        assert not wrong, explain(wrong)

    def test_of_the_real_segments_is_as_written_by_hand(self, pumice, ingv, tmp_path, policy, precision):
        arguments = ["--features", "core", "--missing", policy, "--precision", precision]
        table = pumice.extract(ingv / "train", tmp_path / "t.parquet", *arguments)
        assert table.shape == (2, 761)
        wrong = core_violations(table, ingv / "train", policy, precision)
        assert not wrong, explain(wrong)


def test_bands_above_half_the_rate_are_null(pumice, tmp_path):
    datasets.gaps(tmp_path / "gaps")
    table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", "--sample-rate", "20")
    wrong = core_violations(table, tmp_path / "gaps", "skip", fs=20.0)
    assert not wrong, explain(wrong)
    assert table["sensor_1__band_power__from_8__to_16"].isna().all()
    assert table["sensor_1__band_power__from_4.5__to_8"].notna().all()


def test_another_rate_moves_the_frequencies(pumice, tmp_path):
    datasets.gaps(tmp_path / "gaps")
    table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", "--sample-rate", "200")
    wrong = core_violations(table, tmp_path / "gaps", "skip", fs=200.0)
    assert not wrong, explain(wrong)


def test_other_bands_replace_the_usual_ones(pumice, tmp_path):
    datasets.gaps(tmp_path / "gaps")
    arguments = ["--sample-rate", "100", "--bands", "1-3,0.5-20,20-50"]
    table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", *arguments)
    wrong = core_violations(table, tmp_path / "gaps", "skip", bands=((1, 3), (0.5, 20), (20, 50)))
    assert not wrong, explain(wrong)


def test_window_in_seconds_and_default_hop(pumice, tmp_path):
    datasets.gaps(tmp_path / "gaps")
    table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", "--sample-rate", "100", "--window", "20.5s")
    wrong = core_violations(table, tmp_path / "gaps", "skip", length=2050, hop=2050)
    assert not wrong, explain(wrong)


def test_hop_beside_a_short_last_window(pumice, tmp_path):
    datasets.short(tmp_path / "short")
    for path in (tmp_path / "short").glob("*.csv"):
        if path.stem not in ("100", "1023"):
            path.unlink()
    arguments = ["--sample-rate", "100", "--window", "100n", "--hop", "30n", "--missing", "zero"]
    table = pumice.extract(tmp_path / "short", tmp_path / "t.parquet", *arguments)
    wrong = core_violations(table, tmp_path / "short", "zero", length=100, hop=30)
    assert not wrong, explain(wrong)


@pytest.mark.parametrize(
    ("taper", "nperseg", "overlap"),
    [("hann", 512, 128), ("hamming", 512, 128), ("blackman", 512, 128), ("boxcar", 512, 128), ("hann", 625, 311)],
)
def test_other_spectra_follow_their_settings(pumice, tmp_path, taper, nperseg, overlap):
    datasets.gaps(tmp_path / "gaps")
    arguments = ["--sample-rate", "100", "--nperseg", nperseg, "--overlap", overlap, "--taper", taper]
    table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", *arguments)
    # A setting that is not the catalogue's stands in the column's name, so that one name is always one number.
    settings = [f"__nperseg_{nperseg}", f"__overlap_{overlap}"] + ([] if taper == "hann" else [f'__taper_"{taper}"'])
    spectral = [name for name in table.columns if "spectral" in name or "band_power" in name or "peak" in name]
    assert len(spectral) == 34 * 6
    assert all(setting in name for name in spectral for setting in settings)
    plain = {}
    for name in table.columns:
        short = name
        for setting in settings:
            short = short.replace(setting, "") if name in spectral else short
        plain[name] = short
    wrong = core_violations(table.rename(columns=plain), tmp_path / "gaps", "skip", welch=Welch(nperseg, overlap, taper))
    assert not wrong, explain(wrong)


class TestExpressions:
    """The catalogue's own Python expressions, which cover every feature and not only the hand-written sets."""

    @pytest.mark.parametrize("policy", POLICIES)
    def test_of_every_feature_agree_with_the_table(self, pumice, catalogue, dataset, tmp_path, policy):
        arguments = ["--features", ",".join(catalogue), "--missing", policy, "--precision", "double"]
        table = pumice.extract(dataset, tmp_path / "t.parquet", *arguments, "--sample-rate", "100")
        columns = [name for name in table.columns if name != "segment_id"]
        assert {Column.parse(name, set(catalogue)).feature for name in columns} == set(catalogue)
        table = table.set_index(table["segment_id"].astype(str))
        wrong = []
        paths = sorted(dataset.glob("*.csv"))
        for (segment, _, _), signals, values in oracle.expected_table(paths, columns, catalogue, policy, FS):
            for name, value in values.items():
                column = Column.parse(name, set(catalogue))
                signal = signals[column.channel, column.derivation]
                rule = oracle.rule_of(catalogue[column.feature], column)
                problem = violation(rule, column, float(table.at[segment, name]), value, signal, "double")
                if problem:
                    wrong.append(f"{segment} {name} {problem}")
        assert not wrong, explain(wrong)

    @pytest.mark.parametrize("policy", POLICIES)
    def test_of_core_features_agree_with_the_hand_written(self, catalogue, dataset, policy):
        wrong = []
        for path in sorted(dataset.glob("*.csv")):
            frame = frame_of(path)
            for channel in frame.columns:
                expected, signals = expected_core(path, channel, 0, len(frame), policy, FS, Welch(), oracle_core.BANDS)
                for name in CORE:
                    column = Column.parse(channel + name, FEATURES)
                    signal = signals[column.derivation]
                    value = oracle.evaluate(catalogue[column.feature], column, signal)
                    rule = oracle_core.rule_of(column.feature)
                    problem = violation(rule, column, value, expected.get(name, np.nan), signal, "double")
                    if problem:
                        wrong.append(f"{path.name} {channel}{name} {problem}")
        assert not wrong, explain(wrong)

    def test_core_features_are_compared_by_the_rules_of_the_definitions(self, catalogue):
        for name in CORE:
            column = Column.parse("x" + name, FEATURES)
            there, here = oracle.rule_of(catalogue[column.feature], column), oracle_core.rule_of(column.feature)
            assert there.kind == here.kind, name
            if here.kind == "sample":
                assert there == here, name


class TestBasic:
    """What the notebook's pipeline computes, straight from pandas in float64."""

    PANDAS = {"maximum": "max", "minimum": "min", "skewness": "skew", "kurtosis": "kurt"}

    def expected(self, path: Path) -> pd.Series:
        frame = read_csv(path).fillna(0.0)
        values = {}
        for name in oracle_core.BASIC:
            column = getattr(frame, self.PANDAS.get(name, name))()
            constant = frame.max() == frame.min()
            if name in ("std", "var", "skewness", "kurtosis"):
                column = column.mask(constant, 0.0)
            values |= {f"{channel}__{name}": column[channel] for channel in frame.columns}
        return pd.Series(values)

    def test_of_the_real_segments_is_that_of_pandas(self, pumice, ingv, tmp_path):
        arguments = ["--features", "basic", "--missing", "zero", "--labels", ingv / "train.csv"]
        table = pumice.extract(ingv / "train", tmp_path / "t.parquet", *arguments)
        assert table.shape == (2, 82)
        assert list(table.columns[[0, -1]]) == ["segment_id", "time_to_eruption"]
        labels = pd.read_csv(ingv / "train.csv").set_index("segment_id")["time_to_eruption"]
        for _, row in table.iterrows():
            expected = self.expected(ingv / "train" / f"{int(row['segment_id'])}.csv")
            assert set(expected.index) == set(table.columns[1:-1])
            off = (row[expected.index].astype(float) - expected).abs()
            allowed = 1e-12 * expected.abs()
            # Standardised moments are of the order of 1 whatever the signal.
            allowed += 1e-12 * expected.index.str.contains("skewness|kurtosis")
            assert (off <= allowed).all(), off[off > allowed]
            assert row["time_to_eruption"] == labels[int(row["segment_id"])]
        assert table["time_to_eruption"].dtype.kind == "i"

    def test_of_a_dead_sensor_is_zero(self, pumice, tmp_path):
        datasets.gaps(tmp_path / "gaps")
        table = pumice.extract(tmp_path / "gaps", tmp_path / "t.parquet", "--features", "basic", "--missing", "zero")
        dead = [name for name in table.columns if name.startswith(("dead__", "absent__"))]
        assert len(dead) == 16
        assert (table[dead] == 0).all(axis=None)
