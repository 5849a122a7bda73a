"""What comes out: the same bytes whatever the threads, every format readable by others, the columns' names."""

from __future__ import annotations

import json
import os
import re

import datasets
import numpy as np
import pandas as pd
import pyarrow.feather
import pyarrow.parquet
import pytest
from oracle import read_table


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """24 copies of small segments under ids that sort by name in another order than by number."""
    folder = tmp_path_factory.mktemp("many")
    datasets.gaps(folder / "gaps")
    text = {path.stem: path.read_text() for path in sorted((folder / "gaps").glob("*.csv"))}
    (folder / "train").mkdir()
    for k in range(24):
        lines = text["7" if k % 2 else "11"].splitlines()
        (folder / "train" / f"{k * 37}.csv").write_text("\n".join(lines[: 3000 + 113 * k]) + "\n")
    return folder / "train"


@pytest.mark.parametrize("extension", ["parquet", "csv", "arrow", "npy"])
def test_tables_are_byte_identical_for_any_number_of_threads(pumice, many, tmp_path, extension):
    tables = []
    for threads in (1, 2, 5):
        output = tmp_path / str(threads) / f"t.{extension}"
        output.parent.mkdir()
        pumice.run("extract", many, "-o", output, "--device", "cpu", "--quiet", "--sample-rate", "100", "--threads", threads)
        tables.append(output.read_bytes())
    assert len(tables[0]) > 1000
    assert tables[0] == tables[1] == tables[2]


def test_every_format_holds_the_same_table(pumice, many, tmp_path):
    for extension in ("parquet", "csv", "arrow", "feather", "npy"):
        pumice.run("extract", many, "-o", tmp_path / f"t.{extension}", "--device", "cpu", "--quiet", "--sample-rate", "100")
    parquet = pd.read_parquet(tmp_path / "t.parquet")
    assert parquet.shape == (24, 1 + 6 * 76)
    pd.testing.assert_frame_equal(pyarrow.feather.read_feather(tmp_path / "t.arrow"), parquet, check_exact=True)
    pd.testing.assert_frame_equal(pyarrow.feather.read_feather(tmp_path / "t.feather"), parquet, check_exact=True)
    csv = read_table(tmp_path / "t.csv")
    assert list(csv.columns) == list(parquet.columns)
    np.testing.assert_array_equal(csv.to_numpy(np.float64), parquet.to_numpy(np.float64))
    array = np.load(tmp_path / "t.npy")
    numbers = parquet.to_numpy(np.float64)
    np.testing.assert_array_equal(array, numbers if array.shape[1] == numbers.shape[1] else numbers[:, 1:])


def test_rows_are_in_the_order_of_the_files_names(pumice, many, tmp_path):
    table = pumice.extract(many, tmp_path / "t.csv", "--features", "n_valid")
    assert [str(i) for i in table["segment_id"]] == sorted(path.stem for path in many.glob("*.csv"))


def test_a_value_that_does_not_exist_is_null_and_ids_are_integers(pumice, many, tmp_path):
    pumice.run("extract", many, "-o", tmp_path / "t.parquet", "--features", "mean", "--quiet", "--device", "cpu")
    table = pyarrow.parquet.read_table(tmp_path / "t.parquet")
    assert str(table.schema.field("segment_id").type) == "int64"
    assert table.column("absent__mean").null_count == 24
    assert table.column("dead__mean").null_count == 0


def test_metadata_says_how_the_table_was_made(pumice, many, tmp_path):
    arguments = ["--features", "core", "--missing", "interpolate", "--sample-rate", "100"]
    pumice.extract(many, tmp_path / "t.parquet", *arguments)
    metadata = pyarrow.parquet.read_schema(tmp_path / "t.parquet").metadata
    text = json.dumps({key.decode(): value.decode() for key, value in metadata.items()})
    for word in ("interpolate", "100", "sensor_1", "sensor_1__band_power__from_1__to_2"):
        assert word in text, text


def test_notebook_names_are_those_of_the_notebook(pumice, many, tmp_path):
    arguments = ["--features", "basic", "--missing", "zero"]
    plain = pumice.extract(many, tmp_path / "plain.parquet", *arguments)
    notebook = pumice.extract(many, tmp_path / "notebook.parquet", *arguments, "--names", "notebook")
    theirs = ("max", "min", "mean", "median", "std", "var", "skew", "kurtosis")
    ours = ("maximum", "minimum", "mean", "median", "std", "var", "skewness", "kurtosis")
    for there, here in zip(theirs, ours):
        np.testing.assert_array_equal(notebook[f"sensor_1_{there}"], plain[f"sensor_1__{here}"])
    assert len(notebook.columns) == len(plain.columns) == 1 + 6 * 8


def test_safe_names_have_letters_digits_and_underscores_only(pumice, many, tmp_path):
    table = pumice.extract(many, tmp_path / "t.parquet", "--names", "safe", "--sample-rate", "100")
    assert len(set(table.columns)) == 1 + 6 * 76
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in table.columns)


def test_labels_come_last_and_are_null_where_there_is_none(pumice, many, tmp_path):
    (tmp_path / "train.csv").write_text("segment_id,time_to_eruption\n37,12\n0,5\n99999,1\n")
    arguments = ["--features", "mean", "--labels", tmp_path / "train.csv"]
    table = pumice.extract(many, tmp_path / "t.parquet", *arguments).set_index("segment_id")
    assert table.columns[-1] == "time_to_eruption"
    assert len(table) == 24
    assert table["time_to_eruption"].dropna().to_dict() == {0: 5, 37: 12}


def test_a_table_made_like_another_has_its_columns(pumice, many, tmp_path):
    arguments = ["--features", "quantile,mean,dead__std", "--missing", "ffill", "--names", "safe"]
    first = pumice.extract(many, tmp_path / "first.parquet", *arguments)
    second = pumice.extract(many, tmp_path / "second.parquet", "--like", tmp_path / "first.parquet")
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_names_that_are_not_utf8_are_escaped_in_every_output(pumice, tmp_path):
    folder = os.fsencode(tmp_path) + b"/odd"
    os.mkdir(folder)
    for name, text in ((b"n\xe9.csv", b"\xe9,b\n1,2\n3,5\n"), (b"b\xe9.csv", b"\xe9,b\n1,2\nx,5\n")):
        with open(folder + b"/" + name, "wb") as file:
            file.write(text)
    for extension in ("parquet", "csv"):
        table = pumice.extract(
            tmp_path / "odd", tmp_path / f"t.{extension}", "--features", "mean", "--on-error", "skip", expect=3
        )
        assert list(table.columns) == ["segment_id", r"\xE9__mean", "b__mean"]
        assert table.to_numpy().tolist() == [[r"n\xE9", 2.0, 3.5]]
    said = json.loads(pumice.run("describe", tmp_path / "odd", "--format", "json", expect=3).stdout)
    assert [channel["name"] for channel in said["channels"]] == [r"\xE9", "b"]
    assert [problem["path"] for problem in said["problems"]] == [str(tmp_path / "odd" / r"b\xE9.csv")]
    assert [problem["column"] for problem in said["problems"]] == [r"\xE9"]


def test_describe_suggests_no_command_where_no_file_can_be_used(pumice, tmp_path):
    (tmp_path / "1.csv").write_text("a,b\nx,1\n2,3\n")
    said = pumice.run("describe", tmp_path, expect=1).stdout
    assert "No file can be used as it is." in said and "pumice extract" not in said and "0 %" not in said
    assert json.loads(pumice.run("describe", tmp_path, "--format", "json", expect=1).stdout)["command"] is None
