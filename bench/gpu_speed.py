#!/usr/bin/env python3
"""How fast pumice is on this machine's GPU, beside what it aims at; `scripts/gpu-check` runs it.

    bench/gpu_speed.py --pumice build/cuda/pumice --work DIR --output speed.json

`pumice bench` on many files of the INGV shape, which are links to a few different ones: the page cache holds each of
these once, and they must fit into it. Its JSON has what the machine allows, measured in the same run. Judged are

- the steady state: at least 85 % of the lower of reading into page-locked memory by all processors and copying to the
  GPU;
- the whole process, from its start to its table: at most the measured start-up and 1.25 times what the bytes take at
  that limit, and under 1 s (of all 4,431 files: of fewer it is not judged).

Only measured, as ratios: the GPU beside the processors, more threads beside one, and CuPy (bench/peers/cupy_core.py)
where it is installed. The exit status says whether everything was measured, not whether an aim is held. It needs
nothing but Python's own library; the CuPy peer needs more.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ALL_FILES = 4431
DISTINCT = 64
FILE_BYTES = 4_000_000  # a little more than a segment of synth has
STEADY_SHARE = 0.85
PROCESS_S = 1.0
MOST_THREADS = 16
PEER_TOLERANCE = 1e-5  # pumice's spectra are float
CORE = ["--features", "core", "--sample-rate", "100"]


def run(*command) -> float:
    """Seconds of a whole process, which must succeed."""
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command[:3]))} .. failed:\n{done.stdout}{done.stderr}")
    return seconds


def free_bytes(folder: Path) -> int:
    """That files in the folder may take so that the page cache holds them: half of the memory that is free."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return min(int(lines["MemAvailable"].split()[0]) * 1024 // 2, shutil.disk_usage(folder).free)


def make_files(options: argparse.Namespace) -> tuple[Path, list[Path], int]:
    """A folder of files, its files, and how many of them are different."""
    distinct = min(options.distinct, options.files, free_bytes(options.work) // FILE_BYTES)
    if distinct < 1:
        raise SystemExit(f"there is no room for a single file in {options.work} and in the page cache")
    run(options.pumice, "synth", options.work / "speed", "--segments", distinct, "--seed", "1", "--quiet")
    originals = sorted((options.work / "speed/train").glob("*.csv"))
    folder = options.work / "speed/all"
    folder.mkdir()
    paths = [folder / f"{100000 + k}.csv" for k in range(options.files)]
    for k, path in enumerate(paths):
        os.link(originals[k % len(originals)], path)
    return folder, paths, len(originals)


def aim(name: str, held: bool | None, text: str) -> dict:
    """`held`: null where it is not judged."""
    return {"name": name, "held": held, "text": text}


def judge(bench: dict, files: int) -> list[dict]:
    """The aims, for what `pumice bench` wrote."""
    gpu = next((device["against_limit"] for device in bench["devices"] if "against_limit" in device), None)
    if gpu is None:
        reasons = [device["absent"] for device in bench["devices"] if device.get("absent")]
        reasons.append(bench["limits"].get("cuda", {}).get("absent", "pumice bench measured no limit of a GPU"))
        raise SystemExit(f"the GPU was not measured: {reasons[0]}")
    limit, process, bound = gpu["limit_bytes_per_s"], gpu["process_s"], gpu["process_bound_s"]
    share = gpu["steady_over_limit"]
    steady = f"at least {STEADY_SHARE:.0%} of the limit of {limit / 1e9:.2f} GB/s: "
    if share is None:
        of_steady = aim("steady_state", False, steady + "not told by these runs")
    else:
        text = f"{steady}{share:.1%}, {gpu['steady_bytes_per_s'] / 1e9:.2f} GB/s"
        of_steady = aim("steady_state", share >= STEADY_SHARE, text)
    within = f"at most {bound:.3f} s (start-up {gpu['start_up_s']:.3f} s + 1.25 x bytes / limit): {process:.3f} s"
    under = f"under {PROCESS_S:g} s for {ALL_FILES:,} files: {process:.3f} s for {files:,}"
    return [
        of_steady,
        aim("process_within_bound", process <= bound, within),
        aim("process_under_a_second", process < PROCESS_S if files >= ALL_FILES else None, under),
    ]


def summary(aims: list[dict]) -> str:
    judged = [one for one in aims if one["held"] is not None]
    missed = [one["name"] for one in judged if not one["held"]]
    text = f"{len(judged) - len(missed)} of {len(judged)} speed aims held"
    text += f", NOT held: {', '.join(missed)}" if missed else ""
    unjudged = [one["name"] for one in aims if one["held"] is None]
    return text + (f", not judged: {', '.join(unjudged)}" if unjudged else "")


def gpu_over_cpu(bench: dict) -> dict:
    """How many times as fast the GPU is as all processors: whole processes, and the steady state."""
    cpu, gpu = (next(d for d in bench["devices"] if d["device"].startswith(name)) for name in ("cpu", "cuda"))
    steady = gpu["steady_gb_per_s"] / cpu["steady_gb_per_s"] if cpu["steady_gb_per_s"] > 0 else None
    return {"process": cpu["process_median_s"] / gpu["process_median_s"], "steady": steady, "cpus": cpu["threads"]}


def threads_to_measure(cpus: int) -> list[int]:
    return [threads for threads in (1, 2, 4, 8, MOST_THREADS) if threads <= cpus]


def cpu_scaling(options: argparse.Namespace, folder: Path) -> list[dict]:
    """Whole processes on the CPU by threads; they take turns. The rounds begin with one that is not counted."""
    counts = threads_to_measure(len(os.sched_getaffinity(0)))
    seconds: dict[int, list[float]] = {threads: [] for threads in counts}
    command = [options.pumice, "extract", folder, *CORE, "--device", "cpu", "-o", options.work / "speed/scaling.npy"]
    for number in range(options.runs + 1):
        for threads in counts:
            taken = run(*command, "--threads", threads, "--quiet")
            if number > 0:
                seconds[threads].append(taken)
    medians = {threads: statistics.median(each) for threads, each in seconds.items()}
    return [{"threads": n, "median_s": s, "over_one": medians[1] / s} for n, s in medians.items()]


def beside_cupy(options: argparse.Namespace, folder: Path, paths: list[Path], open_peer) -> dict:
    """Whole processes of pumice beside the work alone of the peer, by turns, on the same files."""
    peer = open_peer()
    if peer.absent:
        return {"absent": peer.absent}
    table = options.work / "speed/cupy.parquet"
    command = [options.pumice, "extract", folder, *CORE, "--missing", "zero", "--device", "cuda", "--quiet", "-o"]
    # A build without Arrow writes no Parquet, and its table is not compared.
    our_table = options.work / "speed/pumice.parquet"
    writes_parquet = subprocess.run([*command, our_table, "--dry-run"], capture_output=True).returncode == 0
    our_table = our_table if writes_parquet else our_table.with_suffix(".npy")
    ours, theirs = [], []
    for number in range(options.peer_runs + 1):
        taken = run(*command, our_table)
        done = peer.do("core", paths=[str(path) for path in paths], output=str(table))
        if number > 0:
            ours.append(taken)
            theirs.append(done["seconds"])
    peer.close()
    pumice_s, cupy_s = statistics.median(ours), statistics.median(theirs)
    result = {"pumice_s": pumice_s, "cupy_s": cupy_s, "ratio": cupy_s / pumice_s, "versions": peer.versions}
    if writes_parquet:
        import agreement

        result["agreement"] = agreement.compare(our_table, table, PEER_TOLERANCE)
    return result


def cupy(options: argparse.Namespace, folder: Path, paths: list[Path]) -> dict:
    if importlib.util.find_spec("cupy") is None:
        return {"absent": "cupy is not installed (bench/requirements.txt says how)"}
    from peer import Peer

    return beside_cupy(options, folder, paths, lambda: Peer("cupy_core", len(os.sched_getaffinity(0))))


def text_of(result: dict) -> str:
    word = {True: "held", False: "NOT held", None: "not judged"}
    lines = [f"{result['files']:,} files, {result['distinct']} different ones, {result['bytes'] / 1e9:.2f} GB, hot"]
    lines += [f"{one['name']}: {word[one['held']]}: {one['text']}" for one in result["aims"]]
    ratio = result["gpu_over_cpu"]
    steady = "" if ratio["steady"] is None else f", {ratio['steady']:.2f} in the steady state"
    lines.append(f"GPU beside {ratio['cpus']} threads: {ratio['process']:.2f} times as fast{steady}")
    scaling = ", ".join(f"{one['threads']}: {one['over_one']:.2f}" for one in result["cpu_scaling"])
    lines.append(f"CPU threads, times as fast as one: {scaling}")
    peer = result["cupy"]
    if "absent" in peer:
        lines.append(f"CuPy: absent: {peer['absent']}")
    else:
        differ = len(peer.get("agreement", {}).get("columns_that_differ", []))
        verdict = f"{differ} columns DIFFER" if differ else "the tables agree"
        verdict = verdict if "agreement" in peer else "the tables were not compared: this build writes no Parquet"
        lines.append(f"CuPy: {peer['ratio']:.1f} times the time of pumice; {verdict}")
    return "\n".join(lines)


def resolved(path: str) -> Path:
    return Path(path).resolve()


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pumice", type=resolved, required=True)
    parser.add_argument("--work", type=resolved, required=True, help="a folder that is there, for files and tables")
    parser.add_argument("--output", type=Path, required=True, help="JSON of everything that was measured")
    parser.add_argument("--files", type=int, default=ALL_FILES)
    parser.add_argument("--distinct", type=int, default=DISTINCT, help="that many are made, the others are links")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer-runs", type=int, default=3)
    options = parser.parse_args(arguments)
    if min(options.files, options.distinct, options.runs, options.peer_runs) < 1:
        parser.error("numbers must be at least 1")
    return options


def main() -> int:
    options = parse_options()
    folder, paths, distinct = make_files(options)
    report = options.work / "speed/bench.json"
    bench = [options.pumice, "bench", folder, "--devices", "cpu,cuda", "--runs", options.runs, *CORE, "--json", report]
    run(*bench)
    measured = json.loads(report.read_text())
    aims = judge(measured, len(paths))
    result = {
        "files": len(paths),
        "distinct": distinct,
        "bytes": measured["bytes"],
        "summary": summary(aims),
        "aims": aims,
        "gpu_over_cpu": gpu_over_cpu(measured),
        "cpu_scaling": cpu_scaling(options, folder),
        "cupy": cupy(options, folder, paths),
        "bench": measured,
    }
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    print(text_of(result))
    return 1 if result["cupy"].get("agreement", {}).get("columns_that_differ") else 0


if __name__ == "__main__":
    sys.exit(main())
