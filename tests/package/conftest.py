"""The command line and the data that tests of the package compare with."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from program import Program

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
