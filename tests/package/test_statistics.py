"""Statistics of tables: intervals that cover, p-values that know how many they are."""

from __future__ import annotations

import numpy as np
import pytest
from pumice._statistics import adjusted, spearman

pytest.importorskip("scipy")


def test_an_interval_of_a_rank_correlation_covers_as_often_as_it_says():
    """Normal pairs of correlation r have the rank correlation 6/pi asin(r/2)."""
    random = np.random.default_rng(11)
    true = 6 / np.pi * np.arcsin(0.6 / 2)
    covered = 0
    for _ in range(400):
        a = random.normal(0, 1, 60)
        rank = spearman(a, 0.6 * a + 0.8 * random.normal(0, 1, 60))
        covered += rank.low <= true <= rank.high
    assert 0.91 < covered / 400 < 0.985


def test_p_values_are_adjusted_for_their_number():
    p = np.array([0.01, np.nan, 0.02, 0.9])
    np.testing.assert_allclose(adjusted(p), [0.03, np.nan, 0.03, 0.9])
