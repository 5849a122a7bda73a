"""Files on a cluster: `extract` gives a lazy `dask.dataframe`, whose partitions are computed where the workers are.

    from dask.distributed import Client
    client = Client("tcp://scheduler:8786")
    table = pumice.dask.extract("/data/train", labels="train.csv")
    table.to_parquet("/data/features")

`extract_frame` takes a `dask.dataframe` of signals, `skipped` lists what could not be used.
"""

from __future__ import annotations

from ._extract import extract
from ._frame import extract_frame
from ._report import skipped

__all__ = ["extract", "extract_frame", "skipped"]
