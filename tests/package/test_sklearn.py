"""`FeatureExtractor`: scikit-learn's own checks, one row a case, the columns of fit, and whatever it is a step of."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pumice
import pytest
from pumice import FeatureExtractor
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, LeaveOneOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

LENGTHS = "columns of X are samples: cases may be longer or shorter in transform than they were in fit"


def expected_failures(_estimator) -> dict[str, str]:
    return {
        "check_n_features_in": f"there is no n_features_in_: {LENGTHS}",
        "check_n_features_in_after_fitting": LENGTHS,
        "check_transformer_general": f"it wants an error for another number of columns: {LENGTHS}",
    }


@parametrize_with_checks(
    [FeatureExtractor(features="basic", missing="zero"), FeatureExtractor(features="core", sample_rate=100)],
    expected_failed_checks=expected_failures,
)
@pytest.mark.filterwarnings("ignore::pumice.PumiceWarning")
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def write(path: Path, samples: np.ndarray, channels: str = "a,b") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, samples.T, delimiter=",", header=channels, comments="", fmt="%.6g")
    return str(path)


@pytest.fixture
def signals() -> np.ndarray:
    """(8, 2, 200)"""
    return np.round(np.random.default_rng(5).normal(size=(8, 2, 200)) * 1000) / 8


@pytest.fixture
def paths(tmp_path, signals) -> list[str]:
    """Files whose stems are all the same."""
    return [write(tmp_path / f"station{i}" / "segment.csv", signals[i]) for i in range(len(signals))]


def means(signals: np.ndarray) -> np.ndarray:
    return signals.mean(axis=-1).reshape(len(signals), -1)


def test_paths_give_a_row_each_in_order_though_they_repeat_and_share_a_stem(paths, signals):
    order = [3, 0, 3, 7, 1, 1]
    table = FeatureExtractor("mean").fit_transform([paths[i] for i in order])
    np.testing.assert_allclose(table, means(signals[order]), rtol=1e-12)


SEQUENCES = {
    "series": pd.Series,
    "array": np.array,
    "polars": pl.Series,
    "tuple": tuple,
    "frame": lambda x: pd.DataFrame({"path": x}),
    "column": lambda x: np.array(x, dtype=object)[:, None],
    "Path": lambda x: [Path(one) for one in x],
}


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
def test_paths_come_in_any_sequence(paths, signals, make):
    extractor = FeatureExtractor("mean").fit(make(paths))
    assert list(extractor.get_feature_names_out()) == ["a__mean", "b__mean"]
    np.testing.assert_allclose(extractor.transform(make(paths[::-1])), means(signals[::-1]), rtol=1e-12)


def test_bad_files_are_rows_of_nan_and_do_not_disturb_the_others(paths, signals, tmp_path):
    bad = [
        str(tmp_path / "gone.csv"),
        str(tmp_path),
        write(tmp_path / "empty.csv", np.zeros((2, 0))),
        write(tmp_path / "other.csv", signals[0], "x,y"),
        str(tmp_path / "segment.npy"),
        None,
    ]
    np.save(bad[4], signals[0])
    (tmp_path / "text.csv").write_text("a,b\n1,2\n3,four\n")
    bad.append(str(tmp_path / "text.csv"))
    X = [bad[0], paths[0], *bad[1:], paths[1]]
    extractor = FeatureExtractor("mean").fit(X)
    with pytest.warns(pumice.SkippedWarning, match=r"7 of 9 cases could not be used, their rows are NaN.*gone\.csv"):
        table = extractor.transform(X)
    assert list(np.isnan(table).all(axis=1)) == [True, False] + 6 * [True] + [False]
    np.testing.assert_allclose(table[[1, 8]], means(signals[:2]), rtol=1e-12)
    with pytest.raises(pumice.InputError, match=r"gone\.csv"):
        extractor.set_params(on_error="fail").transform(X[:3])


def test_paths_and_files_may_hold_bytes_that_are_no_text(paths, signals, tmp_path):
    odd = os.fsdecode(os.fsencode(str(tmp_path)) + b"/caf\xe9.csv")
    Path(odd).write_bytes(Path(paths[0]).read_bytes())
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"a,b\n1,2\n3,\x93\xff\n")
    extractor = FeatureExtractor("mean").fit(paths)
    with pytest.warns(pumice.SkippedWarning, match=r"2 of 3.*case 0: its path is no Unicode text"):
        table = extractor.transform([odd, str(binary), paths[1]])
    assert np.isnan(table[:2]).all()
    np.testing.assert_allclose(table[2:], means(signals[1:2]), rtol=1e-12)


def test_the_log_names_every_bad_case(paths, tmp_path, caplog):
    extractor = FeatureExtractor("mean").fit(paths)
    with caplog.at_level("INFO", logger="pumice"), pytest.warns(pumice.SkippedWarning):
        extractor.transform([*paths, str(tmp_path / "x.csv"), 7])
    said = [record.getMessage() for record in caplog.records]
    assert any("x.csv" in line for line in said)
    assert any("is no path: 7" in line for line in said)


def test_files_without_any_that_can_be_read_are_rows_of_nan_too(paths, tmp_path):
    extractor = FeatureExtractor("mean").fit(paths)
    with pytest.warns(pumice.SkippedWarning, match="none of the 2 cases"):
        table = extractor.transform([str(tmp_path / "x.csv"), str(tmp_path / "y.csv")])
    assert table.shape == (2, 2)
    assert np.isnan(table).all()


def test_columns_are_those_of_fit_whatever_else_files_hold(paths, signals, tmp_path):
    extractor = FeatureExtractor("mean").fit(paths)
    more = np.concatenate([signals[:, 1:], signals[:, :1], signals[:, :1]], axis=1)
    wider = [write(tmp_path / f"wider{i}.csv", more[i], "b,c,a") for i in range(len(more))]
    table = extractor.set_output(transform="pandas").transform(wider)
    assert list(table.columns) == ["a__mean", "b__mean"]
    np.testing.assert_allclose(table, means(signals), rtol=1e-12)


def test_files_without_a_channel_of_fit_are_one_clear_error(paths, signals, tmp_path):
    extractor = FeatureExtractor("mean").fit(paths)
    others = [write(tmp_path / f"{i}.csv", signals[i], "a,c") for i in range(3)]
    with pytest.raises(pumice.UsageError, match=r"has no channel `b`.*the data of fit"):
        extractor.transform(others)


def test_fit_skips_what_cannot_be_read(paths, tmp_path):
    extractor = FeatureExtractor("mean").fit([None, str(tmp_path / "x.csv"), *paths])
    assert extractor.channels_ == ["a", "b"]
    with pytest.raises(pumice.InputError, match=r"x\.csv"):
        FeatureExtractor("mean").fit([str(tmp_path / "x.csv")])
    ragged = FeatureExtractor("mean").fit([None, np.zeros((3, 0)), np.zeros((3, 5))])
    assert len(ragged.channels_) == 3
    with pytest.raises(pumice.InputError, match="none of the 2 cases can be read"):
        FeatureExtractor("mean").fit([np.zeros((3, 0)), np.zeros((3, 0))])


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, np.int64])
def test_arrays_lists_and_frames_give_the_same(signals, dtype):
    x = np.round(signals).astype(dtype)
    expected = means(np.round(signals))
    extractor = FeatureExtractor("mean", channel_names=["a", "b"]).fit(x)
    frames = [pd.DataFrame(case.T, columns=["a", "b"]) for case in x]
    swapped = [frame[["b", "a"]] for frame in frames]
    for same in (x, list(x), [case[:, ::-1] for case in x], frames, swapped, x.tolist()):
        np.testing.assert_allclose(extractor.transform(same), expected, rtol=1e-6)


def test_series_of_any_length_and_bad_ones_among_them():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=n) for n in (5, 50, 500)]
    extractor = FeatureExtractor(["maximum", "mean"]).fit(X)
    bad = [X[0], np.zeros((2, 9)), X[1], "text", None, np.array(["a"]), np.zeros(0), X[2]]
    with pytest.warns(pumice.SkippedWarning, match="5 of 8.*case 1: has 2 channels instead of 1"):
        table = extractor.transform(bad)
    good = [0, 2, 7]
    np.testing.assert_allclose(table[good], [[x.max(), x.mean()] for x in X], rtol=1e-12)
    assert np.isnan(np.delete(table, good, axis=0)).all()
    with pytest.raises(pumice.InputError, match="case 1: has 2 channels"):
        clone(extractor).set_params(on_error="fail").fit(X).transform(bad)


def test_an_array_of_another_number_of_channels_is_one_clear_error(signals):
    extractor = FeatureExtractor("mean").fit(signals)
    with pytest.raises(
        pumice.UsageError, match="X has 1 channels, but FeatureExtractor was fitted with channel_1, chan"
    ):
        extractor.transform(signals[:, :1])


BAD = {
    "channels": lambda x: [x[0][:1]],
    "channels of all": lambda x: [case[:1] for case in x],
    "a frame": lambda x: [pd.DataFrame({"a": [1.0, 2.0]})],
    "None": lambda x: [None],
    "None and NaN": lambda x: [None, float("nan"), pd.NA],
    "a series of None": lambda x: pd.Series([None], dtype=object),
    "no samples": lambda x: [x[0][:, :0]],
    "an array without samples": lambda x: x[:3, :, :0],
    "no numbers": lambda x: [np.array([["a"], ["b"]])],
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_cases_of_which_all_are_bad_are_rows_of_nan(signals, make):
    extractor = FeatureExtractor("mean").fit(signals)
    bad = make(signals)
    with pytest.warns(pumice.SkippedWarning, match="their rows are NaN; case 0 ") as caught:
        table = extractor.transform(bad)
    assert table.shape == (len(bad), 2) and np.isnan(table).all()
    assert caught[0].filename == __file__
    with pytest.raises(pumice.InputError, match="case 0: "):
        extractor.set_params(on_error="fail").transform(bad)


def test_a_fold_of_one_bad_case_has_a_score(signals):
    X = [*signals, signals[0][:1]]
    y = np.append(signals[:, 0].mean(axis=-1), 0)
    model = make_pipeline(FeatureExtractor("mean"), SimpleImputer(), Ridge())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pumice.PumiceWarning)
        scores = cross_val_score(model, X, y, cv=LeaveOneOut(), scoring="neg_mean_squared_error", error_score="raise")
    assert scores.shape == (9,) and np.isfinite(scores).all()


def test_fit_takes_the_channels_that_most_cases_have(signals):
    odd = [np.zeros((3, 7)), None, np.zeros((0, 5)), np.zeros((5, 0))]
    extractor = FeatureExtractor("mean").fit([*odd, *signals])
    assert extractor.channels_ == ["channel_1", "channel_2"]
    np.testing.assert_allclose(extractor.transform(list(signals)), means(signals), rtol=1e-12)
    assert FeatureExtractor("mean").fit([np.zeros((3, 7)), np.zeros((2, 7))]).channels_[-1] == "channel_3"
    frames = [pd.DataFrame(case.T, columns=["a", "b"]) for case in signals[:3]]
    frames = [frames[0][["a"]].rename(columns={"a": "x"}), frames[1], frames[2][["b", "a"]]]
    assert FeatureExtractor("mean").fit(frames).channels_ == ["a", "b"]
    named = FeatureExtractor("mean", channel_names=["p", "q", "r"]).fit([*signals, np.zeros((3, 7))])
    assert named.channels_ == ["p", "q", "r"]
    with pytest.raises(pumice.InputError, match="none of the 2 cases can be read; case 1: 1 channel names for 2"):
        FeatureExtractor("mean", channel_names=["p"]).fit([None, signals[0]])


def test_channels_chosen_by_name_hold_for_all_kinds_of_input(signals, paths):
    extractor = FeatureExtractor("mean", channels=["b"], channel_names=["a", "b"]).fit(signals)
    for X in (signals, list(signals), [pd.DataFrame(case.T, columns=["a", "b"]) for case in signals], paths):
        np.testing.assert_allclose(extractor.transform(X), signals[:, 1].mean(axis=-1)[:, None], rtol=1e-12)


def timed_frames(signals, times) -> list[pd.DataFrame]:
    """With a column of times, which are the same for all."""
    return [pd.DataFrame({"time": times, "a": case[0], "b": case[1]}) for case in signals]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas, "arrow"], ids=["pandas", "polars", "arrow"])
def test_columns_of_frames_beside_the_channels_may_hold_anything(signals, make):
    make = pytest.importorskip("pyarrow").table if make == "arrow" else make
    for times in (pd.date_range("2020", periods=200, freq="10ms"), [f"{i} s" for i in range(200)], np.arange(200)):
        frames = [make(frame) for frame in timed_frames(signals, times)]
        for channels in (["b", "a"], "b"):
            expected = pumice.extract(frames, features="mean", channels=channels)
            extractor = FeatureExtractor("mean", channels=channels).fit(frames)
            assert list(extractor.get_feature_names_out()) == list(expected.columns)
            np.testing.assert_array_equal(extractor.transform(frames), expected.to_numpy())
            again = FeatureExtractor(like=expected).fit(frames).transform(frames)
            np.testing.assert_array_equal(again, expected.to_numpy())


def test_channels_that_no_frame_has_are_refused_and_frames_that_lack_them_are_not_usual(signals):
    frames = timed_frames(signals, pd.date_range("2020", periods=200))
    with pytest.raises(pumice.UsageError, match="no channel `c`; it has a, b, time"):
        FeatureExtractor("mean", channels=["b", "c"]).fit(frames)
    for i in range(6):
        frames[i] = frames[i].drop(columns="b")
    extractor = FeatureExtractor("mean", channels=["b"]).fit(frames)
    with pytest.warns(pumice.SkippedWarning, match=r"6 of 8 .* case 0: has no column `b`"):
        table = extractor.transform(frames)
    np.testing.assert_allclose(table[6:, 0], signals[6:, 1].mean(axis=-1), rtol=1e-12)
    twice = frames[-1].set_axis(["b", "a", "b"], axis=1)
    with pytest.warns(pumice.SkippedWarning, match="case 0: has two columns `b`"):
        extractor.transform([twice, frames[-1]])


def test_names_of_channels_are_given_to_columns_of_frames_by_their_places(signals):
    frames = timed_frames(signals, pd.date_range("2020", periods=200))
    options = dict(channel_names=["t", "p", "q"], channels=["q", "p"])
    expected = pumice.extract(frames, features="mean", **options)
    got = FeatureExtractor("mean", **options).fit(frames).transform([frame[["b", "a"]] for frame in frames])
    np.testing.assert_array_equal(got, expected.to_numpy())
    with pytest.raises(pumice.UsageError, match="no channel `a`; it has t, p, q"):
        FeatureExtractor("mean", channel_names=["t", "p", "q"], channels="a").fit(frames)


def test_options_of_files_are_refused_for_samples_in_memory(signals):
    frames = timed_frames(signals, np.arange(200))
    for X in (frames, signals):
        with pytest.raises(pumice.UsageError, match="time_column is for files, and samples in memory were given"):
            FeatureExtractor("mean", time_column="time").fit(X)


@pytest.mark.parametrize("X", ["one.csv", {"a": [1, 2]}, np.zeros((2, 2, 2, 2)), [1.0, 2.0], np.zeros((0, 5))])
def test_what_is_no_sequence_of_cases_is_refused(X):
    with pytest.raises(ValueError):
        FeatureExtractor("mean").fit(X)


def test_tables_of_arrow_are_cases(signals):
    pa = pytest.importorskip("pyarrow")
    frames = [pd.DataFrame(case.T, columns=["a", "b"]) for case in signals]
    expected = FeatureExtractor("mean").fit_transform(frames)
    got = FeatureExtractor("mean").fit_transform([pa.table(frame) for frame in frames])
    np.testing.assert_array_equal(got, expected)


def test_there_are_no_windows_nor_skipped_rows(signals):
    with pytest.raises(TypeError, match="window"):
        FeatureExtractor("mean", window="10n")
    with pytest.raises(pumice.UsageError, match="on_error='skip'"):
        FeatureExtractor("mean", on_error="skip").fit(signals)
    windowed = pumice.extract(signals, features="mean", window="50n")
    with pytest.raises(pumice.UsageError, match="window='50n'"):
        FeatureExtractor(like=windowed).fit(signals)
    with pytest.raises(pumice.UsageError, match="layout='long'"):
        FeatureExtractor(like=pumice.extract(signals, features="mean", layout="long")).fit(signals)


def test_values_are_those_of_extract(signals):
    options = dict(sample_rate=50, missing="interpolate", bands=[(1, 5), (5, 20)], nperseg=64, taper="blackman")
    signals[2, 0, 10:20] = np.nan
    expected = pumice.extract(signals, features="core", **options)
    extractor = FeatureExtractor("core", **options).set_output(transform="pandas").fit(signals[:1])
    table = extractor.transform(signals)
    assert list(table.columns) == list(expected.columns)
    np.testing.assert_array_equal(table.to_numpy(), expected.to_numpy())
    again = FeatureExtractor(like=expected).fit(signals).transform(signals)
    np.testing.assert_array_equal(again, expected.to_numpy())


def test_like_takes_the_metadata_of_another(signals):
    options = dict(sample_rate=50, missing="interpolate", bands=[(1, 5), (5, 20)], channels=["channel_2"])
    extractor = FeatureExtractor(["mean", "band_power"], **options).fit(signals)
    expected = extractor.transform(signals)
    table = pumice.extract(signals, like=extractor.metadata_)
    assert list(table.columns) == list(extractor.get_feature_names_out())
    np.testing.assert_array_equal(table.to_numpy(), expected)
    for like in (extractor.metadata_, table.attrs["pumice"], table.attrs):
        again = clone(FeatureExtractor(like=like)).fit(signals)
        np.testing.assert_array_equal(again.transform(signals), expected)
    with pytest.raises(pumice.UsageError, match="like: this table does not say how it was made"):
        pumice.extract(signals, like={"channels": ["a"]})


@pytest.mark.parametrize("kind", ["default", "pandas", "polars"])
def test_set_output(signals, kind):
    extractor = FeatureExtractor("mean").set_output(transform=kind).fit(signals)
    table = extractor.transform(signals)
    assert type(table) is {"default": np.ndarray, "pandas": pd.DataFrame, "polars": pl.DataFrame}[kind]
    np.testing.assert_allclose(np.asarray(table), means(signals), rtol=1e-12)
    if kind != "default":
        assert list(table.columns) == list(extractor.get_feature_names_out()) == ["channel_1__mean", "channel_2__mean"]


def test_rows_keep_the_index_of_a_series_of_paths(paths):
    X = pd.Series(paths, index=[f"id{i}" for i in range(len(paths))])
    table = FeatureExtractor("mean").set_output(transform="pandas").fit_transform(X)
    assert list(table.index) == list(X.index)


def test_clones_and_pickles(signals):
    extractor = FeatureExtractor({"a": ["mean"], "b": ["maximum"]}, channel_names=["a", "b"])
    copy = clone(extractor)
    assert copy.get_params() == extractor.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(signals)
    fitted = extractor.fit(signals)
    thawed = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(thawed.transform(signals), fitted.transform(signals))
    assert list(thawed.get_feature_names_out()) == ["a__mean", "b__maximum"]
    assert not hasattr(clone(fitted), "metadata_")


def test_is_a_step_of_a_pipeline_in_a_search_over_processes(paths, signals, tmp_path):
    X = [*paths, *paths, str(tmp_path / "gone.csv")]
    y = np.append(np.tile(signals[:, 0].mean(axis=-1), 2), 0.0)
    model = make_pipeline(FeatureExtractor("mean"), SimpleImputer(), Ridge(alpha=1e-9))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pumice.PumiceWarning)
        search = GridSearchCV(
            model, {"featureextractor__features": ["maximum", "mean"]}, cv=3, n_jobs=2, error_score="raise"
        ).fit(X, y)
        scores = cross_val_score(model, X[:-1], y[:-1], cv=2, n_jobs=2, error_score="raise")
    assert search.best_params_ == {"featureextractor__features": "mean"}
    np.testing.assert_allclose(scores, 1, atol=1e-6)


def test_like_refuses_metadata_without_features(signals):
    how = dict(pumice.extract(signals, features=["mean"], sample_rate=1, progress=False).attrs["pumice"])
    with pytest.raises(pumice.UsageError, match="this table has no features"):
        pumice.extract(signals, like=how | {"features": []})
