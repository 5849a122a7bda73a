"""Labels and tables to be like, from frames, series and files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import InputError, UsageError
from ._inputs import is_path
from ._optional import require

# Files that the library reads by itself, without Arrow.
_OWN_FILES = {".csv", ".tsv", ".txt", ".npy"}
ARROW_FILES = (".parquet", ".arrow", ".feather")
# Columns of ids, as the library looks for them.
_ID = "segment_id"
_ID_NAMES = {_ID, "segmentid", "segment", "id"}
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
        labels = require("pandas", "pandas").Series(dict(labels), name="label")
    if hasattr(labels, "to_frame") and not hasattr(labels, "columns"):  # a series: its index is of ids
        named = labels.to_frame(labels.name if labels.name is not None else "label")
        return {"labels": "the labels", "labels_table": _columns(named.reset_index(names=[_ID]))}
    if not hasattr(labels, "columns"):
        raise UsageError(f"labels are a file, a frame, a series or a mapping from ids, not {type(labels).__name__}")
    if hasattr(labels, "to_pandas"):
        labels = labels.to_pandas()
    if not _has_ids(labels) and not _is_of_ids(labels.index):
        # The first column of a file is of ids. A frame has an index, which a Series is joined by, so which is meant?
        raise UsageError(
            f"labels: which of {', '.join(map(str, labels.columns))} holds the ids of segments? Name it `{_ID}`, or "
            "make it the index, frame.set_index(column); where the index is of ids already, "
            f"frame.rename_axis('{_ID}') says so"
        )
    return {"labels": "the labels", "labels_table": _columns(_index_as_column(labels))}


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
    return frame.reset_index(names=[frame.index.name or _ID])


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
            return pd.read_parquet(path) if ending == ".parquet" else pd.read_feather(path)
        return pd.read_csv(path, sep=_separator(path, ending))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table: {error}", {"file": path}) from error


def _separator(path: str, ending: str) -> str:
    if ending not in (".tsv", ".txt"):
        return ","
    with open(path, encoding="utf-8", errors="replace") as file:
        return "\t" if "\t" in file.readline() else ","


def _columns(frame: Any) -> list[tuple[str, str, Any, Any]]:
    """[(name, kind, values, exists)]"""
    pd = require("pandas", "pandas")
    out = []
    for name in frame.columns:
        values = frame[name]
        exists = (~values.isna()).to_numpy(np.uint8)
        kind = values.dtype.kind if hasattr(values.dtype, "kind") else "O"
        if kind in "iub" or (pd.api.types.is_integer_dtype(values.dtype)):
            out.append((str(name), "integer", values.fillna(0).to_numpy(np.int64), exists))
        elif kind == "f":
            out.append((str(name), "number", values.to_numpy(np.float64, na_value=np.nan), exists))
        else:
            out.append((str(name), "text", [str(v) if e else "" for v, e in zip(values, exists)], exists))
    return out


def like_options(like: Any) -> dict[str, Any]:
    """Of `like`: a table that pumice made, as a frame (its attrs, or the schema of an Arrow table) or as a file; a
    folder of Parquet files is one, too. Or what a table or FeatureExtractor says of itself."""
    if like is None:
        return {}
    if is_path(like):
        path = os.fspath(like)
        if Path(path).suffix.lower() in _OWN_FILES:
            return {"like": path}
        return {"like": path, "like_metadata": _file_metadata(path)}
    like = getattr(like, "_meta", like)  # of a dask.dataframe: its columns and attrs
    if hasattr(like, "attrs") and "pumice" in like.attrs:
        return {"like": "the table given", "like_metadata": _texts(like.attrs["pumice"])}
    schema = getattr(like, "schema", None)
    if getattr(schema, "metadata", None):
        return {"like": "the table given", "like_metadata": _from_schema(schema.metadata)}
    if isinstance(like, Mapping):
        about = like.get("pumice", like)
        # Of a FeatureExtractor, texts as they stand in files; of a frame, what they say.
        texts = dict(about) if _VERSION in about else _texts(about)
        if _VERSION in texts:
            return {"like": "the table given", "like_metadata": texts}
    raise UsageError(
        "like: this table does not say how it was made (df.attrs['pumice']); it takes one that pumice made"
    )


def _texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {f"pumice.{key}": json.dumps(value) for key, value in metadata.items()}


def decoded(metadata: Mapping[str, str]) -> dict[str, Any]:
    """What the texts of JSON say that a table keeps of how it was made."""
    return {key.removeprefix("pumice."): json.loads(text) for key, text in metadata.items()}


def _from_schema(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """What pumice wrote into a file's schema, or what pandas keeps there of a frame's attrs."""
    out = {key.decode(): value.decode() for key, value in metadata.items() if key.startswith(b"pumice.")}
    if not out and b"PANDAS_ATTRS" in metadata:
        out = _texts(json.loads(metadata[b"PANDAS_ATTRS"]).get("pumice", {}))
    if not out and b"pandas" in metadata:  # written by Dask
        out = _texts(json.loads(metadata[b"pandas"]).get("attributes", {}).get("pumice", {}))
    return out


def _file_metadata(path: str) -> dict[str, str]:
    require("pyarrow", "arrow")
    if os.path.isdir(path):  # as Dask writes tables
        path = str(min(Path(path).glob("*.parquet"), default=path))
    if Path(path).suffix.lower() == ".parquet":
        schema = require("pyarrow.parquet", "arrow").read_schema(path)
    else:
        schema = require("pyarrow", "arrow").ipc.open_file(path).schema
    return _from_schema(schema.metadata or {})


def channels_of(like: Mapping[str, Any]) -> list[str] | None:
    """Channels that the table of `like_options` was made from."""
    text = like.get("like_metadata", {}).get("pumice.channels")
    return None if text is None else json.loads(text)
