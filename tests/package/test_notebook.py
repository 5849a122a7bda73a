"""The example notebook runs from top to bottom, on a small data set, and does what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "examples" / "volcano.ipynb"
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("lightgbm")
pytest.importorskip("dask.distributed")


def texts(cell) -> str:
    return "".join(output.get("text", "") for output in cell.get("outputs", []))


def pictures(notebook) -> int:
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


def assert_every_worker_has_a_partition(said: str) -> None:
    partitions, workers = map(int, re.search(r"(\d+) partitions for (\d+) workers", said).groups())
    assert 2 <= workers <= partitions


def test_runs_from_top_to_bottom(program, tmp_path):
    folder = tmp_path / "examples"
    folder.mkdir()
    copy = shutil.copy(NOTEBOOK, folder)
    path = os.pathsep.join([str(program.path.resolve().parent), os.environ["PATH"]])
    environment = os.environ | {"VOLCANO_SEGMENTS": "60", "VOLCANO_TEST_SEGMENTS": "10", "PATH": path}
    command = [sys.executable, str(ROOT / "tools" / "run_notebook.py"), copy, "-o", str(tmp_path / "done.ipynb")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    said = "\n".join(texts(cell) for cell in notebook.cells if cell.cell_type == "code")
    assert "60 training files" in said
    model, guess = (
        float(x.replace(",", "")) for x in re.search(r"model ([\d,]+), guess of the median ([\d,]+)", said).groups()
    )
    assert 0 < model < guess
    assert_every_worker_has_a_partition(said)
    assert pictures(notebook) >= 4
    submission = pd.read_csv(next(tmp_path.rglob("submission.csv")))
    assert list(submission.columns) == ["segment_id", "time_to_eruption"]
    assert len(submission) == 10 and submission["time_to_eruption"].between(0, 1e9).all()


def test_outputs_are_kept_and_none_is_an_error():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert not any(output.output_type == "error" for cell in code for output in cell.outputs)
    assert_every_worker_has_a_partition("\n".join(map(texts, code)))
    assert pictures(notebook) >= 4


def test_the_extra_has_what_the_notebook_and_its_runner_import():
    """Of packages that other extras of it bring, matplotlib, pandas and so on, these are the modules' own names."""
    project = (ROOT / "pyproject.toml").read_text()
    extras = dict(re.findall(r"^(\w+) = \[(.*?)\]$", project, re.M | re.S))
    wanted = extras["notebook"] + "".join(extras[name] for name in re.search(r"pumice\[(.*?)\]", project)[1].split(","))
    packages = set(re.findall(r'"([\w-]+)', wanted)) | {"numpy"}
    code = "\n".join(cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code")
    code += "\n" + (ROOT / "tools" / "run_notebook.py").read_text()
    modules = set(re.findall(r"^(?:import|from) (\w+)", code, re.M)) - set(sys.stdlib_module_names)
    assert {"nbclient", "nbformat", "lightgbm"} <= modules
    assert {"scikit-learn" if name == "sklearn" else name for name in modules} <= packages
