"""What an installed package consists of."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pumice
import pytest
from pumice import _core

FOLDER = Path(pumice.__file__).parent


def test_the_program_is_of_the_packages_version(program):
    assert pumice.__version__ in program.run("--version").stdout


def test_what_is_installed_says_the_same_version():
    try:
        files = metadata.files("pumice") or []
    except metadata.PackageNotFoundError:
        pytest.skip("the package is not installed: it is used from a build folder")
    if not any(file.name == "_core.pyi" and file.locate().parent == FOLDER for file in files):
        pytest.skip("the package that is used is not the installed one")
    assert metadata.version("pumice") == pumice.__version__


def test_types_come_with_the_package():
    assert (FOLDER / "py.typed").exists()
    stub = ast.parse((FOLDER / "_core.pyi").read_text())
    declared = {node.name for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert {"Outcome", "extract_files", "extract_arrays"} <= declared
    assert declared == {name for name in vars(_core) if not name.startswith("__")}


def test_importing_takes_numpy_alone():
    code = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pandas", "pyarrow", "polars", "scipy", "sklearn", "dask", "matplotlib", "tqdm"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nothing())
import numpy as np, pumice
x = np.arange(60.0).reshape(1, 2, 30)
values = pumice.extract(x, features="maximum", output="numpy", progress=False)
assert values.tolist() == [[29.0, 59.0]], values
try:
    pumice.extract(x, features="maximum")
except pumice.UnavailableError as error:
    assert "pumice[pandas]" in str(error), error
else:
    raise AssertionError("a frame without pandas")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
