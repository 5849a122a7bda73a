"""The set `basic` (missing samples are 0) with DuckDB: one query over all files, grouped by the file's name.

A query a file, one after the other or on a cursor for each CPU, was no faster. Most of the time is the medians.
"""

from __future__ import annotations

import duckdb

NAME = "DuckDB"
VERSIONS = {"duckdb": duckdb.__version__}

STATISTICS = {
    "maximum": "max",
    "minimum": "min",
    "mean": "avg",
    "median": "median",
    "std": "stddev_samp",
    "var": "var_samp",
    "skewness": "skewness",
    "kurtosis": "kurtosis",
}


def basic(paths: list[str], columns: list[str], output: str, cpus: int) -> None:
    every = ", ".join(
        f'{function}(coalesce("{name}", 0)) AS "{name}__{key}"'
        for name in columns
        for key, function in STATISTICS.items()
    )
    files = ", ".join(f"'{path}'" for path in paths)
    types = ", ".join(f"'{name}': 'DOUBLE'" for name in columns)
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {cpus}; SET preserve_insertion_order = false")
        connection.execute(
            f"COPY (SELECT CAST(parse_filename(filename, true) AS BIGINT) AS segment_id, {every}"
            f" FROM read_csv([{files}], columns = {{{types}}}, header = true, delim = ',', auto_detect = false,"
            f" filename = true) GROUP BY filename) TO '{output}' (FORMAT parquet)"
        )
