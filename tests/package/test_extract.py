"""`pumice.extract`: the command line's table, bit for bit, of files and of the same samples in memory."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest
from pumice._inputs import as_paths
from pumice._recording import read_recording

CHANNELS = ["a", "b"]
# Short segments have spectra of one block each, which is worth a warning; warnings are looked at where they are tested.
pytestmark = pytest.mark.filterwarnings("ignore::pumice.PumiceWarning", "ignore:The 'float_precision' argument")


def write_case(path: Path, samples: np.ndarray, channels=CHANNELS) -> None:
    """samples: (channels, time); a value that is missing is an empty cell."""
    pd.DataFrame(samples.T, columns=channels).to_csv(path, index=False, float_format="%.17g")


def block(cases=3, channels=2, n=400, seed=5) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=100, size=(cases, channels, n)).cumsum(axis=-1)


def bits(frame: pd.DataFrame) -> np.ndarray:
    values = np.ascontiguousarray(frame.to_numpy(np.float64))
    return np.where(np.isnan(values), np.nan, values).view(np.int64)


def assert_same_bits(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(got.columns) == list(expected.columns)
    different = np.argwhere(bits(got) != bits(expected))
    assert not len(different), f"{len(different)} values differ, first {got.columns[different[0][1]]}"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """Three files 0.csv .. 2.csv, one value missing, and their samples."""
    folder = tmp_path_factory.mktemp("files")
    samples = block()
    samples[1, 0, 17] = np.nan
    for i, case in enumerate(samples):
        write_case(folder / f"{i}.csv", case)
    return folder, samples


# ---- the command line's table --------------------------------------------------------------------------------------

WAYS = [
    {},
    {"features": "basic", "missing": "zero", "names": "notebook"},
    {"window": "100s", "hop": "50s", "features": "mean,std,band_power"},
    {"layout": "long"},
    {"layout": "long", "window": "20000n", "features": "basic", "missing": "ffill"},
    {"bands": "0.5-2,2-10", "nperseg": 512, "taper": "hamming", "precision": "double"},
    {"channels": "sensor_3,sensor_1", "simd": "scalar"},
]


def as_arguments(options: dict) -> list[str]:
    return [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]


def check_against_program(program, data: Path, options: dict, tmp_path: Path) -> None:
    labels = data / "train.csv"
    expected = program.extract(data / "train", tmp_path / "t.csv", "--labels", labels, *as_arguments(options))
    got = pumice.extract(data / "train", labels=labels, device="cpu", **options)
    index = [name for name in ("segment_id", "window", "channel") if name in expected.columns]
    assert list(got.index.names) == index
    expected = expected.set_index(index).drop(columns=["start_sample", "start_time"], errors="ignore")
    assert list(got.index) == list(expected.index)
    assert got["time_to_eruption"].dtype == np.int64
    assert_same_bits(got, expected)


@pytest.mark.parametrize("options", WAYS, ids=lambda options: ",".join(options) or "core")
def test_synthetic_segments_give_the_command_lines_table(program, segments, tmp_path, options):
    check_against_program(program, segments, options, tmp_path)


@pytest.mark.parametrize("options", WAYS[:4], ids=lambda options: ",".join(options) or "core")
def test_real_segments_give_the_command_lines_table(program, ingv, tmp_path, options):
    check_against_program(program, ingv, options, tmp_path)


def test_paths_may_be_a_list_a_pattern_or_path_objects(files):
    folder, _ = files
    whole = pumice.extract(str(folder), sample_rate=50)
    assert list(whole.index) == [0, 1, 2]
    assert_same_bits(pumice.extract(folder / "*.csv", sample_rate=50), whole)
    listed = [folder / "0.csv", str(folder / "1.csv"), folder / "2.csv"]
    for given in (listed, pd.Series(listed), np.array(listed), dict.fromkeys(listed).keys()):
        assert_same_bits(pumice.extract(given, sample_rate=50), whole)


def test_iterators_give_paths_or_cases(files):
    folder, samples = files
    whole = pumice.extract(folder, sample_rate=50)
    assert set(pumice.extract(folder.glob("*.csv"), sample_rate=50).index) == {0, 1, 2}
    cases = (case for case in samples)
    assert_same_bits(pumice.extract(cases, channel_names=CHANNELS, sample_rate=50), whole)
    with pytest.raises(pumice.UsageError, match="there is no case"):
        pumice.extract(folder.glob("*.none"))


def test_numbers_are_not_gone_through_for_paths():
    class Numbers(list):
        def __iter__(self):
            yield 1.0
            raise AssertionError("the first number says enough")

    assert as_paths(Numbers([1.0, 2.0])) is None


def test_the_number_of_threads_changes_no_bit(segments):
    one = pumice.extract(segments / "train", n_jobs=1)
    assert_same_bits(pumice.extract(segments / "train", threads=3, batch=2), one)


# ---- samples in memory -----------------------------------------------------------------------------------------------


def from_files(folder: Path, samples, channels=CHANNELS, **options) -> pd.DataFrame:
    folder.mkdir()
    for i, case in enumerate(samples):
        write_case(folder / f"{i}.csv", np.asarray(case, np.float64), channels)
    return pumice.extract([folder / f"{i}.csv" for i in range(len(samples))], **options)


@pytest.mark.parametrize("missing", ["skip", "zero", "ffill", "interpolate", "nan"])
def test_an_array_gives_the_table_of_its_files(files, missing):
    folder, samples = files
    expected = pumice.extract(folder, sample_rate=50, missing=missing)
    got = pumice.extract(samples, channel_names=CHANNELS, sample_rate=50, missing=missing)
    assert list(got.index) == [0, 1, 2]
    assert_same_bits(got, expected)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f8", ">i2", "?"])
def test_every_type_of_samples_gives_the_table_of_its_files(tmp_path, dtype):
    samples = np.abs(block()) % 100
    samples = (samples > 50) if dtype == "?" else samples.astype(dtype)
    expected = from_files(tmp_path / "files", samples, sample_rate=100)
    assert_same_bits(pumice.extract(samples, channel_names=CHANNELS, sample_rate=100), expected)


STRIDES = {
    "every second sample": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "backwards": lambda x: x[..., ::-1].copy()[..., ::-1],
    "Fortran's order": np.asfortranarray,
    "time first": lambda x: np.ascontiguousarray(x.transpose(2, 0, 1)).transpose(1, 2, 0),
    "a window of a larger array": lambda x: np.pad(x, 3)[3:-3, 3:-3, 3:-3],
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
}


@pytest.mark.parametrize("dtype", ["i2", "f4", "f8"])
@pytest.mark.parametrize("view", STRIDES.values(), ids=STRIDES)
def test_strides_change_no_bit(view, dtype):
    samples = block().astype(dtype)
    viewed = view(samples)
    assert np.array_equal(viewed, samples)
    assert_same_bits(pumice.extract(viewed, sample_rate=100), pumice.extract(samples, sample_rate=100))


def test_axes_that_are_not_there_are_one_channel_and_one_case():
    samples = block(cases=3, channels=1)
    whole = pumice.extract(samples, sample_rate=100)
    assert_same_bits(pumice.extract(samples[:, 0], sample_rate=100), whole)
    assert_same_bits(pumice.extract(samples[0, 0], sample_rate=100), whole.iloc[:1])
    assert_same_bits(pumice.extract(list(samples[:, 0]), sample_rate=100), whole)


def test_ragged_cases_give_the_table_of_their_files(tmp_path):
    cases = [block(n=n, seed=n)[0] for n in (100, 333, 1000)]
    expected = from_files(tmp_path / "files", cases, sample_rate=100)
    assert list(expected["a__n_valid"]) == [100, 333, 1000]
    assert_same_bits(pumice.extract(cases, channel_names=CHANNELS, sample_rate=100), expected)


def test_a_mapping_gives_ids_to_its_cases():
    cases = [block(n=n, seed=n)[0] for n in (100, 333)]
    table = pumice.extract({"x": cases[0], "y": cases[1]}, sample_rate=100)
    assert list(table.index) == ["x", "y"]
    assert_same_bits(table, pumice.extract(cases, ids=["x", "y"], sample_rate=100))


def test_frames_name_their_channels(files):
    polars = pytest.importorskip("polars")
    folder, samples = files
    frames = [pd.DataFrame(case.T, columns=CHANNELS) for case in samples]
    expected = pumice.extract(folder, sample_rate=50)
    assert_same_bits(pumice.extract(frames, sample_rate=50), expected)
    assert_same_bits(pumice.extract([polars.from_pandas(frame) for frame in frames], sample_rate=50), expected)
    assert_same_bits(pumice.extract(frames[2], sample_rate=50), expected.iloc[2:])


def test_what_a_masked_array_masks_is_missing(files):
    folder, samples = files
    masked = np.ma.masked_invalid(samples)
    masked.data[masked.mask] = 1e9
    got = pumice.extract(masked, channel_names=CHANNELS, sample_rate=50)
    assert got["a__n_missing"].tolist() == [0, 1, 0]
    assert_same_bits(got, pumice.extract(folder, sample_rate=50))


def test_channels_are_chosen_and_ordered():
    samples = block(channels=3)
    got = pumice.extract(samples, channel_names=["a", "b", "c"], channels=["c", "a"], sample_rate=100)
    assert_same_bits(got, pumice.extract(samples[:, [2, 0]], channel_names=["c", "a"], sample_rate=100))


def test_columns_that_are_not_chosen_may_hold_anything():
    polars = pytest.importorskip("polars")
    samples = block(cases=1, n=30)[0]
    frame = pd.DataFrame(
        {"when": pd.date_range("2020", periods=30), "a": samples[0], "text": "x", "b": samples[1], "c": samples[0]}
    )
    expected = pumice.extract(samples[None, ::-1], channel_names=["b", "a"], features="mean")
    for given in (frame, polars.from_pandas(frame), [frame, frame[["b", "when", "a"]]]):
        got = pumice.extract(given, channels=["b", "a"], features="mean")
        assert_same_bits(got.iloc[:1], expected)
        assert_same_bits(pumice.extract(given, like=expected), got)
    renamed = pumice.extract(frame, channel_names=list("vwxyz"), channels="w", features="mean")
    assert renamed["w__mean"].tolist() == expected["a__mean"].tolist()
    with pytest.raises(pumice.UsageError, match=r"column when .* datetime64.*; `channels` says which columns"):
        pumice.extract(frame)
    with pytest.raises(pumice.UsageError, match=r"column text of case 0 holds something else than numbers$"):
        pumice.extract(frame, channels="text")
    with pytest.raises(pumice.UsageError, match="has no channel `d`; it has when, a, text, b, c"):
        pumice.extract(frame, channels="d")
    with pytest.raises(pumice.UsageError, match="case 1 is no frame with the columns of the first one: b, a"):
        pumice.extract([frame, frame[["a", "c"]]], channels="b,a")
    np.testing.assert_array_equal(read_recording(frame, channels=["b", "a"]).samples, samples[::-1])


# ---- features, like, labels ------------------------------------------------------------------------------------------


def test_features_are_chosen_a_channel_at_a_time():
    got = pumice.extract(
        block(), channel_names=CHANNELS, sample_rate=100, features={"a": ["mean", "|abs__maximum"], "b": "std"}
    )
    samples = block()
    assert list(got.columns) == ["a__mean", "a|abs__maximum", "b__std"]
    np.testing.assert_allclose(got["a__mean"], samples[:, 0].mean(-1), rtol=1e-12)
    np.testing.assert_allclose(got["a|abs__maximum"], np.abs(samples[:, 0]).max(-1), rtol=0)
    np.testing.assert_allclose(got["b__std"], samples[:, 1].std(-1, ddof=1), rtol=1e-12)


def test_a_models_columns_are_a_selection(files):
    folder, _ = files
    whole = pumice.extract(folder, sample_rate=50)
    columns = list(whole.columns[[70, 3, 12]])
    assert_same_bits(pumice.extract(folder, features=columns, sample_rate=50), whole[columns])


def test_like_takes_columns_and_settings_of_a_table(files, tmp_path):
    pytest.importorskip("pyarrow")
    folder, samples = files
    first = pumice.extract(folder, features="mean,band_power", bands=[(1, 5)], sample_rate=50, missing="zero")
    assert first.shape[1] == 4
    first.to_parquet(tmp_path / "first.parquet")
    arrow = pumice.extract(
        folder, features="mean,band_power", bands=[(1, 5)], sample_rate=50, missing="zero", output="arrow"
    )
    for like in (first, first.copy(), tmp_path / "first.parquet", pd.read_parquet(tmp_path / "first.parquet"), arrow):
        assert_same_bits(pumice.extract(folder, like=like), first)
        assert_same_bits(pumice.extract(samples, channel_names=CHANNELS, like=like), first)
    with pytest.raises(pumice.UsageError, match="leave one of them out"):
        pumice.extract(folder, like=first, features="core")
    with pytest.raises(pumice.UsageError, match="how it was made"):
        pumice.extract(folder, like=pd.DataFrame({"a__mean": [1.0]}))


def test_attrs_outlive_what_frames_do_with_them(files, tmp_path):
    pytest.importorskip("pyarrow")
    table = pumice.extract(files[0], features="basic", missing="zero")
    meta = table.attrs["pumice"]
    assert meta["channels"] == CHANNELS and meta["missing"] == "zero" and meta["version"] == pumice.__version__
    assert table.copy().attrs["pumice"] == meta
    assert table[table["a__mean"] > -1e9].attrs["pumice"] == meta
    assert pd.concat([table, table]).attrs["pumice"] == meta
    assert pickle.loads(pickle.dumps(table)).attrs["pumice"] == meta
    table.to_parquet(tmp_path / "t.parquet")
    back = pd.read_parquet(tmp_path / "t.parquet")
    assert back.attrs["pumice"] == json.loads(json.dumps(meta))
    assert_same_bits(back, table)


def test_like_says_what_to_pass_instead_of_a_frame_of_polars(files, tmp_path):
    pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    folder, _ = files
    table = pumice.extract(folder, features="mean", output="polars")
    table.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(
        pumice.UsageError, match=r"a frame of polars does not keep .* output='arrow' \(polars.from_arrow"
    ):
        pumice.extract(folder, like=table)
    with pytest.raises(pumice.UsageError, match=r"t\.parquet does not say how its table was made"):
        pumice.extract(folder, like=tmp_path / "t.parquet")
    arrow = pumice.extract(folder, features="mean", output="arrow")
    assert pumice.extract(folder, like=arrow, output="polars").equals(polars.from_arrow(arrow))


# ---- outputs ---------------------------------------------------------------------------------------------------------


def test_outputs_hold_the_same_numbers(files):
    pytest.importorskip("pyarrow")
    pytest.importorskip("polars")
    folder, _ = files
    expected = pumice.extract(folder, sample_rate=50)
    assert np.array_equal(pumice.extract(folder, sample_rate=50, output="numpy"), expected.to_numpy(), equal_nan=True)
    arrow = pumice.extract(folder, sample_rate=50, output="arrow")
    assert arrow.column_names == ["segment_id", *expected.columns]
    assert_same_bits(arrow.to_pandas().set_index("segment_id"), expected)
    assert json.loads(arrow.schema.metadata[b"pumice.channels"]) == CHANNELS
    missing = expected.isna().to_numpy().sum()
    assert missing > 0 and sum(arrow[name].null_count for name in expected.columns) == missing
    polars = pumice.extract(folder, sample_rate=50, output="polars")
    assert polars.null_count().sum_horizontal()[0] == missing
    assert_same_bits(polars.to_pandas().set_index("segment_id"), expected)


def test_features_of_a_frame_are_the_librarys_own_block(files):
    table = pumice.extract(files[0], sample_rate=50)
    values = table.to_numpy()
    assert not values.flags.owndata and np.shares_memory(values, table.iloc[:, 5].to_numpy())
    assert len(table._mgr.blocks) == 1


# ---- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.fixture
def bad(tmp_path) -> Path:
    write_case(tmp_path / "1.csv", block()[0])
    (tmp_path / "2.csv").write_text("a,b\n1,2\n3\n5,6\n")
    write_case(tmp_path / "3.csv", block()[1])
    return tmp_path


def test_bad_files_are_skipped_and_named(bad):
    with pytest.warns(pumice.SkippedWarning, match="1 of 3 inputs was skipped.*2.csv") as caught:
        table = pumice.extract(bad, sample_rate=100)
    assert caught[0].filename == __file__
    assert list(table.index) == [1, 3]
    (skipped,) = table.attrs["pumice"]["skipped"]
    assert skipped["file"].endswith("2.csv") and skipped["row"] == 3


def test_what_is_not_there_is_skipped_beside_others(bad):
    given = [bad / "1.csv", bad / "gone.csv", bad / "none", bad / "3.csv"]
    with pytest.warns(pumice.SkippedWarning, match="2 of 4 inputs were skipped, the first: .*none: no such file"):
        table = pumice.extract(given, sample_rate=100)
    assert list(table.index) == [1, 3]
    assert [Path(one["file"]).name for one in table.attrs["pumice"]["skipped"]] == ["none", "gone.csv"]
    with pytest.raises(pumice.InputError, match="none: no such file"):
        pumice.extract(given, sample_rate=100, on_error="fail")
    with pytest.raises(pumice.UsageError, match="none of the 2 inputs can be used"):
        pumice.extract(given[1:3], sample_rate=100)


def test_bad_files_are_rows_without_values_on_request(program, bad, tmp_path):
    (tmp_path / "table").mkdir()
    expected = program.extract(bad, tmp_path / "table" / "out.csv", "--on-error", "nan", "--sample-rate", 100, expect=3)
    with pytest.warns(pumice.SkippedWarning):
        table = pumice.extract(bad, on_error="nan", sample_rate=100)
    assert list(table.index) == [1, 2, 3]
    assert table.loc[2].isna().all() and table.loc[[1, 3]].notna().any(axis=None)
    assert_same_bits(table, expected.set_index("segment_id"))


def test_bad_files_end_a_run_on_request(bad):
    with pytest.raises(pumice.InputError, match=r"2\.csv") as caught:
        pumice.extract(bad, on_error="fail", sample_rate=100)
    assert caught.value.problem["row"] == 3
    again = pickle.loads(pickle.dumps(caught.value))
    assert (
        type(again) is pumice.InputError and again.problem == caught.value.problem and str(again) == str(caught.value)
    )


@pytest.mark.parametrize("kind", [pumice.UsageError, pumice.UnavailableError, pumice.DeviceError, pumice.PumiceError])
def test_errors_are_pickled_whole(kind):
    again = pickle.loads(pickle.dumps(kind("what happened")))
    assert type(again) is kind and again.args == ("what happened",) and isinstance(again, pumice.PumiceError)


WRONG = {
    "features": ("nonsense", "nonsense"),
    "missing": ("drop", "`drop` is not a policy"),
    "device": ("tpu", "unknown device `tpu`"),
    "window": (100, "say '100s'"),
    "n_jobs": (0, "n_jobs=0"),
    "bands": (["x"], "pairs of Hz"),
    "output": ("excel", "output='excel'"),
    "sample_rate": (-1, "."),
    "nperseg": (1.5, "an integer was expected"),
    "simd": ("mmx", "unknown SIMD instructions `mmx`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_a_value_error_that_names_it(name):
    value, message = WRONG[name]
    with pytest.raises(ValueError, match=message) as caught:
        pumice.extract(block(), **({"sample_rate": 100} | {name: value}))
    assert isinstance(caught.value, pumice.PumiceError) and "--" not in str(caught.value)


def test_messages_speak_python(files, tmp_path):
    from pumice._errors import in_python

    assert in_python("say `--on-error nan` or `--sample-rate 100`") == "say `on_error='nan'` or `sample_rate=100`"
    assert in_python("`--recursive`") == "`recursive`"
    with pytest.warns(pumice.PumiceWarning, match="`missing='zero'`"):
        pumice.extract(files[0], features="basic")
    with pytest.raises(pumice.UsageError, match=r"absent\.csv: no such file"):
        pumice.extract(tmp_path / "absent.csv")
    with pytest.raises(pumice.UsageError, match="say `sample_rate=HZ`"):
        pumice.extract(files[0])
    with pytest.raises(pumice.UsageError, match="samples in memory"):
        pumice.extract(files[0], ids=[1, 2, 3])
    with pytest.raises(pumice.UsageError, match="files"):
        pumice.extract(block(), delimiter=";")
    with pytest.raises(pumice.UsageError, match="2 channel names for 3 channels"):
        pumice.extract(block(channels=3), channel_names=CHANNELS)
    with pytest.raises(pumice.UsageError, match="complex128"):
        pumice.extract(block().astype(complex))
    with pytest.raises(pumice.UsageError, match="something else than numbers"):
        pumice.extract(np.array([["a", 1]], object))
