"""What a table's columns are: features with their units, labels, places; their names as people read them."""

from __future__ import annotations

import difflib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._errors import InputError, UsageError
from ._inputs import is_path
from ._labels import ARROW_FILES, _file_metadata, decoded, read_frame
from ._optional import require
from ._result import INDEX, Metadata

if TYPE_CHECKING:
    import pandas as pd

# What a row is of, which is no feature.
PLACES = ("segment_id", "window", "channel", "start_sample", "start_time")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass
class Table:
    """A frame of pandas with what its columns are. `units`: of features, as the catalogue writes them."""

    frame: Any
    features: list[str]
    labels: list[str]
    units: dict[str, str]
    metadata: dict[str, Any]

    @property
    def channels(self) -> list[str]:
        """In the order of the table."""
        if "channels" in self.metadata:
            return list(self.metadata["channels"])
        return list(dict.fromkeys(parts[0] for parts in map(parsed, self.features) if parts))

    @property
    def segment_ids(self) -> list[Any]:
        """Of the rows."""
        if "segment_id" in self.frame.index.names:
            return list(self.frame.index.get_level_values("segment_id"))
        return list(self.frame["segment_id"]) if "segment_id" in self.frame.columns else list(self.frame.index)

    @property
    def rows(self) -> str:
        """What its rows are, in the plural."""
        return "windows" if "window" in [*self.frame.index.names, *self.frame.columns] else "segments"

    def of_channel(self, channel: str, feature: str) -> Any:
        """A column's values as float64, None where the table has none."""
        name = f"{_core.encode_channel(channel)}__{feature}"
        return numbers(self.frame[name]) if name in self.features else None

    def column(self, name: str) -> np.ndarray:
        """Values of a feature or a label as float64."""
        if name not in self.frame.columns:
            known = [str(one) for one in self.frame.columns]
            near = difflib.get_close_matches(str(name), known, 3, 0.4) or known[:3]
            raise UsageError(f"the table has no column `{name}`; the nearest: {', '.join(near)}")
        return numbers(self.frame[name])


def as_table(frame: Any) -> Table:
    """A frame or file that pumice made, or one like it: columns that read as features are features. A Table
    is given back."""
    if isinstance(frame, Table):
        return frame
    pd = require("pandas", "pandas")
    frame = read_table(frame) if is_path(frame) else frame
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"a pandas frame is expected, as pumice.extract gives it, not {type(frame).__name__}")
    if len(frame) == 0:
        raise UsageError("the table has no row")
    if len(set(frame.columns)) != len(frame.columns):
        twice = frame.columns[frame.columns.duplicated()][0]
        raise UsageError(f"the table has the column `{twice}` twice")
    metadata = frame.attrs.get("pumice", {})
    units = metadata.get("units", {})
    if metadata.get("layout") == "long" or "channel" in [*frame.index.names, *frame.columns]:
        raise UsageError("the table has a row a channel: make it with layout='wide'")
    names = [str(name) for name in frame.columns if name not in PLACES]
    features = [name for name in names if name in units or parsed(name)]
    features = [name for name in features if pd.api.types.is_numeric_dtype(frame[name].dtype)]
    if not features:
        raise UsageError("the table has no column of a feature, as sensor_1__mean is one")
    known = set(features)
    labels = [name for name in names if name not in known]
    return Table(frame, features, labels, units, metadata)


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """A file that `pumice extract` wrote, as pumice.extract gives it: a pandas frame with the index `segment_id`,
    features of float64 and, where the file says how it was made, `attrs["pumice"]`, in which are the units. Parquet and
    Arrow files say so themselves; of .csv and .npy the `.meta.json` beside them does. Of a folder, as `to_parquet` of
    `pumice.dask` writes it, all .parquet files are read, `part.10` after `part.2`.

    Raises InputError for a file that is not there or no table, UsageError for another ending.
    """
    if not is_path(path):
        raise UsageError(f"read_table takes a path, not {type(path).__name__}")
    path = os.fspath(path)
    ending = Path(path).suffix.lower()
    if os.path.isdir(path):
        return _of_parts(path)
    if os.path.exists(path) and ending not in (*ARROW_FILES, ".csv", ".tsv", ".txt", ".npy"):
        raise UsageError(f"{path}: a table is .parquet, .arrow, .feather, .csv, .tsv or .npy")
    described = _described(path) if ending in (".csv", ".npy") and os.path.exists(path) else None
    if described is not None:
        frame, metadata = described
    else:
        frame = read_frame(path)
        metadata = decoded(_file_metadata(path)) if ending in ARROW_FILES else {}
        # A text does not say of whole numbers whether they are features, which are float64, or labels.
        kinds = {name: np.float64 for name in frame.columns if frame[name].dtype.kind in "iu" and parsed(str(name))}
        frame = frame.astype(kinds)
    index = [name for name in INDEX if name in frame.columns]
    # Dask has no MultiIndex: what it writes has the other levels as columns.
    frame = frame.set_index(index, append="segment_id" in frame.index.names) if index else frame
    if metadata:
        frame.attrs["pumice"] = Metadata(metadata)
    return frame


def table_parts(folder: str) -> list[str]:
    """The .parquet files that a folder holds, in the order of the numbers in their names."""

    def key(name: str) -> list[Any]:  # texts and numbers by turns
        return [int(piece) if i % 2 else piece for i, piece in enumerate(re.split(r"([0-9]+)", name))]

    names = [name for name in os.listdir(folder) if name.endswith(".parquet") and not name.startswith((".", "_"))]
    return [os.path.join(folder, name) for name in sorted(names, key=key)]


def _of_parts(folder: str) -> Any:
    parts = table_parts(folder)
    if not parts:
        raise UsageError(f"{folder}: a folder is a table where it holds .parquet files, and it has none")
    frames = [read_table(part) for part in parts]
    for part, frame in zip(parts, frames):
        if list(frame.columns) != list(frames[0].columns) or frame.index.names != frames[0].index.names:
            raise InputError(f"{part}: has other columns than {parts[0]}: is it of another table?", {"file": part})
    out = require("pandas", "pandas").concat(frames)
    out.attrs = frames[0].attrs
    return out


def _described(path: str) -> tuple[Any, dict[str, Any]] | None:
    """A .csv or .npy as the `.meta.json` beside it describes it, and how it was made; None of a text beside which there
    is none, or that of a table with other columns."""
    beside = f"{path}.meta.json"
    if path.lower().endswith(".csv") and not os.path.exists(beside):
        return None
    pd = require("pandas", "pandas")
    columns = _core.read_table(path)  # refuses a description that is none
    try:
        about = json.loads(Path(beside).read_text(encoding="utf-8"))
        metadata = decoded(about["metadata"])
    except (OSError, ValueError) as error:
        raise InputError(f"{beside}: cannot be read: {error}", {"file": beside}) from error
    if [column["name"] for column in about["columns"]] != [name for name, *_ in columns]:
        return None
    metadata["units"] = {column["name"]: column["unit"] for column in about["columns"] if column.get("unit")}
    series = {name: column_values(kind, values, exists) for name, kind, values, exists in columns}
    return pd.DataFrame(series, copy=False), metadata


def column_values(kind: str, values: Any, exists: np.ndarray) -> Any:
    """As `to_pandas` has those of a column of the library's."""
    pd = require("pandas", "pandas")
    gone = exists == 0
    if kind == "text":
        return pd.array([None if missing else one for one, missing in zip(values, gone)], dtype="str")
    return pd.arrays.IntegerArray(values, gone) if kind == "integer" and gone.any() else values


def numbers(values: Any) -> np.ndarray:
    """float64; NaN where there is no value."""
    try:
        return values.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise UsageError(f"column `{values.name}` holds something else than numbers") from None


def parsed(column: str) -> tuple[str, str, str, dict[str, str]] | None:
    """(channel, derivation, feature, parameters), or None of a column that is no feature in the default naming."""
    try:
        return _core.parse_column(column)
    except UsageError:
        return None


def readable(column: str) -> str:
    """ "sensor_1 band_power 2-4.5 Hz" of sensor_1__band_power__from_2__to_4.5."""
    parts = parsed(column)
    if parts is None:
        return column
    channel, derivation, feature, parameters = parts
    signal = {"": channel, "abs": f"|{channel}|", "diff": f"{channel} diff"}.get(derivation, f"{channel}|{derivation}")
    rest = dict(parameters)
    words = [signal, feature]
    if {"from", "to"} <= set(rest):
        words.append(f"{rest.pop('from')}-{rest.pop('to')} Hz")
    words += [f"{name} {value}" for name, value in rest.items()]
    return " ".join(words)


def unit_text(unit: str, signal: str | None) -> str:
    """ "counts²" of "{x}^2"; empty for a plain number. `signal`: the unit of the samples, None: not known."""
    if unit in ("", "1"):
        return ""
    out = unit.replace("{x}", signal or "units")
    head, *powers = out.split("^")
    for power in powers:
        digits = len(power) - len(power.lstrip("-0123456789"))
        head += power[:digits].translate(_SUPERSCRIPTS) + power[digits:]
    return head
