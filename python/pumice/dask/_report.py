"""What partitions have to say: their warnings, and the inputs that they skipped."""

from __future__ import annotations

import warnings
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from .._errors import PumiceWarning, SkippedWarning, UsageError, in_python
from .._progress import skipped_text
from ._cluster import _worker, client_of

TOPIC = "pumice"
# Of runs without `distributed`, in this process.
_HERE: deque[dict] = deque(maxlen=10_000)


@dataclass
class Report:
    """Of one partition, as plain values: it travels as an event of Dask's."""

    run: str
    partition: int
    inputs: int
    skipped: list[dict]
    left_out: list[dict]
    warnings: list[str]

    @staticmethod
    def of(outcome: Any, run: str, partition: int, warned: tuple[str, ...]) -> Report:
        texts = [text for text in outcome.warnings if text not in warned]
        return Report(run, partition, outcome.recordings, outcome.skipped, outcome.left_out, texts)


def tell(report: Report) -> None:
    """An event for `skipped`, and warnings, which reach the client too. Nothing where there is nothing to say."""
    if not (report.skipped or report.left_out or report.warnings):
        return
    told: list[Warning] = [PumiceWarning(in_python(text)) for text in report.warnings]
    if report.skipped:
        how = "all: pumice.dask.skipped(table)"
        told.append(SkippedWarning(f"partition {report.partition}: {skipped_text(report.skipped, report.inputs, how)}"))
    worker = _worker()
    if worker is None:
        _HERE.append(asdict(report))
        for one in told:
            warnings.warn(one, stacklevel=2)
        return
    from distributed.worker import warn

    worker.log_event(TOPIC, asdict(report))
    for one in told:
        warn(one)


def skipped(table: Any, client: Any = None) -> list[dict]:
    """Inputs that partitions of a table skipped, in the order of the table; what was not computed yet is not there.

    Parameters
    ----------
    table : what `pumice.dask.extract` gave, or what `.compute()` made of it
    client : distributed.Client, default: the current one. The scheduler keeps the events of a thousand partitions
        (`distributed.admin.low-level-log-length`). Without a cluster: those of this process; Dask's scheduler of
        processes gives the warnings alone.

    Returns
    -------
    list of dicts `file`, `row`, `column`, `byte`, `reason`, as in `attrs["pumice"]["skipped"]` of `pumice.extract`
    """
    how = getattr(getattr(table, "_meta", table), "attrs", {}).get("pumice", {})
    if "run" not in how:
        raise UsageError("skipped takes a table of pumice.dask.extract, or what .compute() made of it")
    client = client_of(client)
    events = [event for _, event in client.get_events(TOPIC)] if client is not None else list(_HERE)
    # A partition that was computed twice tells the same twice.
    by_partition = {event["partition"]: event["skipped"] for event in events if event["run"] == how["run"]}
    return [problem for number in sorted(by_partition) for problem in by_partition[number]]
