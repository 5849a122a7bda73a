"""`pumice.dask.extract`: the files of a run in groups, each of which is the work of a task."""

from __future__ import annotations

import json
import os
import uuid
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._errors import InputError, PumiceWarning, UsageError, in_python
from .._extract import refuse_unknown, settings_options
from .._inputs import as_paths
from .._optional import require
from .._options import to_core
from .._result import Metadata, to_pandas
from ._cluster import check_cluster, client_of, refuse_unread, thread_share, worker_memory
from ._report import Report, tell

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._types import FileOptions

# Below it, starting a task and handing its rows on is no longer small beside the work.
_LEAST_FILES = 500
_PARTITION_BYTES = 64 << 20
_OF_FILES = ("recursive", "id", "time_column", "header", "delimiter", "decimal", "na", "channels")


def extract(paths: Any, *, npartitions: int | None = None, client: Any = None, **options: Unpack[FileOptions]) -> Any:
    """Features of segments in files, as a lazy `dask.dataframe`: the rows and columns of `pumice.extract`.

    Parameters
    ----------
    paths : a path, a directory, a pattern, or a list of them
        Seen alike from here and from every worker: a shared or an equal file system. Relative ones start where this
        is called, on workers too.
    npartitions : int
        Default: groups of at least 500 files in a row, of about equal bytes and of 64 MiB or more.
    client : distributed.Client
        Default: the current one; where there is none, Dask's own scheduler of threads or processes computes.
    options : those of `pumice.extract` that hold for files, but `output` and `progress`
        `n_jobs` is the number of threads of a task. By default a task takes its fair share of the CPUs of its
        machine: those that its worker may use, divided by the threads of all workers there, as each of these may run a
        task at the same time; at least 1. (Workers are on one machine where their addresses have the same host.) Two
        workers of one thread on 16 CPUs run tasks of 8 threads, one worker of 16 threads 16 tasks of 1 thread. With a
        GPU, start one worker of one thread a GPU, as dask-cuda does: a task takes the GPU that its worker sees first.

    Returns
    -------
    dask.dataframe.DataFrame
        Index `segment_id`, in the order of `pumice.extract`, without known divisions. Dask has no MultiIndex: with
        windows `window`, and with layout="long" `channel`, are the first columns, and
        `frame.set_index("window", append=True)` after `.compute()` makes them what `pumice.extract` gives. `to_parquet`
        writes from the workers, a file a partition.

        Only the first file is read here. Its columns and sampling rate are those of the table; ids and labels are
        compared over all files. `pumice.dask.skipped(table)` lists inputs that were skipped; each partition that skips
        some also gives a SkippedWarning. `attrs["pumice"]` of what `.compute()` gives says how the table was made.

        A partition all of whose files are shorter than the window has no rows, which a PumiceWarning says when it is
        computed. Others may have some, and none knows of the others: where no file of the table has a whole window,
        `pumice.extract` raises UsageError, and so does a table of one partition, but one of several is empty.

    Raises
    ------
    UsageError, InputError : as `pumice.extract`, where names, ids, options, labels or the first file are at fault
    UnavailableError : a worker has no pumice, or another version, or does not see the first file
    InputError, when computed : a worker cannot open or read a file that was there when the table was built, whatever
        `on_error` says; it names both. A file that can be read, but not be used, is skipped.

    Examples
    --------
    >>> pumice.dask.extract("train/", labels="train.csv").to_parquet("features/")           # doctest: +SKIP
    """
    dd = require("dask.dataframe", "dask")
    from ._table import FeatureTable

    core = _core_options(options)
    files = as_paths(paths)
    if files is None:
        raise UsageError(f"paths are a path, a directory, a pattern or a list of them, not {type(paths).__name__}")
    found, part_options, first_warnings = _look(core | {"inputs": files})
    for text in first_warnings:
        warnings.warn(in_python(text), PumiceWarning, stacklevel=2)
    check_cluster(client_of(client), found["paths"][0])
    labels = _Labels.of(core, found["ids"])
    if labels is not None and not np.any(labels.rows >= 0):
        text = f"no id of `{core['labels']}` is that of a segment: every label is missing"
        warnings.warn(text, PumiceWarning, stacklevel=2)
    meta = _meta(part_options, found, labels)
    places = _cuts(np.array(found["bytes"], np.int64), npartitions)
    run = _Run(part_options, meta, tuple(first_warnings), meta.attrs["pumice"]["run"], is_whole=len(places) == 2)
    parts = [_part(found, labels, first, end, number) for number, (first, end) in enumerate(pairwise(places))]
    with require("dask", "dask").config.set({"dataframe.convert-string": False}):
        return FeatureTable(dd.from_map(run, parts, meta=meta, label="pumice", enforce_metadata=False).expr)


def _core_options(given: Mapping[str, Any]) -> dict[str, Any]:
    refuse_unknown(given, "pumice.dask.extract", {"x", "ids", "channel_names", "output", "progress"})
    settings = {name: value for name, value in given.items() if name not in _OF_FILES}
    settings.setdefault("on_error", "skip")
    of_files = {name: given.get(name) for name in _OF_FILES}
    return settings_options(settings) | to_core(of_files)


def _look(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """What is found, by the first file alone; the options of every part; what there is to warn of."""
    # Whether there is a GPU is asked where the work is done.
    here = options | {"device": "cpu", "first_file_alone": True}
    looked = _core.extract_files(here, None, None, True)
    if looked.skipped:  # no partition would tell of it
        raise UsageError(f"{looked.skipped[0]['file']}: {looked.skipped[0]['reason']}")
    found = looked.found
    # Workers have working directories of their own. Ids were taken of the paths as they were given.
    found["paths"] = [os.path.join(os.getcwd(), path) for path in found["paths"]]
    part = {name: value for name, value in options.items() if name not in ("inputs", "labels", "labels_table")}
    if found["shape"]["sample_rate"] <= 0 and looked.sample_rate > 0:
        part["sample_rate"] = looked.sample_rate
    if "like" in part:  # workers need not see its file
        part["like_metadata"] = dict(looked.metadata)
    return found, part, looked.warnings


@dataclass
class _Labels:
    """Labels, and which of their rows each file has (-1: none)."""

    name: str
    columns: list[tuple[str, str, Any, Any]]
    rows: np.ndarray  # int64 [files]

    @staticmethod
    def of(options: Mapping[str, Any], ids: list[str]) -> _Labels | None:
        if "labels" not in options:
            return None
        name = options["labels"]
        columns = options.get("labels_table") or _core.read_table(name)
        return _Labels(name, columns, np.array(_core.label_rows(columns, name, ids), np.int64))

    def options(self, first: int, end: int) -> dict[str, Any]:
        """For files [first, end): their rows alone."""
        rows = self.rows[first:end]
        rows = rows[rows >= 0]
        picked = [
            (name, kind, [values[i] for i in rows] if kind == "text" else values[rows], exists[rows])
            for name, kind, values, exists in self.columns
        ]
        return {"labels": self.name, "labels_table": picked}

    def is_whole(self, column: str) -> bool:
        """Whether every file has a value."""
        exists = next(exists for name, _, _, exists in self.columns if name == column)
        return bool(np.all(self.rows >= 0) and np.all(exists[self.rows]))


def _part(found: Mapping[str, Any], labels: _Labels | None, first: int, end: int, number: int) -> dict[str, Any]:
    """What a task gets: its files, its labels."""
    out = {name: found[name][first:end] for name in ("paths", "ids", "bytes", "named")}
    rest = {name: value for name, value in found.items() if name not in out}
    return {"found": out | rest, "labels": labels.options(first, end) if labels else {}, "number": number}


def _cuts(sizes: np.ndarray, npartitions: int | None) -> list[int]:
    """Where groups begin, and the end: of about equal bytes, of no fewer than the least number of files."""
    n = len(sizes)
    if npartitions is not None:
        npartitions = _checked_count(npartitions)
    if npartitions is None:
        by_bytes = -(-int(sizes.sum()) // _PARTITION_BYTES)
        groups, least = max(1, min(n // _LEAST_FILES, by_bytes)), min(n, _LEAST_FILES)
    else:
        groups, least = min(npartitions, n), 1
    # A file without bytes counts, too, so that there is a place to cut at.
    until = np.cumsum(sizes + 1)
    cuts = [0]
    for i in range(1, groups):
        wanted = int(np.searchsorted(until, until[-1] * i / groups)) + 1
        cuts.append(int(np.clip(wanted, cuts[-1] + least, n - (groups - i) * least)))
    return [*cuts, n]


def _checked_count(npartitions: Any) -> int:
    is_whole = isinstance(npartitions, (int, np.integer)) and not isinstance(npartitions, bool)
    if not is_whole or npartitions < 1:
        raise UsageError(f"npartitions={npartitions!r}: a positive whole number")
    return int(npartitions)


def _meta(options: Mapping[str, Any], found: Mapping[str, Any], labels: _Labels | None) -> Any:
    """The table without rows: a run on no file."""
    none = _part(found, labels, 0, 0, 0)
    outcome = _core.extract_part(dict(options) | none["labels"] | {"device": "cpu"}, none["found"], None, None)
    frame = to_pandas(outcome)
    if not found["ids_are_integers"]:
        frame.index = _texts(frame.index)
    is_long = "channel" in frame.index.names
    frame = without_levels(frame)
    if is_long:  # without rows it has no type of text yet
        frame["channel"] = frame["channel"].astype("str")
    for name, kind, _ in outcome.columns[-(len(labels.columns) - 1) :] if labels else []:
        if name in frame.columns and kind == "integer":
            frame[name] = frame[name].astype("int64" if labels.is_whole(name) else "Int64")
        elif kind == "text":
            frame[name] = frame[name].astype("str")
    how = frame.attrs["pumice"]
    told = ("skipped", "left_out", "warnings")
    frame.attrs["pumice"] = Metadata({k: v for k, v in how.items() if k not in told} | {"run": uuid.uuid4().hex})
    return frame


def _texts(index: Any) -> Any:
    """An index without rows, whose ids are texts."""
    pd = require("pandas", "pandas")
    if index.nlevels == 1:
        return pd.Index([], dtype="str", name=index.name)
    return index.set_levels(pd.Index([], dtype="str"), level=0)


def without_levels(frame: Any) -> Any:
    """Index levels beside the ids become the first columns: Dask has no MultiIndex."""
    return frame if frame.index.nlevels == 1 else frame.reset_index(level=list(range(1, frame.index.nlevels)))


@dataclass
class _Run:
    """The work of a task: a partition of the files it gets."""

    options: dict[str, Any]
    meta: Any
    warned: tuple[str, ...]
    run: str
    is_whole: bool  # one partition is the table

    def __dask_tokenize__(self) -> str:
        # Files may change: each table that is built is computed anew.
        return self.run

    def __call__(self, part: Mapping[str, Any]) -> Any:
        options = self.options | part["labels"]
        options.setdefault("threads", thread_share())
        memory = worker_memory()
        if memory is not None:
            options.setdefault("memory", str(memory))
        inputs = len(part["found"]["paths"])
        try:
            outcome = _core.extract_part(options, part["found"], None, None)
        except InputError as error:  # on_error="fail"
            if error.problem:
                refuse_unread([error.problem], inputs)
            raise
        refuse_unread(outcome.skipped, inputs)
        report = Report.of(outcome, self.run, part["number"], self.warned)
        if outcome.rows == 0 and len(outcome.skipped) + len(outcome.left_out) < outcome.recordings:
            window = f"has a whole window of {self.meta.attrs['pumice']['window']}"
            if self.is_whole:
                raise UsageError(f"no file {window}")
            # Equal for all partitions, so that it is shown once.
            report.warnings.append(f"no file of a partition {window}: that has no rows")
        tell(report)
        if outcome.rows == 0:
            return self.meta
        frame = without_levels(to_pandas(outcome))
        for name, dtype in self.meta.dtypes.items() if part["labels"] else ():
            if frame[name].dtype != dtype:
                frame[name] = frame[name].astype(dtype)
        # Equal in all partitions of one device, so that a table put together of them keeps it.
        device = json.loads(outcome.metadata["pumice.device"])
        frame.attrs["pumice"] = Metadata(self.meta.attrs["pumice"] | {"device": device})
        return frame
