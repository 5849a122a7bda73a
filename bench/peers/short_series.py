"""tsfresh, TSFEL and tsflex on many short series, for the features that they share with pumice.

Run by bench/short_series.py with the Python of an environment of their own, for they want other versions of pandas and
NumPy than pumice's tests do:

    python3 -m venv build/peers && build/peers/bin/pip install -r bench/peers/short_series.txt

Takes a line of JSON {"peer", "series", "jobs"} at a time on standard input, and answers with one: {"seconds",
"values"}; its first line has the versions.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
import tsfel
from tsflex.features import FeatureCollection, MultipleFeatureDescriptors
from tsfresh.feature_extraction import extract_features

warnings.filterwarnings("ignore")

# The order of the values.
FEATURES = ("maximum", "minimum", "mean", "median", "abs_energy", "root_mean_square", "mean_abs_change")
OF_TSFEL = ("Max", "Min", "Mean", "Median", "Absolute energy", "Root mean square", "Mean absolute diff")


def by_tsfresh(x: np.ndarray, jobs: int) -> tuple[float, np.ndarray]:
    count, n = x.shape
    frame = pd.DataFrame({"id": np.repeat(np.arange(count), n), "value": x.ravel()})
    settings = dict.fromkeys(FEATURES)
    start = time.perf_counter()
    table = extract_features(
        frame, column_id="id", default_fc_parameters=settings, n_jobs=jobs if jobs > 1 else 0, disable_progressbar=True
    )
    return time.perf_counter() - start, table[[f"value__{name}" for name in FEATURES]].to_numpy()


def by_tsfel(x: np.ndarray, jobs: int) -> tuple[float, np.ndarray]:
    every = {name: entry for domain in tsfel.get_features_by_domain().values() for name, entry in domain.items()}
    settings = {"all": {name: every[name] for name in OF_TSFEL}}
    start = time.perf_counter()
    # Windows and processes of its own cost more than they bring.
    rows = [tsfel.time_series_features_extractor(settings, one, fs=100, verbose=0, n_jobs=None) for one in x]
    table = pd.concat(rows)
    seconds = time.perf_counter() - start
    return seconds, table[[f"0_{name}" for name in OF_TSFEL]].to_numpy()


def by_tsflex(x: np.ndarray, jobs: int) -> tuple[float, np.ndarray]:
    count, n = x.shape
    series = pd.Series(x.ravel(), name="value")
    functions = [np.max, np.min, np.mean, np.median, energy, rms, change]
    features = FeatureCollection(MultipleFeatureDescriptors(functions, "value", windows=n, strides=n))
    start = time.perf_counter()
    table = features.calculate(
        series, return_df=True, n_jobs=jobs, include_final_window=True, show_progress=False, window_idx="begin"
    )
    seconds = time.perf_counter() - start
    names = [function.__name__ for function in functions]
    columns = [next(column for column in table.columns if f"__{name}__" in column) for name in names]
    return seconds, table[columns].to_numpy()[:count]


def energy(x: np.ndarray) -> float:
    return np.dot(x, x)


def rms(x: np.ndarray) -> float:
    return np.sqrt(np.mean(np.square(x)))


def change(x: np.ndarray) -> float:
    return np.mean(np.abs(np.diff(x)))


PEERS = {"tsfresh": by_tsfresh, "TSFEL": by_tsfel, "tsflex": by_tsflex}


def main() -> None:
    answer = sys.stdout
    x = np.load(sys.argv[1], mmap_mode="r")
    versions = {name: importlib.metadata.version(name.lower()) for name in PEERS}
    print(json.dumps(versions), file=answer, flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        with contextlib.redirect_stdout(io.StringIO()):
            seconds, values = PEERS[task["peer"]](np.array(x[: task["series"]]), task["jobs"])
        print(json.dumps({"seconds": seconds, "values": values[:50].tolist()}), file=answer, flush=True)


if __name__ == "__main__":
    main()
