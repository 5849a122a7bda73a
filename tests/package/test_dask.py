"""`pumice.dask` gives the table of `pumice.extract`, whatever happens to its workers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pumice
import pytest

cloudpickle = pytest.importorskip("cloudpickle")
dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
pq = pytest.importorskip("pyarrow.parquet")
distributed = pytest.importorskip("distributed")

import pumice.dask  # noqa: E402

SEGMENTS = 500
OPTIONS = {"sample_rate": 100, "nperseg": 128}
CHANNELS = ("north", "east", "up")

# Workers that were started elsewhere cannot import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])
pytestmark = pytest.mark.filterwarnings(
    "ignore:at 100 Hz band", "ignore:at 100 Hz the bands", "ignore:Port .* is already in use"
)


def write_segment(path: Path, samples: np.ndarray, channels=CHANNELS) -> None:
    """samples: integers [rows][channels]"""
    path.write_text("\n".join([",".join(channels), *(",".join(map(str, row)) for row in samples.tolist())]) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("segments")
    random = np.random.default_rng(7)
    for i in range(SEGMENTS):
        rows = int(random.integers(200, 300))
        write_segment(out / f"{1000 + i}.csv", random.integers(-3000, 3000, (rows, len(CHANNELS))))
    return out


@pytest.fixture(scope="module")
def plain(folder) -> pd.DataFrame:
    return pumice.extract(folder, **OPTIONS)


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(
            n_workers=4, threads_per_worker=1, dashboard_address=None, memory_limit="2GiB"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        client.wait_for_workers(4)
        yield client


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """To the bit, and in names, types and order."""
    pd.testing.assert_frame_equal(left, right, check_exact=True, check_freq=False)
    numbers = left.select_dtypes("float64").columns
    assert left[numbers].to_numpy().tobytes() == right[numbers].to_numpy().tobytes()


# ---- without a cluster ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("npartitions", [1, 3, 7])
def test_equals_extract(folder, plain, npartitions):
    table = pumice.dask.extract(folder, npartitions=npartitions, **OPTIONS)
    assert table.npartitions == npartitions
    assert table._meta.dtypes.equals(plain.dtypes) and table._meta.index.name == plain.index.name
    assert table._meta.index.dtype == plain.index.dtype
    assert_same(table.compute(), plain)


def test_groups_are_of_500_files_or_more(tmp_path):
    for i in range(1100):
        (tmp_path / f"{i}.csv").write_text("a\n1\n2\n3\n" + "4\n" * (40_000 if i < 550 else 80_000))
    table = pumice.dask.extract(tmp_path, features="basic", missing="zero")
    counts = [len(part) for part in np.split(np.arange(1100), [550])]
    assert table.npartitions == len(counts) == 2
    sizes = [len(table.partitions[i].index.compute()) for i in range(2)]
    assert sum(sizes) == 1100 and min(sizes) >= 500
    assert sizes[0] == 600  # by bytes the first would be larger; the second has to keep 500


@pytest.mark.parametrize("window", ["100n", "1s"])
def test_windows_are_a_column(folder, window):
    options = OPTIONS | {"features": "basic", "missing": "zero", "window": window, "hop": "50n"}
    table = pumice.dask.extract(folder, npartitions=3, **options)
    assert table.columns[0] == "window" and table.index.name == "segment_id"
    assert_same(table.compute().set_index("window", append=True), pumice.extract(folder, **options))


def test_the_long_layout_has_its_channel_as_a_column(folder):
    options = OPTIONS | {"features": "basic", "missing": "zero", "layout": "long"}
    table = pumice.dask.extract(folder, npartitions=2, **options)
    out = table.compute()
    assert table._meta.dtypes.equals(out.dtypes)
    assert_same(out.set_index("channel", append=True), pumice.extract(folder, **options))


def test_ids_that_are_texts_somewhere_are_texts_everywhere(tmp_path, folder):
    for i in range(6):
        (tmp_path / f"{i}.csv").write_text((folder / f"{1000 + i}.csv").read_text())
    (tmp_path / "last.csv").write_text((folder / "1006.csv").read_text())
    table = pumice.dask.extract(tmp_path, npartitions=3, **OPTIONS)
    out = table.compute()
    assert list(out.index) == ["0", "1", "2", "3", "4", "5", "last"] and table._meta.index.dtype == out.index.dtype
    assert_same(out, pumice.extract(tmp_path, **OPTIONS))


@pytest.mark.parametrize("whole", [True, False])
def test_labels_are_joined(folder, tmp_path, whole):
    random = np.random.default_rng(3)
    ids = random.permutation(np.arange(1000, 1000 + SEGMENTS))[: SEGMENTS if whole else SEGMENTS - 40]
    labels = pd.DataFrame(
        {"segment_id": ids, "time_to_eruption": ids * 11, "size": ids / 7, "state": [f"s{i}" for i in ids]}
    )
    options = OPTIONS | {"features": "mean"}
    expected = pumice.extract(folder, labels=labels, **options)
    table = pumice.dask.extract(folder, labels=labels, npartitions=5, **options)
    assert table._meta.dtypes.equals(expected.dtypes)
    assert_same(table.compute(), expected)
    labels.to_csv(tmp_path / "labels.csv", index=False)
    by_path = pumice.dask.extract(folder, labels=tmp_path / "labels.csv", npartitions=5, **options)
    assert_same(by_path.compute(), pumice.extract(folder, labels=tmp_path / "labels.csv", **options))


def test_like_takes_the_columns_of_another_table(folder):
    like = pumice.extract([folder / "1000.csv"], features=["up__mean", "north__std"], **OPTIONS)
    expected = pumice.extract(folder, like=like)
    assert list(expected.columns) == ["up__mean", "north__std"]
    lazy = pumice.dask.extract(folder, like=like, npartitions=2)
    table = lazy.compute()
    assert_same(table, expected)
    for made_by_dask in (lazy, table):
        assert_same(pumice.extract(folder, like=made_by_dask), expected)


def test_the_first_file_alone_is_read_beforehand(tmp_path, folder):
    (tmp_path / "1.csv").write_text((folder / "1000.csv").read_text())
    for i in range(2, 60):  # whoever opens one of these waits for ever
        os.mkfifo(tmp_path / f"{i}.csv")
    script = f"import pumice.dask; t = pumice.dask.extract({str(tmp_path)!r}, sample_rate=100); print(len(t.columns))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(76 * len(CHANNELS)), done.stderr


def test_an_id_in_two_groups_is_an_error_at_once(folder, tmp_path):
    (tmp_path / "1499.csv").write_text((folder / "1499.csv").read_text())
    with pytest.raises(pumice.InputError, match="has the id `1499`"):
        pumice.dask.extract([folder, tmp_path], npartitions=10, **OPTIONS)


def bad_folder(folder: Path, to: Path) -> Path:
    """Ten files, of which 4 to 7 cannot be used: the second of three groups has none."""
    for i in range(10):
        text = (folder / f"{1000 + i}.csv").read_text()
        (to / f"{i}.csv").write_text(text if i not in (4, 5, 6, 7) else text.replace("\n", ",\n", 3))
    return to


@pytest.mark.filterwarnings("ignore::pumice.SkippedWarning")
def test_skipped_inputs_are_told(folder, tmp_path):
    bad = bad_folder(folder, tmp_path)
    with pytest.warns(pumice.SkippedWarning):
        expected = pumice.extract(bad, **OPTIONS)
    table = pumice.dask.extract(bad, npartitions=5, **OPTIONS)
    assert pumice.dask.skipped(table) == []
    with pytest.warns(pumice.SkippedWarning, match="partition 2: 2 of 2 inputs were skipped, the first: .*4.csv"):
        out = table.compute(scheduler="synchronous")
    assert_same(out, expected)
    for one in (table, out):
        assert pumice.dask.skipped(one) == expected.attrs["pumice"]["skipped"]
    with pytest.raises(pumice.InputError, match=r"[4-7]\.csv"):
        pumice.dask.extract(bad, npartitions=5, on_error="fail", **OPTIONS).compute()
    rows = pumice.dask.extract(bad, npartitions=5, on_error="nan", **OPTIONS).compute(scheduler="synchronous")
    assert_same(rows, pumice.extract(bad, on_error="nan", **OPTIONS))


@pytest.mark.parametrize("name", ["gone", "gone.csv"])
def test_what_is_not_there_is_refused_at_once(folder, name):
    with pytest.raises(pumice.UsageError, match=f"{name}: "):
        pumice.dask.extract([folder, folder / name], npartitions=2, **OPTIONS)


@pytest.mark.parametrize("on_error", ["skip", "nan", "fail"])
@pytest.mark.parametrize(
    ("becomes", "reason"),
    [(None, "No such file or directory"), ("1001.csv", "symbolic links"), ("/proc/self/mem", "Input/output error")],
)
def test_files_that_are_gone_when_they_are_read_are_an_error(folder, tmp_path, on_error, becomes, reason):
    paths = [Path(shutil.copy(folder / f"{1000 + i}.csv", tmp_path)) for i in range(4)]
    table = pumice.dask.extract(tmp_path, npartitions=2, on_error=on_error, **OPTIONS)
    paths[1].unlink()
    if becomes is not None:  # a link to itself, and what is a file by its type alone
        paths[1].symlink_to(becomes)
    with pytest.raises(
        pumice.InputError, match=rf"cannot read .*1001\.csv \(.*{reason}.*there when the table"
    ) as caught:
        table.compute(scheduler="synchronous")
    assert caught.value.problem["file"] == str(paths[1])


def test_a_folder_that_is_gone_is_an_error(folder, tmp_path):
    there = Path(shutil.copytree(folder, tmp_path / "segments"))
    table = pumice.dask.extract(there, npartitions=1, **OPTIONS)
    shutil.rmtree(there)
    with pytest.raises(pumice.InputError, match=rf"1000\.csv .*, nor {SEGMENTS - 1} others of {SEGMENTS}, though"):
        table.compute(scheduler="synchronous")


@pytest.mark.parametrize("call", [pumice.extract, pumice.dask.extract])
@pytest.mark.parametrize("url", ["s3://bucket/train/", "gs://bucket/1.csv"])
def test_object_stores_are_refused_by_name(call, url):
    with pytest.raises(pumice.UsageError, match=f"{url[:5]} is not read by this build"):
        call(url)


def test_options_that_are_none_are_refused(folder):
    with pytest.raises(pumice.UsageError, match="no option `output`"):
        pumice.dask.extract("x", output="numpy")
    for npartitions, said in [(0, "0"), (True, "True"), ("4", "'4'"), (2.5, "2.5"), ([3], r"\[3\]")]:
        with pytest.raises(pumice.UsageError, match=f"npartitions={said}: a positive whole number"):
            pumice.dask.extract(folder, npartitions=npartitions, **OPTIONS)
    assert pumice.dask.extract(folder, npartitions=np.int64(3), **OPTIONS).npartitions == 3


# ---- on a cluster ---------------------------------------------------------------------------------------------------


class DieOnce(distributed.WorkerPlugin):
    """Kills the first worker that begins its second partition."""

    def __init__(self, marker: str):
        self.marker, self.begun = marker, 0

    def transition(self, key, start, finish, **kwargs):
        name = key[0] if isinstance(key, tuple) else key
        if finish != "executing" or not str(name).startswith("pumice"):
            return
        self.begun += 1
        if self.begun == 2:
            try:
                os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            Path(self.marker).write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def one_dies(client, marker: Path):
    """One worker is killed, by SIGKILL, within."""
    client.register_plugin(DieOnce(str(marker)), name="die-once")
    try:
        yield
        assert marker.read_text().isdigit(), "no worker was killed"
    finally:
        client.unregister_worker_plugin("die-once")


def test_a_cluster_gives_the_same_table(cluster, folder, plain):
    table = pumice.dask.extract(folder, npartitions=12, client=cluster, **OPTIONS)
    assert_same(cluster.compute(table).result(), plain)


def test_a_worker_that_dies_loses_and_doubles_nothing(cluster, folder, plain, tmp_path):
    table = pumice.dask.extract(folder, npartitions=20, client=cluster, **OPTIONS)
    pids = set(cluster.run(os.getpid).values())
    with one_dies(cluster, tmp_path / "killed"):
        out = cluster.compute(table).result(timeout=60)
        assert int((tmp_path / "killed").read_text()) in pids
    assert_same(out, plain)
    cluster.wait_for_workers(4)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_workers_write_parquet(cluster, folder, plain, tmp_path):
    table = pumice.dask.extract(folder, npartitions=5, client=cluster, **OPTIONS)
    with cluster.as_current():
        table.to_parquet(tmp_path / "features")
    assert len(list((tmp_path / "features").glob("*.parquet"))) == 5
    assert_same(pd.read_parquet(tmp_path / "features"), plain)
    with cluster.as_current():
        assert_same(dd.read_parquet(tmp_path / "features").compute(), plain)
    for like in (tmp_path / "features", tmp_path / "features" / "part.0.parquet"):
        assert_same(pumice.extract(folder, like=like), plain)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_what_is_written_is_what_dask_writes(folder, plain, tmp_path):
    labels = pd.DataFrame({"segment_id": plain.index, "place": "Etna", "number": 1})
    labels.loc[labels.index[:10], ["place", "number"]] = None  # a partition without any
    labels["number"] = labels["number"].astype("Int64")
    table = pumice.dask.extract(folder, npartitions=4, labels=labels, window="200n", **OPTIONS)
    table.to_parquet(tmp_path / "ours")
    dd.DataFrame.to_parquet(table, tmp_path / "theirs")
    ours, theirs = (sorted((tmp_path / name).iterdir()) for name in ("ours", "theirs"))
    assert [path.name for path in ours] == [path.name for path in theirs] == [f"part.{i}.parquet" for i in range(4)]
    for one, other in zip(ours, theirs, strict=True):
        assert pq.read_schema(one).equals(pq.read_schema(other))
        assert_same(pd.read_parquet(one), pd.read_parquet(other))
    written = table.to_parquet(tmp_path / "later", compute=False)
    assert len(written.__dask_graph__()) == 4 + 1  # a partition is one task, and one waits for all
    assert not list((tmp_path / "later").iterdir())
    written.compute()
    assert_same(dd.read_parquet(tmp_path / "later").compute(), dd.read_parquet(tmp_path / "theirs").compute())


def test_a_cluster_without_workers_is_an_error_in_time(folder, monkeypatch):
    from pumice.dask import _cluster

    monkeypatch.setattr(_cluster, "_ANSWER_S", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, processes=False) as empty,
        distributed.Client(empty, set_as_default=False) as client,
        pytest.raises(pumice.UnavailableError, match=r"no worker of .* answered"),
    ):
        pumice.dask.extract(folder, client=client, **OPTIONS)


def test_workers_tell_what_they_skipped(cluster, folder, tmp_path):
    bad = bad_folder(folder, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pumice.SkippedWarning)
        expected = pumice.extract(bad, **OPTIONS)
        table = pumice.dask.extract(bad, npartitions=5, client=cluster, **OPTIONS)
        for _ in range(2):  # told twice, listed once
            assert_same(cluster.compute(table).result(), expected)
        assert pumice.dask.skipped(table, client=cluster) == expected.attrs["pumice"]["skipped"]


def test_tasks_share_the_cpus_of_their_machine(cluster):
    from pumice.dask._cluster import thread_share

    cpus = len(os.sched_getaffinity(0))
    assert cluster.submit(thread_share, pure=False).result() == max(1, cpus // 4)
    assert thread_share() == pumice._core.usable_cpus()


def test_the_share_counts_workers_of_the_same_host_alone(monkeypatch):
    from types import SimpleNamespace

    from pumice.dask import _cluster

    threads = {"tcp://10.0.0.1:1": 2, "tcp://10.0.0.1:2": 3, "tcp://10.0.0.11:1": 8, "tls://[::1]:5": 4}
    monkeypatch.setattr(distributed.utils, "sync", lambda loop, ask, **_: ask())
    worker = SimpleNamespace(
        address="tcp://10.0.0.1:2",
        loop=None,
        state=SimpleNamespace(nthreads=3),
        scheduler=SimpleNamespace(ncores=lambda: threads),
    )
    monkeypatch.setattr(_cluster, "_worker", lambda: worker)
    monkeypatch.setattr(_cluster._core, "usable_cpus", lambda: 16)
    assert _cluster.thread_share() == 3
    monkeypatch.setattr(_cluster._core, "usable_cpus", lambda: 2)
    assert _cluster.thread_share() == 1


# ---- processes by address -------------------------------------------------------------------------------------------


@contextmanager
def process(*command, **options):
    started = subprocess.Popen([sys.executable, "-m", *map(str, command)], stderr=subprocess.DEVNULL, **options)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(20)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    command = ("distributed.cli.dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", file)
    with process(*command) as started:
        for _ in range(600):
            if file.exists() and file.read_text().strip():
                break
            assert started.poll() is None
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"]


def worker(address: str, **options):
    command = ("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", 1, "--no-dashboard")
    return process(*command, **options)


def test_workers_by_address_and_one_of_them_dies(scheduler, folder, plain, tmp_path):
    with worker(scheduler), worker(scheduler), distributed.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        table = pumice.dask.extract(folder, npartitions=10, client=client, **OPTIONS)
        with one_dies(client, tmp_path / "killed"):
            assert_same(client.compute(table).result(timeout=60), plain)
        assert len(client.scheduler_info()["workers"]) == 1


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("raise ImportError('not installed here')", "cannot import pumice .*not installed here"),
        ("__version__ = '0.0.1'", f"has pumice 0.0.1, and this is {pumice.__version__}"),
        (None, "cannot read /proc/self/cwd/segments/1.csv: files need the same path"),
    ],
)
def test_a_worker_unfit_for_it_is_an_error_at_once(scheduler, folder, tmp_path, monkeypatch, package, message):
    (tmp_path / "segments").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "segments" / "1.csv").write_text((folder / "1000.csv").read_text())
    monkeypatch.chdir(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(Path(pumice.__file__).absolute().parent.parent)}
    if package is not None:
        (tmp_path / "other" / "pumice").mkdir(parents=True)
        (tmp_path / "other" / "pumice" / "__init__.py").write_text(package)
        environment["PYTHONPATH"] = str(tmp_path / "other")
    where = tmp_path / "elsewhere" if package is None else tmp_path
    with worker(scheduler, env=environment, cwd=where), distributed.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
        with pytest.raises(pumice.UnavailableError, match=message):
            # Another folder in a process that is elsewhere.
            pumice.dask.extract("/proc/self/cwd/segments", client=client, **OPTIONS)


def test_relative_paths_start_where_the_client_is(scheduler, folder, plain, tmp_path, monkeypatch):
    monkeypatch.chdir(folder.parent)
    environment = os.environ | {"PYTHONPATH": str(Path(pumice.__file__).absolute().parent.parent)}
    (tmp_path / "elsewhere").mkdir()
    with (
        worker(scheduler, env=environment, cwd=tmp_path / "elsewhere"),
        distributed.Client(scheduler, set_as_default=False) as client,
    ):
        client.wait_for_workers(1, timeout=60)
        for paths in (
            folder.name,
            f"{folder.name}/*.csv",
            [f"./{folder.name}/{path.name}" for path in folder.iterdir()],
        ):
            table = pumice.dask.extract(paths, npartitions=2, client=client, **OPTIONS)
            assert_same(client.compute(table).result(timeout=60).sort_index(), plain)
        by_path = pumice.dask.extract(folder.name, npartitions=1, client=client, id="path", **OPTIONS)
        assert list(client.compute(by_path).result(timeout=60).index) == list(
            pumice.extract(folder.name, id="path", **OPTIONS).index
        )


def test_a_worker_that_does_not_see_the_files_is_an_error_whenever_it_joins(scheduler, folder, tmp_path, monkeypatch):
    # This path is that of another folder in every process.
    data = "/proc/self/cwd/segments"
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
    shutil.copytree(folder, tmp_path / "here" / "segments")
    environment = os.environ | {"PYTHONPATH": str(Path(pumice.__file__).absolute().parent.parent)}
    here, elsewhere = ({"env": environment, "cwd": tmp_path / name} for name in ("here", "elsewhere"))
    monkeypatch.chdir(tmp_path / "here")
    with worker(scheduler, **here), distributed.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
        table = pumice.dask.extract(data, npartitions=20, client=client, **OPTIONS)
        assert len(client.compute(table).result(timeout=60)) == SEGMENTS
        with worker(scheduler, **elsewhere):
            client.wait_for_workers(2, timeout=60)
            message = rf"a worker \({socket.gethostname()}, tcp://.* cannot read {data}/1.*\.csv \(No such file"
            with pytest.raises(pumice.InputError, match=message):
                client.compute(table).result(timeout=60)
            with pytest.raises(pumice.UnavailableError, match=r"one of 2.* cannot read .*: files need the same path"):
                pumice.dask.extract(data, client=client, **OPTIONS)
