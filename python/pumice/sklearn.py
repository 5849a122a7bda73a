"""A transformer of scikit-learn over the same engine: cases in, a row of features each out."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Literal

import numpy as np

from ._device_arrays import DeviceArray, device_array, is_on_device
from ._errors import InputError, PumiceWarning, SkippedWarning, UsageError, in_python
from ._extract import refuse, run_cases, run_files
from ._inputs import (
    Cases,
    as_cases,
    column_names,
    given_names,
    is_frame,
    is_path,
    lenient_cases,
    places_of,
    real_array,
    select,
)
from ._labels import channels_of, like_options
from ._optional import require
from ._options import texts, thread_count, to_core
from ._progress import LOG, place_text, warn
from ._result import feature_block, feature_names
from ._types import Bands, Bytes, Features, Integer, Missing, Names, Precision, Taper, Texts

require("sklearn", "sklearn")
from sklearn.base import BaseEstimator, TransformerMixin  # noqa: E402 - absent, the line above says so
from sklearn.utils.validation import check_array, check_is_fitted  # noqa: E402

# What decides the columns and the values; frozen by fit.
_OF_TABLE = ("missing", "sample_rate", "bands", "nperseg", "overlap", "taper", "precision", "names")
_OF_RUN = ("device", "simd", "memory", "gpu_memory", "pinned_memory", "batch")
_OF_FILES = ("time_column", "header", "delimiter", "decimal", "na")
# How messages call what the columns were frozen by.
_FITTED = "the data of fit"


class FeatureExtractor(TransformerMixin, BaseEstimator):
    """Features of cases as a step of a Pipeline: one row a case, whatever becomes of it, so that y stays aligned.

    X is a sequence of paths (a list, a NumPy array or a pandas Series of text; the same path may come twice), an array
    or a frame (cases, time), an array (cases, channels, time), or a list of arrays (channels, time), of series (time)
    or of frames with a column a channel, each as long as it likes. Cases may be longer or shorter in transform than
    they were in fit. A row describes a whole case, so there is no window. Samples in memory do not say how many there
    are a second: features of spectra need `sample_rate`, and so do the checks of scikit-learn's `check_estimator`.

    Parameters
    ----------
    features, device, missing, sample_rate, channels, channel_names, bands, nperseg, overlap, taper, precision, names,
    time_column, header, delimiter, decimal, na, simd, memory, gpu_memory, pinned_memory, batch,
        progress : as in `pumice.extract`
    like : table that pumice made
        Its columns and settings, instead of `features` and of what the data of fit would give.
    n_jobs : threads; None and -1: all CPUs that this process may use
        None in a worker process of joblib: its share of them.
    on_error : "nan" (default), "fail"
        A case that cannot be used becomes a row without values and a warning, or raises InputError.

    Attributes
    ----------
    channels_ : list of str
        Channels that features are taken of.
    metadata_ : dict
        How the columns are made: what `like` takes.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline                                           # doctest: +SKIP
    >>> make_pipeline(FeatureExtractor(), SimpleImputer(), Ridge()).fit(paths, y)            # doctest: +SKIP
    """

    def __init__(
        self,
        features: Features = None,
        *,
        device: str = "auto",
        missing: Missing | None = None,
        sample_rate: float | None = None,
        like: Any = None,
        n_jobs: Integer = None,
        channels: Texts = None,
        channel_names: Iterable[str] | None = None,
        on_error: Literal["nan", "fail"] = "nan",
        bands: Bands = None,
        nperseg: Integer = None,
        overlap: Integer = None,
        taper: Taper | None = None,
        precision: Precision | None = None,
        names: Names | None = None,
        time_column: str | None = None,
        header: bool | None = None,
        delimiter: str | None = None,
        decimal: str | None = None,
        na: Texts = None,
        simd: str | None = None,
        memory: Bytes = None,
        gpu_memory: Bytes = None,
        pinned_memory: Bytes = None,
        batch: Integer = None,
        progress: bool | None = False,
    ) -> None:
        self.features = features
        self.device = device
        self.missing = missing
        self.sample_rate = sample_rate
        self.like = like
        self.n_jobs = n_jobs
        self.channels = channels
        self.channel_names = channel_names
        self.on_error = on_error
        self.bands = bands
        self.nperseg = nperseg
        self.overlap = overlap
        self.taper = taper
        self.precision = precision
        self.names = names
        self.time_column = time_column
        self.header = header
        self.delimiter = delimiter
        self.decimal = decimal
        self.na = na
        self.simd = simd
        self.memory = memory
        self.gpu_memory = gpu_memory
        self.pinned_memory = pinned_memory
        self.batch = batch
        self.progress = progress

    def fit(self, X: Any, y: Any = None) -> FeatureExtractor:
        """Freezes the columns by the channels that most cases have; computes nothing.

        Of files the first ones are looked at, of a list of cases all.
        """
        x = _input(X, self)
        given = _one_row_a_case(like_options(self.like))
        if given and self.features is not None:
            raise UsageError("features and like both choose the columns: leave one of them out")
        options = given | self._core_options(_OF_TABLE)
        if not given:
            options |= to_core({"features": "core" if self.features is None else self.features})
        if isinstance(x, _Paths):
            options |= self._file_options()
            if self.channels is not None:
                options |= to_core({"channels": self.channels})
            outcome = run_files(x.texts, options, dry_run=True)
            case, names = None, None
        else:
            refuse({name: getattr(self, name) for name in _OF_FILES}, "files", "samples in memory")
            wanted = channels_of(given) if self.channels is None else texts("channels", self.channels)
            case, cases, names = _usual_case(x, self.channel_names, wanted)
            outcome = run_cases(cases, options, dry_run=True)
        self.metadata_ = dict(outcome.metadata)
        self.channels_ = channels_of({"like_metadata": self.metadata_})
        self._seen_channels = self.channels_ if names is None else names
        # Of frames whose columns have other names than the channels.
        self._frame_columns = dict(zip(names or [], column_names(case))) if is_frame(case) else {}
        self._columns = feature_names(outcome)
        _warn(outcome.warnings)
        return self

    def transform(self, X: Any) -> Any:
        """float64 (cases, columns), or the frame that set_output asks for."""
        check_is_fitted(self)
        x = _input(X, self)
        options = self._core_options(()) | {"like": _FITTED, "like_metadata": self.metadata_}
        cases, problems = (None, x.problems) if isinstance(x, _Paths) else self._cases(x)
        if problems and self.on_error == "fail":
            place, reason = next(iter(problems.items()))
            raise InputError(f"case {place}: {reason}")
        if cases is not None and len(problems) == len(x):
            return self._nothing(x, f"case 0 {problems[0]}")
        try:
            if cases is None:
                outcome = run_files(x.texts, options | self._file_options(), progress=self.progress)
            else:
                outcome = run_cases(cases, options, progress=self.progress)
        except InputError as error:
            if self.on_error != "nan":
                raise
            # No file can be read at all, which the library takes as a mistake of the whole call.
            return self._nothing(x, str(error))
        _warn(outcome.warnings)
        self._report(outcome, problems, len(x))
        return np.asarray(feature_block(outcome))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns, `channel__feature`; `input_features` is not looked at."""
        check_is_fitted(self)
        return np.asarray(self._columns, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_columns")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _core_options(self, names: Iterable[str]) -> dict[str, Any]:
        if self.on_error not in ("nan", "fail"):
            raise UsageError(f"on_error={self.on_error!r}: 'nan' or 'fail'; a case that is skipped would have no row")
        options = {name: getattr(self, name) for name in (*_OF_RUN, *names)}
        options |= {"on_error": self.on_error, "threads": thread_count(self.n_jobs, None) or _threads_of_worker()}
        return to_core(options)

    def _file_options(self) -> dict[str, Any]:
        return self._core_options(_OF_FILES) | {"inputs_are_recordings": True}

    def _cases(self, x: Any) -> tuple[Cases, dict[int, str]]:
        """Cases with the channels of fit, and what is wrong with some of a list."""
        names = given_names(self.channel_names) or self._seen_channels
        if isinstance(x, list):
            return lenient_cases(x, names, self.channels_, self._frame_columns)
        count = 1 if x.ndim == 2 else x.shape[1]
        if count != len(names):
            raise UsageError(f"X has {count} channels, but FeatureExtractor was fitted with {', '.join(names)}")
        problems = dict.fromkeys(range(len(x)), "has no samples") if x.shape[-1] == 0 else {}
        return select(as_cases(x, names, None), self.channels_), problems

    def _nothing(self, x: Sized, first: str) -> np.ndarray:
        """Rows without values, and why."""
        _warn([f"none of the {len(x)} cases can be used, their rows are NaN; {first}"], SkippedWarning)
        return np.full((len(x), len(self._columns)), np.nan)

    def _report(self, outcome: Any, problems: Mapping[int, str], count: int) -> None:
        """One warning for all cases that could not be used; the log has each."""
        # Both are in the order of cases.
        known = {f"case {i}": reason for i, reason in problems.items()}
        no_paths = iter(known.items())
        lines = []
        for problem in outcome.skipped:
            file, reason = problem["file"], place_text(problem) + problem["reason"]
            if file == "":
                file, reason = next(no_paths)
            lines.append(f"{file}: {known.get(file, reason)}")
        for line in lines:
            LOG.info("%s; its row is NaN", line)
        if lines:
            rows = "its row is" if len(lines) == 1 else "their rows are"
            _warn(
                [f"{len(lines)} of {count} cases could not be used, {rows} NaN; the first: {lines[0]}"], SkippedWarning
            )


class _Paths:
    """A file a case. What is no path has the text "", which no file has."""

    def __init__(self, items: list[Any]):
        self.texts: list[str] = []
        self.problems: dict[int, str] = {}
        for i, item in enumerate(items):
            text = os.fspath(item) if is_path(item) else ""
            if not isinstance(text, str) or not _is_unicode(text):
                self.problems[i] = f"its path is no Unicode text: {item!r}"
                text = ""
            elif text == "":
                self.problems[i] = f"is no path: {item!r}"
            self.texts.append(text)

    def __len__(self) -> int:
        return len(self.texts)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _input(X: Any, estimator: FeatureExtractor) -> _Paths | list | np.ndarray | DeviceArray:
    """Paths; a list of cases; or real numbers (cases, time) or (cases, channels, time)."""
    if is_path(X):
        raise UsageError("X is a sequence of paths, one a case; a single path was given")
    if isinstance(X, Mapping) and not hasattr(X, "shape"):  # a sparse array may be both
        raise UsageError("X is a sequence of cases; a mapping was given")
    if isinstance(X, Iterator):
        raise UsageError("X is an iterator, which gives its cases but once, and fit and transform both read them")
    if isinstance(X, (list, tuple)) and len(X) == 0:
        raise UsageError("X has no case")
    items = _items(X)
    first = next((item for item in items if is_path(item) or _is_case(item)), None)
    if is_path(first):
        return _Paths(items)
    if first is not None or (items and all(map(_is_nothing, items))):
        return items
    return _array(X, estimator)


def _items(X: Any) -> list[Any]:
    """What stands in a sequence or in one column; nothing of a block of numbers."""
    if isinstance(X, (list, tuple)):
        return list(X)
    if is_frame(X):
        column = X[X.columns[0]] if X.shape[1] == 1 else ()
        return [] if _is_numeric(column) else list(column)
    if len(getattr(X, "shape", ())) == 1 or isinstance(X, Sequence):
        return [] if _is_numeric(X) else list(X)
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == 1 and X.dtype.kind in "OUT":
        return list(X[:, 0])
    return []


def _is_numeric(X: Any) -> bool:
    dtype = getattr(X, "dtype", None)
    is_numeric = getattr(dtype, "is_numeric", None)  # polars
    return is_numeric() if callable(is_numeric) else getattr(dtype, "kind", "O") in "biufc"


def _is_case(item: Any) -> bool:
    """Samples of a case in a list: not a single number."""
    return isinstance(item, (list, tuple)) or len(getattr(item, "shape", ())) > 0


def _is_nothing(item: Any) -> bool:
    """None, NaN, or pandas' word for it, in the place of a case."""
    return item is None or (isinstance(item, float) and item != item) or type(item).__name__ in ("NAType", "NaTType")


def _array(X: Any, estimator: FeatureExtractor) -> np.ndarray | DeviceArray:
    x: Any = device_array(X)
    if x is None:
        if is_on_device(X) or np.ma.isMaskedArray(X):
            X = real_array(X, "X")
        x = check_array(X, ensure_all_finite=False, allow_nd=True, estimator=estimator, input_name="X")
    if x.ndim not in (2, 3):
        raise UsageError(f"X has {x.ndim} axes: say (cases, time) or (cases, channels, time)")
    if x.ndim == 3 and 0 in x.shape[:2]:
        raise UsageError(f"X has the shape {x.shape}: there are no samples")
    return x if isinstance(x, DeviceArray) else real_array(x, "X")


def _usual_case(
    x: list | np.ndarray | DeviceArray, channel_names: Iterable[str] | None, wanted: list[str] | None
) -> tuple[Any, Cases, list[str]]:
    """The first case that can be read of those that have the channels that most have; of it those wanted (None: all);
    the names of all its channels. Columns of frames that are not wanted may hold anything."""
    if not isinstance(x, list):
        x = [x[0]]
    given = given_names(channel_names)
    if given is not None and wanted is not None:
        places_of(given, wanted)
    columns = wanted if given is None else None  # that a frame is to have
    channels = [_channels(case, columns) for case in x]
    count = Counter(one for one in channels if one is not None)
    groups = sorted(count, key=count.__getitem__, reverse=True)  # stable: the first where two are as frequent
    of_frames = [list(one) for one in groups if isinstance(one, tuple)]
    if columns is not None and 0 < len(groups) == len(of_frames) and all(set(columns) - set(one) for one in of_frames):
        places_of(of_frames[0], columns)
    problem = ""
    for usual in groups:
        for i in (i for i, one in enumerate(channels) if one == usual):
            case = x[i]
            try:
                if is_frame(case):
                    return case, as_cases([case], given, None, wanted), given or column_names(case)
                cases = as_cases([case], given, None)
            except (TypeError, ValueError) as error:
                text = str(error).replace("case 0 ", f"case {i} ", 1)
                problem = problem or (text if text.startswith("case ") else f"case {i}: {text}")
            else:
                return case, cases if wanted is None else select(cases, wanted), cases.channels
    problem = problem or f"case 0 {'has no samples' if _is_case(x[0]) else f'is {x[0]!r}'}"
    raise InputError(f"none of the {len(x)} cases can be read; {problem}")


def _channels(case: Any, wanted: list[str] | None) -> tuple[str, ...] | int | None:
    """Names of a frame's channels, in an order of their own, those wanted alone where it has them, or the number of an
    array's; None: no sample."""
    if not _is_case(case):
        return None
    if is_frame(case):
        names = set(column_names(case))
        names = set(wanted) if wanted is not None and names.issuperset(wanted) else names
        return tuple(sorted(names)) if len(case) > 0 else None
    try:
        shape = np.shape(case)
    except ValueError:  # a list of lists of different lengths
        return None
    if len(shape) not in (1, 2) or 0 in shape:
        return None
    return 1 if len(shape) == 1 else shape[0]


def _one_row_a_case(like: dict[str, Any]) -> dict[str, Any]:
    """Refuses a table that has several rows a case."""
    if not like:
        return like
    metadata = like.get("like_metadata")
    if metadata is None:
        raise UsageError("like: a table in memory, a Parquet or an Arrow file; others do not say enough")
    for key, usual in (("window", None), ("layout", "wide")):
        value = json.loads(metadata.get(f"pumice.{key}", "null"))
        if value not in (None, usual):
            raise UsageError(f"like: the table was made with {key}={value!r}, and a case is one row here")
    return like


def _threads_of_worker() -> int | None:
    """Threads that joblib gives each of its processes, as it tells OpenMP; None elsewhere."""
    if not multiprocessing.current_process().name.startswith("Loky"):
        return None
    share = os.environ.get("OMP_NUM_THREADS", "")
    return int(share) if share.isdigit() and int(share) > 0 else None


def _warn(lines: Iterable[str], category: type[Warning] = PumiceWarning) -> None:
    for line in lines:
        warn(in_python(line), category)
