"""`pumice.dask.extract_frame`: series that lie in the partitions of a `dask.dataframe`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import UsageError
from .._extract import run_cases, settings_options
from .._frame import _refuse_unknown, frame_rows
from .._frame_keys import ids_of
from .._inputs import Cases, select
from .._labels import channels_of
from .._optional import require
from .._options import texts
from .._result import feature_names, index_levels
from ._cluster import thread_share, worker_memory
from ._extract import without_levels

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._types import FrameOptions

# Of samples that stand for those of a partition, while nothing is computed but names.
_DRY_SAMPLES = 16


def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = None,
    column_kind: str | None = None,
    column_value: str | None = None,
    *,
    kinds: Iterable[str] | None = None,
    **options: Unpack[FrameOptions],
) -> Any:
    """Features of series in a `dask.dataframe`, lazily: `pumice.extract_frame` of each partition, where it lies.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
        All rows of an id lie in one partition. That is known where `column_id` is the index and divisions are known
        (`frame.set_index(column_id)`); otherwise it is checked when the table is computed, and no partition is handed
        on before the ids of all have been seen.
    column_id, column_sort, column_kind, column_value : as in `pumice.extract_frame`; `column_id` may be the index
    kinds : of a long frame (`column_kind`), in the order of columns
        Default: the categories of that column, where it has known ones.
    options : those of `pumice.extract_frame`, but `labels`: join them to the result
        `n_jobs` is the number of threads of a task, by default its share as in `pumice.dask.extract`.

    Returns
    -------
    dask.dataframe.DataFrame
        Index: the ids, sorted within each partition; with windows `window` is the first column. Columns stand in the
        order of the kinds. A kind that no series of a partition is of has no values there, and a partition without a
        whole window no rows: where no series of the table has one it is empty, and `pumice.extract_frame` raises.

    Raises
    ------
    UsageError : columns or kinds that are not there; when computed: an id in two partitions
    """
    dd = require("dask.dataframe", "dask")
    if not isinstance(frame, dd.DataFrame):
        raise UsageError(f"frame is a dask.dataframe, not {type(frame).__name__}")
    _refuse_unknown(options)
    if options.get("labels") is not None:
        raise UsageError("labels: join them to the result, table.join(labels)")
    how = getattr(options.get("like"), "attrs", {}).get("pumice")
    if how is not None:  # the frame itself need not travel
        options["like"] = how
    empty, nonempty = frame._meta, frame._meta_nonempty
    by_index = column_id not in empty.columns and empty.index.name == column_id
    if by_index:
        empty, nonempty = empty.reset_index(), nonempty.reset_index()
    names = _kinds(empty, column_id, column_sort, column_kind, column_value, kinds)
    meta = _meta(_id_type(nonempty, column_id), names, options)
    work = _Work(column_id, column_sort, column_kind, column_value, by_index, tuple(names), dict(options), meta)
    parts = frame.map_partitions(work, meta=meta, enforce_metadata=False, clear_divisions=True)
    if by_index and frame.known_divisions:
        return parts
    ids = parts.index.to_frame(name="id").reduction(_ids, aggregate=_refuse_split, meta=meta.index.to_frame(name="id"))
    return parts.map_partitions(_first, ids, meta=meta, enforce_metadata=False, align_dataframes=False)


def _kinds(
    empty: Any, column_id: str, column_sort: str | None, column_kind: str | None, column_value: str | None, kinds: Any
) -> list[str]:
    wanted = (column_id, column_sort, column_kind, column_value)
    for name in (one for one in wanted if one is not None):
        if name not in empty.columns:
            raise UsageError(f"the frame has no column `{name}`; it has {', '.join(map(str, empty.columns))}")
    if column_kind is None:
        if kinds is not None:
            raise UsageError("kinds goes with column_kind; a wide frame has a column a kind")
        if column_value is not None:
            return [column_value]
        names = [str(name) for name in empty.columns if name not in (column_id, column_sort)]
        if not names:
            raise UsageError("the frame has no column beside those of ids and order")
        return names
    if kinds is not None:
        return texts("kinds", kinds)
    dtype = empty[column_kind].dtype
    if hasattr(dtype, "categories") and "__UNKNOWN_CATEGORIES__" not in dtype.categories:
        return sorted(str(kind) for kind in dtype.categories)
    raise UsageError(
        f"kinds: which are in column `{column_kind}`? They make the columns, which have to be known beforehand; "
        f"frame[{column_kind!r}].unique().compute() tells"
    )


def _id_type(frame: Any, column_id: str) -> Any:
    """The type of the table's index, by rows like those to come."""
    dtype = frame[column_id].dtype
    if dtype == np.dtype(object):  # of what, only the partitions tell
        return dtype
    return require("pandas", "pandas").Index(ids_of(frame[[column_id]].dropna(), column_id)).dtype


def _meta(id_type: Any, kinds: list[str], options: Mapping[str, Any]) -> Any:
    """The table without rows, from a dry run on silence."""
    pd = require("pandas", "pandas")
    given = {name: value for name, value in options.items() if name not in ("channels", "progress")}
    core = settings_options({"on_error": "skip", **given, "device": "cpu"})
    cases = Cases(kinds, ["0"], [np.zeros((len(kinds), _DRY_SAMPLES))])
    channels = options.get("channels")
    wanted = channels_of(core) if channels is None else texts("channels", channels)
    outcome = run_cases(cases if wanted is None else select(cases, wanted), core, dry_run=True)
    levels = index_levels(outcome)[1:]
    frame = pd.DataFrame({name: pd.Series(dtype="float64") for name in feature_names(outcome)})
    for place, name in enumerate(levels):
        frame.insert(place, name, pd.Series(dtype="int64" if name == "window" else "str"))
    frame.index = pd.Index([], dtype=id_type, name="segment_id" if levels else None)
    return frame


@dataclass
class _Work:
    """The work of a task: a partition of samples becomes one of features."""

    column_id: str
    column_sort: str | None
    column_kind: str | None
    column_value: str | None
    by_index: bool
    kinds: tuple[str, ...]
    options: dict[str, Any]
    meta: Any

    def __call__(self, part: Any) -> Any:
        if len(part) == 0:
            return self.meta
        if self.by_index:
            part = part.reset_index()
        if self.column_kind is not None:
            others = set(part[self.column_kind].astype(str).unique()) - set(self.kinds)
            if others:
                raise UsageError(
                    f"column `{self.column_kind}` holds kinds that were not named: {', '.join(sorted(others))}"
                )
        options = dict(self.options)
        if options.get("n_jobs") is None and options.get("threads") is None:
            options["n_jobs"] = thread_share()
        if options.get("memory") is None:
            options["memory"] = worker_memory()
        options["progress"] = False
        columns = self.column_id, self.column_sort, self.column_kind, self.column_value
        rows = frame_rows(part, *columns, options, is_part=True)
        if len(rows.ids) == 0:
            return self.meta
        out = without_levels(rows.to_pandas(spread=False))
        if not out.columns.equals(self.meta.columns):
            out = out.reindex(columns=self.meta.columns)
        out.index.name = self.meta.index.name
        out.attrs = {}
        return out


def _ids(ids: Any) -> Any:
    return ids.drop_duplicates()


def _refuse_split(ids: Any) -> Any:
    """Of the ids of several partitions, each of which has them once."""
    twice = ids["id"][ids["id"].duplicated()].unique().tolist()
    if twice:
        others = f", as {len(twice) - 1} others do" if len(twice) > 1 else ""
        raise UsageError(
            f"id {twice[0]!r} lies in several partitions{others}: bring each into one, frame.set_index(column_id)"
        )
    return ids


def _first(part: Any, _ids: Any) -> Any:
    return part
