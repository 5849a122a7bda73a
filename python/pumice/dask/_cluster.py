"""Dask's workers: what they have, and how much of it a task may take."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from .. import _core
from .._errors import InputError, UnavailableError
from .._optional import require

_ANSWER_S = 60
_SAME_PATH = "files need the same path here and on every worker"
# How the library's reasons begin where a file's bytes could not be had, whatever they are.
_UNREAD = ("cannot be opened: ", "cannot be read: ")


def client_of(client: Any) -> Any:
    """The client given, or the current one; None where Dask computes without `distributed`."""
    if client is not None:
        return client
    try:
        from distributed import default_client
    except ImportError:
        return None
    try:
        return default_client()
    except ValueError:
        return None


def _probe() -> Any:
    """A function that says what a worker has. It is sent as it stands: the worker may have no pumice to find it in."""

    def probe(path):
        import socket
        import sys

        where = f"{socket.gethostname()}, {sys.executable}"
        try:
            import pumice
        except Exception as error:
            return where, None, f"{type(error).__name__}: {error}", False
        return where, getattr(pumice, "__version__", "unknown"), "", os.access(path, os.R_OK)

    return probe


def check_cluster(client: Any, path: str) -> None:
    """Asks every worker for its pumice and for the first file. An asynchronous client cannot wait: it is not asked."""
    if client is None or client.asynchronous:
        return
    own = _core.__version__
    answers = _ask(client, path)
    for where, version, problem, is_seen in answers:
        who = f"a worker ({where}; one of {len(answers)})" if len(answers) > 1 else f"a worker ({where})"
        if version is None:
            raise UnavailableError(f"{who} cannot import pumice ({problem}): install {own} there")
        if version != own:
            raise UnavailableError(f"{who} has pumice {version}, and this is {own}: install one version on both")
        if not is_seen:
            raise UnavailableError(f"{who} cannot read {path}: {_SAME_PATH}")


def _ask(client: Any, path: str) -> list[tuple[str, str | None, str, bool]]:
    """What the probe says on each worker: at once, even if its threads are busy. Where there is none, a task is what
    makes a cluster start one."""
    # A worker that is lost meanwhile says nothing, and does not matter.
    answers = list(client.run(_probe(), path, on_error="ignore").values()) if client.nthreads() else []
    if answers:
        return answers
    distributed = require("distributed", "dask")
    future = client.submit(_probe(), path, pure=False)
    try:
        return [future.result(timeout=_ANSWER_S)]
    except (TimeoutError, distributed.TimeoutError):
        raise UnavailableError(f"no worker of {client} answered within {_ANSWER_S} s") from None
    finally:
        future.release()


def refuse_unread(problems: Sequence[Mapping[str, Any]], inputs: int) -> None:
    """Raises InputError where inputs of a task could not be read at all. They were there when the table was built: what
    this process does not see is no bad input, and rows must not be missing for it."""
    unread = [problem for problem in problems if problem["reason"].startswith(_UNREAD)]
    if not unread:
        return
    worker = _worker()
    who = "this process" if worker is None else f"a worker ({socket.gethostname()}, {worker.address})"
    others = f", nor {len(unread) - 1} others of {inputs}" if len(unread) > 1 else ""
    first = dict(unread[0])
    reason = first["reason"].partition(": ")[2]
    raise InputError(
        f"{who} cannot read {first['file']} ({reason}){others}, though it was there when the table was built: "
        f"{_SAME_PATH}",
        first,
    )


def _worker() -> Any:
    """The worker that runs this task, or None."""
    try:
        from distributed import get_worker

        return get_worker()
    except (ImportError, ValueError):
        return None


def thread_share() -> int:
    """Threads that a task may take: the CPUs that this process may use, divided by the tasks that its machine may run
    at the same time."""
    worker = _worker()
    tasks = _tasks_here() if worker is None else _threads_on_host(worker)
    return max(1, _core.usable_cpus() // max(1, tasks))


def worker_memory() -> int | None:
    """Bytes for a task: a quarter of its part of the worker's limit; None where there is no limit."""
    worker = _worker()
    limit = getattr(getattr(worker, "memory_manager", None), "memory_limit", None)
    return max(64 << 20, limit // 4 // worker.state.nthreads) if limit else None


def _threads_on_host(worker: Any) -> int:
    """The threads of all workers whose address has the host of this one."""
    from distributed.utils import sync

    own = worker.state.nthreads
    try:
        threads = sync(worker.loop, worker.scheduler.ncores, callback_timeout=10)
    except Exception:  # a scheduler that is gone or does not say: the task itself must not fail for it
        return own
    host = _host(worker.address)
    return max(own, sum(count for address, count in threads.items() if _host(address) == host))


def _host(address: str) -> str:
    """ "10.0.0.7" of "tcp://10.0.0.7:41234"; of "inproc://10.0.0.7/81/1", too."""
    return (
        address.partition("://")[2].partition("/")[0].rpartition(":")[0]
        or address.partition("://")[2].partition("/")[0]
    )


def _tasks_here() -> int:
    """Without `distributed`: as many as the pool has threads or processes, or one where there is no pool."""
    dask = require("dask", "dask")
    alone = threading.current_thread() is threading.main_thread() and multiprocessing.parent_process() is None
    return 1 if alone else dask.config.get("num_workers", None) or dask.system.CPU_COUNT
