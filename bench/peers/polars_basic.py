"""The set `basic` (missing samples are 0) with Polars: each file read, then reduced by one list of expressions.

Of a lazy scan a file, `collect_all` over such scans, one scan of all files grouped by their path, and reading a file
and then selecting, the last was the fastest, with the files spread over twice as many Python threads as CPUs; all share
Polars' own pool. Most of the time is reading and the medians.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

NAME = "Polars"
VERSIONS = {"polars": pl.__version__}

STATISTICS = {
    "maximum": pl.Expr.max,
    "minimum": pl.Expr.min,
    "mean": pl.Expr.mean,
    "median": pl.Expr.median,
    "std": pl.Expr.std,
    "var": pl.Expr.var,
    "skewness": lambda x: x.skew(bias=False),
    "kurtosis": lambda x: x.kurtosis(bias=False),
}


def table(path: str, columns: list[str]) -> pl.DataFrame:
    return pl.read_csv(path, schema=dict.fromkeys(columns, pl.Float64))


def over_files(work, paths: list[str], cpus: int) -> list:
    if cpus == 1:
        return [work(path) for path in paths]
    with ThreadPoolExecutor(2 * cpus) as pool:
        return list(pool.map(work, paths))


def basic(paths: list[str], columns: list[str], output: str, cpus: int) -> None:
    filled = {name: pl.col(name).fill_null(0) for name in columns}
    every = [reduce(x).alias(f"{name}__{key}") for name, x in filled.items() for key, reduce in STATISTICS.items()]
    rows = over_files(lambda path: table(path, columns).select(every), paths, cpus)
    ids = pl.Series("segment_id", [int(Path(path).stem) for path in paths])
    pl.concat(rows).insert_column(0, ids).write_parquet(output)


def read(paths: list[str], columns: list[str], cpus: int) -> int:
    """Reads every file into a table of doubles, and returns how many rows there were."""
    return sum(over_files(lambda path: table(path, columns).height, paths, cpus))
