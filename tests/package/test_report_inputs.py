"""What the report and pictures read: it stays as it was, and is read as the library reads it."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pumice
import pytest
from pumice._statistics import drift
from pumice.report import write_report

pytestmark = pytest.mark.filterwarnings("ignore::pumice.PumiceWarning")


@pytest.fixture
def data(segments, tmp_path):
    """A folder of segments, their labels, and tables of them."""
    folder = tmp_path / "data"
    shutil.copytree(segments, folder)
    table = pumice.extract(folder / "train", features="basic", labels=folder / "train.csv")
    table.to_parquet(folder / "table.parquet")
    return folder


def test_a_page_is_not_written_over_what_it_is_made_of(data):
    table, labels, one = data / "table.parquet", data / "train.csv", min((data / "train").glob("*.csv"))
    frame = pd.read_parquet(table)
    before = {path: path.read_bytes() for path in (table, labels, one)}
    for call in [
        lambda: write_report(table, table),
        lambda: write_report(frame, table, against=table),
        lambda: write_report(frame.drop(columns="time_to_eruption"), labels, labels=labels),
        lambda: write_report(data / "train", one),
        lambda: write_report([str(data / "train" / "*.csv")], one),
        lambda: write_report(frame, one, segments=data / "train"),
    ]:
        with pytest.raises(pumice.UsageError, match="the report would write over"):
            call()
    assert {path: path.read_bytes() for path in before} == before
    for _ in range(2):  # a page may be written again
        write_report(np.array([str(data / "train")]), data / "train" / "page.html", features="basic", examples=0)


def test_segments_of_an_unknown_rate_are_drawn(tmp_path):
    samples = np.random.default_rng(3).integers(-99, 99, (2, 400))
    for i in range(2):
        (tmp_path / f"{i}.csv").write_text("a\n" + "\n".join(map(str, samples[i])) + "\n")
    page = write_report(tmp_path, tmp_path / "page.html", features="basic", examples=2)
    assert "It is not drawn" not in page.read_text()


def test_few_rows_do_not_drift():
    rng = np.random.default_rng(5)
    p = [drift(rng.normal(size=1), rng.normal(size=39)).p for _ in range(300)]
    assert min(p) >= 0.05
    assert drift(rng.normal(size=40), rng.normal(2, size=40)).p < 1e-6


def _drawn(path) -> list[list[float]]:
    return [ax.lines[0].get_ydata().tolist() for ax in pumice.plot.segment(path).axes[:3]]


def test_a_picture_reads_the_columns_that_extract_reads(tmp_path):
    path = tmp_path / "1.csv"
    rows = [(3, 1.5, 7), (4, 2.5, 8), (2, 0.5, 9)]
    path.write_text('"a","b,x","c"\n' + "".join(f'"{a}",{b},{c}\n' for a, b, c in rows))
    assert _drawn(path) == [list(one) for one in zip(*rows)]
    path.write_text("a,b,c\n" + "".join(f"{a},{b},{c},\n" for a, b, c in rows))  # a cell too many, as a last comma
    assert _drawn(path) == [list(one) for one in zip(*rows)]
