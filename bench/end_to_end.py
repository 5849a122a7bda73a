#!/usr/bin/env python3
"""Pumice, its limits and its peers on the same files in the same run.

    bench/end_to_end.py --segments 2000 --rounds 5 --formats --document

Measured, the files being in the page cache: `wc -l`; reading alone, counting lines, and reading and decoding on one
core (`pumice bench`); pumice making the sets `core` and `basic`; Dask, pandas and SciPy making `core`; where there is a
GPU, pumice and CuPy making it there; Polars, DuckDB and pyarrow making `basic`. With --formats, also how fast pumice,
pyarrow and Polars read other tables. Contestants take turns in an order that rotates from round to round, and medians
are compared. Pumice is timed as a whole process that ends in a Parquet file; of peers only the work is timed, not their
start. Their tables are compared with pumice's. A peer that is not installed is left out and named.

The result is JSON; bench/report.py and bench/plot.py make docs/PERFORMANCE.md and its picture from it, and --document
runs them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import agreement
import data
import formats
import machine
import pyarrow.parquet
from peer import Peer
from rounds import Contestant, Limits, Measurement, seconds_of, take_turns

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "bench/results/end_to_end.json"
# The module of each peer, what it makes, and how far its values may be from those of pumice, whose spectra are float.
PEERS = {
    "dask": ("dask_core", "core", 1e-5),
    "cupy": ("cupy_core", "core", 1e-5),
    "pyarrow": ("pyarrow_basic", "basic", 1e-6),
    "polars": ("polars_basic", "basic", 1e-6),
    "duckdb": ("duckdb_basic", "basic", 1e-6),
}


def stage_seconds(report: str) -> dict[str, float]:
    """The `stages` line of what pumice says at the end: seconds of each stage, summed over threads."""
    lines = re.search(r"^ *stages +(.*?) \(seconds", report, re.MULTILINE | re.DOTALL)
    text = " ".join(lines[1].split()) if lines else ""
    return {name: float(value) for name, value in re.findall(r"([a-z][a-z ]*?) ([0-9.]+)", text)}


def has_gpu(pumice: Path) -> bool:
    listed = subprocess.run([pumice, "devices", "--format", "json"], capture_output=True, check=True).stdout
    return any(device["name"].startswith("cuda") and device["usable"] for device in json.loads(listed))


class Extract:
    """`pumice extract` as a whole process, from its start to the table."""

    def __init__(
        self, options: argparse.Namespace, key: str, folder: Path, table: Path, features: str, cpus: int, device: str
    ):
        self._command = [options.pumice, "extract", folder, "-o", table, "--features", features, "--missing", "zero"]
        self._command += ["--device", device, "--threads", str(cpus), "--simd", options.simd]
        self._command += ["--sample-rate", "100"] if features == "core" else []
        self._key, self._cpus = key, cpus
        self.table = table
        self.stages: list[dict[str, float]] = []

    def __call__(self) -> dict[str, float]:
        seconds, report = seconds_of(self._command, self._cpus)
        self.stages.append(stage_seconds(report))
        return {self._key: seconds}


class Benchmark:
    """The measurements on segments of the INGV shape."""

    def __init__(self, options: argparse.Namespace, scratch: Path):
        self.options = options
        self.scratch = scratch
        self.cpus = len(os.sched_getaffinity(0))
        self.measurements: dict[str, Measurement] = {}
        self.contestants: list[Contestant] = []
        self.distinct = min(options.distinct, options.segments)
        originals = data.synthesise(options.pumice, scratch / "made", self.distinct, options.rows)
        sizes = {"all": options.segments, "few": options.few, "peers": options.peer_segments}
        self.files = {name: data.link(scratch / name, originals, n) for name, n in sizes.items()}
        self.columns = data.column_names(originals[0])
        self.extracts: dict[str, Extract] = {}

    def add(self, name: str, run, **measured: tuple[str, str, int]) -> None:
        """A contestant, and for each measurement of it what it is, the set of files and how many CPUs it has."""
        for key, (what, size, cpus) in measured.items():
            files = self.files[size]
            self.measurements[key] = Measurement(what, len(files), data.total_bytes(files), cpus)
        self.contestants.append(Contestant(name, run))

    def add_extract(self, key: str, size: str, features: str, cpus: int, device: str = "cpu") -> None:
        table = self.scratch / f"{key}.parquet"
        run = Extract(self.options, key, self.scratch / size, table, features, cpus, device)
        self.extracts[key] = run
        what = f"pumice extract --features {features}" + ("" if device == "cpu" else f" --device {device}")
        self.add(f"pumice, {key}", run, **{key: (what, size, cpus)})

    def add_peer(self, key: str, features: str, peer: Peer) -> None:
        paths = [str(path) for path in self.files["peers"]]
        arguments = {"paths": paths, "output": str(self.scratch / f"{key}.parquet")}
        if features == "basic":
            arguments["columns"] = self.columns
        self.add(
            peer.name,
            lambda: {key: peer.do(features, **arguments)["seconds"]},
            **{key: (peer.name, "peers", self.cpus)},
        )

    def run(self) -> dict:
        options = self.options
        wc = ["wc", "-l", *self.files["all"]]
        self.add("wc -l", lambda: {"wc": seconds_of(wc, 1)[0]}, wc=("wc -l", "all", 1))
        limits = Limits(options.pumice, options.simd, self.scratch / "all", self.scratch / "limits.json")
        self.add(
            "pumice bench",
            limits,
            read=("reading alone", "all", 1),
            count_lines=("reading and counting lines", "all", 1),
            decode=("pumice, reading and decoding", "all", 1),
        )
        self.add_extract("core_1", "all", "core", 1)
        for features in ("core", "basic"):
            self.add_extract(features, "all", features, self.cpus)
            self.add_extract(f"{features}_few", "few", features, self.cpus)
            self.add_extract(f"{features}_peers", "peers", features, self.cpus)
        on_gpu = has_gpu(options.pumice)
        if on_gpu:
            self.add_extract("core_gpu", "all", "core", self.cpus, "cuda")
            self.add_extract("core_gpu_peers", "peers", "core", self.cpus, "cuda")
        peers = {key: Peer(PEERS[key][0], self.cpus) for key in options.peers}
        if not on_gpu and "cupy" in peers:
            peers["cupy"].absent = peers["cupy"].absent or "pumice has no GPU to be compared on"
        present = {key: peer for key, peer in peers.items() if not peer.absent}
        for key, peer in present.items():
            self.add_peer(key, PEERS[key][1], peer)
        take_turns(self.contestants, options.rounds, self.measurements)
        for peer in present.values():
            peer.close()

        rows = options.rows * len(self.files["all"])
        if limits.rows != rows:
            raise SystemExit(f"pumice decoded {limits.rows} rows of {rows}")
        return {
            "machine": machine.describe() | {key: limits.machine[key] for key in ("simd", "compiler")},
            "versions": machine.versions() | merged(peer.versions for peer in present.values()),
            "data": {
                "segments": len(self.files["all"]),
                "distinct": self.distinct,
                "few": len(self.files["few"]),
                "peer_segments": len(self.files["peers"]),
                "bytes": data.total_bytes(self.files["all"]),
                "rows": options.rows,
                "channels": len(self.columns),
                "columns": {features: self.feature_columns(features) for features in ("basic", "core")},
            },
            "rounds": options.rounds,
            "measurements": {key: value.json() for key, value in self.measurements.items()},
            "fixed_cost": {features: self.fixed_cost(features) for features in ("core", "basic")},
            "threads_ratio": self.ratio_of_rounds("core_1", "core"),
            "stages_per_file_s": self.stages_per_file(),
            "peers": {key: self.peer_result(key, peer) for key, peer in peers.items()},
        }

    def feature_columns(self, features: str) -> int:
        names = pyarrow.parquet.read_schema(self.extracts[features].table).names
        return len(names) - len({"segment_id"})

    def median(self, key: str) -> float:
        return statistics.median(self.measurements[key].seconds)

    def fixed_cost(self, features: str) -> dict:
        """The line through the medians at two sizes: seconds that any run takes, and seconds a file."""
        n, few = len(self.files["all"]), len(self.files["few"])
        slope = (self.median(features) - self.median(f"{features}_few")) / (n - few)
        return {"fixed_s": self.median(features) - slope * n, "per_file_s": slope}

    def ratio_of_rounds(self, a: str, b: str) -> float:
        pairs = zip(self.measurements[a].seconds, self.measurements[b].seconds)
        return statistics.median(x / y for x, y in pairs)

    def stages_per_file(self) -> dict[str, float]:
        """Of the run with one thread whose time is the median's nearest; the warm-up is the first report."""
        seconds, middle = self.measurements["core_1"].seconds, self.median("core_1")
        nearest = min(range(len(seconds)), key=lambda k: abs(seconds[k] - middle))
        stages = self.extracts["core_1"].stages[1 + nearest]
        return {name: value / len(self.files["all"]) for name, value in stages.items()}

    def peer_result(self, key: str, peer: Peer) -> dict:
        if peer.absent:
            return {"absent": peer.absent}
        features, tolerance = PEERS[key][1:]
        # Whoever is on a GPU is compared with pumice on it.
        ours = "core_gpu_peers" if key == "cupy" else f"{features}_peers"
        return {
            "name": peer.name,
            "features": features,
            "ratio": self.median(key) / self.median(ours),
            "agreement": agreement.compare(self.extracts[ours].table, self.scratch / f"{key}.parquet", tolerance),
        }


def merged(dictionaries) -> dict:
    return {key: value for each in dictionaries for key, value in each.items()}


def text_of(result: dict) -> str:
    about, files = result["machine"], result["data"]
    taken = result["taken_by_others"]
    lines = [f"NOT TO BE QUOTED: others took {100 * taken:.0f} % of the processors"] if taken > machine.QUIET else []
    lines += [
        f"{about['cpu']} (family {about['cpu_family']}, model {about['cpu_model']}, {about['simd']}), "
        f"{about['cpus']} CPUs; {files['segments']} segments, {files['bytes'] / 1e9:.2f} GB; "
        f"medians of {result['rounds']}",
        f"{'':34}{'files':>6}{'CPUs':>6}{'s':>9}{'ms/file':>10}{'GB/s':>8}{'x wc -l':>9}",
    ]
    limit = result["measurements"]["wc"]["per_file_s"]
    for entry in result["measurements"].values():
        lines.append(
            f"{entry['what']:34}{entry['files']:6}{entry['cpus']:6}{entry['median_s']:9.3f}"
            f"{entry['per_file_s'] * 1e3:10.3f}{entry['gb_per_s']:8.2f}{entry['per_file_s'] / limit:9.2f}"
        )
    for features, cost in result["fixed_cost"].items():
        lines.append(f"{features}: {cost['fixed_s'] * 1e3:.1f} ms fixed and {cost['per_file_s'] * 1e3:.3f} ms a file")
    lines.append(f"one thread takes {result['threads_ratio']:.2f} times as long as {about['cpus']}")
    for key, peer in result["peers"].items():
        if "absent" in peer:
            lines.append(f"{key}: left out: {peer['absent']}")
            continue
        same = peer["agreement"]
        verdict = f"{len(same['columns_that_differ'])} columns DIFFER" if same["columns_that_differ"] else "agree"
        lines.append(
            f"{peer['name']}: {peer['ratio']:.1f} times the time of pumice for {peer['features']}; {same['values']} "
            f"values: {verdict} (largest relative difference {same['largest_relative_difference']:.1g})"
        )
    return "\n".join(lines)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--segments", type=int, default=2000)
    parser.add_argument("--distinct", type=int, default=64, help="that many are made, the others are links")
    parser.add_argument("--few", type=int, help="files of a smaller run, for the fixed cost (default: 64 or half)")
    parser.add_argument("--peer-segments", type=int, default=256, help="files for peers, and for pumice beside them")
    parser.add_argument("--rows", type=int, default=60001, help="of a segment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(PEERS), help="of " + ", ".join(PEERS) + "; none")
    parser.add_argument("--formats", action="store_true", help="also read other tables")
    parser.add_argument("--format-files", type=int, default=64)
    parser.add_argument("--pumice", type=Path, default=ROOT / "build/release/pumice")
    parser.add_argument("--simd", default="auto", help="pumice's instructions, as its --simd takes them")
    parser.add_argument("--output", type=Path, default=RESULT)
    parser.add_argument("--document", action="store_true", help="then rewrite docs/PERFORMANCE.md and its picture")
    options = parser.parse_args()
    options.peers = [] if options.peers == "none" else options.peers.split(",")
    if unknown := set(options.peers) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    if options.segments < 2 or options.rounds < 1:
        parser.error("--segments must be at least 2, and --rounds at least 1")
    options.few = options.few or min(64, options.segments // 2)
    options.peer_segments = min(options.peer_segments, options.segments)
    return options


def main() -> int:
    options = parse_options()
    commit = machine.commit()
    others = machine.Others()
    with tempfile.TemporaryDirectory() as scratch:
        result = {"benchmark": "end_to_end", "commit": commit} | Benchmark(options, Path(scratch)).run()
    if options.formats:
        with tempfile.TemporaryDirectory() as scratch:
            result["formats"] = formats.measure(options, Path(scratch))
    result["taken_by_others"] = others.share()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    print(text_of(result))
    if options.formats:
        print(formats.text_of(result["formats"]))
    print(options.output)
    if options.document:
        for program in ("report.py", "plot.py"):
            subprocess.run([sys.executable, ROOT / "bench" / program, options.output], check=True)
    differ = [key for key, peer in result["peers"].items() if peer.get("agreement", {}).get("columns_that_differ")]
    if differ:
        print(f"tables differ: {', '.join(differ)}", file=sys.stderr)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
