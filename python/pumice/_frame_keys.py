"""Columns that say which series a sample belongs to, and in which order samples come."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._errors import UsageError
from ._labels import is_polars
from ._optional import require


def column_of(frame: Any, name: str) -> Any:
    count = list(frame.columns).count(name)
    if count != 1:
        how_many = "two columns" if count else "no column"
        raise UsageError(f"the frame has {how_many} `{name}`; it has {', '.join(map(str, frame.columns))}")
    return frame[name]


@dataclass
class Key:
    """A column that orders or names samples. What is no number is numbered in its order, to sort faster."""

    values: np.ndarray
    found: Any = None  # those that `values` are numbers of: an array or an index

    @staticmethod
    def of(frame: Any, name: str, what: str, by_category: bool = False) -> Key:
        """It has no gaps, or UsageError. Categories are texts like others, or in the order of their own."""
        column = column_of(frame, name)
        is_missing = (column.isna() if hasattr(column, "isna") else column.is_null()).to_numpy()
        if not is_missing.any():
            key = _numbered(column, by_category) or Key(column.to_numpy())
            if not by_category:
                _refuse_unhashable(key.values, f"column `{name}`", what)
            is_missing = _is_nan(key.values)
        if is_missing.any():
            raise UsageError(f"column `{name}`: row {int(np.argmax(is_missing))} has no {what}")
        return key

    def named(self, values: np.ndarray) -> np.ndarray:
        """What some of `values` stand for."""
        return values if self.found is None else np.asarray(self.found[values])


def ids_of(frame: Any, column_id: str) -> np.ndarray:
    """Of every row, as they are in a table."""
    key = Key.of(frame, column_id, "id")
    return key.named(key.values)


def _numbered(column: Any, by_category: bool) -> Key | None:
    """Of texts, categories, times of a zone and periods: what NumPy has no type for, or a slow one."""
    if is_polars(column):
        if getattr(column.dtype, "time_zone", None) is not None:  # NumPy has them without their zone
            instants = column.unique().sort()
            codes = np.searchsorted(instants.to_physical().to_numpy(), column.to_physical().to_numpy())
            return Key(codes, _of_zone(instants))
        if str(column.dtype).partition("(")[0] not in ("String", "Categorical", "Enum"):
            return None
        pl = require("polars", "polars")
        texts = (column if by_category else column.cast(pl.String)).unique().sort().cast(pl.String)
        return Key(column.cast(pl.String).cast(pl.Enum(texts)).to_physical().to_numpy(), texts.to_numpy())
    dtype = column.dtype
    if by_category and hasattr(dtype, "categories"):
        return Key(column.cat.codes.to_numpy())
    if dtype.kind not in "OM" or (isinstance(dtype, np.dtype) and dtype.kind != "O"):
        return None
    try:
        codes, found = require("pandas", "pandas").factorize(column)
    except (TypeError, ValueError, NotImplementedError):  # what has no hash is no text
        return None
    if hasattr(dtype, "categories"):
        found = found.astype(dtype.categories.dtype)
    if all(isinstance(one, str) for one in found):
        # As objects, which Python sorts faster than NumPy does: NumPy's own texts lose a NUL at their end.
        found = found.to_numpy(dtype=object)
        order = np.array(sorted(range(len(found)), key=found.tolist().__getitem__), np.int64)
    elif found.dtype == object:
        return None
    else:
        order = found.argsort()
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return Key(places[codes], found[order])


def _of_zone(instants: Any) -> np.ndarray:
    """Times of polars with their zone: pandas' where they are finer than Python's microseconds."""
    ticks = instants.to_physical().to_numpy()
    if instants.dtype.time_unit != "ns" or not np.any(ticks % 1000):
        return np.array(instants.to_list(), object)
    times = require("pandas", "pandas").DatetimeIndex(ticks.astype("datetime64[ns]"), tz="UTC")
    return np.array(times.tz_convert(instants.dtype.time_zone), object)


def _refuse_unhashable(values: np.ndarray, where: str, what: str) -> None:
    """Lists, arrays, dicts: two that are equal would be two ids, and there is no index of them."""
    if values.ndim == 1 and values.dtype != object:
        return
    for row, one in enumerate(values):
        if not _has_hash(one):
            of = f"{what}s are numbers, texts, times or tuples of these"
            raise UsageError(f"{where}: row {row} holds {reprlib.repr(one)}, of type {type(one).__name__}; {of}")


def _has_hash(one: Any) -> bool:
    """A tuple has none where what it holds has none."""
    try:
        hash(one)
    except TypeError:
        return False
    return True


def _is_nan(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


def order_of(frame: Any, column_id: str, column_sort: str | None) -> tuple[Key, np.ndarray | None]:
    """The ids, and the order of the rows by id and sort column; None where they stand in it already."""
    ids = Key.of(frame, column_id, "id")
    keys = [ids.values]
    if column_sort is not None:
        keys.insert(0, Key.of(frame, column_sort, "place in the order", by_category=True).values)
    try:
        if _is_sorted(keys):
            return ids, None
        return ids, np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys)
    except (TypeError, ValueError) as error:  # of arrays one is neither less nor more
        names = f"`{column_id}`" + ("" if column_sort is None else f" or `{column_sort}`")
        raise UsageError(f"column {names} holds what has no order: {error}") from None


def _is_sorted(keys: list[np.ndarray]) -> bool:
    """By the last key, then by the first."""
    ids = keys[-1]
    same = ids[1:] == ids[:-1]
    if not bool(np.all(same | (ids[1:] > ids[:-1]))):
        return False
    return len(keys) == 1 or bool(np.all(~same | (keys[0][1:] >= keys[0][:-1])))


def cut_at_ids(key: Key, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of sorted ids, which are values of `key`: each once, where it starts and how often it occurs."""
    starts = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1]) if len(ids) else np.zeros(0, np.int64)
    return key.named(ids[starts]), starts, np.diff(np.append(starts, len(ids)))
