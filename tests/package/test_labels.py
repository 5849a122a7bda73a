"""`labels=` of `pumice.extract`: what they come from, and which of it holds the ids."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Three files, 0.csv to 2.csv."""
    out = tmp_path_factory.mktemp("files")
    for i in range(3):
        (out / f"{i}.csv").write_text("a\n" + "".join(f"{i + tick}\n" for tick in range(20)))
    return out


@pytest.fixture
def samples() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(3, 1, 400))


def test_labels_come_from_files_frames_series_and_mappings(folder, tmp_path):
    frame = pd.DataFrame({"segment_id": [2, 0, 1], "target": [20, 0, 10], "site": ["z", "x", None]})
    frame.to_csv(tmp_path / "labels.csv", index=False)
    series = frame.set_index("segment_id")["target"]
    for labels in (tmp_path / "labels.csv", frame, frame.set_index("segment_id")):
        got = pumice.extract(folder, features="basic", missing="zero", labels=labels)
        assert got["target"].tolist() == [0, 10, 20]
        assert got["site"].isna().tolist() == [False, True, False] and got["site"].iloc[0] == "x"
    assert pumice.extract(folder, features="basic", missing="zero", labels=series)["target"].tolist() == [0, 10, 20]
    for name in ("no.csv", "no.parquet"):
        with pytest.raises(pumice.InputError, match=f"{name}: there is no such file"):
            pumice.extract(folder, features="basic", labels=tmp_path / name)
    mapping = pumice.extract(folder, features="basic", missing="zero", labels={0: 0.5, 2: 1.5})
    assert mapping["label"].tolist()[::2] == [0.5, 1.5] and np.isnan(mapping["label"].iloc[1])


def test_labels_whose_ids_are_not_named_are_refused(samples):
    frame = pd.DataFrame({"site": [2, 0, 1], "y": [10.5, 11.5, 12.5]})
    for labels in (frame, frame[["y"]], frame.assign(site=[True, False, True])):
        with pytest.raises(pumice.UsageError, match=r"labels: which of .*\by\b.* holds the ids of segments\?"):
            pumice.extract(samples, sample_rate=1, features="mean", labels=labels)
    by_row, by_site = [10.5, 11.5, 12.5], [11.5, 12.5, 10.5]
    for labels, expected in [
        (frame.rename_axis("segment_id"), by_row),
        (frame.set_axis([0, 1, 2]).iloc[[2, 0, 1]], by_row),
        (frame["y"], by_row),
        (frame.set_index("site"), by_site),
        (frame.rename(columns={"site": "Segment_ID"}), by_site),
        (frame.rename(columns={"site": "id"}), by_site),
    ]:
        table = pumice.extract(samples, sample_rate=1, features="mean", labels=labels)
        assert table["y"].tolist() == expected
        if expected is by_row and isinstance(labels, pd.DataFrame):
            assert table["site"].tolist() == [2, 0, 1]
    levels = frame.set_index([pd.Index([0, 1, 2], name="a"), "site"])
    with pytest.raises(pumice.UsageError, match="their index has 2 levels"):
        pumice.extract(samples, sample_rate=1, features="mean", labels=levels)


def test_the_first_column_of_a_file_of_labels_is_of_ids(samples, tmp_path):
    frame = pd.DataFrame({"site": [2, 0, 1], "y": [10.5, 11.5, 12.5]})
    frame.to_csv(tmp_path / "labels.csv", index=False)
    names = ["labels.csv"]
    if importlib.util.find_spec("pyarrow"):
        frame.to_parquet(tmp_path / "labels.parquet")
        names.append("labels.parquet")
    for name in names:
        table = pumice.extract(samples, sample_rate=1, features="mean", labels=tmp_path / name)
        assert table["y"].tolist() == [11.5, 12.5, 10.5] and "site" not in table


def test_labels_of_polars_and_mappings_are_those_of_pandas(folder):
    polars = pytest.importorskip("polars")
    frame = pd.DataFrame(
        {
            "target": [20, 0, 10],
            "share": [0.5, None, 1.5],
            "site": ["z", "x", None],
            "ok": [True, False, True],
            "count": pd.array([1, None, 3], "Int64"),
            "id": ["2", "0", "1"],
        }
    )
    expected = pumice.extract(folder, features="mean", labels=frame)
    assert expected["target"].tolist() == [0, 10, 20] and expected["count"].isna().tolist() == [True, False, False]
    pd.testing.assert_frame_equal(pumice.extract(folder, features="mean", labels=polars.from_pandas(frame)), expected)
    with pytest.raises(pumice.UsageError, match=r"which of target, share, .* holds the ids of segments"):
        pumice.extract(folder, features="mean", labels=polars.from_pandas(frame.drop(columns="id")))
    for what, kind in ((polars.Series([1, 2]), "Series"), (polars.LazyFrame({"id": [1], "y": [2]}), "LazyFrame")):
        with pytest.raises(pumice.UsageError, match=f"a DataFrame of polars .*, not its {kind}"):
            pumice.extract(folder, features="mean", labels=what)
    for name in ("target", "share", "site", "ok"):
        mapping = dict(zip(frame["id"].astype(int), frame[name]))
        got = pumice.extract(folder, features="mean", labels=mapping)["label"]
        pd.testing.assert_series_equal(got, expected[name].rename("label"))
    large = pumice.extract(folder, features="mean", labels={0: 2**70, 1: None, "2": pd.NA})["label"]
    assert large.iloc[0] == str(2**70) and large.isna().tolist() == [False, True, True]


def label_of(samples, labels, **options) -> list:
    """The last column, None where it is missing."""
    column = pumice.extract(samples, sample_rate=1, features="mean", labels=labels, **options).iloc[:, -1]
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna())]


@pytest.mark.parametrize(
    "values, dtype",
    [
        ([1, None, 0], "Int64"),
        ([True, None, False], "boolean"),
        ([True, None, False], "category"),
        ([True, None, False], object),
        ([3, None, 1], "category"),
        ([3, None, 1], object),
        ([1.5, None, 3.0], "category"),
        ([1.5, None, 3], object),
        ([Decimal("1.5"), None, Decimal(3)], object),
        (["b", None, "a"], "category"),
        ([None, None, None], object),
    ],
)
def test_labels_of_every_type_are_those_of_a_mapping(samples, values, dtype):
    series = pd.Series(values, dtype=dtype)
    got = label_of(samples, series)
    assert got == values
    assert got == label_of(samples, dict(enumerate(values)))
    assert list(map(type, got)) == list(map(type, label_of(samples, dict(enumerate(values)))))
    assert got == label_of(samples, pd.DataFrame({"id": pd.Categorical([0, 1, 2]), "y": series}))


def test_labels_of_arrow_are_those_of_a_mapping(samples):
    pa = pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    for values in ([True, None, False], [2**60 + 1, None, 3], [1.5, None, 3.0], [Decimal("1.5"), None, Decimal("3.0")]):
        array = pa.array(values)
        assert label_of(samples, pd.Series(array, dtype=pd.ArrowDtype(array.type))) == values
        assert label_of(samples, polars.DataFrame({"id": [0, 1, 2], "y": values})) == values
    assert label_of(samples, pa.table({"id": [0, 1, 2], "y": [True, None, False]})) == [1, None, 0]


def test_integers_of_arrow_with_gaps_keep_their_digits(program, samples, folder, tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq, feather = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow.feather")
    large = [2**60 + 1, None, -(2**53) - 1]
    ids = pa.array([0, 2, 1, None], pa.int64())
    columns = {"large": pa.array([*large, 5]), "small": pa.array([200, 7, None, 5], pa.uint8())}
    table = pa.table({"id": ids, **columns, "whole": pa.array([1, 2, 3, 4], pa.int16())})
    pq.write_table(table, tmp_path / "labels.parquet")
    feather.write_feather(table, tmp_path / "labels.arrow")
    feather.write_feather(table, tmp_path / "labels.feather")
    for labels in (table, *(tmp_path / f"labels.{ending}" for ending in ("parquet", "arrow", "feather"))):
        got = pumice.extract(folder, features="mean", labels=labels)
        assert got.dtypes.astype(str).tolist() == ["float64", "Int64", "Int64", "int64"]
        assert got["large"].tolist() == [large[0], large[2], pd.NA] and got["small"].tolist() == [200, pd.NA, 7]
    pytest.importorskip("pyarrow.csv").write_csv(table, tmp_path / "labels.csv")
    out = tmp_path / "out.csv"  # which the program of a wheel writes too
    program.run("extract", folder, "--features", "mean", "--labels", tmp_path / "labels.csv", "-o", out)
    pd.testing.assert_frame_equal(pumice.read_table(out), got)
    big = pa.table({"id": pa.array([2**60 + 1, 2**60 + 2, 7, None]), **columns})
    assert label_of(samples, big.drop_columns("small"), ids=[2**60 + 1, 2**60 + 2, 7]) == large


def test_labels_and_ids_beyond_64_bits_are_their_digits(samples):
    polars = pytest.importorskip("polars")
    large = 2**63
    values = np.array([large, 1, large + 1], np.uint64)
    digits = [str(large), "1", str(large + 1)]
    for labels in (
        pd.Series(values),
        pd.Series(values, dtype="UInt64"),
        dict(enumerate(values)),
        polars.DataFrame({"id": [0, 1, 2], "y": values}),
    ):
        assert label_of(samples, labels) == digits
    for labels in (
        pd.Series([5, 6, 7], pd.Index(values)),
        dict(zip(values, [5, 6, 7])),
        polars.DataFrame({"id": values, "y": [5, 6, 7]}),
    ):
        assert label_of(samples, labels, ids=values) == [5, 6, 7]
    assert label_of(samples, pd.Series(values - np.uint64(2))) == [str(large - 2), str(2**64 - 1), str(large - 1)]
    assert label_of(samples, pd.Series(values // np.uint64(2))) == [2**62, 0, 2**62]


@pytest.mark.parametrize("dtype", ["UInt64", "uint64[pyarrow]"])
def test_integers_with_gaps_beyond_64_bits_are_their_digits(samples, dtype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    values = pd.Series([2**63 + 1, None, 1], dtype=dtype)
    assert label_of(samples, values) == [str(2**63 + 1), None, "1"]
    for labels in (pd.DataFrame({"id": values, "y": [5, 6, 7]}), pd.Series([5, 6, 7], pd.Index(values))):
        assert label_of(samples, labels, ids=[2**63 + 1, 2**63 + 2, 1]) == [5, None, 7]
    assert label_of(samples, values[1:2].reindex([0, 1, 2])) == [None] * 3


def test_labels_that_cannot_be_told_apart_are_refused(samples):
    frame = pd.DataFrame({"id": [0, 1, 2], "y": [5, 6, 7]})
    for labels, said in [
        (frame.rename(columns={"id": "y"}).rename_axis("id"), "two columns are named `y`"),
        (frame.set_axis(["id", "id"], axis=1), "two columns are named `id`"),
        (frame[["y"]].rename_axis("y"), "two columns are named `y`"),
        (pd.Series([5, 6, 7], name="segment_id"), "two columns are named `segment_id`"),
        ({0: np.ones(2)}, "`label` holds arrays"),
    ]:
        with pytest.raises(pumice.UsageError, match=f"labels: {said}"):
            label_of(samples, labels)


def test_labels_of_dask_are_to_be_computed(samples):
    dd = pytest.importorskip("dask.dataframe")
    lazy = dd.from_pandas(pd.DataFrame({"id": [0, 1, 2], "y": [5, 6, 7]}), npartitions=1)
    for labels in (lazy, lazy["y"]):
        with pytest.raises(pumice.UsageError, match=r"labels: a frame of Dask has no rows yet: say \.compute\(\)"):
            label_of(samples, labels)
    assert label_of(samples, lazy.compute()) == [5, 6, 7]


@pytest.mark.parametrize("first", [2**53, 2**60, 2**64])
def test_ids_that_are_whole_decimals_keep_their_digits(first):
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    ids = [Decimal(first + 1), Decimal(first + 2)]
    table = pa.table({"segment_id": pa.array(ids, pa.decimal128(20, 0)), "y": [111, 222]})
    frames = [table, pl.from_arrow(table), pd.DataFrame({"segment_id": ids, "y": [111, 222]})]
    frames.append(table.to_pandas(types_mapper=pd.ArrowDtype))
    for labels in frames:
        got = pumice.extract(np.ones((3, 50)), ids=[first, first + 1, first + 2], features="mean", labels=labels)
        assert got["y"].tolist()[1:] == [111, 222] and got["y"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize("first", [2**53, 2**60])
def test_ids_that_are_decimals_with_places_are_integers_where_they_are_whole(first):
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    ids = [Decimal(first + 1), Decimal(f"{first + 2}.50"), None]
    table = pa.table({"y": [111, 222, 333], "segment_id": pa.array(ids, pa.decimal128(30, 2))})
    for labels in (table, pl.from_arrow(table), table.to_pandas(), table.to_pandas(types_mapper=pd.ArrowDtype)):
        for wanted in ([first, first + 1, ids[1]], [first, Decimal(f"{first + 1}.0"), f"{first + 2}.5"]):
            got = pumice.extract(np.ones((3, 50)), ids=wanted, features="mean", labels=labels)["y"]
            assert got.tolist()[1:] == [111, 222] and got.isna().tolist() == [True, False, False]


@pytest.mark.parametrize(
    "ids",
    [
        [1.5, 2.0, 3.0],
        [1.0, 2.0, 3.0],
        [100000.0, 0.0001, -0.0],
        [1e-7, 1e22, -2.0],
        np.array([0.1, 2, 300000], np.float32),
        [Decimal("1.50"), 2.0, 3],
    ],
)
def test_ids_that_are_real_numbers_meet_their_equals(samples, ids):
    pl = pytest.importorskip("polars")
    with_gap = pd.Series([*ids, None], dtype="Float32" if isinstance(ids, np.ndarray) else object)
    labels = [
        dict(zip(ids, [5, 6, 7])),
        pd.DataFrame({"id": ids, "y": [5, 6, 7]}),
        pd.Series([5, 6, 7], index=ids),
        pd.DataFrame({"y": [5, 6, 7, 8], "id": with_gap}),
        pl.DataFrame({"y": [5, 6, 7], "id": pl.Series(ids, strict=False)}),
    ]
    for one in labels:
        assert label_of(samples, one, ids=ids) == [5, 6, 7]
        assert label_of(samples, one, ids=[int(one) if one == int(one) else one for one in ids]) == [5, 6, 7]


def test_ids_that_are_real_numbers_with_a_gap_meet_others(samples):
    labels = pd.DataFrame({"id": [100000, None, 7], "y": [5, 6, 7]})
    assert label_of(samples, labels, ids=[100000, 200000, "007"]) == [5, None, 7]
    labels = pd.DataFrame({"id": pd.arrays.SparseArray([1.5, 2.0, np.nan]), "y": [5, 6, 7]})
    assert label_of(samples, labels, ids=[1.5, 2, 3]) == [5, 6, None]
