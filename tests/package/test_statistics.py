"""Statistics of tables: intervals that cover, p-values that know how many they are."""

from __future__ import annotations

import numpy as np
import pytest
from pumice._statistics import adjusted, drift, spearman

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


def test_a_row_like_the_others_has_not_drifted():
    """Each of 40 rows of one distribution against the other 39, the features rounded so that some values are equal."""
    rows = np.random.default_rng(12).normal(0, 1, (40, 100)).round(1)
    found = 0
    for i in range(40):
        p = np.array([drift(one[[i]], np.delete(one, i)).p for one in rows.T])
        assert p.min() > 0.04  # the least that there is: 2 of 40 rows lie at an end
        found += (adjusted(p) < 0.01).sum()
    assert found == 0


def test_a_shift_of_few_rows_is_found():
    random = np.random.default_rng(13)
    p = np.array([drift(random.normal(0, 1, 40), random.normal(2 * (i < 50), 1, 40)).p for i in range(100)])
    found = adjusted(p) < 0.01
    assert found[:50].all()
    assert found[50:].sum() <= 2


def test_the_p_value_of_drift_is_asymptotic_where_rows_are_many(recwarn):
    random = np.random.default_rng(14)
    a, b = random.normal(0, 1, 2500), random.normal(0.05, 1, 1501)
    stats = pytest.importorskip("scipy.stats")
    assert drift(a, b).p == stats.ks_2samp(a, b, method="asymp").pvalue
    assert drift(a[:600], b).p == stats.ks_2samp(a[:600], b, method="exact").pvalue
    drift(a[:1000], b[:999] + 100)  # beyond what a double holds
    assert len(recwarn) == 0
