"""`extract_frame`: samples in frames, as tsfresh takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from . import _core
from ._errors import UsageError, check_text
from ._extract import OF_FILES, refuse_unknown, run_cases, settings_options
from ._frame_keys import Key, column_of, cut_at_ids, order_of
from ._frame_table import Rows, joined
from ._inputs import Cases, is_frame, real_array
from ._labels import channels_of, decoded, like_options
from ._options import feature_texts, texts
from ._progress import report
from ._result import check_output

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from ._types import FrameOptions, Output


@overload
def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = ...,
    column_kind: str | None = ...,
    column_value: str | None = ...,
    *,
    output: Literal["pandas"] = "pandas",
    **options: Unpack[FrameOptions],
) -> pd.DataFrame: ...
@overload
def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = ...,
    column_kind: str | None = ...,
    column_value: str | None = ...,
    *,
    output: Literal["arrow"],
    **options: Unpack[FrameOptions],
) -> pa.Table: ...
@overload
def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = ...,
    column_kind: str | None = ...,
    column_value: str | None = ...,
    *,
    output: Literal["polars"],
    **options: Unpack[FrameOptions],
) -> pl.DataFrame: ...
@overload
def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = ...,
    column_kind: str | None = ...,
    column_value: str | None = ...,
    *,
    output: Literal["numpy"],
    **options: Unpack[FrameOptions],
) -> NDArray[np.float64]: ...
def extract_frame(
    frame: Any,
    column_id: str,
    column_sort: str | None = None,
    column_kind: str | None = None,
    column_value: str | None = None,
    *,
    output: Output = "pandas",
    **options: Unpack[FrameOptions],
) -> Any:
    """Features of series that lie in one frame: a row an id, as `tsfresh.extract_features` gives it.

    Parameters
    ----------
    frame : frame of pandas or polars, table of Arrow, or a mapping from kind to these
        Long (a row a sample and kind, `column_kind` and `column_value` given) or wide (a row a sample, a column a
        kind).
    column_id : the column that says which series a row belongs to
    column_sort : the column that says in which order samples come; None: as they stand
        Categories have the order that their type gives them, as in `sort_values` of pandas and `sort` of polars.
    column_kind, column_value : of a long frame. `column_value` alone: one kind of that name.
    output : "pandas", "arrow", "polars", "numpy", as in `extract`; ids are in the column `segment_id`
    options : those of `extract` that hold for samples in memory

    Returns
    -------
    pandas.DataFrame, or what `output` says
        Index: the ids, sorted, without a name (with windows: `segment_id`, `window`); columns `kind__feature`. Ids that
        are tuples of one length, as `roll_time_series` of tsfresh makes them, are a MultiIndex of levels without names.
        Series of an id may differ in length from kind to kind, and one that is not there, or has no whole window, has
        no values.

    Raises
    ------
    UsageError : a column that is not there, an id that is missing, values that are no numbers
    """
    check_output(output)
    return frame_rows(frame, column_id, column_sort, column_kind, column_value, options).to(output)


def frame_rows(
    frame: Any,
    column_id: str,
    column_sort: str | None,
    column_kind: str | None,
    column_value: str | None,
    options: Mapping[str, Any],
    is_part: bool = False,
) -> Rows:
    """What `extract_frame` makes a table of. That a part of a larger frame gives no rows is no error."""
    _refuse_unknown(options)
    like = like_options(options.get("like"))
    wanted = channels_of(like) if options.get("channels") is None else texts("channels", options["channels"])
    if isinstance(frame, Mapping):
        if column_kind is not None:
            raise UsageError("column_kind goes with one frame; the keys are the kinds already")
        kinds = {}
        for kind in _chosen(frame, wanted):
            part = _frame(frame[kind])
            names = _value_columns(part, column_id, column_sort, column_value)
            if len(names) > 1:
                names = ", ".join(map(str, names))
                raise UsageError(f"column_value: which of {names} holds the samples of kind `{kind}`?")
            kinds[_new(str(kind), kinds)] = next(iter(_wide(part, column_id, column_sort, names).values()))
    elif column_kind is not None:
        kinds = _long(_frame(frame), column_id, column_sort, column_kind, column_value, wanted)
    else:
        frame = _frame(frame)
        names = _chosen(_value_columns(frame, column_id, column_sort, column_value), wanted)
        kinds = _wide(frame, column_id, column_sort, names)
    if wanted is not None:
        kinds = {name: kinds[name] for name in wanted}
    rows = _run(kinds, options, like, is_part)
    report(SimpleNamespace(**rows.about, inputs=len(rows.ids)))
    return rows


class _Series:
    """All series of one kind: samples [sum of counts], id after id."""

    def __init__(self, ids: np.ndarray, starts: np.ndarray, counts: np.ndarray, samples: np.ndarray):
        self.ids, self.starts, self.counts, self.samples = ids, starts, counts, samples

    def key(self) -> Any:
        """Equal for kinds whose series are of the same ids and lengths."""
        ids = tuple(self.ids) if self.ids.dtype == object else self.ids.tobytes()
        return self.ids.dtype.str, ids, self.counts.tobytes()


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    refuse_unknown(options, "extract_frame", {"x", "ids", "channel_names", "output", "labels", *OF_FILES})


def _new(name: str, names: Mapping[str, Any]) -> str:
    if name in names:
        raise UsageError(f"two kinds are named `{name}`")
    check_text("the name of a kind", name)
    return name


def _chosen(kinds: Iterable[Any], wanted: Sequence[str] | None) -> list[Any]:
    """Of kinds those whose names are wanted, as they come; None: all."""
    kinds = list(kinds)
    if wanted is None:
        return kinds
    known = {str(kind) for kind in kinds}
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no kind `{name}` among {', '.join(map(str, kinds))}")
    names = set(wanted)
    return [kind for kind in kinds if str(kind) in names]


def _samples(frame: Any, name: str) -> np.ndarray:
    return real_array(column_of(frame, name).to_numpy(), f"column `{name}`")


def _frame(frame: Any) -> Any:
    """A frame of pandas or polars, with rows; of a table of Arrow, too."""
    if hasattr(frame, "column_names") and hasattr(frame, "to_pandas"):
        frame = frame.to_pandas()
    if hasattr(frame, "collect_schema") and not is_frame(frame):
        raise UsageError("the frame is a LazyFrame, which has no rows yet: say .collect()")
    if not is_frame(frame):
        raise UsageError(f"a frame of pandas or polars is expected, not {type(frame).__name__}")
    if len(frame) == 0:
        raise UsageError("the frame has no rows")
    return frame


def _value_columns(frame: Any, column_id: str, column_sort: str | None, column_value: str | None) -> list[Any]:
    """Those of samples in a frame without kinds."""
    if column_value is not None:
        return [column_value]
    names = [name for name in frame.columns if name not in (column_id, column_sort)]
    if not names:
        raise UsageError("the frame has no column beside those of ids and order")
    return names


def _wide(frame: Any, column_id: str, column_sort: str | None, names: list[Any]) -> dict[str, _Series]:
    """`names`: of the columns that are kinds."""
    key, order = order_of(frame, column_id, column_sort)
    ids = key.values if order is None else key.values[order]
    cut = cut_at_ids(key, ids)
    out = {}
    for name in names:
        _new(str(name), out)
        try:
            samples = _samples(frame, name)
        except UsageError as error:
            hint = "; `channels` says which columns are of samples" if len(names) > 1 else ""
            raise UsageError(f"{error}{hint}") from None
        out[str(name)] = _Series(*cut, samples if order is None else samples[order])
    return out


def _long(
    frame: Any,
    column_id: str,
    column_sort: str | None,
    column_kind: str,
    column_value: str | None,
    wanted: Sequence[str] | None,
) -> dict[str, _Series]:
    if column_value is None:
        rest = [c for c in frame.columns if c not in (column_id, column_sort, column_kind)]
        if len(rest) != 1:
            raise UsageError(f"column_value: which of {', '.join(map(str, rest)) or 'no column'} holds the samples?")
        column_value = rest[0]
    of_kinds = Key.of(frame, column_kind, "kind")
    try:
        kinds, codes = np.unique(of_kinds.values, return_inverse=True)
    except TypeError as error:
        raise UsageError(f"column `{column_kind}` holds what has no order: {error}") from None
    samples = _samples(frame, column_value)
    ids, order = order_of(frame, column_id, column_sort)
    codes = codes if order is None else codes[order]
    by_kind = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(kinds)))
    by_kind = by_kind if order is None else order[by_kind]
    names = of_kinds.named(kinds)
    chosen = set(_chosen(names, wanted))
    out = {}
    for kind, rows in zip(names, np.split(by_kind, ends[:-1])):
        if kind in chosen:
            out[_new(str(kind), out)] = _Series(*cut_at_ids(ids, ids.values[rows]), np.ascontiguousarray(samples[rows]))
    return out


def _run(kinds: dict[str, _Series], options: Mapping[str, Any], like: Mapping[str, Any], is_part: bool) -> Rows:
    """Kinds whose series are of the same ids and lengths in one run, others each in one of their own."""
    groups: dict[Any, list[str]] = {}
    for name, series in kinds.items():
        groups.setdefault(series.key(), []).append(name)
    options = {name: value for name, value in options.items() if name != "channels"}
    if len(groups) == 1:
        return _run_group(kinds, options, is_part)
    features = options.get("features")
    about = decoded(like["like_metadata"]) if like else {}
    columns = _Columns(about.get("features", []), kinds)
    selections = _Columns(feature_texts(features) if features is not None and not like else [], kinds)
    runs: list[tuple[dict[str, _Series], dict[str, Any]]] = []
    for group in groups.values():
        of_group: dict[str, Any] = {}
        if like:
            # What a table of these kinds alone would say of itself.
            of_group["like"] = about | {"channels": group, "features": columns.of(group)}
        elif features is not None:
            of_group["features"] = selections.of(group)
        if of_group.get("features") != [] and (not like or of_group["like"]["features"]):
            runs.append(({name: kinds[name] for name in group}, options | of_group))
    parts = [_run_group(*run, is_part=True) for run in runs]
    if not is_part:
        _tell_of_kinds_without_rows(runs, parts)
    return joined(parts, list(kinds))


def _tell_of_kinds_without_rows(runs: list[tuple[dict[str, _Series], dict[str, Any]]], parts: list[Rows]) -> None:
    """A warning; where no kind has rows, the error of the one that is nearest to it."""
    if not any(len(part.ids) for part in parts):
        _run_group(*max(runs, key=lambda run: max(series.counts.max() for series in run[0].values())), is_part=False)
    for (kinds, _), part in zip(runs, parts):
        if len(part.ids) == 0 and not part.about["skipped"]:
            names = ", ".join(f"`{name}`" for name in kinds)
            part.about["warnings"].append(f"no series of {names} has a whole window: there are no values of it")


class _Columns:
    """Columns or selections, by the kinds that they are of: those that name none are of all."""

    def __init__(self, texts: list[str], kinds: Iterable[str]):
        self._texts = texts
        self._all: list[int] = []
        self._of_kind: dict[str, list[int]] = {}
        by_code = {_core.encode_channel(name): name for name in kinds}
        for i, text in enumerate(texts):
            ends = (match.start() for match in re.finditer(r"(?=__|\|)", text))
            owner = next((by_code[text[:end]] for end in ends if text[:end] in by_code), None)
            (self._all if owner is None else self._of_kind.setdefault(owner, [])).append(i)

    def of(self, kinds: Iterable[str]) -> list[str]:
        """In the order that they were given in."""
        return [self._texts[i] for i in sorted(self._all + [i for kind in kinds for i in self._of_kind.get(kind, [])])]


def _run_group(kinds: dict[str, _Series], options: dict[str, Any], is_part: bool) -> Rows:
    first = next(iter(kinds.values()))
    options = dict(options)
    count, width = len(first.ids), len(kinds)
    pieces = np.empty((count, width, 3), np.int64)
    pieces[:, :, 0] = np.arange(width)
    pieces[:, :, 1] = first.starts[:, None]
    pieces[:, :, 2] = first.counts[:, None]
    cases = Cases(
        list(kinds), [str(i) for i in range(count)], [s.samples for s in kinds.values()], pieces.reshape(-1, 3)
    )
    progress = options.pop("progress", None)
    core = settings_options({"device": "auto", "on_error": "skip", **options})
    outcome = run_cases(cases, core, progress=progress, is_part=is_part)
    return Rows.of(outcome, first.ids)
