"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Others may take this share of the processors, and times are still worth quoting.
QUIET = 0.05


def first_line(*command) -> str:
    run = subprocess.run(command, capture_output=True, text=True)
    return run.stdout.splitlines()[0] if run.returncode == 0 and run.stdout else "unknown"


def commit() -> str:
    """The checkout's commit, with "+" where files differ from it."""
    name = first_line("git", "-C", ROOT, "rev-parse", "--short", "HEAD")
    changed = first_line("git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no") != "unknown"
    return name + ("+" if changed and name != "unknown" else "")


def describe() -> dict:
    """The processor, by the numbers too, because a virtual machine's name for it may say little."""
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    return {
        "cpu": fields.get("model name", platform.machine()),
        "cpu_family": fields.get("cpu family", ""),
        "cpu_model": fields.get("model", ""),
        "virtual": "hypervisor" in fields.get("flags", "").split(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": f"{platform.system()} {platform.release()}",
    }


class Others:
    """How much of all processors others took since this was made: times measured then are not to be relied on."""

    def __init__(self):
        self._start_s = time.monotonic()
        self._others_s = self._seconds()

    def share(self) -> float:
        """Of children, those that have ended count as ours."""
        elapsed_s = (time.monotonic() - self._start_s) * os.cpu_count()
        return max(0.0, self._seconds() - self._others_s) / elapsed_s

    @staticmethod
    def _seconds() -> float:
        user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
        busy_s = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        return busy_s - sum(os.times()[:4])


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "wc": first_line("wc", "--version").removeprefix("wc ")}
