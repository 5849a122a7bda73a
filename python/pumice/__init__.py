"""Features of multichannel time series in one pass, on a GPU or on the CPU.

    import pumice
    table = pumice.extract("train/", labels="train.csv")

`pumice.extract` takes files or samples in memory, `pumice.extract_frame` long and wide frames, and
`pumice.FeatureExtractor` is a transformer of scikit-learn. `pumice.dask` spreads files over a cluster, `pumice.plot`
draws, and `pumice.report.write_report` makes a page about a data set.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._columns import read_table
from ._core import __version__, release_memory
from ._errors import (
    DeviceError,
    InputError,
    PumiceError,
    PumiceWarning,
    SkippedWarning,
    UnavailableError,
    UsageError,
)
from ._extract import extract
from ._frame import extract_frame

__all__ = [
    "DeviceError",
    "FeatureExtractor",
    "InputError",
    "PumiceError",
    "PumiceWarning",
    "SkippedWarning",
    "UnavailableError",
    "UsageError",
    "__version__",
    "extract",
    "extract_frame",
    "read_table",
    "release_memory",
]

if TYPE_CHECKING:
    from . import dask as dask
    from . import plot as plot
    from . import report as report
    from . import sklearn as sklearn
    from .sklearn import FeatureExtractor

# Imported on use: they need packages that not everybody has.
_LATER = {"FeatureExtractor": "sklearn", "dask": None, "plot": None, "report": None, "sklearn": None}


if not TYPE_CHECKING:  # a name that is not there is a mistake, which a function that gives Any would hide

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module 'pumice' has no attribute {name!r}")
        module = importlib.import_module(f".{_LATER[name] or name}", __name__)
        value = module if _LATER[name] is None else getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
