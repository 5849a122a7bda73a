"""Folders of Parquet files that tables of `pumice.dask` are written to: nothing stays beside them, no input is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest

pytest.importorskip("dask.dataframe")
pytest.importorskip("pyarrow.parquet")

import pumice.dask

SEGMENTS = 30
OPTIONS = {"sample_rate": 100, "nperseg": 128, "features": "basic", "missing": "zero"}
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("segments")
    random = np.random.default_rng(7)
    for i in range(SEGMENTS):
        samples = pd.DataFrame(random.integers(-3000, 3000, (250, 2)), columns=["north", "east"])
        samples.to_csv(out / f"{1000 + i}.csv", index=False)
    return out


@pytest.fixture(scope="module")
def plain(folder) -> pd.DataFrame:
    return pumice.extract(folder, **OPTIONS)


def test_no_file_of_an_older_table_stays_beside_those_written(folder, plain, tmp_path):
    many, few = (pumice.dask.extract(folder, npartitions=n, **OPTIONS) for n in (7, 3))
    out = tmp_path / "features"
    few.to_parquet(out)
    few.to_parquet(out)  # the same names: nothing stays
    many.to_parquet(str(out))
    with pytest.raises(pumice.UsageError, match=r"4 .parquet files beside .* part.3.parquet .*overwrite=True"):
        few.to_parquet(out)
    with pytest.raises(pumice.UsageError, match=r"7 .parquet files beside"):
        few.to_parquet(out, name_function="{}.parquet".format, compute=False)
    pd.testing.assert_frame_equal(pd.read_parquet(out), plain, check_exact=True)
    few.to_parquet(out, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == [f"part.{i}.parquet" for i in range(3)]
    few.to_parquet(out, append=True)
    assert len(pd.read_parquet(out)) == 2 * SEGMENTS


def test_files_in_folders_by_value_do_not_stay_either(folder, plain, tmp_path):
    labels = pd.DataFrame({"segment_id": plain.index, "place": "Etna"})
    table = pumice.dask.extract(folder, npartitions=2, labels=labels, **OPTIONS)
    table.to_parquet(tmp_path, partition_on="place")
    for options in ({}, {"partition_on": "place"}):
        with pytest.raises(pumice.UsageError, match=r"2 .parquet files beside .* place=Etna/part.0.parquet"):
            table.to_parquet(tmp_path, **options)
    table.to_parquet(tmp_path, partition_on="place", overwrite=True)
    assert len(pd.read_parquet(tmp_path)) == SEGMENTS


def test_what_a_table_is_made_from_is_not_overwritten(folder, tmp_path, monkeypatch):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "1.csv").write_text((folder / "1000.csv").read_text())
    (tmp_path / "link").symlink_to(tmp_path / "train")
    monkeypatch.chdir(tmp_path.parent)
    table = pumice.dask.extract(tmp_path / "link", **OPTIONS)
    for path in (tmp_path / "train", tmp_path, tmp_path.name, f"file://{tmp_path}/train/"):
        with pytest.raises(pumice.UsageError, match=r"would remove the files that this table is made from, .*link"):
            table.to_parquet(path, overwrite=True)
    table.to_parquet(tmp_path / "trained", overwrite=True)
    assert (tmp_path / "train" / "1.csv").exists()


def test_the_table_of_a_folder_is_that_of_extract(folder, tmp_path):
    options = OPTIONS | {"window": "1s", "layout": "long"}
    pumice.dask.extract(folder, npartitions=12, **options).to_parquet(tmp_path)
    expected = pumice.extract(folder, **options)
    read = pumice.read_table(tmp_path)
    pd.testing.assert_frame_equal(read, expected, check_exact=True)
    assert read.attrs["pumice"]["units"] == expected.attrs["pumice"]["units"]
    part = pumice.read_table(tmp_path / "part.0.parquet")
    assert part.index.names == ["segment_id", "window", "channel"]


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_partitions_without_a_whole_window_say_so(tmp_path, scheduler):
    for name, samples in (("1", 300), ("2", 20), ("3", 20)):
        (tmp_path / f"{name}.csv").write_text("a\n" + "5\n" * samples)
    options = {"features": "mean", "window": "100n", "npartitions": 3}
    table = pumice.dask.extract(tmp_path, **options)
    with pytest.warns(pumice.PumiceWarning, match="no file of a partition has a whole window of 100n: that has no row"):
        found = table.compute(scheduler=scheduler)
    assert found.index.tolist() == [1, 1, 1]
    (tmp_path / "1.csv").unlink()
    table = pumice.dask.extract(tmp_path, **options)
    with pytest.warns(pumice.PumiceWarning, match="no file of a partition has a whole window"):
        assert table.compute(scheduler=scheduler).shape == (0, 2)
    with pytest.warns(pumice.PumiceWarning, match="no file of a partition has a whole window"):
        table.to_parquet(tmp_path / "out", compute_kwargs={"scheduler": scheduler})
    table = pumice.dask.extract(tmp_path, **(options | {"npartitions": 1}))
    with pytest.raises(pumice.UsageError, match="no file has a whole window of 100n"):
        table.compute(scheduler=scheduler)
