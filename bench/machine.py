"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "wc": first_line("wc", "--version").removeprefix("wc ")}
