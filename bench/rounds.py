"""Contestants take turns: what else the machine does falls on all of them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from peer import on_cpus


@dataclass
class Measurement:
    """Seconds of each round for one piece of work on a number of files."""

    what: str
    files: int
    bytes: int
    cpus: int
    seconds: list[float] = field(default_factory=list)

    def json(self) -> dict:
        median = statistics.median(self.seconds)
        return {
            "what": self.what,
            "files": self.files,
            "bytes": self.bytes,
            "cpus": self.cpus,
            "seconds": self.seconds,
            "median_s": median,
            "per_file_s": median / self.files,
            "gb_per_s": self.bytes / median / 1e9,
        }


@dataclass
class Contestant:
    """`run` does the work once and returns the seconds of each measurement that it is."""

    name: str
    run: Callable[[], dict[str, float]]


def take_turns(contestants: list[Contestant], rounds: int, measurements: dict[str, Measurement]) -> None:
    """Each once without counting, then `rounds` times in an order that rotates."""
    order = list(contestants)
    for number in range(rounds + 1):
        for contestant in order:
            show(f"{'warming up' if number == 0 else f'round {number} of {rounds}'}: {contestant.name}")
            for key, seconds in contestant.run().items():
                if number > 0:
                    measurements[key].seconds.append(seconds)
        order = order[1:] + order[:1]
    show("")


def show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:78}\r", end="", file=sys.stderr, flush=True)


def seconds_of(command: list, cpus: int) -> tuple[float, str]:
    """A whole process from its start to its end, and what it printed. One that fails ends the benchmark."""
    with on_cpus(cpus):
        start = time.perf_counter()
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command[:3]))} .. failed:\n{done.stdout}{done.stderr}")
    return seconds, done.stdout + done.stderr


class Limits:
    """`pumice bench --devices none`: reading, counting lines, and reading and decoding, on one core in one process."""

    def __init__(self, pumice: Path, simd: str, folder: Path, output: Path):
        self._command = [pumice, "bench", folder, "--devices", "none", "--runs", "1", "--json", output]
        self._command += ["--simd", simd]
        self._output = output
        self.machine: dict = {}
        self.rows = 0

    def __call__(self) -> dict[str, float]:
        seconds_of(self._command, cpus=1)
        report = json.loads(self._output.read_text())
        self.machine = report["machine"]
        self.rows = report["limits"]["rows"]
        return {key: report["limits"][f"{key}_s"] for key in ("read", "count_lines", "decode")}
