"""`pumice.dask.extract_frame` gives the table of `pumice.extract_frame`, however its rows lie in partitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pumice
import pytest

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")

import pumice.dask  # noqa: E402

OPTIONS = {"sample_rate": 100, "nperseg": 128}
pytestmark = pytest.mark.filterwarnings("ignore::pumice.PumiceWarning")


@pytest.fixture(scope="module")
def signals() -> pd.DataFrame:
    random = np.random.default_rng(11)
    ids, ticks = np.repeat(np.arange(24), 160), np.tile(np.arange(160), 24)
    frame = pd.DataFrame({"id": ids, "t": ticks, "a": random.normal(size=3840), "b": random.normal(size=3840)})
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def in_parts(frame: pd.DataFrame, part_of: np.ndarray):
    return dd.from_map(lambda i: frame[part_of == i], range(int(part_of.max()) + 1), meta=frame.iloc[:0])


def test_frames_become_tables_in_their_partitions(signals):
    expected = pumice.extract_frame(signals, "id", "t", **OPTIONS)
    by_index = dd.from_pandas(signals.sort_values("id").set_index("id"), npartitions=4)
    table = pumice.dask.extract_frame(by_index, "id", "t", **OPTIONS)
    assert by_index.known_divisions and table.npartitions == 4
    pd.testing.assert_frame_equal(table.compute(), expected, check_exact=True)
    part_of = signals["id"].to_numpy() // 8
    checked = pumice.dask.extract_frame(in_parts(signals, part_of), "id", "t", **OPTIONS)
    assert checked._meta.dtypes.equals(expected.dtypes)
    pd.testing.assert_frame_equal(checked.compute(), expected, check_exact=True)
    rolled = signals.assign(id=[(i, str(i)) for i in signals["id"]])  # Dask has no MultiIndex
    with dask.config.set({"dataframe.convert-string": False}):
        out = pumice.dask.extract_frame(in_parts(rolled, part_of), "id", "t", **OPTIONS).compute()
    assert list(out.index) == [(i, str(i)) for i in range(24)]
    pd.testing.assert_frame_equal(out.set_axis(expected.index), expected, check_exact=True)


def test_long_frames_name_their_kinds(signals):
    long = signals.melt(["id", "t"], var_name="kind", value_name="value")
    parts = in_parts(long, long["id"].to_numpy() // 8)
    options = OPTIONS | {"window": "50n"}
    expected = pumice.extract_frame(long, "id", "t", "kind", "value", **options)
    table = pumice.dask.extract_frame(parts, "id", "t", "kind", "value", kinds=["a", "b"], **options).compute()
    pd.testing.assert_frame_equal(
        table.set_index("window", append=True).rename_axis(expected.index.names), expected, check_exact=True
    )
    with pytest.raises(pumice.UsageError, match="which are in column `kind`"):
        pumice.dask.extract_frame(parts, "id", "t", "kind", "value", **options)
    with pytest.raises(pumice.UsageError, match="not named: b"):
        pumice.dask.extract_frame(parts, "id", "t", "kind", "value", kinds=["a"], **options).compute()


def test_columns_that_are_not_chosen_hold_what_they_like(signals):
    parts = in_parts(signals.assign(name="x"), signals["id"].to_numpy() // 8)
    expected = pumice.extract_frame(signals, "id", "t", channels=["b"], features="mean")
    for options in ({"channels": ["b"], "features": "mean"}, {"like": expected}):
        table = pumice.dask.extract_frame(parts, "id", "t", **options)
        pd.testing.assert_frame_equal(table.compute(), expected, check_exact=True)


@pytest.mark.parametrize(
    "dtype", ["category", "string", "str", "Int64", "int64[pyarrow]", "int16", "datetime64[us, UTC]"]
)
def test_the_index_is_of_the_type_that_was_told(signals, dtype):
    ids = signals["id"] if "int" in dtype.lower() or "date" in dtype else signals["id"].astype("str")
    signals = signals.assign(id=ids.astype(dtype))
    expected = pumice.extract_frame(signals, "id", "t", features="mean")
    for parts in (dd.from_pandas(signals, npartitions=1), dd.from_pandas(signals.set_index("id"), npartitions=1)):
        table = pumice.dask.extract_frame(parts, "id", "t", features="mean")
        assert table._meta.index.dtype == expected.index.dtype
        pd.testing.assert_frame_equal(table.compute(), expected, check_exact=True)


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_a_partition_without_a_whole_window_has_no_rows(signals, layout):
    short = signals[(signals["id"] >= 16) | (signals["t"] < 40 + signals["id"] % 2)]
    options = {"features": "mean", "window": "50n", "layout": layout}
    expected = pumice.extract_frame(short, "id", "t", **options)
    expected = expected.reset_index([name for name in expected.index.names if name != "segment_id"])
    by_index = dd.from_pandas(short.sort_values("id").set_index("id"), npartitions=3)
    for parts in (by_index, in_parts(short, short["id"].to_numpy() // 8)):
        table = pumice.dask.extract_frame(parts, "id", "t", **options)
        pd.testing.assert_frame_equal(table.compute(), expected, check_exact=True)
    long = short[short["id"] < 16].melt(["id", "t"], var_name="kind", value_name="value")
    long = long[(long["kind"] == "a") | (long["t"] < 30)]  # kinds of two lengths
    parts = in_parts(long, long["id"].to_numpy() // 8)
    empty = pumice.dask.extract_frame(parts, "id", "t", "kind", "value", kinds=["a", "b"], **options)
    pd.testing.assert_frame_equal(empty.compute(), empty._meta)


def test_ids_that_are_split_over_partitions_are_refused(signals):
    part_of = signals["id"].to_numpy() // 8
    part_of = np.where((signals["id"] == 3) & (signals["t"] > 100), 2, part_of)
    with pytest.raises(pumice.UsageError, match="id 3 lies in several partitions"):
        pumice.dask.extract_frame(in_parts(signals, part_of), "id", "t", **OPTIONS).compute()
