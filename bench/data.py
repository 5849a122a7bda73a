"""The files of the benchmarks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np


def synthesise(pumice: Path, folder: Path, segments: int, rows: int) -> list[Path]:
    """Segments of the INGV shape by `pumice synth`, seed 1."""
    command = [pumice, "synth", folder, "--segments", str(segments), "--seed", "1", "--samples", str(rows)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return sorted((folder / "train").glob("*.csv"))


def write_table(path: Path, rows: int, columns: int, number: str, seed: int) -> None:
    """A table of noise of standard deviation 300, each number printed by the format `number`."""
    values = np.random.default_rng(seed).normal(0, 300, (rows, columns))
    line = ",".join([number] * columns)
    with path.open("w") as file:
        file.write(",".join(f"sensor_{k + 1}" for k in range(columns)) + "\n")
        file.writelines(line % tuple(row) + "\n" for row in values)


def link(folder: Path, originals: list[Path], n: int) -> list[Path]:
    """A folder of n files, which are the originals under one name after another: the cache holds each once."""
    folder.mkdir()
    paths = [folder / f"{100000 + k}.csv" for k in range(n)]
    for k, path in enumerate(paths):
        path.hardlink_to(originals[k % len(originals)])
    return paths


def total_bytes(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def column_names(path: Path) -> list[str]:
    with path.open() as file:
        return file.readline().strip().split(",")
