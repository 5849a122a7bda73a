"""The peers for a GPU do the same as pumice: their array code, on the host, with NumPy in CuPy's place."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.signal
from conftest import ROOT

sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "bench/peers")]

import agreement  # noqa: E402 - found by the line above
import cupy_core  # noqa: E402

ROWS = (3000, 3000, 2500, 3000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of two lengths: with gaps, decimals, a sensor that is dead, and one that is missing throughout."""
    folder = tmp_path_factory.mktemp("files")
    random = np.random.default_rng(5)
    for k, n in enumerate(ROWS):
        t = np.arange(n)
        frame = pd.DataFrame(
            {
                "sensor_1": np.round(300 * np.sin(0.31 * t) + 50 * random.standard_normal(n)),
                "sensor_2": np.round(90 * random.standard_normal(n)),
                "sensor_3": np.round(random.standard_normal(n), 3) + 0.1 * k,
                "sensor_4": np.full(n, 7.0),
                "sensor_5": np.full(n, np.nan),
            }
        )
        frame.loc[100 : 150 + k, "sensor_2"] = np.nan
        frame.to_csv(folder / f"{k + 1}.csv", index=False)
    return folder


def expect_agreement(ours: pd.DataFrame, theirs, tmp_path, relative: float, columns: int) -> None:
    ours.to_parquet(tmp_path / "ours.parquet")
    result = agreement.compare(tmp_path / "ours.parquet", theirs, relative)
    assert result["columns_that_differ"] == []
    assert result["columns"] == columns
    assert result["files"] == len(ROWS)


def test_the_cupy_peer_makes_pumices_table_with_numpy_in_its_place(pumice, folder, tmp_path):
    device = cupy_core.Device(np, scipy.signal)
    paths = [str(folder / f"{k + 1}.csv") for k in range(len(ROWS))]
    cupy_core.table_on(device, paths, str(tmp_path / "theirs.parquet"), cpus=2)
    options = ["--features", "core", "--missing", "zero", "--sample-rate", "100", "--precision", "double"]
    ours = pumice.extract(folder, tmp_path / "ours.csv", *options)
    expect_agreement(ours, tmp_path / "theirs.parquet", tmp_path, 1e-6, 76 * 5)


def test_the_cupy_peer_batches_neighbours_of_one_length(folder):
    segments = [cupy_core.read(str(folder / f"{k + 1}.csv")) for k in range(len(ROWS))]
    assert [[s.id for s in batch] for batch in cupy_core.batches(segments)] == [[1, 2], [3], [4]]
    many = [segments[0]] * (2 * cupy_core.FILES_A_BATCH + 1)
    assert [len(batch) for batch in cupy_core.batches(many)] == [8, 8, 1]


def test_the_cupy_peer_is_left_out_where_there_is_no_gpu():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import peer; print(peer.Peer('cupy_core', 1).absent)"
    done = subprocess.run([sys.executable, "-c", code, ROOT / "bench"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    if importlib.util.find_spec("cupy") is None:
        assert "cupy" in done.stdout
    else:
        # With a GPU it is there, and else it says what cupy says.
        assert done.stdout.strip() == cupy_core.check_available()


def test_the_notebooks_pipeline_makes_pumices_table(pumice, folder, tmp_path):
    command = [sys.executable, ROOT / "bench/peers/cudf_notebook.py", folder, "-o", tmp_path / "theirs.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pandas: 4 files in ")
    ours = pumice.extract(folder, tmp_path / "ours.csv", "--features", "basic", "--missing", "zero")
    expect_agreement(ours, tmp_path / "theirs.parquet", tmp_path, 1e-6, 8 * 5)


def test_the_notebooks_pipeline_says_where_there_is_nothing_to_read(tmp_path):
    command = [sys.executable, ROOT / "bench/peers/cudf_notebook.py", tmp_path, "-o", tmp_path / "theirs.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "no .csv in" in done.stderr
