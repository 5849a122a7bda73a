"""Which columns a table has, in which order: lists written by hand."""

from __future__ import annotations

import datasets

QUANTILES = ["0.001", "0.01", "0.05", "0.1", "0.25", "0.75", "0.9", "0.95", "0.99", "0.999"]
BANDS = ["0.1__to_0.5", "0.5__to_1", "1__to_2", "2__to_4.5", "4.5__to_8", "8__to_16", "16__to_25", "25__to_50"]
BASIC = ["maximum", "minimum", "mean", "median", "std", "var", "skewness", "kurtosis"]
SUMS = ["sum_values", "root_mean_square", "abs_energy"]
SCALES = ["mean_absolute_deviation", "median_absolute_deviation", "interquartile_range", "range"]
SHAPE = ["peak_frequency", "spectral_centroid", "spectral_spread", "spectral_median_frequency"]
SHAPE += ["spectral_rolloff__share_0.85", "spectral_rolloff__share_0.95", "spectral_entropy", "spectral_flatness"]
SHAPE += ["spectral_bandwidth", "spectral_central_frequency"]


def core(channel: str) -> list[str]:
    intake = ["n_valid", "n_missing", "longest_gap", "is_constant"]
    names = [f"{channel}__{name}" for name in intake + BASIC + SUMS + SCALES]
    names += [f"{signal}__quantile__q_{q}" for signal in (channel, f"{channel}|abs") for q in QUANTILES]
    names += [f"{channel}__{name}" for name in ("mean_abs_change", "zero_crossing_rate", "slope")]
    powers = ("band_power", "relative_band_power", "log_band_power")
    names += [f"{channel}__{power}__from_{band}" for power in powers for band in BANDS]
    return names + [f"{channel}__{name}" for name in SHAPE]


def test_core_columns_are_in_the_order_of_the_definitions(pumice, tmp_path):
    datasets.offset(tmp_path / "offset")
    table = pumice.extract(tmp_path / "offset", tmp_path / "t.parquet", "--sample-rate", "100")
    channels = ["integers", "counts", "large_counts", "large_integers", "decimals", "negative"]
    assert len(core("x")) == 76
    assert list(table.columns) == ["segment_id", *(name for channel in channels for name in core(channel))]


def test_basic_columns_are_in_the_order_of_the_notebook(pumice, tmp_path):
    datasets.offset(tmp_path / "offset")
    table = pumice.extract(tmp_path / "offset", tmp_path / "t.parquet", "--features", "basic", "--missing", "zero")
    channels = ["integers", "counts", "large_counts", "large_integers", "decimals", "negative"]
    assert list(table.columns) == ["segment_id", *(f"{channel}__{name}" for channel in channels for name in BASIC)]
