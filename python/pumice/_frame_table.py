"""Tables of `extract_frame`: what the runs on its kinds gave, put together by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core
from ._errors import UsageError
from ._labels import encoded
from ._optional import require
from ._result import INDEX, Metadata, feature_block, feature_names, metadata_of, row_columns, settings_of

_NUMBERS = "biuf"


@dataclass
class Rows:
    """A table whose ids are of any type. Beside `ids` every array is one entry a row, too."""

    ids: np.ndarray
    levels: dict[str, np.ndarray]  # "window", "channel": what else a row is of; "start_sample", "start_time"
    names: list[str]
    features: np.ndarray  # float64 [rows][names]
    about: Metadata

    @staticmethod
    def of(outcome: Any, ids: np.ndarray) -> Rows:
        """Of a run whose cases are numbered; `ids` are theirs."""
        levels = row_columns(outcome)
        cases = levels.pop("segment_id")
        return Rows(ids[cases], levels, feature_names(outcome), feature_block(outcome), metadata_of(outcome))

    def to(self, output: str) -> Any:
        """A table as `extract` gives it, or its features."""
        if output == "numpy":
            return self.features
        if output == "pandas":
            return self.to_pandas()
        if _are_tuples(self.ids):
            raise UsageError(f"output={output!r}: ids that are tuples need the index of output='pandas'")
        columns = {"segment_id": self.ids} | self.levels
        lists = {name: one.tolist() if one.dtype.kind in "OU" else one for name, one in columns.items()}
        times = _fine_times(self.ids)
        if output == "polars":
            pl = require("polars", "polars")
            if times is not None:
                lists["segment_id"] = _of_polars(times)
            features = pl.from_numpy(self.features, schema=self.names, orient="row").fill_nan(None)
            return pl.DataFrame(lists).hstack(features)
        pa = require("pyarrow", "arrow")
        if times is not None:
            lists["segment_id"] = times
        try:
            arrays = [pa.array(one) for one in lists.values()]
        except (pa.ArrowException, OverflowError) as error:
            raise UsageError(f"output='arrow': there are ids that Arrow has no type for: {error}") from None
        arrays += [pa.array(self.features[:, i], from_pandas=True) for i in range(len(self.names))]
        return pa.table(arrays, [*columns, *self.names], metadata=encoded(settings_of(self.about)))

    def to_pandas(self, spread: bool = True) -> Any:
        """Index: the ids, with windows or channels `segment_id` and these. Ids that are tuples of one length are levels
        without names, as tsfresh has them, or stay tuples where `spread` is False."""
        pd = require("pandas", "pandas")
        if spread and _are_tuples(self.ids):
            of_ids = [pd.Index(values) for values in zip(*self.ids)]
            names = [None] * len(of_ids)
        else:
            of_ids = [pd.Index(self.ids, tupleize_cols=False)]
            names = ["segment_id"]
        levels = {name: one for name, one in self.levels.items() if name in INDEX}
        if len(of_ids) + len(levels) == 1:
            index = of_ids[0]
        else:
            index = pd.MultiIndex.from_arrays([*of_ids, *levels.values()], names=[*names, *levels])
        frame = pd.DataFrame(self.features, index=index, columns=self.names, copy=False)
        frame.attrs["pumice"] = self.about
        return frame


def _fine_times(ids: np.ndarray) -> Any:
    """Of ids that are pandas' times of one zone with nanoseconds, which a list of them would lose: their index."""
    if ids.dtype != object or not any(getattr(one, "nanosecond", 0) for one in ids):
        return None
    index = require("pandas", "pandas").Index(ids, tupleize_cols=False)
    return index if index.dtype.kind == "M" else None


def _of_polars(times: Any) -> Any:
    """A zone that is no name of a place, +01:30, becomes UTC, as polars has it."""
    pl = require("polars", "polars")
    naive = pl.Series(times.as_unit("ns").asi8).cast(pl.Datetime("ns"))
    if times.tz is None:
        return naive
    zone = getattr(times.tz, "key", None) or getattr(times.tz, "zone", None) or "UTC"
    return naive.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def _are_tuples(ids: np.ndarray) -> bool:
    """As roll_time_series of tsfresh makes ids: (id, end)."""
    lengths = {len(one) if isinstance(one, tuple) else 0 for one in ids} if ids.dtype == object else set()
    return len(lengths) == 1 and lengths.pop() > 1


def joined(parts: list[Rows], kinds: list[str]) -> Rows:
    """One table, its columns in the order of kinds, its rows in that of ids; where a part has no row there is NaN."""
    ids, codes = _numbered([part.ids for part in parts])
    if parts[0].about["layout"] == "long":
        return _stacked(parts, kinds, ids, codes)
    windows = [part.levels.get("window", np.zeros(len(part.ids), np.int64)) for part in parts]
    width = 1 + max((int(one.max()) for one in windows if len(one)), default=0)
    keys, places = np.unique(codes * width + np.concatenate(windows), return_inverse=True)
    columns = _in_order(parts, kinds)
    features = np.full((len(columns), len(keys)), np.nan).T
    ends = np.cumsum([len(part.ids) for part in parts])
    to: list[list[int]] = [[] for _ in parts]
    of: list[list[int]] = [[] for _ in parts]
    for place, (number, column) in enumerate(columns):
        to[number].append(place)
        of[number].append(column)
    for number, rows in enumerate(np.split(places, ends[:-1])):
        features[np.ix_(rows, to[number])] = parts[number].features[:, of[number]]
    about = _about(parts, kinds, [parts[part].about["features"][column] for part, column in columns])
    levels = {}
    for name in parts[0].levels:
        values = np.concatenate([part.levels[name] for part in parts])
        levels[name] = np.empty(len(keys), values.dtype)
        levels[name][places] = values
    return Rows(ids[keys // width], levels, [parts[part].names[column] for part, column in columns], features, about)


def _numbered(arrays: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The ids of all, in order, and which of them each is."""
    types = {"number" if array.dtype.kind in _NUMBERS else array.dtype.kind for array in arrays}
    try:
        if types == {"O"}:  # Python sorts them faster than NumPy does
            every = [one for array in arrays for one in array]
            ids = sorted(set(every))
            place = {one: i for i, one in enumerate(ids)}
            return np.fromiter(ids, object, len(ids)), np.array([place[one] for one in every], np.int64)
        if len(types) == 1:
            return np.unique(np.concatenate(_of_one_type(arrays)), return_inverse=True)
    except TypeError:  # of objects
        pass
    raise UsageError("the ids of some kinds are of another type than those of others")


def _of_one_type(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Numbers as a type that holds them all as they are; others as they come."""
    kinds = {array.dtype.kind for array in arrays}
    if len(kinds) == 1 or not kinds <= set(_NUMBERS):
        return arrays
    whole = [array for array in arrays if array.dtype.kind in "iu" and len(array)]
    least = min((int(array.min()) for array in whole), default=0)
    largest = max((int(array.max()) for array in whole), default=0)
    if "f" in kinds:
        if max(-least, largest) > 2**53:
            raise UsageError("the ids of some kinds are real numbers, and those of others integers beyond 2**53")
        return arrays
    if largest <= np.iinfo(np.int64).max:
        return [array.astype(np.int64) for array in arrays]
    if least < 0:
        raise UsageError("the ids of some kinds are negative, of int64, and those of others beyond it, of uint64")
    return [array.astype(np.uint64) for array in arrays]


def _in_order(parts: list[Rows], kinds: Iterable[str]) -> list[tuple[int, int]]:
    """(part, its column) of every column."""
    of_kind: dict[str, list[tuple[int, int]]] = {kind: [] for kind in kinds}
    for number, part in enumerate(parts):
        for column, feature in enumerate(part.about["features"]):
            of_kind[_core.parse_column(feature)[0]].append((number, column))
    return [one for columns in of_kind.values() for one in columns]


def _stacked(parts: list[Rows], kinds: list[str], ids: np.ndarray, codes: np.ndarray) -> Rows:
    """Of the long layout, whose parts are of channels of their own."""
    levels = {name: np.concatenate([part.levels[name] for part in parts]) for name in parts[0].levels}
    order = np.lexsort((levels["window"], codes) if "window" in levels else (codes,))
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    place = {name: i for i, name in enumerate(names)}
    features = np.full((len(names), len(codes)), np.nan).T
    first = 0
    for part in parts:
        rows = slice(first, first + len(part.ids))
        features[rows, [place[name] for name in part.names]] = part.features
        first = rows.stop
    about = _about(parts, kinds, [one for part in parts for one in part.about["features"]])
    return Rows(ids[codes[order]], {name: one[order] for name, one in levels.items()}, names, features[order], about)


def _about(parts: list[Rows], kinds: list[str], features: list[str]) -> Metadata:
    about = Metadata(parts[0].about | {"channels": kinds, "features": features})
    about["units"] = {name: unit for part in parts for name, unit in part.about["units"].items()}
    for key in ("skipped", "left_out"):
        about[key] = [line for part in parts for line in part.about[key]]
    about["warnings"] = list(dict.fromkeys(text for part in parts for text in part.about["warnings"]))
    return about
