"""Signals made from a channel: |abs and |diff, after every policy."""

from __future__ import annotations

import datasets
import numpy as np
import oracle_core
import pytest
from oracle_signal import POLICIES, Signal, read_csv
from oracle_tolerance import Column, violation

INTAKE = {"__n_valid", "__n_missing", "__longest_gap", "__is_constant"}
NAMES = sorted(name for name in oracle_core.core_names() - INTAKE if name.startswith("__"))
FEATURES = {name.split("__")[1] for name in NAMES}

# Of 0, -2, a gap of two, -8, 6: the sum of |x| and the sum of squared differences.
BY_HAND = {"skip": (16, 212), "zero": (16, 268), "ffill": (20, 236), "interpolate": (26, 212), "nan": (np.nan, np.nan)}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_gap_in_a_derivation_follows_the_policy(pumice, tmp_path, policy):
    (tmp_path / "1.csv").write_text("a,b\n0,1\n-2,1\n,1\n,1\n-8,1\n6,1\n")
    arguments = ["--features", "|abs__sum_values,|diff__abs_energy", "--missing", policy]
    table = pumice.extract(tmp_path / "1.csv", tmp_path / "t.parquet", *arguments)
    np.testing.assert_array_equal(table[["a|abs__sum_values", "a|diff__abs_energy"]].to_numpy(float)[0], BY_HAND[policy])


@pytest.mark.parametrize("policy", POLICIES)
def test_core_of_derivations_is_that_of_numpys(pumice, tmp_path, policy):
    datasets.gaps(tmp_path / "gaps")
    path = tmp_path / "gaps" / "7.csv"
    selection = ",".join(f"|{derivation}{name}" for derivation in ("abs", "diff") for name in NAMES)
    arguments = ["--features", selection, "--missing", policy, "--sample-rate", "100", "--precision", "double"]
    table = pumice.extract(path, tmp_path / "t.parquet", *arguments)
    wrong = []
    frame = read_csv(path)
    for channel in frame.columns:
        for derivation in ("abs", "diff"):
            signal = Signal(frame[channel].to_numpy(), policy, 100.0, derivation=derivation)
            expected = oracle_core.core(signal.raw, policy, 100.0, derivation=derivation)
            for name in NAMES:
                column = f"{channel}|{derivation}{name}"
                rule = oracle_core.rule_of(name.split("__")[1])
                actual = float(table.at[0, column])
                parsed = Column.parse(column, FEATURES)
                problem = violation(rule, parsed, actual, expected.get(name, np.nan), signal, "double")
                if problem:
                    wrong.append(f"{column} {problem}")
    assert len(table.columns) == 1 + 6 * 2 * len(NAMES)
    assert not wrong, "\n".join(wrong[:20])
