"""The command line, as tests in Python start it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd


class Program:
    """The program at `path`. `read` makes a frame of a table that it wrote."""

    def __init__(self, path: Path, read: Callable[[Path], pd.DataFrame]):
        self.path = path
        self.read = read

    def run(self, *arguments, expect: int = 0) -> subprocess.CompletedProcess:
        command = [str(self.path), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, (
            f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done

    def extract(self, inputs, output: Path, *arguments, expect: int = 0) -> pd.DataFrame:
        """The table of `pumice extract` on the CPU, read back."""
        self.run("extract", inputs, "-o", output, "--device", "cpu", "--quiet", *arguments, expect=expect)
        return self.read(output)
