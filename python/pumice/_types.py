"""What arguments of the public functions are, for type checkers and editors: nothing here is looked at in a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, SupportsIndex, TypeAlias, TypedDict

Missing: TypeAlias = Literal["skip", "zero", "ffill", "interpolate", "nan"]
OnError: TypeAlias = Literal["skip", "nan", "fail"]
Output: TypeAlias = Literal["pandas", "arrow", "polars", "numpy"]
Taper: TypeAlias = Literal["hann", "hamming", "blackman", "boxcar"]
Precision: TypeAlias = Literal["float", "double"]
Names: TypeAlias = Literal["default", "safe", "notebook", "recipe"]
Layout: TypeAlias = Literal["wide", "long"]

# With None: the default of each.
Features: TypeAlias = "str | Iterable[str] | Mapping[str, str | Iterable[str]] | None"
Texts: TypeAlias = "str | Iterable[str] | None"
Bands: TypeAlias = "str | Iterable[tuple[float, float]] | None"
Bytes: TypeAlias = "str | SupportsIndex | None"
Integer: TypeAlias = "SupportsIndex | None"


class Settings(TypedDict, total=False):
    """Options of `extract` that hold for files and for samples in memory."""

    features: Features
    device: str
    missing: Missing | None
    sample_rate: float | None
    window: str | None
    hop: str | None
    like: Any
    n_jobs: Integer
    channels: Texts
    on_error: OnError
    bands: Bands
    nperseg: Integer
    overlap: Integer
    taper: Taper | None
    precision: Precision | None
    names: Names | None
    layout: Layout | None
    threads: Integer
    simd: str | None
    memory: Bytes
    gpu_memory: Bytes
    pinned_memory: Bytes
    batch: Integer


class FrameOptions(Settings, total=False):
    """Options of `extract_frame`."""

    progress: bool | None


class FileOptions(Settings, total=False):
    """Options of `pumice.dask.extract`."""

    labels: Any
    recursive: bool | None
    id: str | None
    time_column: str | None
    header: bool | None
    delimiter: str | None
    decimal: str | None
    na: Texts


class ExtractOptions(FileOptions, total=False):
    """Options of `extract` but `output`, which decides what it gives."""

    channel_names: Iterable[str] | None
    ids: Iterable[Any] | None
    progress: bool | None
