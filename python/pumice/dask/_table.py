"""The lazy table of `extract`: Dask's own frame, written by one task a partition."""

from __future__ import annotations

import os
from typing import Any

import dask.dataframe as dd
from fsspec.core import strip_protocol
from pandas.api.types import is_object_dtype

from .._errors import UsageError


class FeatureTable(dd.DataFrame):
    """What `extract` gives. What is made of it (a selection, a merge) is an ordinary frame of Dask's."""

    def to_parquet(self, path: Any, *, compute: bool = True, compute_kwargs: Any = None, **options: Any) -> Any:
        """As `dask.dataframe.DataFrame.to_parquet`, and for tables of hundreds of columns about a tenth faster.

        One task computes a partition and writes it: of itself Dask makes three, and sums up the size of every column
        after each. Files have no dictionaries and no statistics, which only cost where few values are equal, and the
        types of their columns are those of the table, not searched for in samples. Whatever is given prevails:
        `use_dictionary=True, write_statistics=True, schema="infer"` writes what Dask writes.

        Raises UsageError where the folder has .parquet files that would stay beside those of this table, as if they
        were of it: `overwrite=True` removes what is there, `append=True` adds to it. It is refused, too, that
        `overwrite=True` removes the files that the table is made from.
        """
        options = {"use_dictionary": False, "write_statistics": False} | options
        if not any(map(is_object_dtype, self.dtypes)):  # a partition of nothing but None has no type of text
            options.setdefault("schema", None)
        if options.get("overwrite"):
            self._refuse_to_remove_inputs(path)
        written = super().to_parquet(path, compute=False, **options)
        if not options.get("overwrite") and not options.get("append"):
            _refuse_older_files(written.expr)
        written = written.optimize(fuse=True)
        return written.compute(**(compute_kwargs or {})) if compute else written

    def _refuse_to_remove_inputs(self, path: Any) -> None:
        folder = os.path.realpath(strip_protocol(os.fspath(path)))
        paths = [path for parts in self.expr.iterables for part in parts for path in part["found"]["paths"]]
        for one in sorted(set(map(os.path.dirname, paths))):
            if os.path.commonpath([folder, os.path.realpath(one)]) == folder:
                raise UsageError(f"overwrite=True would remove the files that this table is made from, those of {one}")


def _refuse_older_files(writing: Any) -> None:
    """Those that stay where `writing`, of Dask's, has not been done yet: readers of the folder take them, too."""
    folder = writing.path.rstrip("/")
    there = {one.removeprefix(folder).lstrip("/") for one in writing.fs.find(folder) if one.endswith(".parquet")}
    if not writing.partition_on:  # else files are in folders that are named after values
        name_of = writing.name_function or "part.{}.parquet".format
        there -= {name_of(i) for i in range(writing.frame.npartitions)}
    if there:
        count = f"{len(there)} .parquet file{'s' * (len(there) > 1)}"
        raise UsageError(
            f"{folder} has {count} beside those that would be written, {min(there)} for one, which would be read as "
            "part of this table: overwrite=True removes what is there, append=True adds to it"
        )
