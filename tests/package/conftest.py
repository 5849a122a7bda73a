"""The command line and the data that tests of the package compare with."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest
from fake_gpu import Gpu
from program import Program
from pumice import _device_arrays

ROOT = Path(__file__).resolve().parents[2]


def read_text(table: Path) -> pd.DataFrame:
    """Shortest decimals read back as the same numbers."""
    return pd.read_csv(table, float_precision="round_trip", dtype={"window": np.int64})


@pytest.fixture(scope="session")
def program() -> Program:
    """PUMICE_PROGRAM, else the wheel's, else that of the dev build."""
    given = os.environ.get("PUMICE_PROGRAM")
    places = [Path(sysconfig.get_path("scripts"), "pumice"), ROOT / "build" / "dev" / "pumice"]
    for path in [Path(given)] if given else places:
        if path.exists():
            return Program(path, read_text)
    pytest.fail(f"none of {', '.join(map(str, places))} is there: build it with `cmake --build --preset dev`")


@pytest.fixture(scope="session")
def segments(program, tmp_path_factory) -> Path:
    """Six segments of the INGV shape, and their labels."""
    folder = tmp_path_factory.mktemp("segments")
    program.run("synth", folder, "--segments", 6, "--seed", 3)
    return folder


@pytest.fixture
def gpu(program, monkeypatch) -> Gpu:
    """Two GPUs that are the host; none has been started."""
    folder = Path(program.path).resolve().parent / "fake_gpu"
    if not (folder / "libpumice_cuda.so").exists():
        pytest.skip(f"{folder} has no fake module of CUDA: it is built beside the tests in C++")
    monkeypatch.setattr(_device_arrays, "MODULE_DIRECTORY", str(folder))
    fake = Gpu(folder)
    pumice.release_memory()
    fake.residents(), fake.copies(), fake.backends()
    return fake
