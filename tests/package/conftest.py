"""The command line and the data that tests of the package compare with."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
# Two real segments of the competition, where somebody has them; they cannot be shipped.
INGV = Path(os.environ.get("PUMICE_INGV", ROOT.parent / "shared" / "data" / "ingv"))


class Program:
    """The command line."""

    def __init__(self, path: Path):
        self.path = path

    def run(self, *arguments, expect: int = 0) -> subprocess.CompletedProcess:
        command = [str(self.path), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, (
            f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done

    def extract(self, inputs, output: Path, *arguments, expect: int = 0) -> pd.DataFrame:
        """The table that it makes on the CPU, as text: shortest decimals that read back as the same numbers."""
        self.run("extract", inputs, "-o", output, "--device", "cpu", "--quiet", *arguments, expect=expect)
        return pd.read_csv(output, float_precision="round_trip", dtype={"window": np.int64})


@pytest.fixture(scope="session")
def program() -> Program:
    """PUMICE_PROGRAM, else the wheel's, else that of the dev build."""
    given = os.environ.get("PUMICE_PROGRAM")
    places = [Path(sysconfig.get_path("scripts"), "pumice"), ROOT / "build" / "dev" / "pumice"]
    for path in [Path(given)] if given else places:
        if path.exists():
            return Program(path)
    pytest.fail(f"none of {', '.join(map(str, places))} is there: build it with `cmake --build --preset dev`")


@pytest.fixture(scope="session")
def segments(program, tmp_path_factory) -> Path:
    """Six segments of the INGV shape, and their labels."""
    folder = tmp_path_factory.mktemp("segments")
    program.run("synth", folder, "--segments", 6, "--seed", 3)
    return folder


@pytest.fixture(scope="session")
def ingv() -> Path:
    if not (INGV / "train").is_dir():
        pytest.skip(f"the real INGV segments are not at {INGV}")
    return INGV
