"""`extract_frame`: samples in frames, as tsfresh takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._errors import UsageError
from ._extract import extract, refuse_unknown
from ._inputs import Cases, is_frame, real_array
from ._labels import channels_of, decoded, like_options
from ._optional import require
from ._options import feature_texts, texts
from ._progress import each_warning_once

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from ._types import FrameOptions


def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = None,
    column_kind: str | None = None,
    column_value: str | None = None,
    **options: Unpack[FrameOptions],
) -> pd.DataFrame:
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
        Index: the ids, sorted, without a name (with windows: `segment_id`, `window`); columns `kind__feature`. Series
        of an id may differ in length from kind to kind, and one that is not there has no values.

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
            series = _wide(part, column_id, column_sort, column_value)
            if len(series) > 1:
                raise UsageError(f"column_value: which of {', '.join(series)} holds the samples of kind `{kind}`?")
            kinds[_new(str(kind), kinds)] = next(iter(series.values()))
    elif column_kind is not None:
        kinds = _long(frame, column_id, column_sort, column_kind, column_value)
    else:
        kinds = _wide(frame, column_id, column_sort, column_value)
    with each_warning_once():
        return _run(kinds, options)


class _Series:
    """All series of one kind: samples [sum of counts], id after id."""

    def __init__(self, ids: np.ndarray, starts: np.ndarray, counts: np.ndarray, samples: np.ndarray):
        self.ids, self.starts, self.counts, self.samples = ids, starts, counts, samples


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    refuse_unknown(options, "extract_frame", {"x", "ids", "channel_names", "output", "labels"})


def _new(name: str, names: Mapping[str, Any]) -> str:
    if name in names:
        raise UsageError(f"two kinds are named `{name}`")
    return name


def _column(frame: Any, name: str) -> np.ndarray:
    places = [column == name for column in frame.columns]
    if sum(places) != 1:
        how_many = "two columns" if sum(places) else "no column"
        raise UsageError(f"the frame has {how_many} `{name}`; it has {', '.join(map(str, frame.columns))}")
    return frame[name].to_numpy()


def _key(frame: Any, name: str, what: str) -> np.ndarray:
    """A column that orders or names samples: it has no gaps."""
    values = _column(frame, name)
    column = frame[name]
    is_missing = (column.isna() if hasattr(column, "isna") else column.is_null()).to_numpy() | _is_nan(values)
    if is_missing.any():
        raise UsageError(f"column `{name}`: row {int(np.argmax(is_missing))} has no {what}")
    if values.dtype == object and all(isinstance(one, str) for one in values):
        return values.astype(str)
    return values


def _is_nan(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


def _order(frame: Any, column_id: str, column_sort: str | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The ids, and the order of the rows by id and sort column; None where they stand in it already."""
    ids = _key(frame, column_id, "id")
    keys = [ids] if column_sort is None else [_key(frame, column_sort, "place in the order"), ids]
    try:
        if _is_sorted(keys):
            return ids, None
        return ids, np.argsort(ids, kind="stable") if len(keys) == 1 else np.lexsort(keys)
    except TypeError as error:
        raise UsageError(f"column `{column_id}` or `{column_sort}` holds what has no order: {error}") from None


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
        _new(str(name), out)
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
    kinds, codes = np.unique(_key(frame, column_kind, "kind"), return_inverse=True)
    samples = real_array(_column(frame, column_value), f"column `{column_value}`")
    ids, order = _order(frame, column_id, column_sort)
    codes = codes if order is None else codes[order]
    by_kind = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(kinds)))
    by_kind = by_kind if order is None else order[by_kind]
    out = {}
    for kind, rows in zip(kinds, np.split(by_kind, ends[:-1])):
        out[_new(str(kind), out)] = _Series(*_cut(ids[rows]), np.ascontiguousarray(samples[rows]))
    return out


def _run(kinds: dict[str, _Series], options: Mapping[str, Any]) -> Any:
    """Kinds whose series are of the same ids and lengths in one run, others each in one of their own."""
    like = like_options(options.get("like"))
    wanted = channels_of(like) if options.get("channels") is None else texts("channels", options["channels"])
    kinds = kinds if wanted is None else {name: _kind(kinds, name) for name in wanted}
    groups: list[list[str]] = []
    for name, series in kinds.items():
        for group in groups:
            first = kinds[group[0]]
            if np.array_equal(first.ids, series.ids) and np.array_equal(first.counts, series.counts):
                group.append(name)
                break
        else:
            groups.append([name])
    options = {name: value for name, value in options.items() if name != "channels"}
    if len(groups) == 1:
        return _run_group(kinds, options)
    tables = []
    for group in groups:
        of_group = {}
        if like:
            of_group["like"] = _like_of(like, group)
        elif options.get("features") is not None:
            of_group["features"] = _features_of(options["features"], group, kinds)
        if of_group.get("features") != []:
            tables.append(_run_group({name: kinds[name] for name in group}, options | of_group))
    return _join(tables, list(kinds))


def _kind(kinds: Mapping[str, _Series], name: str) -> _Series:
    if name not in kinds:
        raise UsageError(f"there is no kind `{name}` among {', '.join(kinds)}")
    return kinds[name]


def _like_of(like: Mapping[str, Any], kinds: list[str]) -> dict[str, Any]:
    """What a table of these kinds alone would say of itself."""
    metadata = decoded(like["like_metadata"])
    features = [name for name in metadata["features"] if _core.parse_column(name)[0] in kinds]
    return metadata | {"channels": kinds, "features": features}


def _features_of(features: Any, group: list[str], kinds: Iterable[str]) -> list[str]:
    """Selections without those that are of kinds outside `group`."""
    others = [_core.encode_channel(name) for name in kinds if name not in group]
    starts = tuple(name + mark for name in others for mark in ("__", "|"))
    return [text for text in feature_texts(features) if not text.startswith(starts)]


def _join(tables: list[Any], kinds: list[str]) -> Any:
    """One table, its columns in the order of kinds."""
    pd = require("pandas", "pandas")
    metadata = [table.attrs["pumice"] for table in tables]
    if metadata[0]["layout"] == "long":
        joined = pd.concat(tables)
        levels = [name for name in joined.index.names if name != "channel"]
        joined = joined.sort_index(level=levels, sort_remaining=False)
        joined.attrs["pumice"] = _joined_metadata(
            metadata, kinds, [one for about in metadata for one in about["features"]]
        )
        return joined
    names, features = [], []
    for kind in kinds:
        for table, about in zip(tables, metadata):
            for column, feature in zip(table.columns, about["features"]):
                if _core.parse_column(feature)[0] == kind:
                    names.append(column)
                    features.append(feature)
    joined = pd.concat(tables, axis=1).sort_index()[names]
    joined.attrs["pumice"] = _joined_metadata(metadata, kinds, features)
    return joined


def _joined_metadata(metadata: list[Any], kinds: list[str], features: list[str]) -> Any:
    about = type(metadata[0])(metadata[0] | {"channels": kinds, "features": features})
    about["units"] = {name: unit for one in metadata for name, unit in one["units"].items()}
    for key in ("skipped", "left_out", "warnings"):
        about[key] = [line for one in metadata for line in one[key]]
    return about


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
