"""How fast tables of several formats are read and decoded: pumice beside pyarrow and Polars."""

from __future__ import annotations

import os
from pathlib import Path

import data
from peer import Peer
from rounds import Contestant, Limits, Measurement, seconds_of, take_turns

ORIGINALS = 16  # different files of a format: more text than a processor's caches hold
READERS = {"pyarrow": "pyarrow_basic", "polars": "polars_basic"}
# What it is, rows (of a segment of 60,001), columns, and how a number is printed.
FORMATS = {
    "integers_with_point": ("10 columns of integers as 14.0", 1, 10, "%.0f.0"),
    "integers": ("10 columns of integers as 14", 1, 10, "%.0f"),
    "decimals": ("10 columns of decimals as 14.123456", 1, 10, "%.6f"),
    "many_columns": ("1,000 columns of decimals as 14.123456", 100, 1000, "%.6f"),
}


def measure(options, scratch: Path) -> dict:
    cpus = len(os.sched_getaffinity(0))
    # Each reader twice, with one core and with all; where there is but one core, once.
    counts = sorted({1, cpus})
    readers = {(key, n): Peer(READERS[key], n) for key in READERS if key in options.peers for n in counts}
    present = {key: reader for key, reader in readers.items() if not reader.absent}
    result = {}
    for name, (what, fewer_rows, columns, number) in FORMATS.items():
        folder = scratch / name
        folder.mkdir()
        originals = [folder / f"{k}.csv" for k in range(min(ORIGINALS, options.format_files))]
        for k, path in enumerate(originals):
            data.write_table(path, options.rows // fewer_rows, columns, number, seed=k)
        paths = data.link(folder / "all", originals, options.format_files)
        result[name] = {"what": what, "measurements": read_all(options, folder, paths, present)}
    for reader in present.values():
        reader.close()
    return result


def read_all(options, folder: Path, paths: list[Path], readers: dict[tuple[str, int], Peer]) -> dict:
    size, columns = data.total_bytes(paths), data.column_names(paths[0])
    cpus = len(os.sched_getaffinity(0))
    measurements = {}

    def add(key: str, what: str, n: int) -> None:
        measurements[key] = Measurement(what, len(paths), size, n)

    limits = Limits(options.pumice, options.simd, paths[0].parent, folder / "limits.json")
    for key, what in (
        ("read", "reading alone"),
        ("count_lines", "reading and counting lines"),
        ("decode", "pumice, reading and decoding"),
    ):
        add(key, what, 1)
    extract = [options.pumice, "extract", paths[0].parent, "-o", folder / "t.parquet", "--features", "maximum"]
    extract += ["--simd", options.simd]
    extract += ["--device", "cpu", "--threads", str(cpus)]
    add("maximum", "pumice extract --features maximum", cpus)
    contestants = [
        Contestant("pumice bench", limits),
        Contestant("pumice extract", lambda: {"maximum": seconds_of(extract, cpus)[0]}),
    ]
    rows = set()

    def turn(key: str, reader: Peer):
        def run() -> dict[str, float]:
            answer = reader.do("read", paths=[str(path) for path in paths], columns=columns)
            rows.add(answer["result"])
            return {key: answer["seconds"]}

        return run

    for (name, n), reader in readers.items():
        key = f"{name}_{n}"
        add(key, reader.name, n)
        contestants.append(Contestant(f"{reader.name} on {n}", turn(key, reader)))
    take_turns(contestants, options.rounds, measurements)
    if rows - {limits.rows}:
        raise SystemExit(f"{folder.name}: pumice read {limits.rows} rows, others {sorted(rows)}")
    return {key: value.json() for key, value in measurements.items()}


def text_of(result: dict) -> str:
    lines = []
    for entry in result.values():
        lines.append(entry["what"])
        for measured in entry["measurements"].values():
            lines.append(f"  {measured['what']:36}{measured['cpus']:4} CPUs{measured['gb_per_s']:9.3f} GB/s")
    return "\n".join(lines)
