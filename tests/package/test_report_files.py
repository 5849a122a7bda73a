"""What a report is made of: it stays as it is, and is named in every form that `extract` takes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest
from pumice.report import main, write_report

RATE = 100.0


def write_segments(folder: Path, names: range, seed: int, sensors: int = 2) -> None:
    random = np.random.default_rng(seed)
    folder.mkdir()
    columns = [f"sensor_{i}" for i in range(1, sensors + 1)]
    for name in names:
        frame = pd.DataFrame(random.normal(0, 1, (300, sensors)).round(3), columns=columns)
        frame.to_csv(folder / f"{name}.csv", index=False)


@pytest.fixture
def data(tmp_path) -> Path:
    """Two sets of segments, labels of the first, and its table."""
    write_segments(tmp_path / "train", range(10, 16), 1)
    write_segments(tmp_path / "test", range(20, 26), 2)
    pd.DataFrame({"segment_id": range(10, 16), "y": np.arange(6.0)}).to_csv(tmp_path / "labels.csv", index=False)
    table = pumice.extract(tmp_path / "train", features="mean", sample_rate=RATE, n_jobs=1)
    table.to_csv(tmp_path / "table.csv")
    return tmp_path


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_a_report_is_made_of_is_not_written_over(data):
    train, test, table = data / "train", data / "test", data / "table.csv"
    frame = pumice.read_table(table)
    (data / "table.csv.meta.json").write_text("{}")
    (data / "link.html").symlink_to(train / "11.csv")
    (train / "here.csv").symlink_to(data / "report.html")
    (data / "report.html").write_text("an older one")
    before = bytes_of(data)
    for output, options, which in [
        (table, dict(source=table), "an input"),
        (data / "table.csv.meta.json", dict(source=table), "an input"),
        (train / "10.csv", dict(source=train), "an input"),
        (train / "10.csv", dict(source=data / "train" / "*.csv"), "an input"),
        (train / "10.csv", dict(source=data / "tr*"), "an input"),
        (train / "10.csv", dict(source=iter([train / "11.csv", train / "10.csv"])), "an input"),
        (data / "link.html", dict(source=[train / "10.csv", train / "11.csv"]), "an input"),
        (data / "report.html", dict(source=train), "an input"),
        (data / "labels.csv", dict(source=test, labels=str(data / "labels.csv")), "the table of labels"),
        (data / "labels.csv", dict(source=frame, labels=data / "labels.csv"), "the table of labels"),
        (table, dict(source=frame, against=table), "an input"),
        (test / "20.csv", dict(source=table, against=test), "an input"),
        (train / "10.csv", dict(source=frame, segments=train), "an input"),
        (train / "10.csv", dict(source=table, segments=[train / "11.csv", train / "10.csv"]), "an input"),
        (train / "10.csv", dict(source=table, segments=data), "an input"),
    ]:
        with pytest.raises(pumice.UsageError) as error:
            write_report(output=output, **options)
        said = re.escape(f"the report would write over {output}, which is {which}")
        assert re.fullmatch(said + r"( \(.*\))?: choose another `output`", str(error.value))
    assert bytes_of(data) == before


def test_the_command_names_its_option(data, capsys):
    assert main([str(data / "table.csv"), "-o", str(data / "table.csv")]) == 2
    path = data / "table.csv"
    expected = f"pumice: the report would write over {path}, which is an input: choose another `-o`\n"
    assert capsys.readouterr().err == expected


def test_a_page_among_the_segments_is_made_anew(data):
    for source in (data / "train", data / "train" / "*", [data / "train" / "10.csv", data / "train" / "11.csv"]):
        for _ in range(2):
            write_report(source, data / "train" / "report.html", sample_rate=RATE, features="mean", examples=0)


def test_segments_of_an_unknown_rate_are_drawn_over_their_samples(data):
    page = write_report(data / "train", data / "report.html", features="mean", examples=2).read_text()
    assert "It is not drawn" not in page
    assert page.count('alt="Samples of all channels of segment') == 2
    assert "Power spectral density" not in page


def test_names_of_files_may_be_texts_of_numpy(data):
    options = dict(sample_rate=RATE, features="mean", examples=1)
    folder, other = (np.array([str(data / name)]) for name in ("train", "test"))
    files = np.array([str(path) for path in sorted((data / "train").iterdir())])
    labels = np.str_(data / "labels.csv")
    for source in (folder, folder[0], files):
        page = write_report(source, np.str_(data / "report.html"), against=other, labels=labels, **options)
        assert "Samples of all channels of segment" in page.read_text()
    page = write_report(data / "table.csv", data / "report.html", segments=folder, examples=1)
    assert "Samples of all channels of segment" in page.read_text()
