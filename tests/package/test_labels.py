"""`labels=` of `pumice.extract`: what they come from, and which of it holds the ids."""

from __future__ import annotations

import importlib.util
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
