"""A page about a data set or a table: what is in it, what is missing, what drifts, what tells about the label.

`pumice report` on the command line runs this module: `python -m pumice.report SOURCE -o report.html`.
"""

from __future__ import annotations

import argparse
import glob
import operator
import os
import reprlib
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from .._columns import Table, as_table, column_values, parsed, read_table, table_parts
from .._errors import InputError, PumiceError, UsageError, on_command_line
from .._extract import extract
from .._inputs import is_path
from .._labels import _ID_NAMES, ARROW_FILES, labels_options
from .._optional import require
from .._progress import WHERE_ALL
from ._page import page
from ._sections import (
    Options,
    content_section,
    correlation_section,
    drift_section,
    examples_section,
    label_section,
    methods_section,
    missing_section,
)

__all__ = ["main", "write_report"]

_TEXTS = (".csv", ".tsv", ".txt")
# On the command line it is another `-o`.
_ANOTHER = "choose another `output`"


def write_report(
    source: Any,
    output: Any = "report.html",
    *,
    against: Any = None,
    labels: Any = None,
    label: str | None = None,
    segments: Any = None,
    examples: int = 3,
    title: str | None = None,
    unit: str | None = None,
    features: Any = None,
    missing: str | None = None,
    sample_rate: float | None = None,
    n_jobs: int | None = None,
) -> Path:
    """Writes one HTML page that needs nothing beside it, and returns its path.

    Parameters
    ----------
    source : directory, pattern or files of segments; or a table that pumice made, as a frame, a file or a folder of
        Parquet files
    against : the same of another set (test beside train): how far each feature drifted
    labels : as for pumice.extract; `label` is the column of the table that is wanted, default time_to_eruption, else
        the first that is a number
    segments : where the files of a table's segments are (paths, as for `source`), for pictures of some
    examples : how many segments are drawn, evenly spread over the label (or the table)
    unit : of the samples, as "counts"
    features, missing, sample_rate, n_jobs : as for pumice.extract, where files are read

    Raises
    ------
    UsageError, InputError, UnavailableError (matplotlib, SciPy and pandas are needed)
    """
    for package in ("pandas", "scipy", "matplotlib"):
        require(package, "plot")
    examples = _count(examples)
    path = _page_path(output)
    source, against, segments = _given("source", source), _given("against", against), _given("segments", segments)
    if source is None:
        raise UsageError("source: files of segments or a table, not None")
    labels = _text(labels) if is_path(labels) else labels
    files_of_inputs = [one for one in (source, against, segments) if one is not None and not hasattr(one, "columns")]
    _refuse_overwriting(path, files_of_inputs, labels)
    reading = dict(missing=missing, sample_rate=sample_rate, n_jobs=n_jobs)
    frame = _frame_of(source, features=features, labels=labels, **reading)
    table = as_table(frame)
    files = _files_of(segments if segments is not None else source, table)
    if segments is not None and not files:
        raise UsageError(f"segments={reprlib.repr(segments)}: no file there is of a segment of the table")
    other = None
    if against is not None:
        like = frame if "pumice" in frame.attrs else None
        other = as_table(_frame_of(against, like=like, features=features, n_jobs=n_jobs, **_if_unlike(like, reading)))
    name = _name_of(source)
    title = title or f"Report on {name}"
    options = Options(
        name=name,
        other_name=None if against is None else _name_of(against),
        label=_label_of(table, label),
        files=files,
        examples=examples,
        unit=unit,
        sample_rate=sample_rate,
    )
    sections = [
        ("content", "What is in it", content_section(table, options)),
        ("missing", "What is missing or dead", missing_section(table, options)),
        ("label", "What tells about the label", label_section(table, options)),
    ]
    if other is not None:
        sections.append(("drift", "Drift", drift_section(table, other, options)))
    sections += [
        ("correlation", "What goes together", correlation_section(table, options)),
        ("examples", "Example segments", examples_section(table, options)),
        ("methods", "How it was computed", methods_section(table, options)),
    ]
    count = f"{len(frame):,} {'row' if len(frame) == 1 else 'rows'}"
    lead = f"{count}, {len(table.channels)} channels, {len(table.features):,} features."
    return _write(path, page(title, lead, sections))


def _count(examples: Any) -> int:
    try:
        count = operator.index(examples)
    except TypeError:
        count = -1
    if count < 0:
        raise UsageError(f"examples={examples!r}: how many segments are drawn")
    return count


def _page_path(output: Any) -> Path:
    """Where the page is to be written, before there is work for it."""
    if not is_path(output):
        raise UsageError(f"output={output!r}: the path of a page was expected")
    path = Path(os.fspath(output))
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent}: there is no such directory to write {path.name} to")
    if path.is_dir():
        raise UsageError(f"{path}: is a directory, and the path of a page was expected")
    return path


def _given(name: str, source: Any) -> Any:
    """A frame, a path or a list of paths, which an iterator gives but once."""
    if source is None or hasattr(source, "columns"):
        return source
    if is_path(source):
        return _text(source)
    paths = list(source) if isinstance(source, Iterable) and not isinstance(source, Mapping) else None
    if paths is None or not all(map(is_path, paths)):
        raise UsageError(f"{name}: files or a table were expected, not {reprlib.repr(source)}")
    if not paths:
        raise UsageError(f"{name}: there is no file")
    return list(map(_text, paths))


def _text(path: Any) -> str:
    """A text of NumPy is one as well, but listing a folder of that name gives bytes."""
    return str(os.fsdecode(path))


def _refuse_overwriting(page: Path, inputs: Iterable[str | list[str]], labels: Any) -> None:
    """As `extract` refuses: a page that is there is replaced, but not where it is what the report is made of."""
    if not page.exists():
        return
    status = page.stat()
    read = [("an input", path) for one in inputs for path in ([one] if is_path(one) else one)]
    read += [("the table of labels", labels)] if is_path(labels) else []
    for what, path in read:
        for file in _files_at(path):
            if os.path.exists(file) and os.path.samestat(os.stat(file), status):
                place = "" if file == str(page) else f" ({file})"
                raise UsageError(f"the report would write over {page}, which is {what}{place}: {_ANOTHER}")


def _files_at(path: str) -> Iterator[str]:
    """A file and the description beside it; of a folder or a pattern, what is data by its name or is spelled out."""
    if os.path.isdir(path):
        yield from (os.path.join(at, name) for at, _, names in os.walk(path) for name in names if _is_data(name))
    elif os.path.exists(path) or not glob.has_magic(path):
        yield from (path, f"{path}.meta.json")
    else:
        is_spelled_out = "." in os.path.basename(path)
        for found in glob.glob(path, recursive=True):
            if os.path.isdir(found):
                yield from _files_at(found)
            elif is_spelled_out or _is_data(found):
                yield found


def _is_data(name: str) -> bool:
    """By its name a file of samples or a table."""
    name = name.lower()
    for archive in (".gz", ".zst"):
        name = name.removesuffix(archive)
    return name.endswith((*ARROW_FILES, *_TEXTS, ".npy"))


def _if_unlike(like: Any, reading: dict[str, Any]) -> dict[str, Any]:
    """What a table to be like does not decide."""
    return {} if like is not None else {key: value for key, value in reading.items() if key != "n_jobs"}


def _frame_of(source: Any, *, labels: Any = None, like: Any = None, features: Any = None, **reading: Any) -> Any:
    if hasattr(source, "columns"):
        return _with_labels(source, labels)
    paths = [source] if is_path(source) else source
    if len(paths) == 1 and _is_table(os.fspath(paths[0])):
        return _with_labels(read_table(os.fspath(paths[0])), labels)
    return extract(source, labels=labels, like=like, features=None if like is not None else features, **reading)


def _is_table(path: str) -> bool:
    """A file of features, or a folder of such in Parquet and of no samples. A text is one where its first line names
    features, else it holds samples."""
    ending = Path(path).suffix.lower()
    if os.path.isdir(path):
        samples = any(one.lower() in _TEXTS for name in os.listdir(path) for one in Path(name).suffixes)
        return not samples and bool(table_parts(path))
    if ending not in (*ARROW_FILES, *_TEXTS, ".npy") or (glob.has_magic(path) and not os.path.exists(path)):
        return False
    if ending in (*ARROW_FILES, ".npy"):
        return True
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            names = file.readline().strip().split("," if ending == ".csv" else "\t")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", {"file": path}) from error
    return any(parsed(name.strip('"')) for name in names)


def _with_labels(frame: Any, labels: Any) -> Any:
    """Labels joined to a table by its ids, as `extract` joins them."""
    if labels is None:
        return frame
    frame = as_table(frame).frame
    if "segment_id" not in frame.index.names:
        raise UsageError("the table has no segment_id to find labels by")
    given = labels_options(labels)
    name = given["labels"]
    columns = given.get("labels_table") or _core.read_table(name)
    ids = frame.index.get_level_values("segment_id").map(str)
    rows = np.array(_core.label_rows(columns, name, list(ids)), np.int64)
    if not (rows >= 0).any():
        raise UsageError("no segment of the table has a label")
    pd = require("pandas", "pandas")
    of_ids = [column for column, *_ in columns if column.lower() in _ID_NAMES] or [columns[0][0]]
    out = frame.copy(deep=False)
    for column, kind, values, exists in columns:
        if column not in of_ids:
            out[column] = pd.Series(column_values(kind, values, exists)).reindex(rows).array
    return out


def _label_of(table: Table, wanted: str | None) -> str | None:
    pd = require("pandas", "pandas")
    numbers = [name for name in table.labels if pd.api.types.is_numeric_dtype(table.frame[name].dtype)]
    if wanted is None:
        return "time_to_eruption" if "time_to_eruption" in numbers else next(iter(numbers), None)
    if wanted not in table.labels:
        known = ", ".join(table.labels) or "none"
        raise UsageError(f"the table has no label `{wanted}`; it has {known}")
    if wanted not in numbers:
        raise UsageError(f"label `{wanted}` is not a number")
    return wanted


def _name_of(source: Any) -> str:
    if is_path(source):
        return os.fspath(source)
    return "a table" if hasattr(source, "columns") else f"{len(source)} files"


def _files_of(source: Any, table: Table) -> dict[str, str]:
    """Files of samples by segment id, of those that the table has."""
    if hasattr(source, "columns"):
        return {}
    paths = [source] if is_path(source) else source
    ids = set(map(str, table.segment_ids))
    out: dict[str, str] = {}
    for path in map(os.fspath, paths):
        if os.path.isdir(path):
            found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        elif glob.has_magic(path):
            found = glob.glob(path, recursive=True)
        else:
            found = [path] if os.path.exists(path) else []
        for one in sorted(found):
            name = os.path.basename(one)
            stem = next((stem for stem in (name, name.rsplit(".", 1)[0], name.split(".")[0]) if stem in ids), None)
            if stem is not None and not _is_table(one):
                out.setdefault(stem, one)
    return out


def _write(path: Path, content: str) -> Path:
    """Under its name only when it is complete."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        # Bytes of a file's name that are no UTF-8 are shown as such.
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(
        prog="pumice report",
        description="One HTML page about a data set or a table: what is in it, what is missing or dead, what drifts, "
        "what tells about the label.",
    )
    add = out.add_argument
    add("source", nargs="+", metavar="DIR_OR_TABLE", help="files of segments, or a table that pumice made")
    add("-o", "--output", default="report.html", metavar="FILE", help="the page (default: report.html)")
    add("--against", metavar="DIR_OR_TABLE", help="another set: how far each feature drifted from the first to it")
    add("--labels", metavar="FILE", help="labels by segment id")
    add("--label", metavar="COLUMN", help="the label that is wanted (default: time_to_eruption, or the first number)")
    add("--segments", metavar="DIR", help="where the files of a table's segments are, for pictures of some")
    add("--examples", type=int, default=3, metavar="N", help="segments that are drawn (default: 3)")
    add("--title", metavar="TEXT", help="the page's heading")
    add("--unit", metavar="TEXT", help="unit of the samples, as counts")
    add("--features", metavar="LIST", help="as for extract, where files are read (default: core)")
    add("--missing", metavar="POLICY", help="as for extract, where files are read (default: skip)")
    add("--sample-rate", type=float, metavar="HZ", help="samples a second, where the files do not say")
    add("--threads", type=int, metavar="N", help="threads (default: all CPUs that this process may use)")
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    given = vars(parser().parse_args(arguments))
    given["n_jobs"] = given.pop("threads")
    source = given.pop("source")
    try:
        require("matplotlib", "plot").use("Agg")
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: _say(f"warning: {message}")
            path = write_report(source[0] if len(source) == 1 else source, given.pop("output"), **given)
    except UsageError as error:
        _say(str(error))
        return 2
    except (PumiceError, OSError) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    print(path)
    return 0


def _say(message: str) -> None:
    """On the command line, in its words: the page lists what was skipped."""
    options = {name for name in vars(parser().parse_args(["."])) if name != "source"}
    message = message.replace(_ANOTHER, "choose another `-o`")
    message = on_command_line(message.replace(WHERE_ALL, "the page lists them").replace("n_jobs=", "threads="), options)
    print(f"pumice: {message}", file=sys.stderr)
