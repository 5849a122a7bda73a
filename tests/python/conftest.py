"""Runs the built program and reads what it made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).parent)]

from oracle import read_table  # noqa: E402 - found by the line above

# Two real segments of the competition, where somebody has them; they cannot be shipped.
INGV = Path(os.environ.get("PUMICE_INGV", ROOT.parent / "shared" / "data" / "ingv"))


class Program:
    """The built program: PUMICE_PROGRAM, else that of the dev build."""

    def __init__(self, path: Path):
        self.path = path

    def run(self, *arguments, expect: int = 0) -> subprocess.CompletedProcess:
        command = [str(self.path), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def extract(self, inputs, output: Path, *arguments, expect: int = 0) -> pd.DataFrame:
        """The table of `pumice extract` on the CPU, read back with pandas."""
        self.run("extract", inputs, "-o", output, "--device", "cpu", "--quiet", *arguments, expect=expect)
        return read_table(output)


@pytest.fixture(scope="session")
def pumice() -> Program:
    path = Path(os.environ.get("PUMICE_PROGRAM", ROOT / "build" / "dev" / "pumice"))
    if not path.exists():
        pytest.fail(f"{path} is not there: build it with `cmake --build --preset dev`, or set PUMICE_PROGRAM")
    return Program(path)


@pytest.fixture(scope="session")
def catalogue(pumice) -> dict[str, dict]:
    """Every feature's description by its name."""
    features = json.loads(pumice.run("features", "--format", "json").stdout)["features"]
    return {feature["name"]: feature for feature in features}


@pytest.fixture(scope="session")
def ingv() -> Path:
    if not (INGV / "train").is_dir():
        pytest.skip(f"the real INGV segments are not at {INGV}")
    return INGV
