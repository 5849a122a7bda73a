"""The aims at speed are judged as they are written, on what `pumice bench` writes. No time is judged here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path[:0] = [str(ROOT / "bench")]

import gpu_speed  # noqa: E402 - found by the line above


def bench_of(**changed) -> dict:
    """What `pumice bench` says of a GPU that holds every aim by a hair."""
    against = {
        "limit_bytes_per_s": 20e9,
        "steady_bytes_per_s": 17e9,
        "steady_over_limit": 0.85,
        "process_s": 0.999,
        "start_up_s": 0.1,
        "process_bound_s": 0.999,
    }
    cpu = {"device": "cpu", "process_median_s": 6, "steady_gb_per_s": 4, "threads": 16}
    gpu = {"device": "cuda:0", "process_median_s": 1, "steady_gb_per_s": 17, "against_limit": against | changed}
    return {"devices": [cpu, gpu], "limits": {}}


def held(bench: dict, files: int = gpu_speed.ALL_FILES) -> dict[str, bool | None]:
    return {aim["name"]: aim["held"] for aim in gpu_speed.judge(bench, files)}


def test_aims_are_held_up_to_their_bounds():
    assert held(bench_of()) == {"steady_state": True, "process_within_bound": True, "process_under_a_second": True}
    assert held(bench_of(steady_over_limit=0.8499))["steady_state"] is False
    assert held(bench_of(steady_over_limit=None))["steady_state"] is False
    assert held(bench_of(process_s=0.9991))["process_within_bound"] is False
    slow = held(bench_of(process_s=1.0, process_bound_s=2))
    assert slow["process_within_bound"] is True
    assert slow["process_under_a_second"] is False


def test_fewer_files_say_nothing_of_a_second():
    aims = gpu_speed.judge(bench_of(), 100)
    assert aims[2]["held"] is None
    assert gpu_speed.summary(aims) == "2 of 2 speed aims held, not judged: process_under_a_second"


def test_a_missed_aim_is_named():
    aims = gpu_speed.judge(bench_of(steady_over_limit=0.5), gpu_speed.ALL_FILES)
    assert gpu_speed.summary(aims) == "2 of 3 speed aims held, NOT held: steady_state"
    assert aims[0]["text"] == "at least 85% of the limit of 20.00 GB/s: 50.0%, 17.00 GB/s"


def test_a_gpu_that_is_absent_ends_it_with_the_reason():
    bench = {"devices": [{"device": "cuda", "absent": "no NVIDIA driver"}], "limits": {}}
    with pytest.raises(SystemExit, match="no NVIDIA driver"):
        gpu_speed.judge(bench, 1)
    bench = {"devices": [{"device": "cpu"}], "limits": {"cuda": {"absent": "the host locks no memory"}}}
    with pytest.raises(SystemExit, match="the host locks no memory"):
        gpu_speed.judge(bench, 1)


def test_ratios_say_how_many_times_as_fast_the_gpu_is():
    assert gpu_speed.gpu_over_cpu(bench_of()) == {"process": 6, "steady": 17 / 4, "cpus": 16}


def options_of(pumice: Path, work: Path, *more) -> list[str]:
    return ["--pumice", str(pumice), "--work", str(work), "--output", str(work / "speed.json"), *map(str, more)]


def test_the_page_cache_must_hold_the_files(pumice, tmp_path, monkeypatch):
    options = gpu_speed.parse_options(options_of(pumice.path, tmp_path, "--files", 5, "--distinct", 4))
    monkeypatch.setattr(gpu_speed, "free_bytes", lambda folder: 2 * gpu_speed.FILE_BYTES + 1)
    folder, paths, distinct = gpu_speed.make_files(options)
    assert distinct == 2
    assert sorted(folder.iterdir()) == paths
    assert len({path.stat().st_ino for path in paths}) == 2
    assert all(path.stat().st_size < gpu_speed.FILE_BYTES for path in paths)
    monkeypatch.setattr(gpu_speed, "free_bytes", lambda folder: gpu_speed.FILE_BYTES - 1)
    with pytest.raises(SystemExit, match="no room for a single file"):
        gpu_speed.make_files(options)


class PeerOfPumice:
    """In place of CuPy: the table of pumice itself, or under another policy a wrong one."""

    def __init__(self, pumice: Path, values: str):
        self.absent, self.versions = "", {"cupy": "0"}
        self.pumice, self.values = pumice, values

    def do(self, job: str, paths: list[str], output: str) -> dict:
        assert job == "core"
        command = [self.pumice, "extract", *paths, "-o", output, "--features", "core", "--missing", self.values]
        subprocess.run([*command, "--sample-rate", "100", "--device", "cpu", "--quiet"], check=True)
        return {"seconds": 1e6}

    def close(self) -> None:
        pass


@pytest.fixture
def program_with_gpu(pumice, tmp_path) -> Path:
    """A copy of the program beside a module whose GPU is the host."""
    build = Path(pumice.path).resolve().parent
    if not (build / "fake_gpu/libpumice_cuda.so").exists():
        pytest.skip("the build has no GPU that is the host (its tests were not built)")
    folder = tmp_path / "program"
    folder.mkdir()
    for path in (build / "pumice", build / "fake_gpu/libpumice_cuda.so", *build.glob("libpumice*.so*")):
        if path.name != "libpumice_cuda.so" or path.parent.name == "fake_gpu":
            shutil.copy(path, folder)
    return folder / "pumice"


@pytest.mark.parametrize(("values", "agrees"), [("zero", True), ("skip", False)])
def test_a_peer_is_compared_on_the_same_files(program_with_gpu, tmp_path, values, agrees):
    small = ["--files", 2, "--distinct", 2, "--peer-runs", 1]
    options = gpu_speed.parse_options(options_of(program_with_gpu, tmp_path, *small))
    folder, paths, _ = gpu_speed.make_files(options)
    result = gpu_speed.beside_cupy(options, folder, paths, lambda: PeerOfPumice(program_with_gpu, values))
    assert result["ratio"] == pytest.approx(1e6 / result["pumice_s"])
    assert result["agreement"]["files"] == 2
    assert (result["agreement"]["columns_that_differ"] == []) is agrees


def test_everything_is_measured_where_the_gpu_is_the_host(program_with_gpu, tmp_path):
    small = ["--files", 6, "--distinct", 2, "--runs", 1]
    command = [sys.executable, ROOT / "bench/gpu_speed.py", *options_of(program_with_gpu, tmp_path, *small)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "speed.json").read_text())
    assert (result["files"], result["distinct"]) == (6, 2)
    assert [aim["name"] for aim in result["aims"]] == list(held(bench_of()))
    for aim in result["aims"]:
        assert f"{aim['name']}: " in done.stdout
    assert result["cpu_scaling"][0] == {"threads": 1, "median_s": result["cpu_scaling"][0]["median_s"], "over_one": 1}
    assert result["gpu_over_cpu"]["process"] > 0
    assert "absent" in result["cupy"] or result["cupy"]["ratio"] > 0
    against = result["bench"]["devices"][1]["against_limit"]
    assert against["start_up_s"] >= 0.5
    bound = against["start_up_s"] + 1.25 * result["bytes"] / against["limit_bytes_per_s"]
    assert against["process_bound_s"] == pytest.approx(bound)
