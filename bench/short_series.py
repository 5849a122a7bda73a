#!/usr/bin/env python3
"""100,000 short series in memory: pumice beside tsfresh, TSFEL and tsflex, for the features that they share.

    python3 -m venv build/peers && build/peers/bin/pip install -r bench/peers/short_series.txt
    .venv/bin/python bench/short_series.py --json bench/results/short_series.json

All take turns in one run on the same series and cores; peers have fewer, because they take longer. Times are of the
work, without imports. Every value of the first 50 series is compared. Also timed: how long a table of 8,951 rows and
7,820 columns takes to become a frame of pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pumice
from pumice import _core, _result
from pumice._progress import on_message

sys.path.insert(0, str(Path(__file__).parent))
from machine import commit, describe

ROOT = Path(__file__).resolve().parents[1]
FEATURES = ("maximum", "minimum", "mean", "median", "abs_energy", "root_mean_square", "mean_abs_change")
PEERS = ("tsfresh", "TSFEL", "tsflex")
TOLERANCE = 1e-9


class Peer:
    """A process that waits for its turns; it answers with seconds and values."""

    def __init__(self, python: Path, series: Path):
        script = ROOT / "bench" / "peers" / "short_series.py"
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([python, script, series], stdin=pipe, stdout=pipe, text=True)
        self.versions = self._answer()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the peers' process ended: has its environment what bench/peers/short_series.txt says?")
        return json.loads(line)

    def turn(self, peer: str, series: int, jobs: int) -> tuple[float, np.ndarray]:
        self.process.stdin.write(json.dumps({"peer": peer, "series": series, "jobs": jobs}) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        return answer["seconds"], np.array(answer["values"])


def by_pumice(x: np.ndarray, features: list[str], jobs: int) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    table = pumice.extract(x[:, None, :], features=features, n_jobs=jobs, missing="zero", progress=False)
    seconds = time.perf_counter() - start
    return seconds, table[[f"channel_1__{name}" for name in features if name != "basic"]].to_numpy()


def frame_of_many_columns(rounds: int) -> dict:
    """A table as large as the whole competition's with 782 features a channel."""
    rows, channels, quantiles = 8951, 10, 782
    x = np.random.default_rng(1).integers(-100, 100, (rows, channels, 50)).astype(np.int16)
    options = {"features": [f"quantile__q_{(i + 1) / (quantiles + 1):.6f}" for i in range(quantiles)]}
    names, ids = [f"c{i}" for i in range(channels)], [str(i) for i in range(rows)]
    start = time.perf_counter()
    outcome = _core.extract_arrays(options, names, ids, [x], None, on_message, None, False)
    run_s = time.perf_counter() - start
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        frame = _result.to_pandas(outcome)
        times.append(time.perf_counter() - start)
    return {"rows": frame.shape[0], "columns": frame.shape[1], "run_s": run_s, "to_frame_s": times}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--length", type=int, default=1000)
    parser.add_argument("--peer-series", type=int, default=4000, help="series that peers get")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--peers-python", type=Path, default=ROOT / "build" / "peers" / "bin" / "python")
    parser.add_argument("--json", type=Path, help="write the results there, too")
    given = parser.parse_args()

    rng = np.random.default_rng(0)
    decimals = rng.standard_normal((given.series, given.length))
    kinds = {"float64": decimals, "int16": np.round(100 * decimals).astype(np.int16)}
    few = decimals[: given.peer_series]
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "series.npy", few)
        peer = Peer(given.peers_python, Path(folder) / "series.npy")
        for turn in range(-1, given.rounds):  # the first one does not count
            for name in PEERS:
                seconds, values = peer.turn(name, given.peer_series, given.jobs)
                ours = by_pumice(few[: len(values)], list(FEATURES), given.jobs)[1]
                worst = np.max(np.abs(values - ours) / np.abs(ours))
                if worst > TOLERANCE:
                    raise SystemExit(f"{name} and pumice differ by {worst:.1e}")
                if turn >= 0:
                    times.setdefault(name, []).append(seconds / given.peer_series)
            for kind, series in kinds.items():
                for what, wanted in (("shared", list(FEATURES)), ("basic", ["basic"])):
                    seconds, _ = by_pumice(series, wanted, given.jobs)
                    if turn >= 0:
                        times.setdefault(f"pumice, {kind}, {what}", []).append(seconds / given.series)
    medians = {name: median(values) for name, values in times.items()}
    reference = medians["pumice, float64, shared"]
    print(f"{given.series:,} series of {given.length} samples, {given.jobs} CPUs, medians of {given.rounds}")
    for name, seconds in medians.items():
        print(f"{name:28} {1e6 * seconds:10.1f} us a series {seconds / reference:8.1f} times pumice's float64")
    frame = frame_of_many_columns(given.rounds)
    print(f"{frame['rows']:,} x {frame['columns']:,} results become a frame in {median(frame['to_frame_s']):.4f} s")
    print(f"the run that made them: {frame['run_s']:.2f} s")
    if given.json:
        result = {
            "machine": describe(),
            "commit": commit(),
            "pumice": pumice.__version__,
            "peers": peer.versions,
            "series": given.series,
            "length": given.length,
            "jobs": given.jobs,
            "peer_series": given.peer_series,
            "seconds_a_series": times,
            "frame": frame,
        }
        given.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
