"""The notebook's pipeline as it is, in pandas, to be run by cuDF's accelerator where there is one:

    python -m cudf.pandas bench/peers/cudf_notebook.py FOLDER -o table.parquet

A file a time: missing samples are 0, and eight statistics of every channel make a row. Without `-m cudf.pandas` it is
plain pandas; which of the two ran, and how long it took, is printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pandas as pd


def row_of(path: Path) -> dict[str, float]:
    frame = pd.read_csv(path).fillna(0)
    by_feature = {
        "maximum": frame.max(),
        "minimum": frame.min(),
        "mean": frame.mean(),
        "median": frame.median(),
        "std": frame.std(),
        "var": frame.var(),
        "skewness": frame.skew(),
        "kurtosis": frame.kurtosis(),
    }
    row: dict[str, float] = {"segment_id": int(path.stem)}
    for channel in frame.columns:
        row |= {f"{channel}__{name}": float(values[channel]) for name, values in by_feature.items()}
    return row


def is_accelerated() -> bool:
    return "cudf" in sys.modules


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.csv"), key=lambda path: int(path.stem))
    if not paths:
        parser.error(f"no .csv in {options.folder}")
    start = time.perf_counter()
    pd.DataFrame([row_of(path) for path in paths]).to_parquet(options.output, index=False)
    seconds = time.perf_counter() - start
    print(f"{'cudf.pandas' if is_accelerated() else 'pandas'}: {len(paths)} files in {seconds:.3f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
