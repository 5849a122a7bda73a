"""`extract`: the one entry."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from . import _core, _device_arrays
from ._device_arrays import DeviceArray
from ._errors import UsageError
from ._inputs import Cases, as_cases, as_paths, listed
from ._labels import channels_of, labels_options, like_options
from ._options import texts, thread_count, to_core
from ._progress import Bar, on_message, report
from ._result import check_output, to_output
from ._types import (
    Bands,
    Bytes,
    ExtractOptions,
    Features,
    Integer,
    Layout,
    Missing,
    Names,
    OnError,
    Output,
    Precision,
    Taper,
    Texts,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray
    from typing_extensions import Unpack

# Arguments that say how files are found and read.
OF_FILES = ("recursive", "id", "time_column", "header", "delimiter", "decimal", "na")


@overload
def extract(x: Any, *, output: Literal["pandas"] = "pandas", **options: Unpack[ExtractOptions]) -> pd.DataFrame: ...
@overload
def extract(x: Any, *, output: Literal["arrow"], **options: Unpack[ExtractOptions]) -> pa.Table: ...
@overload
def extract(x: Any, *, output: Literal["polars"], **options: Unpack[ExtractOptions]) -> pl.DataFrame: ...
@overload
def extract(x: Any, *, output: Literal["numpy"], **options: Unpack[ExtractOptions]) -> NDArray[np.float64]: ...
def extract(
    x: Any,
    *,
    features: Features = None,
    device: str = "auto",
    missing: Missing | None = None,
    sample_rate: float | None = None,
    labels: Any = None,
    window: str | None = None,
    hop: str | None = None,
    like: Any = None,
    n_jobs: Integer = None,
    output: Output = "pandas",
    channels: Texts = None,
    channel_names: Iterable[str] | None = None,
    ids: Iterable[Any] | None = None,
    on_error: OnError = "skip",
    bands: Bands = None,
    nperseg: Integer = None,
    overlap: Integer = None,
    taper: Taper | None = None,
    precision: Precision | None = None,
    names: Names | None = None,
    layout: Layout | None = None,
    recursive: bool | None = None,
    id: str | None = None,
    time_column: str | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    na: Texts = None,
    threads: Integer = None,
    simd: str | None = None,
    memory: Bytes = None,
    gpu_memory: Bytes = None,
    pinned_memory: Bytes = None,
    batch: Integer = None,
    progress: bool | None = None,
) -> Any:
    """Features of segments: a row a segment, a column a channel and feature.

    Parameters
    ----------
    x : what to read
        Files: a path, a directory, a pattern, or a list of them. Samples in memory: an array (cases, channels, time),
        (cases, time) or (time); a list of arrays (channels, time) or of series (time), each as long as it likes; a
        frame of pandas or polars or a table of Arrow (one case, a column a channel) or a list of them; a mapping from
        ids to any of these. Arrays on a GPU (`__cuda_array_interface__`, DLPack) are read there where that GPU
        computes, else copied.
    features : set, columns, or channel -> features, default "core"
        A set ("basic", "core"), a family, a feature, a column's name, a list of these, or a dict channel -> these.
        `pumice features` on the command line lists them.
    device : "auto", "cpu", "cuda", "cuda:1", "cuda:0,1", "cuda:all", "all"
    missing : "skip" (default), "zero", "ffill", "interpolate", "nan"
        What a missing sample (NaN, an empty cell) becomes. Infinite samples are missing.
    sample_rate : float, Hz
        Default: what a time column of the files says; 100 Hz where they have INGV's shape.
    labels : path, frame, series or mapping
        Columns that are joined by segment id. Ids are in the column `segment_id`, `segment` or `id`, else in the index
        of a frame or series; the index of a frame has a name, or is no mere count of rows. Of a file it is the first
        column where none has such a name. A mapping is from ids to labels. Labels are integers, booleans among them,
        real numbers or texts, as which all else is taken; so are integers beyond int64.
    window, hop : "100s", "10000n"
        A row a window, of seconds or of samples; `hop` from one start to the next.
    like : table that pumice made (frame, Arrow table, path), its attrs["pumice"], or FeatureExtractor's metadata_
        The same columns with the same settings.
    n_jobs : threads; None and -1: all CPUs that this process may use. `threads` is another name of it.
    output : "pandas", "arrow", "polars", "numpy"
    channels : only these, in this order; columns of frames beside them may hold anything
    channel_names, ids : names of the channels and of the cases of samples in memory; an id 2.0 is named "2"
    on_error : "skip" (default), "nan", "fail"
        An input that cannot be used is left out, becomes a row without values, or raises InputError.
    bands, nperseg, overlap, taper, precision : of spectra
        Bands as [(0.1, 0.5), (0.5, 1)] in Hz or as text; samples a block and shared by blocks; "hann", "hamming",
        "blackman" or "boxcar"; "float" or "double".
    names : "default", "safe", "notebook", "recipe";  layout : "wide", "long"
    recursive, id, time_column, header, delimiter, decimal, na : how files are found and read
    simd, memory, gpu_memory, pinned_memory, batch : as on the command line
    progress : bool
        A bar; default: where somebody would see it, in a terminal or a notebook.

    Returns
    -------
    pandas.DataFrame
        Index `segment_id` (with windows: `segment_id`, `window`; long: `channel` too), one block of float64, then
        labels. `attrs["pumice"]` says how it was made and what was skipped. `start_sample` and `start_time` of windows
        are left out here; they follow from `window` and the hop, and the other tables have them. With output="arrow" or
        "polars": a table with the columns that the command line writes; with "numpy": the block of features alone,
        float64 (rows, features).

    Raises
    ------
    UsageError, InputError (both ValueError), UnavailableError, DeviceError, KeyboardInterrupt
        Whatever `on_error` says, UsageError where no input leads to a file (nothing is there, or a folder cannot be
        listed), InputError where no file can be opened; InputError, too, where all are skipped. Its `problem` is the
        first one's.

    Examples
    --------
    >>> pumice.extract("train/", labels="train.csv")                            # doctest: +SKIP
    >>> pumice.extract(np.zeros((3, 2, 500)), sample_rate=100, features="basic").shape
    (3, 16)
    """
    check_output(output)
    options = settings_options(
        dict(
            features=features, like=like, labels=labels, device=device, missing=missing, sample_rate=sample_rate,
            window=window, hop=hop, bands=bands, nperseg=nperseg, overlap=overlap, taper=taper, precision=precision,
            names=names, layout=layout, on_error=on_error, simd=simd, memory=memory, gpu_memory=gpu_memory,
            pinned_memory=pinned_memory, batch=batch, n_jobs=n_jobs, threads=threads,
        )
    )  # fmt: skip
    of_files = dict(
        recursive=recursive, id=id, time_column=time_column, header=header, delimiter=delimiter, decimal=decimal, na=na
    )
    x = listed(x)
    paths = as_paths(x)
    if paths is not None:
        refuse({"channel_names": channel_names, "ids": ids}, "samples in memory", "files")
        options |= to_core(of_files | {"channels": channels})
        outcome = run_files(paths, options, progress=progress)
    else:
        refuse(of_files, "files", "samples in memory")
        wanted = channels_of(options) if channels is None else texts("channels", channels)
        outcome = run_cases(as_cases(x, channel_names, ids, wanted), options, progress=progress)
    report(outcome)
    return to_output(outcome, output)


def settings_options(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `_core` for arguments of `extract` that hold for files and for samples in memory alike."""
    given = dict(arguments)
    like_given = like_options(given.pop("like", None))
    labels_given = labels_options(given.pop("labels", None))
    given["features"] = _features(given.get("features"), like_given)
    given["threads"] = thread_count(given.pop("n_jobs", None), given.get("threads"))
    return to_core(given) | like_given | labels_given


def refuse_unknown(options: Iterable[str], of: str, but: set[str]) -> None:
    """`of` takes the options of `extract` but some."""
    known = set(inspect.signature(extract).parameters) - but
    for name in options:
        if name not in known:
            raise UsageError(f"{of} has no option `{name}`")


def _features(features: Any, like: Mapping[str, Any]) -> Any:
    if features is None:
        return None if like else "core"
    if like:
        raise UsageError("features and like both choose the columns: leave one of them out")
    return features


def refuse(arguments: Mapping[str, Any], of: str, given: str) -> None:
    """Arguments of other inputs than those that were given."""
    for name, value in arguments.items():
        if value is not None:
            raise UsageError(f"{name} is for {of}, and {given} were given")


def run_files(paths: list[str], options: dict, *, progress: bool | None = False, dry_run: bool = False) -> Any:
    """The outcome of a run on files."""
    with Bar(progress) as bar:
        return _core.extract_files(options | {"inputs": paths}, on_message, bar.callback, dry_run)


def run_cases(
    cases: Cases, options: dict, *, progress: bool | None = False, dry_run: bool = False, is_part: bool = False
) -> Any:
    """The outcome of a run on samples in memory; of a part of a larger run, that there are no rows is no error."""
    arrays = [array.to_core() if isinstance(array, DeviceArray) else array for array in cases.arrays]
    if _device_arrays.MODULE_DIRECTORY is not None:
        options = options | {"module_directory": _device_arrays.MODULE_DIRECTORY}
    with Bar(progress) as bar:
        return _core.extract_arrays(
            options, cases.channels, cases.ids, arrays, cases.pieces, on_message, bar.callback, dry_run, is_part
        )
