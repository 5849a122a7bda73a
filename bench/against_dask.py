#!/usr/bin/env python3
"""Pumice against Dask + pandas + SciPy: the same columns of the same files in the same run.

    bench/against_dask.py --segments 64 --runs 5

Makes a data set with `pumice synth`, lets both make the table of `core` under the policy `zero`, in an order that
rotates from run to run, checks that the two tables agree, and prints the medians and their ratio. The time of pumice is that of the whole process; of
Dask that of the work alone, on a cluster that runs already. Spectra are in float for pumice unless --precision says
double, and in double for SciPy. The result goes to bench/results as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from dask.distributed import Client, LocalCluster

sys.path.insert(0, str(Path(__file__).parent / "peers"))
import dask_core

ROOT = Path(__file__).resolve().parent.parent


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def stage_seconds(report: str) -> dict[str, float]:
    """The `stages` line of what pumice says at the end: seconds of each stage, summed over threads."""
    lines = re.search(r"^ *stages +(.*?) \(seconds", report, re.MULTILINE | re.DOTALL)
    text = " ".join(lines[1].split()) if lines else ""
    return {name: float(value) for name, value in re.findall(r"([a-z][a-z ]*?) ([0-9.]+)", text)}


def device_line(report: str) -> str:
    """What pumice ran on, with the SIMD target: "cpu (AMD EPYC, AVX3, 2 threads)"."""
    line = re.search(r"^ *device +(.*?)(?:;|$)", report, re.MULTILINE)
    return line[1] if line else "unknown"


def disagreements(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """Columns that differ by more than rounding: 1e-5 relative, powers also by 1e-9 of the channel's total."""
    if set(ours.columns) != set(theirs.columns):
        return sorted(set(ours.columns) ^ set(theirs.columns))
    ours = ours.sort_values("segment_id").reset_index(drop=True)
    theirs = theirs.sort_values("segment_id").reset_index(drop=True)
    bad = []
    for name in ours.columns:
        a, b = (frame[name].to_numpy(np.float64) for frame in (ours, theirs))
        channel = name.split("__")[0].split("|")[0]
        floor = 1e-9
        if "__band_power" in name:
            floor = 1e-9 * theirs[f"{channel}__var"].to_numpy()
        elif "frequency" in name or "rolloff" in name:
            floor = dask_core.FS / 1024 * 1.001
        if not np.all((np.abs(a - b) <= 1e-5 * np.abs(b) + floor) | (np.isnan(a) & np.isnan(b))):
            bad.append(name)
    return bad


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def commit() -> str:
    run = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return run.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--segments", type=int, default=64)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pumice", type=Path, default=ROOT / "build/release/pumice")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=("float", "double"), default="float", help="of the spectra of pumice")
    parser.add_argument("--output", type=Path, help="default: bench/results/dask-<commit>.json")
    options = parser.parse_args()
    cpus = len(os.sched_getaffinity(0))

    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        subprocess.run(
            [options.pumice, "synth", scratch / "data", "--segments", str(options.segments), "--seed", "1"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        train = scratch / "data" / "train"
        size = sum(path.stat().st_size for path in train.glob("*.csv"))
        ours, theirs = scratch / "pumice.parquet", scratch / "dask.parquet"
        command = [options.pumice, "extract", train, "-o", ours, "--features", "core", "--missing", "zero"]
        command += ["--device", options.device, "--threads", str(cpus), "--precision", options.precision]
        files = sorted(train.glob("*.csv"))

        seconds: dict[str, list[float]] = {"pumice": [], "dask": [], "wc": []}
        with LocalCluster(n_workers=cpus, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
            dask_core.extract(train, theirs)  # imports in the workers, and the page cache
            reports = []

            def run_pumice() -> None:
                done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                reports.append(done.stdout)

            contestants = {
                "pumice": run_pumice,
                "dask": lambda: dask_core.extract(train, theirs),
                "wc": lambda: subprocess.run(["wc", "-l", *files], check=True, stdout=subprocess.DEVNULL),
            }
            order = list(contestants)
            for _ in range(options.runs):
                for name in order:
                    seconds[name].append(timed(contestants[name]))
                order = order[1:] + order[:1]
        bad = disagreements(pd.read_parquet(ours), pd.read_parquet(theirs))
        columns = len(pd.read_parquet(theirs).columns) - 1

    median = {name: statistics.median(values) for name, values in seconds.items()}
    result = {
        "commit": commit(),
        "cpu": cpu_model(),
        "cpus": cpus,
        "device": device_line(reports[-1]),
        "precision": {"pumice": options.precision, "dask": "double"},
        "segments": options.segments,
        "bytes": size,
        "columns": columns,
        "seconds": seconds,
        "median_seconds": median,
        "gigabytes_per_second": {name: size / value / 1e9 for name, value in median.items()},
        "pumice_stage_seconds": [stage_seconds(report) for report in reports],
        "ratio": median["dask"] / median["pumice"],
        "columns_that_disagree": bad,
    }
    output = options.output or ROOT / "bench/results" / f"dask-{result['commit']}.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")

    print(f"{cpu_model()}, {cpus} CPUs; {options.segments} segments, {size / 1e9:.2f} GB, {columns} columns, spectra in {options.precision}")
    for name, what in (("pumice", "pumice extract"), ("dask", "Dask, pandas, SciPy"), ("wc", "wc -l, for scale")):
        rate = options.segments / median[name]
        print(f"  {what:20} {median[name]:8.3f} s  {rate:8.1f} segments/s  {size / median[name] / 1e9:6.2f} GB/s")
    print(f"  ratio {result['ratio']:.1f}  (medians of {options.runs}; {output})")
    if bad:
        print(f"the tables disagree in {len(bad)} columns: {', '.join(bad[:5])}", file=sys.stderr)
        return 1
    print("  the two tables agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
