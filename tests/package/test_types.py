"""What type checkers know of the public functions."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pumice
import pytest
from pumice._types import ExtractOptions, FileOptions, FrameOptions

FOLDER = Path(pumice.__file__).parent

GOOD = """
import numpy as np
import pumice

x = np.zeros((3, 2, 100))
reveal_type(pumice.extract(x, output="numpy", n_jobs=np.int64(2)))
reveal_type(pumice.extract(x, sample_rate=1, features={"a": ["mean"]}, bands=[(0.1, 0.5)], memory="1G"))
reveal_type(pumice.extract("train/", labels="train.csv", output="polars", missing="zero"))
reveal_type(pumice.plot.psd(x[0], sample_rate=1.0))
reveal_type(pumice.plot.segment(x[0]))
reveal_type(pumice.FeatureExtractor("core", on_error="fail"))
pumice.extract_frame({}, "id", features="core", progress=False)
pumice.dask.extract("train/", labels="train.csv", npartitions=4, n_jobs=1)
pumice.report.write_report("train/", examples=1)
"""
REVEALED = ["numpy.ndarray", "", "polars.*DataFrame", "matplotlib.axes.*Axes", "matplotlib.figure.Figure",
            "pumice.sklearn.FeatureExtractor"]  # fmt: skip

BAD = """
import pumice

pumice.FeatureExtractor(feature="core")
pumice.FeatureExtractor(on_error="skip")
pumice.extract([[1.0]], output="csv")
pumice.extract([[1.0]], mising="zero")
pumice.extract([[1.0]], missing="zer")
pumice.extract_frame({}, "id", featurs="core")
pumice.extract_frame({}, "id", header=True)
pumice.dask.extract("train/", nonsense=1)
pumice.plot.psd([[1.0]], taper="han")
pumice.extractt
"""


def check(text: str, folder: Path) -> str:
    """What mypy says of a user's script under --strict."""
    pytest.importorskip("mypy")
    (folder / "script.py").write_text(text)
    # In site-packages mypy finds it, and refuses to be told.
    path = {} if "site-packages" in FOLDER.parts else {"MYPYPATH": str(FOLDER.parent)}
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
               "--cache-dir", str(folder.parent / "mypy_cache"), "script.py"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=os.environ | path, capture_output=True, text=True, timeout=300)
    assert done.stderr == "", done.stderr
    # In a build folder mypy judges the package, too, which it does not where that is installed.
    return "".join(line for line in done.stdout.splitlines(keepends=True) if line.startswith("script.py"))


def test_calls_that_are_right_pass_and_results_have_types(tmp_path):
    said = check(GOOD, tmp_path)
    assert "error" not in said, said
    revealed = re.findall(r'Revealed type is "(.*)"', said)
    assert len(revealed) == len(REVEALED)
    for got, expected in zip(revealed, REVEALED):
        assert re.match(expected, got), (got, expected)


def test_mistakes_are_found_before_they_run(tmp_path):
    said = check(BAD, tmp_path)
    wrong = {int(line) for line in re.findall(r"^script\.py:(\d+): error", said, re.M)}
    calls = {i for i, line in enumerate(BAD.splitlines(), 1) if line.startswith("pumice.")}
    assert wrong == calls, said


def test_the_options_of_type_checkers_are_those_of_the_functions():
    """The types stand apart from the signature, whose names decide."""
    options = set(inspect.signature(pumice.extract).parameters) - {"x", "output"}
    assert set(ExtractOptions.__annotations__) == options
    of_files = {"recursive", "id", "time_column", "header", "delimiter", "decimal", "na"}
    in_memory = {"labels", "channel_names", "ids"}
    assert set(FrameOptions.__annotations__) == options - in_memory - of_files
    assert set(FileOptions.__annotations__) == options - {"channel_names", "ids", "progress"}
    extractor = set(inspect.signature(pumice.FeatureExtractor).parameters)
    assert extractor <= options
