"""`extract_frame` against pandas' groupby, and against tsfresh where a Python with it is named.

    PUMICE_TSFRESH=/path/to/python pytest tests/package/test_frame.py

That Python's tsfresh is asked for the same frames: it needs packages that would hold back those of the project.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pumice
import pytest

LONG = dict(column_id="id", column_sort="time", column_kind="kind", column_value="value")
# Features of one name and one definition: as pumice selects them, and as tsfresh does.
SHARED = {
    "maximum": None,
    "minimum": None,
    "mean": None,
    "median": None,
    "skewness": None,
    "kurtosis": None,
    "sum_values": None,
    "root_mean_square": None,
    "abs_energy": None,
    "quantile": [{"q": 0.1}, {"q": 0.25}, {"q": 0.9}],
    "mean_abs_change": None,
    "longest_strike_above_mean": None,
    "longest_strike_below_mean": None,
    "linear_trend": [{"attr": attribute} for attribute in ("slope", "intercept", "rvalue", "stderr")],
}
SELECTION = [*(name for name in SHARED if name != "quantile"), *(f"quantile__q_{p['q']}" for p in SHARED["quantile"])]
ASK_TSFRESH = """
import pickle, sys
from tsfresh import extract_features
cases, shared = pickle.load(sys.stdin.buffer)
tables = [extract_features(frame, default_fc_parameters=shared, n_jobs=0, disable_progressbar=True, **columns)
          for frame, columns in cases]
sys.stdout.buffer.write(pickle.dumps(tables))
"""


def long_frame(ids, kinds, samples=lambda i, kind: 30, seed=0) -> pd.DataFrame:
    """Rows in no order at all; `samples(i, kind)` of the i-th id."""
    rng = np.random.default_rng(seed)
    parts = []
    for i, one in enumerate(ids):
        for kind in kinds:
            n = samples(i, kind)
            values = np.round(rng.normal(size=n) * 100) / 4
            parts.append(pd.DataFrame({"id": [one] * n, "time": np.arange(n) * 0.5, "kind": kind, "value": values}))
    return pd.concat(parts, ignore_index=True).sample(frac=1, random_state=seed, ignore_index=True)


def differing(i: int, kind: str) -> int:
    """Samples of an id's series: none of id 1's "b", and each kind has its own length."""
    return 0 if (i, kind) == (1, "b") else {"a": 30, "b": 20, "c": 30}[kind] + i


TIMES = pd.to_datetime(["2020-03-01 02:00", "2020-01-01 12:00", "2020-02-01 00:00"])
DATES = list(pd.to_datetime(["2020-03-01", "2020-01-01", "2020-02-01"]))
FRAMES = {
    "integers": long_frame([10, 2, 33, 1], ["b", "a"]),
    "texts": long_frame(["b", "10", "9", "a"], ["x"]),
    "dates": long_frame(DATES, ["x"]),
    "dates of a zone": long_frame([date.tz_localize("Europe/Rome") for date in DATES], ["x"]),
    "fractions": long_frame([1.5, -0.5, 7.0], ["x"]),
    "numbers as kinds": long_frame([1, 2], [10, 9]),
    "differing": long_frame([5, 4, 3], ["a", "b", "c"], differing),
    "categories": long_frame(["q", "p"], ["x", "y"]).astype({"id": "category", "kind": "category"}),
}


def groups(frame: pd.DataFrame):
    """(id, kind) -> samples in order, by pandas alone."""
    ordered = frame.sort_values(["id", "time"], kind="stable")
    return ordered.groupby(["id", "kind"], observed=True)["value"]


def by_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    values = groups(frame).agg(["max", "mean", "median", "skew", pd.Series.kurt]).unstack("kind")
    names = {"max": "maximum", "skew": "skewness", "kurt": "kurtosis"}
    values.columns = [f"{kind}__{names.get(name, name)}" for name, kind in values.columns]
    features = ("maximum", "mean", "median", "skewness", "kurtosis")
    kinds = sorted(set(frame["kind"]))
    return values.sort_index()[[f"{kind}__{name}" for kind in kinds for name in features]].rename_axis(None)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_long_frames_have_the_ids_columns_and_values_of_groupby(frame):
    table = pumice.extract_frame(frame, **LONG, features=["maximum", "mean", "median", "skewness", "kurtosis"])
    expected = by_pandas(frame)
    if isinstance(frame["id"].dtype, pd.CategoricalDtype):
        expected.index = expected.index.astype("str")
    pd.testing.assert_frame_equal(table, expected, rtol=1e-12, check_freq=False, check_index_type=False)
    assert table.index.name is None
    assert list(table.index) == sorted(set(frame["id"]))


def ask_tsfresh(cases) -> list[pd.DataFrame]:
    python = os.environ.get("PUMICE_TSFRESH", sys.executable)
    if subprocess.run([python, "-c", "import tsfresh"], capture_output=True).returncode != 0:
        pytest.skip(f"{python} has no tsfresh: name one that has in PUMICE_TSFRESH")
    question = pickle.dumps((cases, SHARED))
    done = subprocess.run([python, "-W", "ignore", "-c", ASK_TSFRESH], input=question, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)


def test_frames_are_those_of_tsfresh():
    wide = pd.DataFrame({"id": [2] * 9 + [1] * 7, "time": [*range(9)[::-1], *range(7)]})
    wide["y"], wide["x"] = np.arange(16) % 5 - 1.5, np.arange(16) ** 2
    of_wide = dict(column_id="id", column_sort="time")
    dictionary = {"z": wide[["id", "time", "y"]], "w": wide[["id", "time", "x"]].rename(columns={"x": "y"})}
    cases = [(frame, LONG) for name, frame in FRAMES.items() if name != "categories"]
    cases += [
        (wide, of_wide),
        (wide, of_wide | {"column_value": "x"}),
        (wide.drop(columns="time"), {"column_id": "id"}),
    ]
    cases += [(dictionary, of_wide | {"column_value": "y"})]
    rolled = pd.concat([wide[wide["time"] <= end].assign(end=end) for end in (5, 6)])
    rolled["id"] = list(zip(rolled["id"], rolled.pop("end")))
    cases += [(rolled, of_wide)]
    for (frame, columns), theirs in zip(cases, ask_tsfresh(cases)):
        ours = pumice.extract_frame(frame, **columns, features=SELECTION)
        pd.testing.assert_index_equal(ours.index, theirs.index)
        assert set(ours.columns) == set(theirs.columns)
        kinds = list(dict.fromkeys(name.split("__")[0] for name in theirs.columns))
        assert list(dict.fromkeys(name.split("__")[0] for name in ours.columns)) == kinds
        pd.testing.assert_frame_equal(ours, theirs[ours.columns], rtol=1e-9, atol=1e-12, check_freq=False)


def test_wide_frames_dictionaries_and_polars_are_the_long_frame():
    frame = long_frame([3, 1, 2], ["a", "b"])
    expected = pumice.extract_frame(frame, **LONG, features="basic", missing="zero")
    wide = frame.pivot(index=["id", "time"], columns="kind", values="value").reset_index()
    wide = wide.sample(frac=1, random_state=1)[["id", "time", "a", "b"]]
    same = [
        (wide, {}),
        (pl.from_pandas(wide), {}),
        ({kind: frame[frame["kind"] == kind].drop(columns="kind") for kind in "ab"}, {"column_value": "value"}),
        ({kind: wide[["id", "time", kind]] for kind in "ab"}, {}),
    ]
    for x, columns in same:
        table = pumice.extract_frame(x, column_id="id", column_sort="time", **columns, features="basic", missing="zero")
        pd.testing.assert_frame_equal(table, expected, check_exact=True)
    polars = pumice.extract_frame(pl.from_pandas(frame), **LONG, features="basic", missing="zero")
    pd.testing.assert_frame_equal(polars, expected, check_exact=True)


def test_columns_that_are_not_chosen_hold_what_they_like():
    frame = pd.DataFrame({"id": [1, 1, 2], "time": TIMES, "name": list("xyz"), "a": [1.0, 2, 3], "b": [4.0, 5, 6]})
    expected = pumice.extract_frame(frame[["id", "b", "a"]], "id", features="mean")
    for one in (frame, pl.from_pandas(frame)):
        for options in ({"channels": ["b", "a"], "features": "mean"}, {"like": expected}):
            table = pumice.extract_frame(one, "id", **options)
            pd.testing.assert_frame_equal(table, expected, check_exact=True)
        with pytest.raises(pumice.UsageError, match=r"column `time` is of type .*; `channels` says which columns are"):
            pumice.extract_frame(one, "id", features="mean")
        with pytest.raises(pumice.UsageError, match="there is no kind `c` among time, name, a, b"):
            pumice.extract_frame(one, "id", features="mean", channels=["a", "c"])
    parts = {"a": frame[["id", "a"]], "names": frame[["id", "name"]]}
    table = pumice.extract_frame(parts, "id", features="mean", channels="a")
    pd.testing.assert_frame_equal(table, expected[["a__mean"]], check_exact=True)


def test_tables_of_arrow_are_frames():
    pa = pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"id": ["b", "a", "b"], "x": [1.0, 2.0, 4.0]})
    table = pa.Table.from_pandas(frame)
    for one in (table, {"x": table}):
        out = pumice.extract_frame(one, "id", features="mean")
        pd.testing.assert_frame_equal(out, pd.DataFrame({"x__mean": [2.0, 2.5]}, ["a", "b"]))


def test_ids_that_are_tuples_are_levels():
    frame = long_frame(["b", "a", "c"], ["x", "y"], lambda i, kind: 20 + i)
    expected = pumice.extract_frame(frame, **LONG, features="basic", missing="zero")
    for make, levels in [
        (lambda one: (one, ord(one)), [["a", "b", "c"], [97, 98, 99]]),
        (lambda one: (pd.Timestamp(2020, 1, ord(one) - 96), one, 0.5), [None, ["a", "b", "c"], [0.5] * 3]),
    ]:
        rolled = frame.assign(id=[make(one) for one in frame["id"]])
        for one in (rolled, rolled[rolled["time"] + (rolled["kind"] == "x") < 10]):  # kinds of one length, and of two
            table = pumice.extract_frame(one, **LONG, features="basic", missing="zero")
            assert isinstance(table.index, pd.MultiIndex) and list(table.index.names) == [None] * len(levels)
            assert table.index.equals(pd.MultiIndex.from_tuples([make(one) for one in "abc"]))
            for i, values in enumerate(levels):
                assert values is None or list(table.index.get_level_values(i)) == values
        table = pumice.extract_frame(rolled, **LONG, features="basic", missing="zero")
        pd.testing.assert_frame_equal(table.set_axis(expected.index), expected, check_exact=True)
        windows = pumice.extract_frame(rolled, **LONG, features="basic", missing="zero", window="10n")
        assert list(windows.index.names) == [None] * len(levels) + ["window"]
        assert windows.index.droplevel("window").unique().equals(table.index)
    frame["id"] = [(one,) * (1 + (one == "c")) for one in frame["id"]]
    odd = pumice.extract_frame(frame, **LONG, features="mean")
    assert list(odd.index) == [("a",), ("b",), ("c", "c")]


def test_texts_of_any_type_are_in_the_order_of_their_characters():
    frame = long_frame(["é", "Z", "10", "9", "a", "", "\U0001f30b", "\uffee"], ["x", "ß", "X"])
    expected = pumice.extract_frame(frame, **LONG, features="basic", missing="zero")
    assert list(expected.index) == sorted(set(frame["id"]))
    kinds = list(dict.fromkeys(name.split("__")[0] for name in expected.columns))
    assert kinds == sorted(set(frame["kind"]))
    polars = pl.from_pandas(frame)
    texts = pl.Enum(polars["id"].unique(maintain_order=True))
    same = [
        frame.astype({"id": object, "kind": object}),
        frame.astype({"id": "category", "kind": "category"}),
        frame.astype({"id": pd.CategoricalDtype(frame["id"].unique().tolist() + ["of no row"], ordered=True)}),
        polars,
        polars.with_columns(pl.col("id", "kind").cast(pl.Categorical)),
        polars.with_columns(pl.col("id").cast(texts)),
    ]
    for one in same:
        table = pumice.extract_frame(one, **LONG, features="basic", missing="zero")
        pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_texts_that_differ_in_a_nul_at_their_end_are_different():
    frame = pd.DataFrame({"id": ["b", "a\0", "a", "b", "a\0"], "kind": list("xxxyy"), "value": [1.0, 2, 3, 4, 5]})
    expected = [[3.0, np.nan], [2.0, 5.0], [1.0, 4.0]]
    polars = pl.from_pandas(frame)
    for one in (frame, frame.astype({"id": object}), frame.astype({"id": "category"}), polars):
        table = pumice.extract_frame(one, "id", None, "kind", "value", features="mean")
        assert list(table.index) == ["a", "a\0", "b"] and table.index.dtype == frame["id"].dtype
        np.testing.assert_array_equal(table, expected)


@pytest.mark.parametrize("options", [{}, {"window": "10n"}, {"layout": "long"}], ids=str)
@pytest.mark.parametrize("name", ["integers", "texts", "dates", "differing", "numbers as kinds"])
def test_outputs_hold_the_same_numbers(name, options):
    pytest.importorskip("pyarrow")
    frame = FRAMES[name]
    options = options | {"features": ["n_valid", "mean", "linear_trend"], "sample_rate": 2}
    expected = pumice.extract_frame(frame, **LONG, **options)
    tables = [
        pumice.extract_frame(frame, **LONG, **options, output="arrow"),
        pumice.extract_frame(pl.from_pandas(frame), **LONG, **options, output="arrow"),
        pumice.extract_frame(frame, **LONG, **options, output="polars").to_arrow(),
    ]
    cases = np.zeros((1, 1, 30))
    usual = pumice.extract(cases, channel_names=[expected.attrs["pumice"]["channels"][0]], **options, output="arrow")
    levels = [name for name in usual.column_names if name not in set(expected.columns)]
    of_rows = expected.rename_axis(["segment_id", *expected.index.names[1:]]).index.to_frame()
    for table in tables:
        assert table.column_names == [*levels, *expected.columns]
        assert sum(table[name].null_count for name in expected.columns) == expected.isna().to_numpy().sum()
        back = table.to_pandas()
        np.testing.assert_array_equal(back[expected.columns], expected)
        for level in of_rows:
            assert list(back[level]) == list(of_rows[level])
        if "window" in options:
            assert table.schema.field("start_sample").type == usual.schema.field("start_sample").type
            assert list(back["start_sample"]) == [10 * window for window in back["window"]]
    assert set(tables[0].schema.metadata) == set(usual.schema.metadata)
    again = pumice.extract_frame(frame, **LONG, like=tables[0])
    pd.testing.assert_frame_equal(again, expected, check_exact=True)
    block = pumice.extract_frame(frame, **LONG, **options, output="numpy")
    np.testing.assert_array_equal(block, expected.to_numpy())
    with pytest.raises(pumice.UsageError, match="output='excel'"):
        pumice.extract_frame(frame, **LONG, output="excel")


def test_ids_that_are_tuples_need_an_index():
    frame = FRAMES["integers"]
    frame = frame.assign(id=[(i, "x") for i in frame["id"]])
    with pytest.raises(pumice.UsageError, match="ids that are tuples"):
        pumice.extract_frame(frame, **LONG, features="mean", output="polars")
    assert pumice.extract_frame(frame, **LONG, features="mean", output="numpy").shape == (4, 2)


# What imports these fails: the rest has to do with NumPy and polars alone.
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["pandas", "pyarrow", "sklearn", "dask"]))
import numpy as np, polars as pl, pumice
wide = pl.DataFrame({"id": ["b", "b", "a", "a"], "t": [1, 0, 0, 1], "x": [1.0, 2.0, 3.0, 5.0], "y": [1, None, 2, 3]})
long = wide.unpivot(index=["id", "t"]).drop_nulls()
for frame, columns in (wide, {}), (long, {"column_kind": "variable", "column_value": "value"}):
    out = pumice.extract_frame(frame, "id", "t", **columns, features=["mean"], output="polars")
    assert out.to_dict(as_series=False) == {
        "segment_id": ["a", "b"], "x__mean": [4.0, 1.5], "y__mean": [2.5, 1.0]
    }, out
samples = np.arange(6.0).reshape(3, 1, 2)
frame = pl.DataFrame({"segment_id": [2, 0], "n": [7, None], "f": [0.5, None], "s": ["z", None], "b": [True, None]})
out = pumice.extract(samples, features="mean", labels=frame, output="polars")
assert out.select("n", "f", "s", "b").rows() == [(None,) * 4, (None,) * 4, (7, 0.5, "z", 1)], out
out = pumice.extract(samples, features="mean", labels={0: 1, 2: 3}, output="polars")
assert out["label"].to_list() == [1, None, 3], out
assert pumice.extract(samples, features="mean", labels={0: 1}, output="numpy").tolist() == [[0.5], [2.5], [4.5]]
for call in (lambda: pumice.extract_frame(wide, "id", "t"), lambda: pumice.extract(samples)):
    try:
        call()
    except pumice.UnavailableError as error:
        assert "pumice[pandas]" in str(error) and "output='polars'" in str(error), error
    else:
        raise AssertionError("pandas was found")
"""


def test_polars_needs_neither_pandas_nor_pyarrow():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_a_sort_column_samples_are_in_the_order_of_rows():
    frame = pd.DataFrame({"id": [2, 1, 2, 1, 2, 1], "x": [0.0, 5.0, 1.0, 7.0, 5.0, 8.0]})
    table = pumice.extract_frame(frame, "id", features=["slope", "mean_abs_change"])
    expected = pd.DataFrame({"x__mean_abs_change": [1.5, 2.5], "x__slope": [1.5, 2.5]}, index=[1, 2])
    pd.testing.assert_frame_equal(table, expected)


def test_categories_order_samples_as_their_frames_do():
    frame = pd.DataFrame({"id": [1] * 3, "when": ["high", "low", "mid"], "x": [30.0, 10.0, 20.0]})
    stages = ["low", "mid", "high"]
    polars = pl.from_pandas(frame)
    for one, slope in [
        (frame, -5),  # of texts: high, low, mid
        (frame.astype({"when": pd.CategoricalDtype(stages, ordered=True)}), 10),
        (frame.astype({"when": pd.CategoricalDtype(stages)}), 10),
        (frame.assign(when=pd.Categorical([9, 1, 5], [1, 9, 5])), 5),
        (polars.with_columns(pl.col("when").cast(pl.Enum(stages))), 10),
        (polars.with_columns(pl.col("when").cast(pl.Categorical)), -5),
    ]:
        ordered = one.sort("when") if isinstance(one, pl.DataFrame) else one.sort_values("when")
        np.testing.assert_allclose(np.polyfit(range(3), ordered["x"].to_numpy(), 1)[0], slope, rtol=1e-12)
        table = pumice.extract_frame(one, "id", "when", features="slope")
        np.testing.assert_allclose(table["x__slope"].item(), slope, rtol=1e-12)


# What pandas gives to NumPy as objects, which are slow to sort.
OBJECTS = {
    "times of a zone": TIMES.tz_localize("Europe/Rome"),
    "periods": TIMES.to_period("h"),
    "categories of times": pd.CategoricalIndex(TIMES.tz_localize("UTC")),
    "intervals": pd.IntervalIndex.from_tuples([(2, 3), (0, 1), (1, 2)]),
}


@pytest.mark.parametrize("values", OBJECTS.values(), ids=OBJECTS)
def test_what_is_no_type_of_numpy_is_sorted_as_numbers(values, monkeypatch):
    orders = []
    monkeypatch.setattr(np, "lexsort", lambda keys, sort=np.lexsort: orders.append(keys) or sort(keys))
    frame = pd.DataFrame(
        {"id": values.repeat(3), "when": values.append([values, values]), "x": np.arange(9) % 3 * 10.0}
    )
    table = pumice.extract_frame(frame, "id", "when", features=["slope", "mean"])
    assert [key.dtype.kind for key in orders[-1]] == ["i", "i"]
    expected = pd.Index(sorted(values))
    assert table.index.equals(expected) and table.index.dtype == expected.dtype
    np.testing.assert_array_equal(table, [[10.0, -5.0]] * 3)


def test_a_series_that_is_not_there_has_no_values_and_kinds_keep_their_order():
    frame = FRAMES["differing"]
    table = pumice.extract_frame(frame, **LONG, features=["n_valid", "mean"])
    assert list(table.columns) == [f"{kind}__{name}" for kind in "abc" for name in ("n_valid", "mean")]
    counts = groups(frame).size().unstack("kind")
    np.testing.assert_array_equal(table[[f"{kind}__n_valid" for kind in "abc"]], counts[["a", "b", "c"]])
    assert table.loc[4, ["b__n_valid", "b__mean"]].isna().all()


def test_a_table_of_kinds_of_different_lengths_can_be_made_again():
    frame = FRAMES["differing"]
    features = {"c": ["maximum"], "a": ["mean", "|abs__mean"], "b": "median"}
    table = pumice.extract_frame(frame, **LONG, features=features)
    assert list(table.columns) == ["a__mean", "a|abs__mean", "b__median", "c__maximum"]
    assert table.attrs["pumice"]["channels"] == ["a", "b", "c"]
    again = pumice.extract_frame(frame[frame["id"] != 5], **LONG, like=table)
    pd.testing.assert_frame_equal(again, table.loc[[3, 4]], check_exact=True)
    with pytest.raises(pumice.UsageError, match="there is no kind `c` among a, b"):
        pumice.extract_frame(frame[frame["kind"] != "c"], **LONG, like=table)


def test_kinds_without_columns_are_no_part_of_a_table_that_is_made_again():
    table = pumice.extract_frame(FRAMES["differing"], **LONG, features={"c": "mean", "a": "mean"})
    assert table.attrs["pumice"]["channels"] == ["a", "b", "c"] and list(table.columns) == ["a__mean", "c__mean"]
    again = pumice.extract_frame(FRAMES["differing"], **LONG, like=table)
    pd.testing.assert_frame_equal(again, table, check_exact=True)


def test_the_work_grows_with_the_number_of_kinds_of_different_lengths(monkeypatch):
    calls = 0
    parse = pumice._core.parse_column

    def counted(name):
        nonlocal calls
        calls += 1
        return parse(name)

    monkeypatch.setattr(pumice._core, "parse_column", counted)
    kinds = [f"kind {i}" for i in range(40)]
    frame = long_frame([2, 1], kinds, lambda i, kind: 5 + int(kind[5:]) + i)
    table = pumice.extract_frame(frame, **LONG, features="basic", missing="zero")
    assert table.shape == (2, 40 * 8) and calls <= table.shape[1]
    assert list(table.columns[::8]) == [f"{kind}__maximum" for kind in sorted(kinds)]
    means = groups(frame).mean().unstack("kind")
    np.testing.assert_allclose(table[[f"{kind}__mean" for kind in means]], means, rtol=1e-12)


def test_warnings_of_kinds_of_different_lengths_come_once():
    frame = FRAMES["differing"]
    with pytest.warns(pumice.PumiceWarning) as caught:
        table = pumice.extract_frame(frame, **LONG, sample_rate=100)
    texts = [str(one.message) for one in caught]
    assert len(texts) == len(set(texts)) and {one.filename for one in caught} == {__file__}
    assert len(table.attrs["pumice"]["warnings"]) == len(texts)


def test_windows_and_the_long_layout_go_with_kinds_of_different_lengths():
    frame = FRAMES["differing"]
    windows = pumice.extract_frame(frame, **LONG, features="n_valid", window="10n")
    assert windows.index.names == ["segment_id", "window"]
    assert windows["a__n_valid"].groupby("segment_id").sum().to_dict() == {3: 30.0, 4: 30.0, 5: 30.0}
    assert windows["b__n_valid"].groupby("segment_id").sum().to_dict() == {3: 20.0, 4: 0.0, 5: 20.0}
    rows = pumice.extract_frame(frame, **LONG, features="mean", layout="long")
    assert list(rows.index.names) == ["segment_id", "channel"]
    expected = groups(frame).mean()
    for (one, kind), value in rows["mean"].items():
        np.testing.assert_allclose(value, expected[one, kind], rtol=1e-12)
    assert len(rows) == len(expected) == 8


def test_kinds_too_short_for_a_window_leave_the_others_theirs():
    frame = long_frame([1, 2], ["a", "b", "c"], lambda i, kind: {"a": 40, "b": 10, "c": 5 + i}[kind])
    features = ["n_valid", "mean"]
    expected = pumice.extract_frame(frame[frame["kind"] == "a"], **LONG, features=features, window="20n")
    with pytest.warns(pumice.PumiceWarning, match="no series of `[bc]` has a whole window") as caught:
        table = pumice.extract_frame(frame, **LONG, features=features, window="20n")
    assert len(caught) == 2 and table.attrs["pumice"]["channels"] == ["a", "b", "c"]
    assert list(table.columns) == [f"{kind}__{name}" for kind in "abc" for name in features]
    pd.testing.assert_frame_equal(table[expected.columns], expected, check_exact=True)
    assert table.drop(columns=expected.columns).isna().all(axis=None)
    with pytest.warns(pumice.PumiceWarning, match="has a whole window"):
        rows = pumice.extract_frame(frame, **LONG, features=features, window="20n", layout="long")
    assert list(rows.index) == [(one, window, "a") for one in (1, 2) for window in (0, 1)]
    np.testing.assert_array_equal(rows, expected)
    with pytest.raises(pumice.UsageError, match="no case has a whole window of 50 samples; the longest has 40"):
        pumice.extract_frame(frame, **LONG, features=features, window="50n")


def with_none(column: str) -> pd.DataFrame:
    frame = FRAMES["integers"].astype({column: object})
    frame.loc[7, column] = None
    return frame


WRONG = {
    "no frame": ([1, 2], LONG, "a frame of pandas or polars is expected, not list"),
    "no rows": (FRAMES["integers"][:0], LONG, "the frame has no rows"),
    "no column": (FRAMES["integers"], LONG | {"column_sort": "t"}, "has no column `t`; it has id, time, kind, value"),
    "no id": (with_none("id"), LONG, "column `id`: row 7 has no id"),
    "no kind": (with_none("kind"), LONG, "column `kind`: row 7 has no kind"),
    "no order": (with_none("time"), LONG, "column `time`: row 7 has no place in the order"),
    "nullable": (with_none("id").astype({"id": "Int64"}), LONG, "column `id`: row 7 has no id"),
    "mixed ids": (long_frame([1, "a"], ["x"]), LONG, "holds what has no order"),
    "texts": (FRAMES["integers"].assign(value="loud"), LONG, "column `value` holds something else than numbers"),
    "two values": ({"k": FRAMES["integers"][["id", "time", "value"]].assign(x=1)},
                   dict(column_id="id", column_sort="time"), "which of value, x holds the samples of kind `k`"),
    "ids of two types": ({"k": pd.DataFrame({"id": ["a"], "x": 1}), "l": pd.DataFrame({"id": [("a", 1)], "x": 1})},
                         dict(column_id="id"), "the ids of some kinds are of another type"),
    "labels": (FRAMES["integers"], LONG | {"labels": "x.csv"}, "has no option `labels`"),
}  # fmt: skip


@pytest.mark.parametrize(["frame", "arguments", "message"], WRONG.values(), ids=WRONG)
def test_says_what_is_wrong_with_a_frame(frame, arguments, message):
    with pytest.raises(pumice.UsageError, match=message):
        pumice.extract_frame(frame, **arguments, features="mean")


def test_two_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2.0, 3.0]], columns=["id", "x", "x"])
    with pytest.raises(pumice.UsageError, match="two"):
        pumice.extract_frame(frame, "id", features="mean")
    with pytest.raises(pumice.UsageError, match="two kinds are named `7`"):
        pumice.extract_frame(frame.set_axis(["id", 7, "7"], axis=1), "id", features="mean")
