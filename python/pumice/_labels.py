"""Labels and tables to be like, from frames, series and files."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import InputError, UsageError
from ._inputs import id_text, is_path
from ._optional import require

# Files that the library reads by itself, without Arrow.
_OWN_FILES = {".csv", ".tsv", ".txt", ".npy"}
ARROW_FILES = (".parquet", ".arrow", ".feather")
# Columns of ids, as the library looks for them: the likeliest first.
_ID = "segment_id"
_ID_NAMES = (_ID, "segmentid", "segment", "id")
# Of the library's integers; those beyond it are texts of their digits.
_LARGEST = 2**63 - 1
# Types of pandas, whose names in Arrow are the same in small letters.
_WITH_GAPS = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
# What metadata of a table has in any case.
_VERSION = "pumice.version"


def labels_options(labels: Any) -> dict[str, Any]:
    """Of `labels`: a file, a frame with a column (or an index) of ids, a series or a mapping from ids."""
    if labels is None:
        return {}
    if is_path(labels):
        path = os.fspath(labels)
        if Path(path).suffix.lower() in _OWN_FILES:
            return {"labels": path}
        return {"labels": path, "labels_table": _columns(_index_as_column(read_frame(path)))}
    if isinstance(labels, Mapping):
        return _given([_of_list(_ID, list(labels.keys()), is_id=True), _of_list("label", list(labels.values()))])
    if hasattr(labels, "__dask_graph__"):
        raise UsageError("labels: a frame of Dask has no rows yet: say .compute()")
    if is_polars(labels):
        return _given(_of_polars(labels))
    if hasattr(labels, "to_frame") and not hasattr(labels, "columns"):  # a series: its index is of ids
        named = labels.to_frame(labels.name if labels.name is not None else "label")
        return _given(_columns(named.reset_index(names=[_ID], allow_duplicates=True)))
    if not hasattr(labels, "columns"):
        raise UsageError(f"labels are a file, a frame, a series or a mapping from ids, not {type(labels).__name__}")
    if hasattr(labels, "to_pandas"):
        of_arrow = labels if hasattr(labels, "column_names") else None
        labels = labels.to_pandas()
        labels = labels if of_arrow is None else _with_gaps(labels, of_arrow.schema, of_arrow.column)
    if not _has_ids(labels) and not _is_of_ids(labels.index):
        # The first column of a file is of ids. A frame has an index, which a Series is joined by, so which is meant?
        raise UsageError(
            f"{_which_ids(labels)}, or make it the index, frame.set_index(column); where the index is of ids already, "
            f"frame.rename_axis('{_ID}') says so"
        )
    return _given(_columns(_index_as_column(labels)))


def _given(columns: list[tuple[str, str, Any, Any]]) -> dict[str, Any]:
    return {"labels": "the labels", "labels_table": columns}


def _which_ids(frame: Any) -> str:
    return f"labels: which of {', '.join(map(str, frame.columns))} holds the ids of segments? Name it `{_ID}`"


def _has_ids(frame: Any) -> bool:
    return any(str(name).lower() in _ID_NAMES for name in frame.columns)


def _is_of_ids(index: Any) -> bool:
    """Not where it merely counts rows."""
    return not isinstance(index, require("pandas", "pandas").RangeIndex) or index.name is not None


def _index_as_column(frame: Any) -> Any:
    """The index where it is of ids, and no column is."""
    if _has_ids(frame) or not _is_of_ids(frame.index):
        return frame
    if frame.index.nlevels > 1:
        raise UsageError(f"labels: their index has {frame.index.nlevels} levels, and one of ids was expected")
    return frame.reset_index(names=[frame.index.name or _ID], allow_duplicates=True)


def read_frame(path: str) -> Any:
    """A file's table as pandas reads it, by its ending; what is not of Arrow is text. Raises InputError."""
    pd = require("pandas", "pandas")
    ending = Path(path).suffix.lower()
    if not os.path.exists(path):
        raise InputError(f"{path}: there is no such file or directory", {"file": path})
    if ending in ARROW_FILES:
        require("pyarrow", "arrow")
    try:
        if ending in ARROW_FILES:
            return _of_arrow_file(path, ending)
        return pd.read_csv(path, sep=_separator(path, ending))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table: {error}", {"file": path}) from error


def _of_arrow_file(path: str, ending: str) -> Any:
    pd = require("pandas", "pandas")
    if ending == ".parquet":
        parquet = require("pyarrow.parquet", "arrow")
        schema = parquet.read_schema(path) if os.path.isfile(path) else parquet.ParquetDataset(path).schema
        return _with_gaps(pd.read_parquet(path), schema, lambda name: parquet.read_table(path, columns=[name])[name])
    pa, feather = require("pyarrow", "arrow"), require("pyarrow.feather", "arrow")
    try:
        schema = pa.ipc.open_file(path).schema
    except pa.ArrowInvalid:  # of the first version of Feather
        schema = feather.read_table(path).schema
    return _with_gaps(pd.read_feather(path), schema, lambda name: feather.read_table(path, columns=[name])[name])


def _with_gaps(frame: Any, schema: Any, column: Callable[[str], Any]) -> Any:
    """Integers with gaps as pandas' integers with gaps: of itself Arrow makes float64 of them, which has no digits for
    large ones. `column`: Arrow's column of a name."""
    pa, pd = require("pyarrow", "arrow"), require("pandas", "pandas")
    types = {getattr(pa, name.lower())(): getattr(pd, f"{name}Dtype")() for name in _WITH_GAPS}
    names = [field.name for field in schema if field.type in types and list(schema.names).count(field.name) == 1]
    changed = [name for name in names if name in frame.columns and frame[name].dtype.kind == "f"]
    for name in changed:
        frame[name] = column(name).to_pandas(types_mapper=types.get).set_axis(frame.index)
    return frame


def _separator(path: str, ending: str) -> str:
    if ending not in (".tsv", ".txt"):
        return ","
    with open(path, encoding="utf-8", errors="replace") as file:
        return "\t" if "\t" in file.readline() else ","


def _columns(frame: Any) -> list[tuple[str, str, Any, Any]]:
    """[(name, kind, values, exists)]"""
    names = [str(name) for name in frame.columns]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise UsageError(f"labels: two columns are named `{twice[0]}`")
    place = _place_of_ids(names)
    return [_column(name, frame[given], i == place) for i, (name, given) in enumerate(zip(names, frame.columns))]


def _place_of_ids(names: list[str]) -> int:
    """Where none has such a name it is the first."""
    small = [name.lower() for name in names]
    return next((small.index(name) for name in _ID_NAMES if name in small), 0)


def _column(name: str, values: Any, is_id: bool) -> tuple[str, str, Any, Any]:
    pd = require("pandas", "pandas")
    dtype = values.dtype
    if dtype == np.dtype(object) or isinstance(dtype, pd.CategoricalDtype) or "decimal" in str(dtype):
        return _of_list(name, values.astype(object).tolist(), is_id)
    exists = values.notna().to_numpy(np.uint8)
    is_whole = pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_integer_dtype(dtype)
    # Of Arrow's integers with gaps, `values > _LARGEST` is wrong.
    is_large = dtype.kind == "u" and values.dropna().to_numpy(np.uint64).max(initial=0) > _LARGEST
    if is_whole and not is_large:
        return name, "integer", values.astype("Int64").fillna(0).to_numpy(np.int64), exists
    if not is_whole and pd.api.types.is_numeric_dtype(dtype) and dtype.kind != "c":
        if is_id:
            width = getattr(dtype, "itemsize", 8)  # sparse ones have none
            return _of_real_ids(name, values.to_numpy(f"f{width}", na_value=np.nan))
        return name, "number", values.to_numpy(np.float64, na_value=np.nan), exists
    return name, "text", [str(one) if there else "" for one, there in zip(values, exists)], exists


def _of_real_ids(name: str, ids: np.ndarray) -> tuple[str, str, Any, Any]:
    """Integers where all are whole, as of integers with gaps, else their texts; NaN is missing."""
    exists = ~np.isnan(ids)
    wide = np.where(exists, ids, 0).astype(np.float64)
    if np.all((wide == np.floor(wide)) & (np.abs(wide) < 2**63)):
        return name, "integer", wide.astype(np.int64), exists.astype(np.uint8)
    return name, "text", [id_text(one) if e else "" for one, e in zip(ids, exists)], exists.astype(np.uint8)


def is_polars(x: Any) -> bool:
    """Something of polars, which may not be installed."""
    return type(x).__module__.partition(".")[0] == "polars"


def _of_polars(frame: Any) -> list[tuple[str, str, Any, Any]]:
    """As `_columns`, by polars alone."""
    if not hasattr(frame, "get_columns"):
        raise UsageError(f"labels: a DataFrame of polars with a column `{_ID}`, not its {type(frame).__name__}")
    if not _has_ids(frame):
        raise UsageError(_which_ids(frame))
    place = _place_of_ids(frame.columns)
    return [_of_series(column, i == place) for i, column in enumerate(frame.get_columns())]


def _of_series(column: Any, is_id: bool) -> tuple[str, str, Any, Any]:
    pl = require("polars", "polars")
    exists = column.is_not_null().to_numpy().astype(np.uint8)
    if column.dtype.is_integer() or column.dtype == pl.Boolean:
        whole = column.cast(pl.Int64, strict=False)
        if whole.null_count() == column.null_count():  # none is beyond 64 bits
            return column.name, "integer", whole.fill_null(0).to_numpy(), exists
    elif column.dtype.is_numeric() and not column.dtype.is_decimal():
        if is_id:
            return _of_real_ids(column.name, column.to_numpy())
        return column.name, "number", column.cast(pl.Float64).to_numpy(), exists
    elif column.dtype == pl.Object or column.dtype.is_decimal():
        return _of_list(column.name, column.to_list(), is_id)
    return column.name, "text", ["" if one is None else str(one) for one in column.to_list()], exists


def _of_list(name: str, values: list[Any], is_id: bool = False) -> tuple[str, str, Any, Any]:
    """As `_column`, of values as they come; None, NaN and pandas' NA are missing. Decimals without places are
    integers, as databases give them; of ids all that is whole is."""
    try:
        there = [one is not None and type(one).__name__ != "NAType" and bool(one == one) for one in values]
    except ValueError:
        raise UsageError(f"labels: `{name}` holds arrays; labels are numbers and texts") from None
    exists = np.array(there, np.uint8)
    if is_id:
        values = [_whole(one) if e else one for one, e in zip(values, there)]
    else:
        values = [int(one) if isinstance(one, Decimal) and _has_no_places(one) else one for one in values]
    known = [one for one, is_there in zip(values, there) if is_there]
    try:
        if all(isinstance(one, (Integral, np.bool_)) for one in known):
            return name, "integer", np.array([int(one) if e else 0 for one, e in zip(values, there)], np.int64), exists
        if not is_id and all(isinstance(one, (Real, Decimal, np.bool_)) for one in known):
            return name, "number", np.array([one if e else np.nan for one, e in zip(values, there)], np.float64), exists
    except OverflowError:  # beyond 64 bits: their digits, as of other objects
        pass
    text = id_text if is_id else str
    return name, "text", [text(one) if e else "" for one, e in zip(values, there)], exists


def _whole(one: Any) -> Any:
    """An id that is a real number, as an integer where it is one."""
    if not isinstance(one, (float, np.floating, Decimal)):
        return one
    text = id_text(one)
    return int(text) if text.removeprefix("-").isdigit() else one


def _has_no_places(number: Decimal) -> bool:
    return number.is_finite() and number.as_tuple().exponent == 0


def like_options(like: Any) -> dict[str, Any]:
    """Of `like`: a table that pumice made, as a frame (its attrs, or the schema of an Arrow table) or as a file; a
    folder of Parquet files is one, too. Or what a table or FeatureExtractor says of itself."""
    if like is None:
        return {}
    if is_path(like):
        path = os.fspath(like)
        if Path(path).suffix.lower() in _OWN_FILES:
            return {"like": path}
        metadata = _file_metadata(path)
        if _VERSION not in metadata:
            raise UsageError(
                f"like: {path} does not say how its table was made. Files that pumice writes do, and those of a table "
                "of output='pandas' or 'arrow'; polars leaves it out"
            )
        return {"like": path, "like_metadata": metadata}
    like = getattr(like, "_meta", like)  # of a dask.dataframe: its columns and attrs
    if hasattr(like, "attrs") and "pumice" in like.attrs:
        return {"like": "the table given", "like_metadata": encoded(like.attrs["pumice"])}
    if is_polars(like):
        raise UsageError(
            "like: a frame of polars does not keep how its table was made, nor does a file that it writes: pass the "
            "table of output='arrow' (polars.from_arrow makes a frame of it), a file of it, or of output='pandas'"
        )
    schema = getattr(like, "schema", None)
    if getattr(schema, "metadata", None):
        return {"like": "the table given", "like_metadata": _from_schema(schema.metadata)}
    if isinstance(like, Mapping):
        about = like.get("pumice", like)
        # Of a FeatureExtractor, texts as they stand in files; of a frame, what they say.
        texts = dict(about) if _VERSION in about else encoded(about)
        if _VERSION in texts:
            return {"like": "the table given", "like_metadata": texts}
    raise UsageError(
        "like: this table does not say how it was made (df.attrs['pumice']); it takes one that pumice made"
    )


def encoded(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The inverse of `decoded`."""
    return {f"pumice.{key}": json.dumps(value) for key, value in metadata.items()}


def decoded(metadata: Mapping[str, str]) -> dict[str, Any]:
    """What the texts of JSON say that a table keeps of how it was made."""
    return {key.removeprefix("pumice."): json.loads(text) for key, text in metadata.items()}


def _from_schema(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """What pumice wrote into a file's schema, or what pandas keeps there of a frame's attrs."""
    out = {key.decode(): value.decode() for key, value in metadata.items() if key.startswith(b"pumice.")}
    if not out and b"PANDAS_ATTRS" in metadata:
        out = encoded(json.loads(metadata[b"PANDAS_ATTRS"]).get("pumice", {}))
    if not out and b"pandas" in metadata:  # written by Dask
        out = encoded(json.loads(metadata[b"pandas"]).get("attributes", {}).get("pumice", {}))
    return out


def _file_metadata(path: str) -> dict[str, str]:
    """Raises InputError."""
    pa, parquet = require("pyarrow", "arrow"), require("pyarrow.parquet", "arrow")
    if not os.path.exists(path):
        raise InputError(f"{path}: there is no such file or directory", {"file": path})
    if os.path.isdir(path):  # as Dask writes tables
        path = str(min(Path(path).glob("*.parquet"), default=path))
    try:
        if Path(path).suffix.lower() == ".parquet":
            schema = parquet.read_schema(path)
        else:
            schema = pa.ipc.open_file(path).schema
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table: {error}", {"file": path}) from error
    return _from_schema(schema.metadata or {})


def channels_of(like: Mapping[str, Any]) -> list[str] | None:
    """Channels that the table of `like_options` was made from."""
    text = like.get("like_metadata", {}).get("pumice.channels")
    return None if text is None else json.loads(text)
