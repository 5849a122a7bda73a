"""The set `core` on a GPU without pumice: files read by pyarrow in threads, everything else with CuPy on the device.

A fair version of it: a file is read by one thread, as pyarrow lets go of the interpreter's lock; several files of one
length go to the device side by side, as more columns, in float where that holds them; channels are handled together as
whole-array operations, quantiles come from one sorted array, and one call of welch serves all channels of a batch, in
double. Policy `zero`, as in the notebook. The functions take the array module, so that NumPy and SciPy do the same on
the host.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from core_set import QUANTILES, longest_gap, spectrum

NAME = "CuPy + pyarrow"
VERSIONS = {"pyarrow": pa.__version__}

FILES_A_BATCH = 8


class Device(NamedTuple):
    """Where it is computed: cupy and cupyx.scipy.signal, or numpy and scipy.signal."""

    xp: ModuleType
    signal: ModuleType

    def to_host(self, x) -> np.ndarray:
        return x.get() if hasattr(x, "get") else x


def gpu() -> Device:
    """Throws ImportError, which names what is missing: the package, a driver, a GPU."""
    import cupy
    import cupyx.scipy.signal

    try:
        count = cupy.cuda.runtime.getDeviceCount()
        cupy.zeros(1).sum()
    except Exception as error:
        raise ImportError(f"cupy finds no GPU that it can use: {error}") from error
    if count == 0:
        raise ImportError("cupy finds no GPU")
    return Device(cupy, cupyx.scipy.signal)


class Segment(NamedTuple):
    """A file on the host. x: [n, channels], 0 where a sample is missing."""

    id: int
    channels: list[str]
    x: np.ndarray
    intake: dict[str, np.ndarray]


def read(path: str) -> Segment:
    table = pyarrow.csv.read_csv(path, read_options=pyarrow.csv.ReadOptions(use_threads=False))
    columns = [column.cast(pa.float64()).to_numpy() for column in table.columns]
    x = np.stack(columns, axis=1)
    missing = np.isnan(x)
    valid = len(x) - missing.sum(axis=0)
    some = missing.any()
    low = np.fmin.reduce(x, axis=0) if some else x.min(axis=0)
    high = np.fmax.reduce(x, axis=0) if some else x.max(axis=0)
    intake = {
        "n_valid": valid,
        "n_missing": missing.sum(axis=0),
        "longest_gap": np.array([longest_gap(column) if column.any() else 0 for column in missing.T]),
        "is_constant": (low == high) & (valid > 0),
    }
    x[missing] = 0
    narrow = x.astype(np.float32)
    return Segment(int(Path(path).stem), table.column_names, narrow if np.array_equal(narrow, x) else x, intake)


def quantiles(ordered) -> dict[float, np.ndarray]:
    """Of columns in ascending order, by linear interpolation."""
    out = {}
    for q in QUANTILES:
        at = q * (len(ordered) - 1)
        low = int(at)
        high = min(low + 1, len(ordered) - 1)
        out[q] = ordered[low] + (at - low) * (ordered[high] - ordered[low])
    return out


def median(ordered):
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def statistics(device: Device, x) -> dict:
    """x: [n, signals] of float64."""
    xp = device.xp
    n = len(x)
    mean = x.mean(axis=0)
    centered = x - mean
    squares = centered * centered
    m2 = squares.sum(axis=0)
    m3 = (squares * centered).sum(axis=0)
    m4 = (squares * squares).sum(axis=0)
    var = m2 / (n - 1)
    moves = m2 > 0
    some = xp.where(moves, m2, 1)
    # As pandas has them; a signal that does not move has 0.
    skewness = n * (n - 1) ** 0.5 / (n - 2) * m3 / some**1.5
    kurtosis = n * (n + 1) * (n - 1) / ((n - 2) * (n - 3)) * m4 / some**2 - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    energy = (x * x).sum(axis=0)
    ordered = xp.sort(x, axis=0)
    by_q = quantiles(ordered)
    middle = median(ordered)
    change = x[1:] - x[:-1]
    sign = x >= 0
    index = xp.arange(n) - (n - 1) / 2
    out = {
        "maximum": ordered[-1],
        "minimum": ordered[0],
        "mean": mean,
        "std": xp.sqrt(var),
        "var": var,
        "skewness": xp.where(moves, skewness, 0),
        "kurtosis": xp.where(moves, kurtosis, 0),
        "sum_values": x.sum(axis=0),
        "abs_energy": energy,
        "range": ordered[-1] - ordered[0],
        "root_mean_square": xp.sqrt(energy / n),
        "mean_absolute_deviation": xp.abs(centered).mean(axis=0),
        "median": middle,
        "median_absolute_deviation": median(xp.sort(xp.abs(x - middle), axis=0)),
        "interquartile_range": by_q[0.75] - by_q[0.25],
        "mean_abs_change": xp.abs(change).mean(axis=0),
        "zero_crossing_rate": (sign[1:] != sign[:-1]).mean(axis=0),
        "slope": index @ x / (index @ index),
    }
    return out | {f"quantile__q_{q:g}": values for q, values in by_q.items()}


def rows_of_batch(device: Device, batch: list[Segment]) -> list[dict[str, float]]:
    """Segments of one length and the same channels, side by side as columns of one array."""
    xp = device.xp
    x = xp.asarray(np.concatenate([segment.x for segment in batch], axis=1)).astype(xp.float64)
    by_feature = statistics(device, x) | spectrum(device.xp, device.signal, x)
    absolute = quantiles(xp.sort(xp.abs(x), axis=0))
    names = [*by_feature, *(f"|abs__quantile__q_{q:g}" for q in absolute)]
    # One copy back: [features, signals].
    values = device.to_host(xp.stack([*(v.astype(xp.float64) for v in by_feature.values()), *absolute.values()]))
    rows = []
    for k, segment in enumerate(batch):
        row: dict[str, float] = {"segment_id": segment.id}
        for c, channel in enumerate(segment.channels):
            row |= {f"{channel}__{name}": float(of_all[c]) for name, of_all in segment.intake.items()}
            column = values[:, k * len(segment.channels) + c]
            row |= {
                f"{channel}{'' if name.startswith('|') else '__'}{name}": float(value)
                for name, value in zip(names, column)
            }
        rows.append(row)
    return rows


def batches(segments):
    """Neighbours with the same shape, at most FILES_A_BATCH of them."""
    for _, alike in itertools.groupby(segments, key=lambda segment: (segment.x.shape, tuple(segment.channels))):
        while batch := list(itertools.islice(alike, FILES_A_BATCH)):
            yield batch


def table_on(device: Device, paths: list[str], output: str, cpus: int) -> None:
    """Files are read ahead by `cpus` threads while the device computes."""
    rows = []
    with ThreadPoolExecutor(cpus) as pool:
        for batch in batches(pool.map(read, paths)):
            rows += rows_of_batch(device, batch)
    pd.DataFrame(rows).to_parquet(output, index=False)


def core(paths: list[str], output: str, cpus: int) -> None:
    table_on(gpu(), paths, output, cpus)


def warm_up(paths: list[str], cpus: int) -> None:
    """Kernels are compiled, and plans made, on the first batch."""
    rows_of_batch(gpu(), [read(path) for path in paths[:FILES_A_BATCH]])


def check_available() -> str:
    """Why this peer cannot work here; empty where it can."""
    try:
        VERSIONS["cupy"] = gpu().xp.__version__
    except ImportError as error:
        return str(error)
    return ""
