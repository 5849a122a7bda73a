"""Whether the tables of two contestants hold the same values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

RESOLUTION_HZ = 100 / 1024


def compare(ours: Path, theirs: Path, relative: float) -> dict:
    """How many values were compared, the largest relative difference, and the columns that differ by more.

    Floors: 1e-9 for values near 0; powers, 1e-9 of the channel's variance; frequencies that are a bin of the spectrum,
    one bin. A constant channel has skewness and kurtosis 0 for pumice and none for others: these agree.
    """
    a, b = (pd.read_parquet(path).sort_values("segment_id").reset_index(drop=True) for path in (ours, theirs))
    different = sorted(set(a.columns) ^ set(b.columns))
    shared = [name for name in a.columns if name in set(b.columns)]
    worst = 0.0
    for name in shared:
        x, y = (frame[name].to_numpy(np.float64, na_value=np.nan) for frame in (a, b))
        if name.endswith(("__skewness", "__kurtosis")):
            constant = a[name.rsplit("__", 1)[0] + "__var"].to_numpy() == 0
            y = np.where(constant & np.isnan(y), 0.0, y)
        missing = np.isnan(x) & np.isnan(y)
        floor = absolute_floor(name, a)
        difference = np.where(missing, 0, np.abs(x - y))
        # A value that only one table has is NaN here, and so differs.
        if not np.all(difference <= relative * np.abs(np.where(missing, 0, y)) + floor):
            different.append(name)
        beyond_floor = difference > floor
        if beyond_floor.any():
            worst = max(worst, float(np.max(difference[beyond_floor] / np.abs(y[beyond_floor]))))
    return {
        "files": len(a),
        "columns": len(shared) - 1,
        "values": len(a) * (len(shared) - 1),
        "tolerance": relative,
        "largest_relative_difference": worst,
        "columns_that_differ": different,
    }


def absolute_floor(name: str, table: pd.DataFrame):
    if "__band_power" in name:
        return 1e-9 * table[f"{name.split('__')[0]}__var"].to_numpy()
    if any(bin_of_spectrum in name for bin_of_spectrum in ("peak_frequency", "median_frequency", "rolloff")):
        return RESOLUTION_HZ * 1.001
    return 1e-9
