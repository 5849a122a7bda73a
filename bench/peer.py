"""A peer in a process of its own, which sleeps while others have their turn.

As a program, `peer.py MODULE CPUS` is that process: it imports a module of bench/peers, says which versions it found or
what is not installed, and then does one job for each line of JSON that it reads. Only the work is timed: a peer does
not pay for starting Python, for its imports or for its cluster.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

PEERS = Path(__file__).resolve().parent / "peers"


class Peer:
    """The other side of that process. `absent` says why it cannot work; it is empty where it can."""

    def __init__(self, module: str, cpus: int):
        # The pool of Polars has its size from the environment, once.
        environment = os.environ | {"POLARS_MAX_THREADS": str(cpus)}
        with on_cpus(cpus):
            self._process = subprocess.Popen(
                [sys.executable, __file__, module, str(cpus)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
        hello = self._answer()
        self.absent = hello.get("absent", "")
        self.name = hello.get("name", module)
        self.versions = hello.get("versions", {})

    def do(self, job: str, **arguments) -> dict:
        """Does the job: {"seconds": .., "result": ..}."""
        print(json.dumps({"job": job, "arguments": arguments}), file=self._process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self._process.args)} ended with exit code {self._process.wait()}")
        return json.loads(line)


@contextlib.contextmanager
def on_cpus(cpus: int):
    """Processes started inside run on that many CPUs: one core means one, for a reader's helper threads too."""
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, usable[-cpus:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


def serve(module_name: str, cpus: int) -> None:
    # What a library prints goes to stderr: stdout is for answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, str(PEERS))

    def answer(value: dict) -> None:
        print(json.dumps(value), file=answers, flush=True)

    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        answer({"absent": f"{error} (bench/requirements.txt says what the peers need)"})
        return
    if hasattr(module, "check_available") and (absent := module.check_available()):
        answer({"absent": absent})
        return
    answer({"name": module.NAME, "versions": module.VERSIONS})
    for line in sys.stdin:
        job = json.loads(line)
        arguments = job["arguments"] | {"cpus": cpus}
        with module.session(cpus) if hasattr(module, "session") else contextlib.nullcontext():
            if hasattr(module, "warm_up"):
                module.warm_up(arguments["paths"], cpus)
            start = time.perf_counter()
            result = getattr(module, job["job"])(**arguments)
            seconds = time.perf_counter() - start
        answer({"seconds": seconds, "result": result})


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
