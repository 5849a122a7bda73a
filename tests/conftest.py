"""What the tests of the program and those of the package share; with this file, its folder is one to import from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Two real segments of the competition, where somebody has them; they cannot be shipped.
INGV = Path(os.environ.get("PUMICE_INGV", Path(__file__).resolve().parents[2] / "shared" / "data" / "ingv"))


@pytest.fixture(scope="session")
def ingv() -> Path:
    if not (INGV / "train").is_dir():
        pytest.skip(f"the real INGV segments are not at {INGV}")
    return INGV
