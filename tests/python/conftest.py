"""Runs the built program and reads what it made."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from program import Program

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).parent)]

from oracle import read_table  # noqa: E402 - found by the line above


@pytest.fixture(scope="session")
def pumice() -> Program:
    path = Path(os.environ.get("PUMICE_PROGRAM", ROOT / "build" / "dev" / "pumice"))
    if not path.exists():
        pytest.fail(f"{path} is not there: build it with `cmake --build --preset dev`, or set PUMICE_PROGRAM")
    return Program(path, read_table)


@pytest.fixture(scope="session")
def catalogue(pumice) -> dict[str, dict]:
    """Every feature's description by its name."""
    features = json.loads(pumice.run("features", "--format", "json").stdout)["features"]
    return {feature["name"]: feature for feature in features}
