#!/usr/bin/env python3
"""Runs a notebook from top to bottom in its own folder and keeps the outputs.

    .venv/bin/python tools/run_notebook.py examples/volcano.ipynb

Exits with 1, naming the cell, where one fails. Times of execution, which change with every run, are left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def run(notebook: Path, output: Path, timeout_s: float) -> nbformat.NotebookNode:
    """The notebook with new outputs, written to `output`. Raises CellExecutionError."""
    content = nbformat.read(notebook, as_version=4)
    folder = str(notebook.resolve().parent)
    client = NotebookClient(content, timeout=timeout_s, resources={"metadata": {"path": folder}})
    client.execute()
    for cell in content.cells:
        cell.metadata.pop("execution", None)
    content.metadata.pop("widgets", None)
    nbformat.validate(content)
    nbformat.write(content, output)
    return content


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="default: the notebook itself")
    parser.add_argument("--timeout", type=float, default=600, help="seconds a cell")
    options = parser.parse_args()
    try:
        run(options.notebook, options.output or options.notebook, options.timeout)
    except CellExecutionError as error:
        print(f"{options.notebook}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
