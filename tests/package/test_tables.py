"""Tables that the command line wrote, read back: their numbers, units and settings."""

from __future__ import annotations

import json
import warnings

import pandas as pd
import pumice
import pytest
from pumice.report import write_report

FEATURES = ["n_valid", "n_missing", "mean", "spectral_centroid", "log_band_power"]


@pytest.fixture(scope="module")
def written(program, segments, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    for ending in (".csv", ".npy"):
        program.run("extract", segments / "train", "-o", folder / f"t{ending}", "--labels", segments / "train.csv",
                    "--features", ",".join(FEATURES))  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def made(segments) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pumice.PumiceWarning)
        return pumice.extract(segments / "train", labels=segments / "train.csv", features=FEATURES, device="cpu")


@pytest.mark.parametrize("ending", [".csv", ".npy"])
def test_a_described_table_is_the_one_that_extract_makes(written, made, segments, ending):
    read = pumice.read_table(written / f"t{ending}")
    assert read["sensor_1__n_valid"].dtype == float
    pd.testing.assert_frame_equal(read, made, check_exact=True)
    about, expected = read.attrs["pumice"], made.attrs["pumice"]
    assert about["units"] == {name: unit for name, unit in expected["units"].items() if name in about["units"]}
    assert about["units"]["sensor_4__spectral_centroid"] == "Hz"
    for key in ("sample_rate", "missing", "precision", "bands", "nperseg", "features", "channels"):
        assert about[key] == expected[key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pumice.PumiceWarning)
        like = pumice.extract(segments / "train", like=read)
        pd.testing.assert_frame_equal(like, pumice.extract(segments / "train", like=made))


def test_rows_of_windows_and_channels_keep_their_index(program, segments, tmp_path):
    program.run("extract", segments / "train", "-o", tmp_path / "t.csv", "--window", "200s", "--layout", "long",
                "--features", "mean")  # fmt: skip
    read = pumice.read_table(tmp_path / "t.csv")
    assert read.index.names == ["segment_id", "window", "channel"]
    assert read.attrs["pumice"]["layout"] == "long"


def test_a_folder_of_parts_is_a_table_in_the_order_of_their_numbers(made, tmp_path):
    pytest.importorskip("pyarrow")
    for i in range(len(made)):
        made.iloc[i : i + 1].to_parquet(tmp_path / f"part.{i + 7}.parquet")
    (tmp_path / "_metadata").write_text("of others")
    read = pumice.read_table(tmp_path)
    pd.testing.assert_frame_equal(read, made, check_exact=True)
    assert read.attrs["pumice"]["units"] == made.attrs["pumice"]["units"]
    made.drop(columns="sensor_2__mean").to_parquet(tmp_path / "part.9.parquet")
    with pytest.raises(pumice.InputError, match=r"part.9.parquet: has other columns than .*part.7.parquet"):
        pumice.read_table(str(tmp_path))


def test_a_folder_without_parts_is_no_table(written):
    with pytest.raises(pumice.UsageError, match=r"holds .parquet files, and it has none"):
        pumice.read_table(written)


def test_axes_and_reports_of_a_csv_have_what_its_description_says(written, tmp_path):
    pytest.importorskip("matplotlib").use("Agg")
    ax = pumice.plot.feature(written / "t.csv", "sensor_4__spectral_centroid")
    assert " ".join(ax.get_ylabel().split()).endswith(", Hz")
    for ending in (".csv", ".npy"):
        page = write_report(written / f"t{ending}", tmp_path / "r.html").read_text()
        assert "100 Hz" in page and "precision of spectra" in page and "missing samples" in page


def test_a_description_of_other_columns_is_not_believed(written, tmp_path):
    frame = pd.read_csv(written / "t.csv").rename(columns={"time_to_eruption": "days"})
    frame.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "t.csv.meta.json").write_bytes((written / "t.csv.meta.json").read_bytes())
    read = pumice.read_table(tmp_path / "t.csv")
    assert "pumice" not in read.attrs
    assert read["sensor_1__n_valid"].dtype == float and read["days"].dtype.kind in "if"


def test_a_damaged_description_is_named(written, tmp_path):
    (tmp_path / "t.csv").write_bytes((written / "t.csv").read_bytes())
    for text in ("{", json.dumps({"format": "other"})):
        (tmp_path / "t.csv.meta.json").write_text(text)
        with pytest.raises(pumice.InputError, match=r"t\.csv\.meta\.json"):
            pumice.read_table(tmp_path / "t.csv")
