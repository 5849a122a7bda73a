"""The set `core` the way it is done without pumice: Dask over files, pandas and SciPy in each, one Parquet table out.

A fair version of it: channels are handled together as whole-array operations, one call of np.quantile on a sorted copy
gives all quantiles (it partitions that copy again, as do np.median and the quantiles of |x|, from copies of their own),
and one call of scipy.signal.welch serves all channels, in double. Policy `zero`, as in the notebook.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import dask
import numpy as np
import pandas as pd
import scipy.signal
from core_set import QUANTILES, longest_gap, spectrum
from dask.distributed import Client, LocalCluster

NAME = "Dask + pandas + SciPy"
VERSIONS = {module.__name__: module.__version__ for module in (dask, pd, np, scipy)}


def statistics(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    x = frame.to_numpy()
    n = len(x)
    out = {
        "maximum": x.max(axis=0),
        "minimum": x.min(axis=0),
        "mean": x.mean(axis=0),
        "std": x.std(axis=0, ddof=1),
        "var": x.var(axis=0, ddof=1),
        # A sensor that is 0 throughout has no skewness for pandas; the table says 0.
        "skewness": frame.skew().fillna(0).to_numpy(),
        "kurtosis": frame.kurt().fillna(0).to_numpy(),
        "sum_values": x.sum(axis=0),
        "abs_energy": np.square(x).sum(axis=0),
    }
    out["range"] = out["maximum"] - out["minimum"]
    out["root_mean_square"] = np.sqrt(out["abs_energy"] / n)
    out["mean_absolute_deviation"] = np.abs(x - out["mean"]).mean(axis=0)
    ordered = np.sort(x, axis=0)
    out["median"] = np.median(ordered, axis=0)
    out["median_absolute_deviation"] = np.median(np.abs(x - out["median"]), axis=0)
    by_q = dict(zip(QUANTILES, np.quantile(ordered, QUANTILES, axis=0)))
    out["interquartile_range"] = by_q[0.75] - by_q[0.25]
    out |= {f"quantile__q_{q:g}": values for q, values in by_q.items()}
    change = np.diff(x, axis=0)
    out["mean_abs_change"] = np.abs(change).mean(axis=0)
    sign = x >= 0
    out["zero_crossing_rate"] = (sign[1:] != sign[:-1]).mean(axis=0)
    index = np.arange(n) - (n - 1) / 2
    out["slope"] = index @ x / (index @ index)
    return out


def features_of_file(path: str) -> dict[str, float]:
    frame = pd.read_csv(path)
    missing = frame.isna().to_numpy()
    valid = frame.notna().sum()
    by_feature = {
        "n_valid": valid.to_numpy(),
        "n_missing": missing.sum(axis=0),
        "longest_gap": np.array([longest_gap(column) for column in missing.T]),
        "is_constant": ((frame.max() == frame.min()) & (valid > 0)).to_numpy(),
    }
    frame = frame.fillna(0.0).astype(np.float64)
    x = frame.to_numpy()
    by_feature |= statistics(frame) | spectrum(np, scipy.signal, x)
    row: dict[str, float] = {"segment_id": int(Path(path).stem)}
    for k, channel in enumerate(frame.columns):
        row |= {f"{channel}__{name}": float(values[k]) for name, values in by_feature.items()}
    absolute = np.quantile(np.abs(x), QUANTILES, axis=0)
    for k, channel in enumerate(frame.columns):
        row |= {f"{channel}|abs__quantile__q_{q:g}": float(absolute[i, k]) for i, q in enumerate(QUANTILES)}
    return row


@contextlib.contextmanager
def session(cpus: int):
    """A cluster with one worker a CPU, which lasts for one turn: an idle one would take time from the others."""
    with LocalCluster(n_workers=cpus, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        yield


def warm_up(paths: list[str], cpus: int) -> None:
    """Imports in every worker, by a file or two for each."""
    dask.compute(*[dask.delayed(features_of_file)(path) for path in paths[: 2 * cpus]])


def core(paths: list[str], output: str, cpus: int) -> None:
    """One task a file on the cluster of `session`; the table goes to `output`."""
    rows = dask.compute(*[dask.delayed(features_of_file)(path) for path in paths])
    pd.DataFrame(rows).to_parquet(output, index=False)
