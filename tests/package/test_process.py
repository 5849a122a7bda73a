"""`pumice.extract` beside other things that a process does: signals, other threads, children."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pumice
import pytest
from pumice import _progress

# Short segments have spectra of one block each.
pytestmark = pytest.mark.filterwarnings("ignore::pumice.PumiceWarning")
SAMPLES = np.random.default_rng(5).normal(scale=100, size=(20, 2, 400)).cumsum(axis=-1)

LONG_RUN = """
import sys, numpy as np, pumice
x = np.random.default_rng(0).normal(size=(64, 60001)).astype(np.float32)
pieces = [x] * 400
print("started", flush=True)
try:
    pumice.extract(pieces, sample_rate=100, n_jobs=1)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_stops_a_run_within_a_second():
    child = subprocess.Popen([sys.executable, "-c", LONG_RUN], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "started\n"
        time.sleep(1)
        assert child.poll() is None
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
        assert time.monotonic() - sent < 1
        assert child.wait(timeout=10) == 0
    finally:
        child.kill()


def test_other_threads_of_python_go_on_meanwhile():
    samples = np.random.default_rng(0).normal(size=(40, 10, 60001)).astype(np.float32)
    times: list[float] = []
    over = threading.Event()

    def tick() -> None:
        while not over.is_set():
            times.append(time.monotonic())
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        started = time.monotonic()
        pumice.extract(samples, sample_rate=100, n_jobs=1)
        ended = time.monotonic()
    finally:
        over.set()
        thread.join()
    inside = [t for t in times if started < t < ended]
    assert ended - started > 0.1 and len(inside) > (ended - started) / 0.1


def test_an_exception_in_the_bar_ends_the_run(monkeypatch):
    def broken(*_):
        raise OSError("the terminal went away")

    monkeypatch.setattr(_progress.Bar, "callback", property(lambda _: broken))
    with pytest.raises(OSError, match="went away"):
        pumice.extract(SAMPLES, sample_rate=100)


def _extract_in_child(samples, queue) -> None:
    queue.put(pumice.extract(samples, sample_rate=100, n_jobs=2, output="numpy").tobytes())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_after_a_run_computes_the_same():
    expected = pumice.extract(SAMPLES, sample_rate=100, n_jobs=2, output="numpy").tobytes()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=_extract_in_child, args=(SAMPLES, queue)) for _ in range(2)]
    for child in children:
        child.start()
    assert [queue.get(timeout=60) for _ in children] == [expected] * 2
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0


def test_a_gpu_waits_for_the_next_call(gpu):
    expected = pumice.extract(SAMPLES, sample_rate=100, device="cpu", output="numpy").tobytes()
    for samples in (SAMPLES, SAMPLES, gpu.array(SAMPLES), SAMPLES[:3]):
        got = pumice.extract(samples, sample_rate=100, device="cuda", output="numpy").tobytes()
        assert got == expected[: len(got)]
    assert gpu.backends() == 1
    pumice.extract(SAMPLES, sample_rate=100, device="cuda:1")
    pumice.extract(SAMPLES, sample_rate=100, device="cuda:1", gpu_memory="1G")
    assert gpu.backends() == 2
    pumice.release_memory()
    pumice.extract(SAMPLES, sample_rate=100, device="cuda")
    assert gpu.backends() == 1


def test_a_gpu_serves_one_call_at_a_time(gpu):
    both = threading.Barrier(2)
    got = []

    def call():
        both.wait(timeout=60)
        got.append(pumice.extract(SAMPLES, sample_rate=100, device="cuda", output="numpy").tobytes())

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert got[0] == got[1]
    assert gpu.backends() in (1, 2)
    pumice.extract(SAMPLES, sample_rate=100, device="cuda")
    assert gpu.backends() == 0


def _extract_on_gpu_in_child(gpu, queue) -> None:
    got = [pumice.extract(SAMPLES, sample_rate=100, device="cuda", output="numpy").tobytes() for _ in range(2)]
    queue.put((got[0] == got[1], got[0], gpu.backends()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_no_gpu_waits_across_a_fork(gpu):
    expected = pumice.extract(SAMPLES, sample_rate=100, device="cuda", output="numpy").tobytes()
    gpu.backends()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_extract_on_gpu_in_child, args=(gpu, queue))
    child.start()
    assert queue.get(timeout=60) == (True, expected, 1)
    child.join(timeout=60)
    assert child.exitcode == 0
    pumice.extract(SAMPLES, sample_rate=100, device="cuda")
    assert gpu.backends() == 0
