"""The end-to-end benchmark runs, its peers agree with pumice, and its report and picture can be made.

No time is judged.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import ROOT

PEERS = ("dask", "pyarrow", "polars", "duckdb")


def run(*command) -> subprocess.CompletedProcess:
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def result_path(pumice, tmp_path_factory):
    """The result of a run on two small files."""
    path = tmp_path_factory.mktemp("bench") / "result.json"
    small = ["--segments", 2, "--rows", 3000, "--rounds", 1, "--formats", "--format-files", 2]
    run(ROOT / "bench/end_to_end.py", *small, "--pumice", pumice.path, "--output", path)
    return path


@pytest.fixture(scope="module")
def result(result_path):
    return json.loads(result_path.read_text())


@pytest.fixture
def documents(tmp_path):
    """Copies of the documents that have generated tables."""
    copies = []
    for path in (ROOT / "docs/PERFORMANCE.md", ROOT / "README.md"):
        copies.append(tmp_path / path.name)
        copies[-1].write_text(path.read_text())
    return copies


def test_everything_of_pumice_is_measured(result):
    alone = {"wc", "read", "count_lines", "decode", "core_1"}
    sizes = {f"{features}{size}" for features in ("core", "basic") for size in ("", "_few", "_peers")}
    measured = result["measurements"]
    assert alone | sizes <= set(measured)
    for name in alone | sizes:
        assert len(measured[name]["seconds"]) == 1
        assert measured[name]["gb_per_s"] > 0
    assert result["data"]["columns"] == {"basic": 80, "core": 760}
    assert result["machine"]["simd"]
    assert set(result["stages_per_file_s"]) >= {"write"}
    assert 0 <= result["taken_by_others"] <= 1


@pytest.mark.parametrize("name", PEERS)
def test_a_peers_table_agrees_with_that_of_pumice(result, name):
    peer = result["peers"][name]
    if "absent" in peer:
        pytest.skip(f"{name}: {peer['absent']}")
    assert peer["agreement"]["columns_that_differ"] == []
    assert peer["agreement"]["files"] == 2
    assert peer["agreement"]["columns"] == result["data"]["columns"][peer["features"]]
    assert len(result["measurements"][name]["seconds"]) == 1


def test_a_peer_that_is_not_installed_is_named():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import peer; print(peer.Peer('no_such_peer', 1).absent)"
    assert "no_such_peer" in run("-c", code, ROOT / "bench").stdout


def test_other_formats_are_read_by_pumice_and_its_peers(result):
    assert len(result["formats"]) == 4
    for each in result["formats"].values():
        assert each["measurements"]["decode"]["gb_per_s"] > 0
        assert "pyarrow_1" in each["measurements"]


def test_the_report_rewrites_its_blocks_and_nothing_else(result_path, documents):
    def by_hand(path):
        kept, inside = [], False
        for line in path.read_text().splitlines():
            inside = inside and not line.endswith(": end -->")
            if not inside:
                kept.append(line)
            inside = inside or line.endswith(": begin -->")
        return kept

    before = [by_hand(path) for path in documents]
    run(ROOT / "bench/report.py", result_path, "--documents", *documents)
    assert [by_hand(path) for path in documents] == before
    commit = json.loads(result_path.read_text())["commit"]
    assert f"pumice {commit}; 2 files of 3,000 rows" in documents[0].read_text()
    once = [path.read_text() for path in documents]
    run(ROOT / "bench/report.py", result_path, "--documents", *documents)
    assert [path.read_text() for path in documents] == once


def test_the_picture_can_be_drawn(result_path, tmp_path):
    pytest.importorskip("matplotlib")
    run(ROOT / "bench/plot.py", result_path, "-o", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
