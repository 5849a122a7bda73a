"""What goes wrong, in the words of the place where it was asked: types of exceptions, messages, lines of warnings."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest
from pumice._errors import in_python, on_command_line
from pumice.report import main

X = np.random.default_rng(1).normal(size=(3, 2, 200))


def run(**options):
    return pumice.extract(X, sample_rate=10, features="mean", **options)


@pytest.fixture
def bad_files(tmp_path) -> Path:
    for name in ("2.csv", "3.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n3,oops\n")
    return tmp_path


def test_where_no_input_can_be_used_the_error_has_the_first_problem(bad_files):
    with pytest.raises(pumice.InputError, match="none of the 2 files could be used") as caught:
        pumice.extract([bad_files / "2.csv", bad_files / "3.csv"], sample_rate=10)
    problem = caught.value.problem
    assert (problem["file"], problem["row"], problem["column"]) == (str(bad_files / "2.csv"), 3, "b")
    with pytest.raises(pumice.InputError, match="none of the 2 cases") as caught:
        pumice.extract(np.zeros((2, 2, 0)), sample_rate=10)
    assert caught.value.problem["file"] == "case 0" and caught.value.problem["reason"]


@pytest.mark.parametrize("name", ["missing", "names", "layout", "taper", "simd", "on_error", "precision", "na"])
@pytest.mark.parametrize("value", [True, 1, -999, 2.5, b"x"])
def test_a_wrong_type_is_named_with_what_is_taken(name, value):
    with pytest.raises(pumice.UsageError, match=name):
        run(**{name: value})


@pytest.mark.parametrize("name", ["id", "time_column", "delimiter", "decimal", "na", "header", "recursive"])
def test_a_wrong_type_of_how_files_are_read_is_named(bad_files, name):
    with pytest.raises(pumice.UsageError, match=name):
        pumice.extract(bad_files, sample_rate=10, **{name: 1})


def test_choices_are_listed_for_a_wrong_type():
    with pytest.raises(pumice.UsageError, match=r"missing=True: 'skip', 'zero', .* was expected"):
        run(missing=True)
    for name in ("nperseg", "overlap", "batch", "n_jobs", "threads", "memory", "sample_rate"):
        for value in (True, [1], None if name == "sample_rate" else 1.5):
            if value is not None:
                with pytest.raises(pumice.UsageError, match=f"{name}="):
                    pumice.extract(X, **({"features": "mean", name: value}))


@pytest.mark.parametrize("name", ["nperseg", "overlap", "batch", "n_jobs", "threads"])
def test_integers_beyond_the_librarys_are_named(name):
    for value in (2**31, np.int64(2**31), -(2**40), 10**30):
        with pytest.raises(pumice.UsageError, match=f"{name}="):
            run(**{name: value})


@pytest.mark.parametrize("integer", [np.int64, np.int32, np.uint8])
def test_integers_of_numpy_are_integers(integer):
    for name in ("n_jobs", "threads", "nperseg", "batch"):
        run(**{name: integer(2)})
    run(n_jobs=integer(1), threads=1, memory=np.int64(1 << 30))


def test_what_is_no_unicode_is_named():
    half = "caf\udce9"
    for options in ({"ids": ["a", half, "c"]}, {"channel_names": ["a", half]}, {"missing": half}, {"na": [half]}):
        with pytest.raises(pumice.UsageError, match=next(iter(options))):
            run(**options)
    with pytest.raises(pumice.UsageError, match="features"):
        pumice.extract(X, sample_rate=10, features=["mean", half])


def test_tables_of_arrow_are_cases():
    pa = pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": X[0, 0], "b": X[0, 1]})
    expected = pumice.extract(frame, sample_rate=10, features="mean")
    pd.testing.assert_frame_equal(pumice.extract(pa.table(frame), sample_rate=10, features="mean"), expected)
    short = pd.DataFrame({"a": X[1, 0, :50], "b": X[1, 1, :50]})
    expected = pumice.extract([frame, short], sample_rate=10, features="mean")
    tables = [pa.table(frame), pa.table(short)]
    pd.testing.assert_frame_equal(pumice.extract(tables, sample_rate=10, features="mean"), expected)
    named = pumice.extract(dict(enumerate(tables)), sample_rate=10, features="mean")
    pd.testing.assert_frame_equal(named, expected)


def test_gaps_in_columns_of_any_type_are_missing():
    pa = pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    expected = pumice.extract(np.array([1, np.nan, 0]), output="numpy", features="mean,n_missing")
    for values in ([True, None, False], [1, None, 0]):
        nullable = "boolean" if values[0] is True else "Int64"
        for given in (
            pd.Series(values, dtype=nullable),
            pd.array(values, dtype=nullable),
            pd.Series(pa.array(values), dtype=pd.ArrowDtype(pa.array(values).type)),
            pd.DataFrame({"a": pd.array(values, dtype=nullable)}),
            pa.array(values),
            pa.chunked_array([values]),
            polars.Series(values),
            values,
        ):
            np.testing.assert_array_equal(pumice.extract(given, output="numpy", features="mean,n_missing"), expected)


def test_a_list_of_numbers_is_one_series():
    expected = pumice.extract(np.array([1.0, 2.0, 3.0]), features="mean")
    for given in ([1.0, 2.0, 3.0], (1, 2, 3), [np.float32(1), np.float32(2), np.float32(3)]):
        pd.testing.assert_frame_equal(pumice.extract(given, features="mean"), expected)


def test_what_holds_no_samples_is_told_in_words():
    polars = pytest.importorskip("polars")
    for given, said in [
        ([], "there is no case"),
        (pd.DataFrame(), "case 0 is a frame without columns"),
        ([pd.DataFrame(index=range(3))], "case 0 is a frame without columns"),
        ([[[1, 2, 3], [4, 5]]], "case 0 is no array: its rows differ in length"),
        ([np.ones((2, 3)), [[1, 2, 3], [4, 5]]], "case 1 is no array: its rows differ in length"),
        (polars.LazyFrame({"a": [1.0]}), r"is a LazyFrame, .*: say \.collect\(\)"),
    ]:
        with warnings.catch_warnings(), pytest.raises(pumice.UsageError, match=said):
            warnings.simplefilter("error")
            pumice.extract(given, features="mean")


def test_ids_are_numbers_or_texts():
    for ids, said in [
        ([[1], [2], [3]], r"ids: .* not \[1\]"),
        (np.ones((3, 1)), "ids: .* not array"),
        (5, "ids=5"),
        ("abc", "ids='abc'"),
    ]:
        with pytest.raises(pumice.UsageError, match=said):
            run(ids=ids)
    assert list(run(ids=[1, "b", ("c", 2)]).index) == ["1", "b", "('c', 2)"]


def test_arrays_of_objects_hold_cases_of_their_own_lengths():
    cases = [X[0], X[1, :, :150], X[2, :, :90]]
    objects = np.empty(3, object)
    objects[:] = cases
    expected = pumice.extract(cases, sample_rate=10, features="mean")
    for given in (objects, pd.Series(cases)):
        pd.testing.assert_frame_equal(pumice.extract(given, sample_rate=10, features="mean"), expected)
    series = [x[0] for x in cases]
    expected = pumice.extract(series, sample_rate=10, features="mean")
    pd.testing.assert_frame_equal(pumice.extract(pd.Series(series), sample_rate=10, features="mean"), expected)


def test_columns_of_frames_are_found_by_name():
    frames = [pd.DataFrame(x.T, columns=["a", "b"]) for x in X]
    expected = pumice.extract(frames, sample_rate=10, features="mean")
    turned = [frames[0], frames[1][["b", "a"]], frames[2]]
    pd.testing.assert_frame_equal(pumice.extract(turned, sample_rate=10, features="mean"), expected)
    with pytest.raises(pumice.UsageError, match="case 1 is no frame with the columns"):
        pumice.extract([frames[0], frames[1][["a"]]], sample_rate=10)


def test_advice_can_be_copied(tmp_path):
    (tmp_path / "1.csv").write_text("a,b,c\n1.5,2.5,3\n3.5,4.5,4\n")
    with pytest.raises(pumice.PumiceError) as caught:
        pumice.extract(tmp_path / "1.csv", sample_rate=10, delimiter="tab")
    assert "delimiter=','" in str(caught.value) and "--" not in str(caught.value)
    with pytest.raises(pumice.UsageError, match=r"`id='\(\('` is no regular expression"):
        pumice.extract(tmp_path / "1.csv", sample_rate=10, id="((")


def test_words_are_those_of_the_place():
    assert in_python("say `--delimiter ','` or `--missing zero`, `--sample-rate HZ`") == (
        "say `delimiter=','` or `missing='zero'`, `sample_rate=HZ`"
    )
    options = {"missing", "sample_rate", "threads"}
    assert on_command_line("`missing='zero'`, sample_rate=-1.0 and y=2", options) == (
        "`--missing zero`, --sample-rate -1.0 and y=2"
    )
    assert on_command_line("`sample_rate` of `missing`", options) == "`--sample-rate` of `missing`"


def test_the_report_speaks_as_the_command_line_does(bad_files, capsys):
    (bad_files / "1.csv").write_text("a,b\n" + "1,2\n3,5\n" * 50)
    page = bad_files / "r.html"
    assert main([str(bad_files), "-o", str(page), "--sample-rate", "10", "--features", "basic"]) == 0
    said = capsys.readouterr().err
    assert "2 of 3 inputs were skipped" in said and "attrs" not in said and "=" not in said
    assert ">column</th>" in page.read_text() and ">b</td>" in page.read_text()
    assert main([str(bad_files), "-o", str(page), "--sample-rate", "-3"]) != 0
    assert "--sample-rate" in capsys.readouterr().err
    assert main([str(bad_files / "2.csv"), "-o", str(page)]) != 0
    assert "sample_rate" not in capsys.readouterr().err


def lines_of(call) -> list[tuple[str, int]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert caught
    return [(one.filename, one.lineno) for one in caught]


def test_warnings_are_of_the_callers_line():
    pytest.importorskip("sklearn")
    from sklearn.pipeline import make_pipeline

    long = pd.DataFrame({"id": np.repeat([1, 2], 30), "t": np.tile(np.arange(30), 2), "a": 1.0, "b": 2.0})
    long = long.melt(["id", "t"], var_name="kind").drop(index=7).reset_index(drop=True)
    options = dict(features="band_power", sample_rate=10)
    extractor = pumice.FeatureExtractor(**options)

    def of_extract():
        pumice.extract(X, **options)

    def of_frame():
        pumice.extract_frame(long, "id", "t", "kind", "value", **options)

    def of_fit():
        make_pipeline(extractor).fit(X)

    def of_transform():
        extractor.fit_transform(X)

    for call in (of_extract, of_frame, of_fit, of_transform):
        code = call.__code__
        assert set(lines_of(call)) == {(code.co_filename, code.co_firstlineno + 1)}, call


def test_warnings_of_frames_come_once():
    kinds = {f"k{i}": pd.DataFrame({"id": np.repeat([1, 2], 20 + i), "x": 1.0}) for i in range(4)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pumice.extract_frame(kinds, "id", sample_rate=10, features="band_power")
    texts = [str(one.message) for one in caught]
    assert texts and len(texts) == len(set(texts))
