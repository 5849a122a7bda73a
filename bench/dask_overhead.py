#!/usr/bin/env python3
"""What Dask adds: `pumice.dask.extract` on two workers beside a plain run on two threads, on the same files.

    .venv/bin/python bench/dask_overhead.py --segments 2000 --rounds 5

Measured, the files being in the page cache and the cluster up: `pumice.extract` to a frame, and on to one Parquet
file; `pumice.dask.extract` computed into one frame, and written by the workers with `to_parquet`. Contestants take
turns in an order that rotates from round to round. Each of Dask's is compared, round by round, with the plain run that
ends alike and with the plain run to a frame, and the median of these ratios is what it adds. All make the set `core`:
760 columns. Then, where the rest goes:
the steps of one partition, each timed alone in this process on one thread, as a share of its extraction.
--json saves all.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import data
import machine
import pandas as pd
import pumice.dask
from dask.distributed import Client, LocalCluster
from rounds import Contestant, Measurement, take_turns

ROOT = Path(__file__).resolve().parent.parent
# As pumice itself writes, and its table of Dask's: few values of a feature are equal.
PARQUET = {"use_dictionary": False, "write_statistics": False}
PLAIN = {"compute": "plain", "to_parquet": "plain_parquet"}


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Folder:
    """A new name for every table that is written; what it held before is removed unmeasured."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._count = 0

    def new(self) -> Path:
        for old in sorted(self._folder.glob("table*/*")) + sorted(self._folder.glob("table*")):
            old.unlink() if old.is_file() else old.rmdir()
        self._count += 1
        return self._folder / f"table{self._count}.parquet"


class Processors:
    """Processor seconds of this process and of the workers: what others do at the same time falls on them less."""

    def __init__(self, client: Client):
        self._client = client
        self.seconds: dict[str, list[float]] = {}

    def _now(self) -> float:
        return time.process_time() + sum(self._client.run(time.process_time).values())

    def counted(self, contestant: Contestant) -> Contestant:
        def run() -> dict[str, float]:
            start = self._now()
            out = contestant.run()
            for name in out:
                self.seconds.setdefault(name, []).append(self._now() - start)
            return out

        return Contestant(contestant.name, run)

    def rounds(self) -> dict[str, list[float]]:
        """Without the first round, which warms up."""
        return {name: values[1:] for name, values in self.seconds.items()}


def contestants(files: Path, tables: Folder, cpus: int) -> list[Contestant]:
    options = {"features": "core", "missing": "zero", "device": "cpu"}

    def plain():
        return pumice.extract(str(files), n_jobs=cpus, progress=False, **options)

    def lazy():
        return pumice.dask.extract(str(files), **options)

    def write(make, **how):
        path = tables.new()
        return seconds(lambda: make().to_parquet(path, **how))

    return [
        Contestant("plain", lambda: {"plain": seconds(plain)}),
        Contestant("Dask, compute", lambda: {"compute": seconds(lambda: lazy().compute())}),
        Contestant("plain, to_parquet", lambda: {"plain_parquet": write(plain, **PARQUET)}),
        Contestant("Dask, to_parquet", lambda: {"to_parquet": write(lazy)}),
    ]


def median(work, rounds: int = 5) -> float:
    return statistics.median(seconds(work) for _ in range(rounds))


def steps(files: Path, folder: Path) -> dict[str, float]:
    """Seconds of each step of the first partition, on one thread of this process."""
    options = {"features": "core", "missing": "zero", "device": "cpu", "n_jobs": 1}
    lazy = pumice.dask.extract(str(files), **options)
    first = lazy.partitions[0]
    frame = first.compute(scheduler="synchronous")
    paths = sorted(map(str, files.iterdir()))[: len(frame)]
    plain, task = [], []
    for _ in range(5):  # by turns
        plain.append(seconds(lambda: pumice.extract(paths, output="numpy", progress=False, **options)))
        task.append(seconds(lambda: first.compute(scheduler="synchronous")))
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(frame, protocol=5, buffer_callback=buffers.append)
    raw = [bytes(buffer) for buffer in buffers]
    frames = [frame] * lazy.npartitions
    return {
        "files": len(frame),
        "extract": statistics.median(plain),
        "task and frame": statistics.median(one - other for one, other in zip(task, plain, strict=True)),
        "pickle": median(lambda: pickle.dumps(frame, protocol=5, buffer_callback=lambda _: None)),
        "unpickle": median(lambda: pickle.loads(head, buffers=raw)),
        "concat": median(lambda: pd.concat(frames)) / len(frames),
        "write Parquet": median(lambda: frame.to_parquet(folder / "one.parquet", **PARQUET)),
    }


def added(results: dict[str, dict]) -> list[dict]:
    """What Dask adds to a plain run, as a share of it: medians of the ratios of single rounds."""
    out = []
    for name, plain in PLAIN.items():
        for base in dict.fromkeys((plain, "plain")):
            pairs = {key: zip(results[name][key], results[base][key], strict=True) for key in ("seconds", "processor")}
            shares = {key: statistics.median(one / other for one, other in pair) - 1 for key, pair in pairs.items()}
            out.append({"what": name, "over": base} | shares)
    return out


def report(results: dict[str, dict], split: dict[str, float], others: float) -> None:
    for name, one in results.items():
        rounds = " ".join(f"{value:.3f}" for value in one["seconds"])
        processor = statistics.median(one["processor"])
        print(f"{name:14} {one['median_s']:7.3f} s, of processors {processor:7.3f} s   {rounds}")
    for one in added(results):
        print(f"{one['what']} over {one['over']}: {one['seconds']:+.1%}, of processors {one['processor']:+.1%}")
    print(f"a partition of {split['files']} files, one thread, seconds (of extract):")
    for name, value in split.items():
        if name != "files":
            print(f"  {name:14} {value:7.4f}  {value / split['extract']:6.1%}")
    if others > machine.QUIET:
        print(f"others took {others:.0%} of the processors: these times are not to be relied on")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--originals", type=int, default=16, help="different files; the others are links to them")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pumice", type=Path, default=ROOT / "build/release/pumice", help="the program, to make files")
    parser.add_argument("--json", type=Path, help="save the results, e.g. bench/results/dask_overhead.json")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    warnings.simplefilter("ignore", pumice.PumiceWarning)
    with tempfile.TemporaryDirectory(prefix="pumice-dask-") as temporary:
        folder = Path(temporary)
        originals = data.synthesise(options.pumice, folder / "originals", options.originals, 60001)
        paths = data.link(folder / "files", originals, options.segments)
        sizes = dict(files=len(paths), bytes=data.total_bytes(paths), cpus=options.workers)
        names = ("plain", "compute", "plain_parquet", "to_parquet")
        measured = {name: Measurement(what=name, **sizes) for name in names}
        with (
            LocalCluster(options.workers, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            client.wait_for_workers(options.workers)
            others = machine.Others()
            processors = Processors(client)
            turns = contestants(folder / "files", Folder(folder), options.workers)
            take_turns([processors.counted(one) for one in turns], options.rounds, measured)
        share = others.share()  # workers have ended, so that their time counts as ours
        split = steps(folder / "files", folder)
    results = {name: one.json() for name, one in measured.items()}
    for name, values in processors.rounds().items():
        results[name]["processor"] = values
    report(results, split, share)
    if options.json:
        saved = {"machine": machine.describe(), "commit": machine.commit(), "pumice": pumice.__version__}
        saved |= {"others": share, "measurements": results, "added": added(results), "partition": split}
        options.json.write_text(json.dumps(saved, indent=1) + "\n")


if __name__ == "__main__":
    main()
