"""The report: its numbers are those of NumPy and SciPy, its page needs nothing and keeps data as data."""

from __future__ import annotations

import base64
import importlib
import importlib.util
import itertools
import os
import re
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest
import scipy.stats
from pumice._statistics import drift, stability_index
from pumice.report import _with_labels, main, parser, write_report

ROOT = Path(__file__).resolve().parents[2]
RATE = 100.0


class Page(HTMLParser):
    """What a page holds: tables by caption, texts, pictures, links, and every tag in order."""

    def __init__(self, path: Path):
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "source", "wbr"):
            self.open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "table":
            assert self._caption
            self.tables[self._caption] = self._rows

    def handle_data(self, data):
        if "style" in self.open:
            return
        if "caption" in self.open:
            self._caption += data
        elif self.open and self.open[-1] in ("th", "td"):
            self._rows[-1][-1] += data
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def table(self, start: str) -> list[list[str]]:
        return next(rows for caption, rows in self.tables.items() if caption.startswith(start))

    def of(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


def write_segments(folder: Path, count: int, seed: int, factor: float = 1.0) -> pd.DataFrame:
    """CSV files of two sensors, and labels that the first one's amplitude falls with."""
    random = np.random.default_rng(seed)
    folder.mkdir()
    label = random.permutation(np.linspace(1, 100, count)).round(3)
    ids = [str(1000 * seed + i) for i in range(count)]
    for i, name in enumerate(ids):
        x = random.normal(0, 1, (2400, 2)).round(3)
        x[:, 0] *= (120 - label[i]) * factor
        frame = pd.DataFrame(x, columns=["sensor_1", "sensor_2"]).round(3)
        if i % 4 == 1:
            frame.loc[100:339, "sensor_2"] = np.nan
        if i == 2:
            frame["sensor_2"] = np.nan
        if i == 3:
            frame["sensor_1"] = 0.0
        frame.to_csv(folder / f"{name}.csv", index=False)
    return pd.DataFrame({"segment_id": ids, "time_to_eruption": label})


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_segments(folder / "train", 24, 1).to_csv(folder / "train.csv", index=False)
    write_segments(folder / "test", 12, 2, factor=3.0)
    return folder


@pytest.fixture(scope="module")
def page(data) -> Page:
    path = write_report(
        data / "train", data / "report.html", against=data / "test", labels=data / "train.csv", sample_rate=RATE,
        examples=2, unit="counts", n_jobs=1,
    )  # fmt: skip
    return Page(path)


@pytest.fixture(scope="module")
def frames(data) -> tuple[pd.DataFrame, pd.DataFrame]:
    train = pumice.extract(data / "train", labels=data / "train.csv", sample_rate=RATE, n_jobs=1)
    return train, pumice.extract(data / "test", like=train, n_jobs=1)


def test_what_is_in_it(page):
    rows = dict(page.table("The data set"))
    assert rows["segments"] == "24"
    assert rows["channels"] == "2: sensor_1, sensor_2"
    assert rows["sampling rate"] == "100 Hz"
    assert rows["samples a segment"] == "2,400, 24 s at most"
    assert rows["labels"] == "time_to_eruption"
    assert rows["missing samples"] == "skip"


def test_what_is_missing_equals_a_count_of_the_cells(page, data):
    rows = {row[0]: row for row in page.table("Missing and dead")[1:]}
    frames = [pd.read_csv(path) for path in sorted((data / "train").glob("*.csv"))]
    for name in ("sensor_1", "sensor_2"):
        gone = np.array([frame[name].isna().mean() for frame in frames])
        dead = sum(frame[name].nunique() == 1 for frame in frames)
        shown = [float(re.match(r"[\d.]+", cell)[0]) for cell in rows[name][1:5]]
        assert shown[0] == pytest.approx(100 * gone.mean(), abs=0.05)
        assert shown[1] == pytest.approx(100 * (gone > 0).mean(), abs=0.05)
        assert shown[2] == (gone == 1).sum()
        assert shown[3] == dead
    assert rows["sensor_2"][5] == "240"
    assert f"{sum(frame.isna().any(axis=None) for frame in frames)} of 24 segments have missing" in page.text


def test_features_of_the_label_are_ranked_by_scipys_correlation(page, frames):
    train, _ = frames
    label = train["time_to_eruption"]
    features = train.columns.drop("time_to_eruption")
    rho = {}
    for name in features:
        both = train[[name, "time_to_eruption"]].dropna()
        if len(both) >= 5 and both[name].nunique() > 1:
            rho[name] = scipy.stats.spearmanr(both[name], both["time_to_eruption"]).statistic
    rows = page.table("Features by the rank correlation")[1:]
    assert len(rows) == 20
    strongest = sorted((abs(value) for value in rho.values()), reverse=True)[:20]
    for row, expected in zip(rows, strongest):
        assert float(row[1]) == pytest.approx(rho[row[0]], abs=6e-4)
        assert abs(float(row[1])) == pytest.approx(expected, abs=6e-4)
        low, high = map(float, row[2].split(" to "))
        assert low < float(row[1]) < high
        assert int(row[5]) == train[row[0]].notna().sum()
    assert rows[0][0].startswith("sensor_1")
    assert f"{label.notna().sum()} of 24 rows have a value" in page.text


def test_mutual_information_is_that_of_scikit_learn(page, frames):
    selection = pytest.importorskip("sklearn.feature_selection")
    train, _ = frames
    for row in page.table("Features by the mutual information")[1:]:
        both = train[[row[0], "time_to_eruption"]].dropna()
        expected = selection.mutual_info_regression(both[[row[0]]].to_numpy(), both["time_to_eruption"], random_state=0)
        assert float(row[1]) == pytest.approx(expected[0], rel=5e-3)


def slow_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of two empirical distributions, value by value."""
    return max(abs(np.mean(a <= x) - np.mean(b <= x)) for x in [*a, *b])


def test_drift_is_the_largest_difference_of_the_distributions(page, frames):
    train, test = frames
    distance = {}
    for name in train.columns.drop("time_to_eruption"):
        a, b = train[name].dropna().to_numpy(), test[name].dropna().to_numpy()
        if len(a) and len(b):
            distance[name] = slow_distance(a, b)
    rows = page.table("Features that drifted")[1:]
    strongest = sorted(distance.values(), reverse=True)[: len(rows)]
    for row, expected in zip(rows, strongest):
        assert float(row[1]) == pytest.approx(distance[row[0]], rel=5e-3)
        assert float(row[1]) == pytest.approx(expected, rel=5e-3)
        assert float(row[4].removesuffix(" %")) == pytest.approx(100 * train[row[0]].isna().mean(), abs=0.06)
        assert float(row[5].removesuffix(" %")) == pytest.approx(100 * test[row[0]].isna().mean(), abs=0.06)
    assert rows[0][0].startswith("sensor_1")  # three times as strong in the second set


def test_the_page_needs_nothing_beside_it(page):
    pictures = page.of("img")
    sources = [one["src"] for one in pictures] + [one["srcset"] for one in page.of("source")]
    assert len(pictures) == 4 + 2 * 2
    for source in sources:
        head, _, content = source.partition(",")
        assert head == "data:image/png;base64"
        png = base64.b64decode(content, validate=True)
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", png[16:24])
        assert width > 500 and height > 200
    names = {name for name, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "base"}
    assert all(one["href"].startswith("#") for one in page.of("a"))


def test_the_page_can_be_found_through_by_ear(page):
    assert page.of("html") == [{"lang": "en"}]
    assert all(one["alt"].strip() for one in page.of("img"))
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert all(one.get("scope") in ("col", "row") for one in page.of("th"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in page.of("a")} <= set(ids)


def test_examples_are_spread_over_the_label(page, frames):
    train, _ = frames
    label = train["time_to_eruption"]
    shown = re.findall(r"Segment (\d+), time_to_eruption ([\d.]+)", page.text)
    assert [one[0] for one in shown] == [str(label.idxmin()), str(label.idxmax())]


def test_a_table_gives_the_same_numbers_as_its_files(page, data, frames):
    train, _ = frames
    path = data / "train.parquet"
    train.reset_index().to_parquet(path)
    from_frame = Page(write_report(train, data / "frame.html", segments=data / "train", examples=1))
    from_file = Page(write_report(path, data / "file.html"))
    for start in ("Missing and dead", "Features by the rank correlation"):
        assert from_frame.table(start) == page.table(start)
        assert from_file.table(start) == page.table(start)
    assert len(from_frame.of("img")) == 3 + 2
    assert "No segment is drawn: give --segments" in from_file.text


def test_a_csv_table_is_told_from_a_csv_of_samples(data, frames, tmp_path):
    frames[0].to_csv(tmp_path / "table.csv")
    page = Page(write_report(tmp_path / "table.csv", tmp_path / "report.html"))
    assert dict(page.table("The data set"))["segments"] == "24"
    one = Page(write_report(data / "train" / "1000.csv", tmp_path / "one.html", sample_rate=RATE, examples=1))
    assert dict(one.table("The data set"))["segments"] == "1"
    assert "no label that is a number" in one.text


def test_segments_are_those_of_a_pattern(page, data, tmp_path):
    out = tmp_path / "r.html"
    of_patterns = [data / "train" / "*.csv", "--against", data / "test" / "2*.csv", "-o", out]
    assert main([*map(str, of_patterns), "--sample-rate", "100", "--examples", "1"]) == 0
    found = Page(out)
    for start in ("Missing and dead", "Features that drifted"):
        assert found.table(start) == page.table(start)
    assert "Segment 1000" in found.text
    (tmp_path / "odd[1].csv").write_bytes((data / "train" / "1000.csv").read_bytes())
    odd = Page(write_report(tmp_path / "odd[1].csv", out, sample_rate=RATE, examples=0))
    assert dict(odd.table("The data set"))["segments"] == "1"


def test_files_may_come_from_an_iterator(data, frames, tmp_path):
    paths = {name: sorted((data / name).glob("*.csv")) for name in ("train", "test")}
    options = dict(sample_rate=RATE, features="mean", examples=0)
    expected = write_report(paths["train"], tmp_path / "a.html", against=paths["test"], **options)
    got = write_report(iter(paths["train"]), tmp_path / "b.html", against=iter(paths["test"]), **options)
    assert Page(got).tables == Page(expected).tables
    of_table = write_report(frames[0], tmp_path / "c.html", segments=iter(paths["train"]), examples=1)
    assert "Segment 10" in Page(of_table).text and "No segment is drawn" not in Page(of_table).text


def test_a_folder_of_parts_is_a_table_unless_it_holds_samples(data, frames, tmp_path):
    pytest.importorskip("pyarrow")
    folder = tmp_path / "features"
    folder.mkdir()
    for i in range(12):
        frames[0].iloc[2 * i : 2 * i + 2].to_parquet(folder / f"part.{i}.parquet")
    page = Page(write_report(folder, tmp_path / "r.html", against=folder))
    assert dict(page.table("The data set"))["segments"] == "24"
    assert dict(page.table("The data set"))["labels"] == "time_to_eruption"
    (folder / "1.csv").write_bytes((data / "train" / "1000.csv").read_bytes())
    page = Page(write_report(folder, tmp_path / "r.html", sample_rate=RATE, examples=0))
    assert dict(page.table("The data set"))["segments"] == "1"


def test_labels_are_joined_to_a_table_by_id(data, frames, tmp_path):
    bare = frames[0].drop(columns="time_to_eruption")
    page = Page(write_report(bare, tmp_path / "report.html", labels=data / "train.csv"))
    expected = Page(write_report(frames[0], tmp_path / "other.html"))
    start = "Features by the rank correlation"
    assert page.table(start) == expected.table(start)
    assert "time_to_eruption" not in bare.columns


def test_labels_of_a_table_are_all_that_extract_takes(data, frames, tmp_path):
    label = frames[0]["time_to_eruption"].sample(frac=1, random_state=1)[:20]
    bare = frames[0].drop(columns=label.name)
    given = [label, label.to_frame(), dict(label), label.reset_index()]
    for library, make in [("polars", "DataFrame"), ("pyarrow", "table")]:
        if importlib.util.find_spec(library):
            given.append(getattr(importlib.import_module(library), make)(label.reset_index().to_dict("list")))
    for labels in given:
        expected = pumice.extract(data / "train", labels=labels, like=bare, n_jobs=1).iloc[:, -1]
        pd.testing.assert_series_equal(_with_labels(bare, labels).iloc[:, -1], expected)
    label.to_csv(tmp_path / "labels.csv", index_label="file")
    joined = _with_labels(bare, tmp_path / "labels.csv")
    assert list(joined.columns.difference(bare.columns)) == ["time_to_eruption"]
    write_report(bare, tmp_path / "r.html", labels=given[-1], examples=0)


def test_labels_of_a_table_lie_in_any_file_of_a_table(frames, tmp_path):
    pytest.importorskip("pyarrow")
    bare = frames[0].drop(columns="time_to_eruption")
    labels = frames[0]["time_to_eruption"].reset_index().sample(frac=1, random_state=1)
    labels.to_csv(tmp_path / "labels.tsv", sep="\t", index=False)
    labels.to_csv(tmp_path / "labels.txt", index=False)
    labels.to_csv(tmp_path / "labels.csv.gz", index=False)
    labels.reset_index(drop=True).to_feather(tmp_path / "labels.feather")
    labels.to_parquet(tmp_path / "labels.PARQUET")
    for path in tmp_path.iterdir():
        joined = _with_labels(bare, path)
        pd.testing.assert_series_equal(joined["time_to_eruption"], frames[0]["time_to_eruption"], check_dtype=False)


def test_names_are_data(tmp_path):
    evil = '<script>alert("1")</script>&amp;'
    folder = tmp_path / "in<b>&'\""
    folder.mkdir()
    random = np.random.default_rng(1)
    for i in range(6):
        frame = pd.DataFrame({evil: random.normal(0, 1, 300).round(3), "b": random.normal(0, 1, 300).round(3)})
        frame.to_csv(folder / f"<i>{i}.csv", index=False)
    labels = pd.DataFrame({"segment_id": [f"<i>{i}" for i in range(6)], "<u>label": np.arange(6.0)})
    path = write_report(
        folder, tmp_path / "r.html", labels=labels, sample_rate=100, examples=1, title="<h1>&", features="basic",
        missing="zero",
    )  # fmt: skip
    page = Page(path)
    assert not {name for name, _ in page.tags} & {"script", "b", "i", "u"}
    assert len(page.of("h1")) == 1
    assert dict(page.table("The data set"))["channels"] == f"2: {evil}, b"
    assert dict(page.table("The data set"))["source"] == str(folder)
    assert "Segment <i>0, <u>label 0" in page.text


def test_skipped_files_are_listed(data, tmp_path):
    for name in ("1000", "1001", "1004"):
        (tmp_path / f"{name}.csv").write_bytes((data / "train" / f"{name}.csv").read_bytes())
    (tmp_path / "bad.csv").write_text("sensor_1,sensor_2\n1,2\n3,x<y\n")
    with pytest.warns(pumice.SkippedWarning):
        page = Page(write_report(tmp_path, tmp_path / "r.html", sample_rate=RATE, examples=0))
    rows = page.table("Inputs that were skipped (1)")
    assert rows[1][0].endswith("bad.csv")
    assert rows[1][1] == "3"
    assert "none was asked for" in page.text


def test_a_table_without_counts_says_so(frames, tmp_path):
    bare = frames[0][["sensor_1__mean", "sensor_1__std", "time_to_eruption"]].copy()
    bare.attrs = {}
    page = Page(write_report(bare, tmp_path / "report.html"))
    assert "does not say what is missing" in page.text
    assert dict(page.table("The data set"))["sampling rate"] == "not known"


def test_rows_of_windows_are_called_so(data, tmp_path):
    table = pumice.extract(data / "train", window="6s", hop="6s", sample_rate=RATE, n_jobs=1)
    page = Page(write_report(table, tmp_path / "r.html", segments=data / "train", examples=1))
    rows = dict(page.table("The data set"))
    assert (rows["segments"], rows["rows (windows)"]) == ("24", "96")
    blank = table.filter(like="n_missing").gt(0).any(axis=1).sum()
    assert f"{blank} of 96 windows have missing samples" in page.text
    assert "Segment 1000" in page.text


def test_mistakes_are_named(data, frames, tmp_path):
    out = tmp_path / "r.html"
    for call, said in [
        (lambda: write_report(frames[0], out, label="nothing"), "no label `nothing`; it has time_to_eruption"),
        (lambda: write_report(frames[0], out, examples=-1), "examples=-1"),
        (lambda: write_report(frames[0][:0], out), "no row"),
        (lambda: write_report(frames[0], tmp_path / "no" / "r.html"), "no such directory"),
        (lambda: write_report(frames[0], tmp_path), "is a directory"),
        (lambda: write_report(frames[0], None), "output=None"),
        (lambda: write_report(frames[0], out, examples="3"), "examples='3'"),
        (lambda: write_report(iter([]), out), "source: there is no file"),
        (lambda: write_report(np.zeros((2, 1, 50)), out), "source: files or a table were expected"),
        (lambda: write_report(frames[0], out, against=5), "against: files or a table were expected, not 5"),
        (lambda: write_report(frames[0], out, segments=[5]), "segments: files or a table were expected, not [5]"),
        (lambda: write_report(frames[0], out, segments=["/gone/1.csv"]), "no file there is of a segment of the table"),
        (lambda: write_report(tmp_path / "no.parquet", out), "no such file"),
        (lambda: write_report(frames[0], out, labels=pd.DataFrame({"segment_id": ["x"], "y": [1]})), "has a label"),
        (lambda: write_report(frames[0], out, labels=tmp_path / "no.csv"), "no such file"),
        (lambda: write_report(frames[0], out, labels=5), "a mapping from ids, not int"),
        (lambda: write_report(frames[0], out, labels=pd.DataFrame({"id": [1, 1], "y": [1, 2]})), "occurs twice"),
        (lambda: write_report(frames[0], out, against=frames[0].rename(columns=lambda n: f"x{n}")), "in common"),
    ]:
        with pytest.raises(ValueError) as error:
            call()
        assert isinstance(error.value, pumice.PumiceError)
        assert said in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_the_module_is_a_command(data, tmp_path, capsys):
    assert main([str(data / "train"), "-o", str(tmp_path / "r.html"), "--sample-rate", "100", "--examples", "0"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'r.html'}\n"
    assert main([str(tmp_path / "nowhere.parquet"), "-o", str(tmp_path / "r.html")]) == 1
    assert "no such file" in capsys.readouterr().err
    assert main([str(data / "train"), "-o", str(tmp_path / "r.html"), "--examples", "-2"]) == 2


def test_the_command_says_what_was_skipped_in_a_line(data, tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes((data / "train" / "1000.csv").read_bytes())
    (tmp_path / "b.csv").write_text("sensor_1,sensor_2\n1,2\n3,x\n")
    assert main([str(tmp_path), "-o", str(tmp_path / "r.html"), "--sample-rate", "100", "--examples", "0"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if line.startswith("pumice: warning: 1 of 2 inputs was skipped")]
    assert not [line for line in said if "Warning" in line]


def test_the_programs_help_lists_what_the_module_takes():
    text = (ROOT / "src" / "cli" / "report.cpp").read_text()
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text.partition('R"(')[2].partition(')";')[0]))
    assert said == {name for action in parser()._actions for name in action.option_strings if name.startswith("--")}


def test_the_program_makes_the_page(data, tmp_path):
    program = Path(os.environ.get("PUMICE_PROGRAM", ROOT / "build" / "dev" / "pumice"))
    if not program.exists():
        pytest.skip(f"{program} is not there")
    folder = str(Path(pumice.__file__).parents[1])
    environment = os.environ | {"PUMICE_PYTHON": sys.executable, "PYTHONPATH": folder}
    command = [program, "report", data / "train", "-o", tmp_path / "r.html", "--sample-rate", "100", "--examples", "1"]
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert dict(Page(tmp_path / "r.html").table("The data set"))["segments"] == "24"


def test_statistics_of_drift():
    random = np.random.default_rng(3)
    a, b = random.normal(0, 1, 500), random.normal(0.5, 1, 400)
    a[:50] = np.nan
    found = drift(a, b)
    assert found.ks == pytest.approx(slow_distance(a[50:], b), abs=1e-12)
    assert found.share_a == pytest.approx(0.1)
    assert found.share_b == 0
    edges = np.quantile(a[50:], np.arange(1, 10) / 10)
    places = [-np.inf, *edges, np.inf]
    p = np.array([((a[50:] > low) & (a[50:] <= high)).sum() + 0.5 for low, high in itertools.pairwise(places)]) / 455
    q = np.array([((b > low) & (b <= high)).sum() + 0.5 for low, high in itertools.pairwise(places)]) / 405
    assert found.psi == pytest.approx(np.sum((q - p) * np.log(q / p)), rel=1e-12)
    assert stability_index(b, b) == pytest.approx(0, abs=1e-12)
    assert np.isnan(drift(np.full(3, np.nan), b).ks)
