"""`extract_frame`: what columns of ids, kinds and order may hold, and what is said of what they may not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pumice
import pytest

VALUES = np.arange(6.0)


def objects(values: list) -> pd.Series:
    return pd.Series(values, dtype=object)


UNHASHABLE = {
    "lists": ([[1], [1], [1], [2], [2], [2]], 0, r"\[1\], of type list"),
    "one list": (["a", "a", "a", ["b"], "b", "b"], 3, r"\['b'\], of type list"),
    "arrays": ([1, 1, np.array([1, 2]), 2, 2, 2], 2, r"array\(\[1, 2\]\), of type ndarray"),
    "dicts": ([{}] * 6, 0, r"\{\}, of type dict"),
    "tuples of lists": ([(1, 2)] * 5 + [(1, [2])], 5, r"\(1, \[2\]\), of type tuple"),
}


@pytest.mark.parametrize("values, row, what", UNHASHABLE.values(), ids=UNHASHABLE)
def test_ids_and_kinds_without_a_hash_are_refused_by_column_and_row(values, row, what):
    frame = pd.DataFrame({"id": objects(values), "v": VALUES})
    with pytest.raises(pumice.UsageError, match=rf"column `id`: row {row} holds {what}; ids are numbers, texts, times"):
        pumice.extract_frame(frame, "id", features="mean")
    long = pd.DataFrame({"id": 1, "kind": objects(values), "v": VALUES})
    with pytest.raises(pumice.UsageError, match=rf"column `kind`: row {row} holds {what}; kinds are numbers"):
        pumice.extract_frame(long, "id", column_kind="kind", column_value="v", features="mean")


def test_ids_that_are_lists_of_polars_and_arrow_are_refused():
    pa = pytest.importorskip("pyarrow")
    lists, structs = [[1, 2]] * 6, [{"a": 1}] * 6
    for frame in (
        pl.DataFrame({"id": lists, "v": VALUES}),
        pl.DataFrame({"id": structs, "v": VALUES}),
        pl.DataFrame({"id": pl.Series(lists, dtype=pl.Array(pl.Int64, 2)), "v": VALUES}),
        pa.table({"id": lists, "v": VALUES}),
        pd.DataFrame({"id": pd.Series(lists, dtype=pd.ArrowDtype(pa.list_(pa.int64()))), "v": VALUES}),
    ):
        with pytest.raises(pumice.UsageError, match="column `id`: row 0 holds "):
            pumice.extract_frame(frame, "id", features="mean")


def test_what_has_no_order_is_refused_by_its_column():
    mixed = objects([1, "a"] * 3)
    with pytest.raises(pumice.UsageError, match="column `id` holds what has no order"):
        pumice.extract_frame(pd.DataFrame({"id": mixed, "v": VALUES}), "id", features="mean")
    for places in (mixed, objects([np.ones(2)] * 6)):
        frame = pd.DataFrame({"id": 1, "t": places, "v": VALUES})
        with pytest.raises(pumice.UsageError, match="column `id` or `t` holds what has no order"):
            pumice.extract_frame(frame, "id", "t", features="mean")
    frame = pd.DataFrame({"id": 1, "kind": mixed, "v": VALUES})
    with pytest.raises(pumice.UsageError, match="column `kind` holds what has no order"):
        pumice.extract_frame(frame, "id", column_kind="kind", column_value="v", features="mean")


def test_times_of_a_zone_keep_it_in_polars():
    times = pd.date_range("2020-07-01", periods=3, freq="h", tz="Europe/Rome", unit="us").repeat(2)
    frame = pd.DataFrame({"id": times[::-1], "v": VALUES})
    expected = pumice.extract_frame(frame, "id", features="mean")
    got = pumice.extract_frame(pl.from_pandas(frame), "id", features="mean")
    pd.testing.assert_frame_equal(got, expected, check_freq=False)
    table = pumice.extract_frame(pl.from_pandas(frame), "id", features="mean", output="polars")
    assert table["segment_id"].dtype == pl.Datetime("us", "Europe/Rome")
    assert table["segment_id"].to_list() == list(expected.index.to_pydatetime())


@pytest.mark.parametrize("zone", ["Europe/Rome", "UTC", "+01:30"])
def test_times_of_a_zone_keep_their_nanoseconds(zone):
    pa = pytest.importorskip("pyarrow")
    times = pd.DatetimeIndex(np.array([3, 2, 1], "datetime64[ns]"), tz="UTC").tz_convert(zone).repeat(2)
    frames = [pd.DataFrame({"id": times, "v": VALUES})]
    frames.append(frames[0].astype({"id": object}))
    if zone != "+01:30":  # polars has none of these
        frames.append(pl.DataFrame({"id": pl.from_arrow(pa.array(times)), "v": VALUES}))
    for frame in frames:
        got = pumice.extract_frame(frame, "id", features="mean")
        assert got.index.tolist() == times[::-2].tolist() and got["v__mean"].tolist() == [4.5, 2.5, 0.5]
        assert pumice.extract_frame({"a": frame, "b": frame}, "id", features="mean").index.equals(got.index)
        table = pumice.extract_frame(frame, "id", features="mean", output="arrow")
        assert table["segment_id"].type == pa.timestamp("ns", zone)
        assert table["segment_id"].cast(pa.int64()).to_pylist() == [1, 2, 3]
        table = pumice.extract_frame(frame, "id", features="mean", output="polars")
        assert table["segment_id"].dtype == pl.Datetime("ns", "UTC" if zone == "+01:30" else zone)
        assert table["segment_id"].to_physical().to_list() == [1, 2, 3]


def test_times_with_and_without_nanoseconds_of_several_kinds_meet():
    a = pl.DataFrame({"id": pl.Series([1000, 2000]).cast(pl.Datetime("ns", "UTC")), "v": [1.0, 2.0]})
    b = pl.DataFrame({"id": pl.Series([1000, 2001]).cast(pl.Datetime("ns", "UTC")), "v": [3.0, 4.0]})
    got = pumice.extract_frame({"a": a, "b": b}, "id", features="mean", output="polars")
    assert got["segment_id"].to_physical().to_list() == [1000, 2000, 2001]
    assert got["b__mean"].to_list() == [3, None, 4]
    naive = pd.DataFrame({"id": [pd.Timestamp(1), pd.Timestamp(2)], "v": [1.0, 2.0]}).astype({"id": object})
    got = pumice.extract_frame(naive, "id", features="mean", output="polars")
    assert got["segment_id"].dtype == pl.Datetime("ns") and got["segment_id"].to_physical().to_list() == [1, 2]


def test_names_of_kinds_that_are_no_text_and_frames_without_rows_yet_are_refused():
    with pytest.raises(pumice.UsageError, match=r"the name of a kind: .* is no Unicode text"):
        pumice.extract_frame({"\ud800": pd.DataFrame({"id": 1, "v": VALUES})}, "id", features="mean")
    with pytest.raises(pumice.UsageError, match=r"LazyFrame, which has no rows yet: say \.collect\(\)"):
        pumice.extract_frame(pl.LazyFrame({"id": [1], "v": [2.0]}), "id", features="mean")


def test_ids_that_arrow_has_no_type_for_are_refused():
    pytest.importorskip("pyarrow")
    for ids in (objects([2**70] * 6), pd.period_range("2020", periods=6, freq="D"), [1j] * 6):
        frame = pd.DataFrame({"id": ids, "v": VALUES})
        assert len(pumice.extract_frame(frame, "id", features="mean")) in (1, 6)
        with pytest.raises(pumice.UsageError, match="output='arrow': there are ids that Arrow has no type for"):
            pumice.extract_frame(frame, "id", features="mean", output="arrow")


def _of_kinds(**ids) -> pd.DataFrame:
    frames = {kind: pd.DataFrame({"id": np.repeat(one, 2), "v": float(i)}) for i, (kind, one) in enumerate(ids.items())}
    return pumice.extract_frame(frames, "id", features="mean")


def test_ids_of_kinds_are_numbers_of_one_type():
    got = _of_kinds(a=np.array([2**53]), b=np.array([2**53 + 1], np.uint64))
    assert got.index.tolist() == [2**53, 2**53 + 1] and got.index.dtype == np.int64
    got = _of_kinds(a=np.array([2**53]), b=np.array([2**64 - 1], np.uint64))
    assert got.index.tolist() == [2**53, 2**64 - 1] and got.index.dtype == np.uint64
    got = _of_kinds(a=np.array([1, 2], np.int8), b=np.array([1.0, 2.5]))
    assert got.index.tolist() == [1.0, 2.0, 2.5] and got.iloc[0].tolist() == [0, 1]
    with pytest.raises(pumice.UsageError, match=r"negative, of int64, .* beyond it, of uint64"):
        _of_kinds(a=np.array([-1]), b=np.array([2**64 - 1], np.uint64))
    with pytest.raises(pumice.UsageError, match=r"integers beyond 2\*\*53"):
        _of_kinds(a=np.array([2**53 + 1]), b=np.array([1.5]))
