"""`extract_frame`: samples in frames, as tsfresh takes them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._errors import UsageError
from ._extract import extract
from ._inputs import Cases, is_frame, real_array
from ._optional import require


def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = None,
    column_kind: str | None = None,
    column_value: str | None = None,
    **options: Any,
) -> Any:
    """Features of series that lie in one frame: a row an id, as `tsfresh.extract_features` gives it.

    Parameters
    ----------
    frame : frame of pandas or polars, or a mapping from kind to frame
        Long (a row a sample and kind, `column_kind` and `column_value` given) or wide (a row a sample, a column a
        kind).
    column_id : the column that says which series a row belongs to
    column_sort : the column that says in which order samples come; None: as they stand
    column_kind, column_value : of a long frame. `column_value` alone: one kind of that name.
    options : those of `extract` that hold for samples in memory

    Returns
    -------
    pandas.DataFrame
        Index: the ids, sorted; columns `kind__feature`. Series of an id may differ in length from kind to kind, and
        one that is not there has no values.

    Raises
    ------
    UsageError : a column that is not there, an id that is missing, values that are no numbers
    """
    _refuse_unknown(options)
    if isinstance(frame, Mapping):
        if column_kind is not None:
            raise UsageError("column_kind goes with one frame; the keys are the kinds already")
        kinds = {}
        for kind, part in frame.items():
            kinds |= {str(kind): one for one in _wide(part, column_id, column_sort, column_value).values()}
    elif column_kind is not None:
        kinds = _long(frame, column_id, column_sort, column_kind, column_value)
    else:
        kinds = _wide(frame, column_id, column_sort, column_value)
    return _run(kinds, options)


class _Series:
    """All series of one kind: samples [sum of counts], id after id."""

    def __init__(self, ids: np.ndarray, starts: np.ndarray, counts: np.ndarray, samples: np.ndarray):
        self.ids, self.starts, self.counts, self.samples = ids, starts, counts, samples


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    known = set(inspect.signature(extract).parameters) - {"x", "ids", "channel_names", "output"}
    for name in options:
        if name not in known:
            raise UsageError(f"extract_frame has no option `{name}`")


def _column(frame: Any, name: str) -> np.ndarray:
    if name not in list(frame.columns):
        raise UsageError(f"the frame has no column `{name}`; it has {', '.join(map(str, frame.columns))}")
    return frame[name].to_numpy()


def _order(frame: Any, column_id: str, column_sort: str | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The ids, and the order of the rows by id and sort column; None where they stand in it already."""
    ids = _column(frame, column_id)
    is_missing = np.array([one is None or one != one for one in ids]) if ids.dtype == object else ids != ids
    if np.any(is_missing):
        raise UsageError(f"column `{column_id}`: row {int(np.argmax(is_missing))} has no id")
    if ids.dtype == object:
        ids = ids.astype(str) if all(isinstance(one, str) for one in ids) else ids
    keys = [ids] if column_sort is None else [_column(frame, column_sort), ids]
    if _is_sorted(keys):
        return ids, None
    if len(keys) == 1:
        return ids, np.argsort(ids, kind="stable")
    return ids, np.lexsort(keys)


def _is_sorted(keys: list[np.ndarray]) -> bool:
    """By the last key, then by the first."""
    ids = keys[-1]
    same = ids[1:] == ids[:-1]
    if not bool(np.all(same | (ids[1:] > ids[:-1]))):
        return False
    return len(keys) == 1 or bool(np.all(~same | (keys[0][1:] >= keys[0][:-1])))


def _cut(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of sorted ids: each once, where it starts and how often it occurs."""
    starts = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1]) if len(ids) else np.zeros(0, np.int64)
    return ids[starts], starts, np.diff(np.append(starts, len(ids)))


def _check(frame: Any) -> None:
    if not is_frame(frame):
        raise UsageError(f"a frame of pandas or polars is expected, not {type(frame).__name__}")
    if len(frame) == 0:
        raise UsageError("the frame has no rows")


def _wide(frame: Any, column_id: str, column_sort: str | None, column_value: str | None) -> dict[str, _Series]:
    _check(frame)
    ids, order = _order(frame, column_id, column_sort)
    ids = ids if order is None else ids[order]
    names = (
        [column_value] if column_value is not None else [c for c in frame.columns if c not in (column_id, column_sort)]
    )
    if not names:
        raise UsageError("the frame has no column beside those of ids and order")
    cut = _cut(ids)
    out = {}
    for name in names:
        samples = real_array(_column(frame, name), f"column `{name}`")
        out[str(name)] = _Series(*cut, samples if order is None else samples[order])
    return out


def _long(
    frame: Any, column_id: str, column_sort: str | None, column_kind: str, column_value: str | None
) -> dict[str, _Series]:
    _check(frame)
    if column_value is None:
        rest = [c for c in frame.columns if c not in (column_id, column_sort, column_kind)]
        if len(rest) != 1:
            raise UsageError(f"column_value: which of {', '.join(map(str, rest)) or 'no column'} holds the samples?")
        column_value = rest[0]
    kinds = _column(frame, column_kind)
    kinds = kinds.astype(str) if kinds.dtype == object else kinds
    samples = real_array(_column(frame, column_value), f"column `{column_value}`")
    ids, order = _order(frame, column_id, column_sort)
    out = {}
    for kind in np.unique(kinds):
        rows = np.flatnonzero((kinds if order is None else kinds[order]) == kind)
        rows = rows if order is None else order[rows]
        out[str(kind)] = _Series(*_cut(ids[rows]), np.ascontiguousarray(samples[rows]))
    return out


def _run(kinds: dict[str, _Series], options: Mapping[str, Any]) -> Any:
    """Kinds whose series are of the same ids and lengths in one run, others each in one of their own."""
    groups: list[list[str]] = []
    for name, series in kinds.items():
        for group in groups:
            first = kinds[group[0]]
            if np.array_equal(first.ids, series.ids) and np.array_equal(first.counts, series.counts):
                group.append(name)
                break
        else:
            groups.append([name])
    tables = [_run_group({name: kinds[name] for name in group}, options) for group in groups]
    if len(tables) == 1:
        return tables[0]
    pd = require("pandas", "pandas")
    joined = pd.concat(tables, axis=1).sort_index()
    joined.attrs = tables[0].attrs
    return joined


def _run_group(kinds: dict[str, _Series], options: Mapping[str, Any]) -> Any:
    first = next(iter(kinds.values()))
    count, width = len(first.ids), len(kinds)
    pieces = np.empty((count, width, 3), np.int64)
    pieces[:, :, 0] = np.arange(width)
    pieces[:, :, 1] = first.starts[:, None]
    pieces[:, :, 2] = first.counts[:, None]
    cases = Cases(
        list(kinds), [str(i) for i in range(count)], [s.samples for s in kinds.values()], pieces.reshape(-1, 3)
    )
    table = extract(cases, **options)
    pd = require("pandas", "pandas")
    # Cases are numbered; their ids are of any type.
    places = table.index.get_level_values("segment_id").to_numpy()
    if table.index.nlevels == 1:
        table.index = pd.Index(first.ids[places])
    else:
        table.index = table.index.set_levels(first.ids[table.index.levels[0].to_numpy()], level=0)
    return table
