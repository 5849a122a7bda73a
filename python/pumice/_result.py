"""From what a run gave to tables of pandas, Arrow, polars or NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import UnavailableError, UsageError
from ._labels import decoded
from ._optional import require

OUTPUTS = ("pandas", "arrow", "polars", "numpy")
# Columns of a table that are no feature; the order is that of the index.
INDEX = ("segment_id", "window", "channel")
_PLACE = ("start_sample", "start_time")


class Metadata(dict):
    """How a table was made. Frames copy their attrs at every step: this one is shared instead, so leave it as it is."""

    def __copy__(self) -> Metadata:
        return self

    def __deepcopy__(self, memo: dict) -> Metadata:
        return self


# What is told of a run, and is no part of how its table was made.
_TOLD = ("skipped", "left_out", "warnings")


def settings_of(about: Metadata) -> dict[str, Any]:
    """What files keep of it."""
    return {key: value for key, value in about.items() if key not in _TOLD}


def metadata_of(outcome: Any) -> Metadata:
    """The table's metadata, read from their JSON, with the inputs that were skipped and what warnings there were."""
    out = Metadata(decoded(outcome.metadata))
    out["units"] = {name: unit for name, _, unit in outcome.columns if unit}
    out["skipped"] = outcome.skipped
    out["left_out"] = outcome.left_out
    out["warnings"] = outcome.warnings
    return out


def check_output(output: str) -> None:
    if output not in OUTPUTS:
        raise UsageError(f"output={output!r}: {', '.join(OUTPUTS[:-1])} or {OUTPUTS[-1]}")
    if output == "pandas":
        try:
            require("pandas", "pandas")
        except UnavailableError as error:
            raise UnavailableError(f"{error}; output='polars', 'arrow' and 'numpy' do without it") from error
    elif output == "arrow":
        require("pyarrow", "arrow")
    elif output == "polars":
        require("polars", "polars")


def to_output(outcome: Any, output: str) -> Any:
    if output == "numpy":
        return feature_block(outcome)
    if output == "arrow":
        return require("pyarrow", "arrow").table(outcome)
    if output == "polars":
        return require("polars", "polars").DataFrame(outcome)
    return to_pandas(outcome)


def _first_feature(outcome: Any) -> int:
    """Columns before the features: what a row is of."""
    first = 0
    while outcome.columns[first][0] in INDEX + _PLACE:
        first += 1
    return first


def row_columns(outcome: Any) -> dict[str, np.ndarray]:
    """What a row is of, and where it lies: the columns before the features."""
    out: dict[str, np.ndarray] = {}
    numbers = 0
    for i, (name, kind, _) in enumerate(outcome.columns[: _first_feature(outcome)]):
        if kind == "number":
            out[name] = outcome.numbers[:, numbers]
            numbers += 1
        else:
            out[name] = np.asarray(outcome.other(i)[0])
    return out


def index_levels(outcome: Any) -> list[str]:
    """Names of the index' levels."""
    return [name for name, _, _ in outcome.columns[: _first_feature(outcome)] if name in INDEX]


def feature_names(outcome: Any) -> list[str]:
    first = _first_feature(outcome)
    return [name for name, _, _ in outcome.columns[first : first + outcome.feature_columns]]


def feature_block(outcome: Any) -> np.ndarray:
    """float64 [rows][features], a column's rows one after the other; no copy."""
    first = sum(kind == "number" for _, kind, _ in outcome.columns[: _first_feature(outcome)])
    return outcome.numbers[:, first : first + outcome.feature_columns]


def to_pandas(outcome: Any) -> Any:
    pd = require("pandas", "pandas")
    frame = pd.DataFrame(feature_block(outcome), index=_index(pd, outcome), columns=feature_names(outcome), copy=False)
    for name, values in _labels(pd, outcome):
        frame[name] = values
    frame.attrs["pumice"] = metadata_of(outcome)
    return frame


def _index(pd: Any, outcome: Any) -> Any:
    levels = {
        name: _other(pd, outcome, i)
        for i, (name, _, _) in enumerate(outcome.columns[: _first_feature(outcome)])
        if name in INDEX
    }
    if len(levels) == 1:
        return pd.Index(levels["segment_id"], name="segment_id")
    return pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels))


def _labels(pd: Any, outcome: Any) -> list[tuple[str, Any]]:
    first = _first_feature(outcome) + outcome.feature_columns
    number = sum(kind == "number" for _, kind, _ in outcome.columns[:first])
    out = []
    for i, (name, kind, _) in enumerate(outcome.columns[first:], first):
        if kind == "number":
            out.append((name, outcome.numbers[:, number]))
            number += 1
        else:
            out.append((name, _other(pd, outcome, i)))
    return out


def _other(pd: Any, outcome: Any, column: int) -> Any:
    values, exists = outcome.other(column)
    if exists is None:
        return values
    missing = np.asarray(exists) == 0
    if isinstance(values, list):
        return pd.array([None if gone else value for value, gone in zip(values, missing)], dtype="str")
    return pd.arrays.IntegerArray(np.array(values), missing)
