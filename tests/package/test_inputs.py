"""Samples in memory of odd layouts and types, and what is said of what holds none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pumice
import pytest
from pumice import FeatureExtractor


def mean(x, **options) -> list:
    return pumice.extract(x, features="mean", output="numpy", **options).tolist()


def test_fields_of_packed_structures_are_read():
    """From one sample to the next are 9 bytes."""
    packed = np.zeros((2, 3, 40), dtype=[("flag", "i1"), ("value", "f8")])
    packed["value"] = np.random.default_rng(3).integers(-99, 99, packed.shape)
    expected = packed["value"].mean(axis=-1).tolist()
    assert mean(packed["value"]) == expected
    assert mean(list(packed["value"])) == expected
    assert FeatureExtractor("mean").fit_transform(list(packed["value"])).tolist() == expected


def test_missing_values_of_pandas_among_objects_are_missing():
    for missing in (pd.NA, None, float("nan")):
        assert mean(np.array([[1, missing, 3.0]], dtype=object)) == [[2.0]]
        assert mean(pd.DataFrame({"a": pd.Series([1, missing, 3], dtype=object)})) == [[2.0]]
    with pytest.raises(pumice.UsageError, match="holds something else than numbers"):
        mean(np.array([[1, pd.NA, "x"]], dtype=object))


def test_a_series_of_lists_is_a_case_each_in_polars_as_in_pandas():
    lists = [[1.0, 2.0], [3.0, 5.0, 7.0]]
    assert mean(pd.Series(lists)) == mean(pl.Series(lists)) == [[1.5], [5.0]]


def test_names_of_channels_are_no_text():
    block = np.ones((1, 2, 9))
    for call in (
        lambda: mean(block, channel_names="ab"),
        lambda: FeatureExtractor("mean", channel_names="ab").fit(block),
        lambda: pumice.plot.segment(block[0], channel_names="ab"),
    ):
        with pytest.raises(pumice.UsageError, match="channel_names='ab': a list was expected, a name a channel"):
            call()


def test_what_is_no_case_is_named():
    for items, said in [
        ([None, np.ones(4)], "item 0 of the list is None, of type NoneType"),
        ([1.0, np.ones(3)], "item 1 of the list is array"),
        ([pl.LazyFrame({"a": [1]})], "item 0 of the list is <LazyFrame"),
    ]:
        with pytest.raises(pumice.UsageError, match=said):
            mean(items)
    with pytest.raises(pumice.UsageError, match="X is an iterator, which gives its cases but once"):
        FeatureExtractor("mean").fit(iter([np.ones(4)]))
    with pytest.raises(pumice.UsageError, match="X has no case"):
        FeatureExtractor("mean").fit([])


def test_paths_that_no_file_can_have_are_refused():
    for path in ("segment\udce9.csv", "segment\0.csv"):
        for x in (path, [path]):
            with pytest.raises(pumice.UsageError, match="a path: 'segment"):
                mean(x)


def test_tables_that_cannot_be_read_are_named(tmp_path):
    pytest.importorskip("pyarrow")
    for ending in ("parquet", "arrow"):
        path = tmp_path / f"table.{ending}"
        with pytest.raises(pumice.InputError, match="there is no such file or directory"):
            mean(np.ones(9), like=path)
        path.write_bytes(b"none")
        for call in (
            lambda path=path: pumice.extract(np.ones(9), like=path),
            lambda path=path: pumice.read_table(path),
        ):
            with pytest.raises(pumice.InputError, match=rf"table\.{ending}: cannot be read as a table"):
                call()
    with pytest.raises(pumice.UsageError, match="read_table takes a path, not DataFrame"):
        pumice.read_table(pd.DataFrame())
